"""Cases on a database of its own: events in, HTTP, and what is told."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey

from cases.app import compose
from cases.settings import CasesSettings
from chassis.due_dates import Clock
from chassis.handlers import Received
from chassis.inbox import admit, handle
from chassis.sealing import MasterKey
from chassis.service import Service
from contracts.envelope import Envelope, decode, event
from contracts.events import EventData, PersonKeyIssued, PersonRecorded, RequestSubmitted
from contracts.events.cases import case_id_of
from deploy.local.addresses import ServiceDatabase
from tests import identity
from tests.conftest import ServiceDatabaseFactory, emptied

CELL_KEY = ECKey.generate_key("P-256")
KEY = base64.b64encode(bytes(32)).decode()
HERE, THERE = "saint-brieuc", "saint-flour"
START = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def settings_for(database: ServiceDatabase, **more: Any) -> CasesSettings:
    values: dict[str, Any] = {
        "database_url": database.app_url,
        "worker_database_url": database.worker_url,
        "master_key": KEY,
        "cookie_key": KEY,
        "public_url": "http://localhost",
        "oidc_issuer": identity.ISSUER,
        "session_timeout_seconds": 6,
        "cell_private_jwk": CELL_KEY,
        "documents_url": "memory:///",
    }
    return CasesSettings(**values | more)


def submitted(request_id: UUID | None = None, **changes: Any) -> RequestSubmitted:
    """A request for a family conference in Saint-Brieuc, made by the person themself."""
    request_id, person = request_id or uuid4(), uuid4()
    usual: dict[str, Any] = {
        "request_id": request_id,
        "reference": "23456789B",
        "channel": "desk",
        "received_at": START,
        "received_by": {},
        "territory_id": HERE,
        "commune": "22278",
        "programme": "family-conference",
        "programme_version": 1,
        "themes": ("family", "housing"),
        "urgency": "ordinary",
        "requester": {"person_id": person, "role": "self"},
        "concerned": {"person_id": person, "minor": False},
        "promised_on": date(2026, 3, 16),
    }
    return RequestSubmitted.model_validate(usual | changes)


def told(data: EventData, sequence: int = 1, time: datetime = START, source: str = "/maillage/intake") -> Envelope:
    """An event of another service."""
    return event(data, id=uuid4(), source=source, sequence=sequence, time=time)


@dataclass
class Cases:
    """The service, its HTTP application, a clock of the test's own, and what a test looks at."""

    service: Service
    app: FastAPI
    database: ServiceDatabase
    now: datetime = START
    address: str = field(default_factory=identity.address)

    def __post_init__(self) -> None:
        self.service.parts.now = lambda: self.now

    # Events in ---------------------------------------------------------------------------

    async def receive(self, *envelopes: Envelope) -> None:
        """Handle events in one transaction, as the consumer does: those known to the inbox change nothing."""
        handlers = self.service.all_handlers
        received = [
            Received(one, handlers.subscription(one).event.model_validate(one.data)) for one in map(_sent, envelopes)
        ]
        async with self.service.parts.worker.transaction() as tx:
            ids = [one.envelope.id for one in received if not handlers.subscription(one.envelope).replica]
            await handle(tx, handlers, received, await admit(tx, [], ids, set()))

    async def open_case(self, **changes: Any) -> UUID:
        """A dossier opened by a request."""
        request = submitted(**changes)
        await self.receive(told(request))
        return case_id_of(request.request_id)

    async def record_person(self, person_id: UUID, name: str) -> None:
        """Intake tells a person's sealed name, and their key."""
        key, wrapped = MasterKey(bytes(32), "1").issue(f"person:{person_id}")
        recorded = PersonRecorded(person_id=person_id, name=key.seal(name, event_id=person_id, name="name"))
        issued = PersonKeyIssued(key_subject=key.key_subject, wrapped=wrapped.wrapped, master_key_id="1")
        await self.receive(told(issued), told(recorded))

    async def fire(self, now: datetime) -> None:
        """The clock looks, at that moment."""
        clock = Clock(self.service.parts.worker, self.service.on_due, lambda: now)
        while await clock.fire_one():
            pass

    # HTTP --------------------------------------------------------------------------------

    async def grant(self, subject: str, *grants: tuple[str, str]) -> UUID:
        return await identity.grant(self.service.parts.worker, subject, grants)

    async def ask(self, method: str, path: str, by: str | None, **more: Any) -> httpx.Response:
        known = identity.bearer(by) if by else {}
        headers = {"X-Forwarded-For": self.address} | more.pop("headers", {}) | known
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers=headers, **more)

    async def get(self, path: str, by: str | None, **more: Any) -> httpx.Response:
        return await self.ask("GET", path, by, **more)

    async def create(self, path: str, body: Any, by: str | None, key: str | None = None) -> httpx.Response:
        """A creating POST."""
        return await self.ask("POST", path, by, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    async def change(
        self, path: str, body: Any, by: str | None, *, method: str = "POST", version: int | None = None
    ) -> httpx.Response:
        """An edit of the version there is now, or of `version`."""
        case_id = UUID(path.split("/")[2])
        seen = version if version is not None else await self.version(case_id)
        return await self.ask(method, path, by, json=body, headers={"If-Match": f'"{seen}"'})

    # What there is -------------------------------------------------------------------------

    async def version(self, case_id: UUID) -> int:
        async with self.service.parts.worker.transaction() as tx:
            return int(await tx.fetchval("SELECT version FROM cases WHERE case_id = $1", case_id))

    async def outbox(self, *types: str) -> list[Envelope]:
        """Events that wait to leave, in order."""
        async with self.service.parts.worker.transaction() as tx:
            rows = await tx.fetch("SELECT value FROM outbox ORDER BY position")
        events = [decode(row["value"]) for row in rows]
        return [one for one in events if not types or one.type in types]

    async def somebody_waits(self) -> bool:
        """Whether a transaction waits for another one."""
        async with self.service.parts.worker.transaction() as tx:
            return bool(
                await tx.fetchval(
                    """SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
                       WHERE NOT granted AND datname = current_database())"""
                )
            )

    async def count(self, table: str) -> int:
        async with self.service.parts.worker.transaction() as tx:
            return int(await tx.fetchval(f"SELECT count(*) FROM {table}"))

    async def kinds(self, case_id: UUID) -> list[str]:
        """Kinds of the timeline's entries, in order."""
        async with self.service.parts.worker.transaction() as tx:
            rows = await tx.fetch("SELECT kind FROM timeline WHERE case_id = $1 ORDER BY at, position", case_id)
        return [row["kind"] for row in rows]


def _sent(envelope: Envelope) -> Envelope:
    from contracts.envelope import encode

    return decode(encode(envelope))


@asynccontextmanager
async def cases_on(database: ServiceDatabase, **settings: Any) -> AsyncIterator[Cases]:
    service = compose(settings_for(database, **settings))
    await service.parts.open()
    yield Cases(service, service.application(provider=identity.provider()), database)
    await service.parts.close()


@pytest.fixture(scope="session")
async def running(kept_database: ServiceDatabaseFactory) -> AsyncIterator[Cases]:
    """One service for the run; `cases` empties it for each test."""
    async with cases_on(await kept_database("cases")) as made:
        yield made


@pytest.fixture
async def cases(running: Cases, rights_are_read_anew: None) -> Cases:
    """Cases without a dossier, and one agent of each role in Saint-Brieuc, named after it."""
    await emptied(running.database)
    made = Cases(running.service, running.app, running.database)
    for role in ("reception", "social_worker", "coordinator", "manager"):
        await made.grant(role, (role, HERE))
    return made


@pytest.fixture
def cell_key() -> ECKey:
    return CELL_KEY


@dataclass
class Meeting:
    """A conference led over HTTP by its coordinator."""

    cases: Cases
    case_id: UUID
    concerned: UUID
    guests: list[UUID] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/cases/{self.case_id}/conference"

    async def change(self, step: str, body: Any, by: str = "coordinator", **more: Any) -> httpx.Response:
        return await self.cases.change(f"{self.path}/{step}", body, by, **more)

    async def done(self, step: str, body: Any, **more: Any) -> dict[str, Any]:
        """A step that succeeds."""
        answer = await self.change(step, body, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def made(self, step: str, body: Any) -> dict[str, Any]:
        """A creation that succeeds."""
        answer = await self.cases.create(f"{self.path}/{step}".rstrip("/"), body, "coordinator")
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def state(self, by: str = "coordinator") -> dict[str, Any]:
        answer = await self.cases.get(self.path, by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def begin(self) -> None:
        """The coordinator, assigned, declares to be independent."""
        declared = {"independence": {"not_their_social_worker": True, "no_tie_to_anyone": True}}
        await self.made("", declared)

    async def prepare(self) -> None:
        """All that comes before the meeting: question, three guests met and safe, no mandated service."""
        await self.begin()
        await self.done("question", {"question": "Comment aider Sam à rester chez lui cet hiver ?"})
        await self.made("invitees", {"person_id": str(self.concerned), "role": "concerned"})
        for name, role in (("Alix Exemple", "relative"), ("Noa Voisin-Exemple", "social_network")):
            body = {"name": name, "email": "invite@example.org", "safe_to_write": True, "role": role}
            self.guests.append(UUID((await self.made("invitees", body))["person_id"]))
        self.guests.insert(0, self.concerned)
        for guest in self.guests:
            await self.done(f"invitees/{guest}/safety", {"safe": True, "met_on": self.today})
        await self.done("mandated-service", {"involved": False}, method="PUT")

    @property
    def today(self) -> str:
        return self.cases.now.date().isoformat()

    async def meet(self, at: datetime) -> None:
        """The meeting, up to the moment the plan is discussed."""
        await self.leave_alone(at)
        self.cases.now = at + timedelta(hours=3)
        await self.done("phases", {"phase": "acceptance"})

    async def leave_alone(self, at: datetime) -> None:
        """The meeting, up to the family's private time."""
        await self.done("schedule", {"meeting_at": at.isoformat()})
        self.cases.now = at
        await self.done("phases", {"phase": "information_sharing", "present": [str(one) for one in self.guests]})
        self.cases.now = at + timedelta(hours=1)
        await self.done("phases", {"phase": "private_time"})

    async def plan(self, **changes: Any) -> str:
        """One action of the plan; returns its id."""
        action = {
            "what": "Passer chaque mardi",
            "who": str(self.guests[1]),
            "by_when": self.today,
            "checked_by": str(self.guests[2]),
            "feasible": True,
        }
        return str((await self.made("plan/actions", action | changes))["action_id"])

    async def ratify(self) -> dict[str, Any]:
        return await self.done("ratify", {"ratified_by": [str(one) for one in self.guests]})

    async def follow(
        self, contacts: Sequence[UUID], outcomes: dict[str, str], on: date | None = None
    ) -> dict[str, Any]:
        """Record a follow-up; returns what is answered."""
        body = {
            "contacts": [{"person_id": str(one), "contacted_on": str(on or self.cases.now.date())} for one in contacts],
            "outcomes": [{"action_id": action, "outcome": outcome} for action, outcome in outcomes.items()],
        }
        answer = await self.cases.create(f"/cases/{self.case_id}/follow-up", body, "coordinator")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def meeting(cases: Cases) -> Meeting:
    """A dossier whose coordinator is named, and no conference yet."""
    return await meeting_on(cases)


async def meeting_on(cases: Cases, **request: Any) -> Meeting:
    concerned = uuid4()
    people = {
        "requester": {"person_id": concerned, "role": "self"},
        "concerned": {"person_id": concerned, "minor": False},
    }
    case_id = await cases.open_case(**people | request)
    await cases.record_person(concerned, "Sam Exemple")
    assigned = {"agent_id": str(identity.agent_id("coordinator")), "role": "coordinator"}
    answer = await cases.create(f"/cases/{case_id}/referents", assigned, "manager")
    assert answer.status_code == 201, answer.text
    return Meeting(cases, case_id, concerned)

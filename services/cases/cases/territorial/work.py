"""Work on a conference of a territory: one transaction, one new version, and what is told of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cases.dossiers.work import NoSuchCase, Outdated
from cases.programmes import programmes
from cases.telling import NotTheirs, Telling
from cases.territorial import store
from cases.territorial.model import Territorial
from cases.territorial.store import Held
from chassis.actor import WORKER, Actor
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from contracts.envelope import derived_id, new_id
from contracts.programme import Programme
from contracts.sealed import Sealed


@dataclass
class Work(Telling):
    """A conference taken to be changed: its other writers wait until the transaction ends."""

    tx: Transaction
    parts: Parts
    held: Held
    actor: Actor
    now: datetime
    make_id: Callable[[str], UUID] = lambda _: new_id()
    causationid: UUID | None = None
    traceparent: str | None = None
    _told: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        self.version = self.held.version
        self.conference = self.held.conference

    @property
    def case_id(self) -> UUID:
        return self.conference.case_id

    @property
    def correlation_id(self) -> UUID:
        return self.held.correlation_id

    async def bump(self) -> int:
        return await store.bump(self.tx, self.case_id)

    @property
    def programme(self) -> Programme:
        """Raises UnknownProgramme."""
        known = programmes(self.parts.settings.programmes)
        return known.version(self.conference.programme, self.conference.programme_version)

    async def become(self, conference: Territorial) -> Territorial:
        """Write the conference as it now is."""
        self.conference = conference
        await store.save(self.tx, conference, await self.sealed_state())
        return conference

    async def sealed_state(self) -> Sealed:
        return await self.seal(self.conference.model_dump_json(), self.case_id, "state")


def manages(actor: Actor, territory_id: str) -> bool:
    """Whether somebody leads a territory's conferences."""
    return actor.has("manager", territory_id=territory_id)


@asynccontextmanager
async def changing(parts: Parts, actor: Actor, case_id: UUID, expected: int | None) -> AsyncIterator[Work]:
    """Take a conference in a transaction of its own. Raises what `by_manager` does."""
    async with parts.app.transaction(actor) as tx:
        yield await by_manager(tx, parts, actor, case_id, expected)


async def by_manager(tx: Transaction, parts: Parts, actor: Actor, case_id: UUID, expected: int | None = None) -> Work:
    """Take a conference. Raises NoSuchCase, NotTheirs for a partner, who only reads it, or Outdated."""
    held = await store.take(tx, parts.keyring, case_id, expected)
    if held is None:
        seen = await store.find(tx, parts.keyring, case_id)
        if seen is None:
            raise NoSuchCase
        raise Outdated if manages(actor, seen.conference.territory_id) else NotTheirs
    return Work(tx, parts, held, actor, parts.now(), traceparent=current_traceparent())


def by_clock(tx: Transaction, parts: Parts, held: Held, due: DueDate) -> Work:
    """Work on a conference in which something falls due, at the instant it was due."""
    traceparent = current_traceparent()
    return Work(
        tx, parts, held, WORKER, due.fires_at, lambda label: derived_id(due.event_id, label), traceparent=traceparent
    )

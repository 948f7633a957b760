"""Erasure: asked by an agent for the person, decided by a manager, and nothing of them left once it is granted."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.handlers import Received
from chassis.inbox import handle
from contracts.envelope import Envelope, event, parse
from contracts.events import EventData, PersonErasureDone, PersonIntroduced
from contracts.sealed import Sealed
from intake.erasures.model import (
    SERVICES,
    Refused,
    done_everywhere_at,
    erased_everywhere,
    gone_from_copies_on,
    must_be_decidable,
)
from tests.identity import grant
from tests.intake.conftest import Intake, resident

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
VISA = "AD 2026-014"

DECISIONS: list[tuple[str, tuple[Any, ...], bool]] = [
    # what is decided, (state, outcome, ground, visa), may be
    ("granted under the archives' visa", ("asked", "granted", None, VISA), True),
    ("granted without a visa", ("asked", "granted", None, None), False),
    ("granted, and yet a ground to refuse", ("asked", "granted", "no_visa", VISA), False),
    ("refused on a ground", ("asked", "refused", "legal_retention", None), True),
    ("refused without a ground", ("asked", "refused", None, None), False),
    ("decided already", ("refused", "granted", None, VISA), False),
]


@pytest.mark.parametrize(("decision", "may"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS])
def test_what_may_be_decided(decision: tuple[Any, ...], may: bool) -> None:
    if may:
        must_be_decidable(*decision)
    else:
        with pytest.raises(Refused):
            must_be_decidable(*decision)


def test_erased_everywhere_is_said_after_the_last_service_and_the_last_copy() -> None:
    ids = [uuid4(), uuid4()]
    answers = {(one, service): NOW for one in ids for service in SERVICES}
    last = answers | {(ids[1], "cases"): NOW + timedelta(days=1)}
    assert done_everywhere_at(ids, last) == NOW + timedelta(days=1)
    assert done_everywhere_at(ids, {key: at for key, at in last.items() if key != (ids[1], "cases")}) is None
    limit = gone_from_copies_on(NOW)
    assert limit == NOW + timedelta(days=30)
    assert not erased_everywhere(NOW, limit - timedelta(seconds=1))
    assert erased_everywhere(NOW, limit)
    assert not erased_everywhere(None, limit)


class Office:
    """Somebody asked for housing, and now asks to be erased."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake

    async def begin(self) -> "Office":
        await grant(self.intake.worker, "accueil", [("reception", "saint-brieuc")])
        await grant(self.intake.worker, "cadre", [("manager", "saint-brieuc")])
        await grant(self.intake.worker, "cadre-ailleurs", [("manager", "saint-flour")])
        answer = await self.intake.ask(resident(), "accueil")
        assert answer.status_code == 201, answer.text
        self.given = answer.json()
        self.request_id = self.given["request_id"]
        [recorded] = await self.intake.told("PersonRecorded")
        self.person = UUID(recorded.data["person_id"])
        return self

    async def asks(self, by: str = "accueil") -> int:
        async with self.intake.client(by) as client:
            return (await client.put(f"/intake/people/{self.person}/erasure")).status_code

    async def register(self, by: str = "cadre") -> list[dict[str, Any]]:
        async with self.intake.client(by) as client:
            answer = await client.get("/intake/erasures")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def decide(self, body: dict[str, Any], by: str = "cadre", version: int = 1) -> int:
        [one] = await self.register()
        async with self.intake.client(by) as client:
            path = f"/intake/erasures/{one['erasure_id']}/decision"
            return (await client.post(path, json=body, headers={"If-Match": f'"{version}"'})).status_code

    async def hear(self, *envelopes: Envelope) -> None:
        """As the consumer does, the inbox having forgotten everything."""
        received: list[Received[Any]] = [Received(one, parse(one)) for one in envelopes]
        async with self.intake.worker.transaction() as tx:
            await handle(tx, self.intake.service.all_handlers, received, {one.envelope.id for one in received})

    async def left(self, *words: str) -> list[str]:
        """Tables where one of these words stands, the outbox aside, which leaves at once and sealed."""
        found = []
        connection = await asyncpg.connect(self.intake.database.admin_url)
        try:
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for table in {row["tablename"] for row in tables} - {"outbox", "communes"}:
                rows = await connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} AS t")
                found += [table] if any(word in row["row"] for row in rows for word in words) else []
        finally:
            await connection.close()
        return found


@pytest.fixture
async def office(intake: Intake) -> Office:
    return await Office(intake).begin()


def _told(data: EventData, sequence: int = 1, source: str = "/maillage/cases") -> Envelope:
    return event(data, id=uuid4(), source=source, sequence=sequence, time=NOW)


async def test_asked_twice_it_waits_once_for_the_manager_of_the_territory(office: Office) -> None:
    assert [await office.asks() for _ in range(2)] == [204, 204]
    assert [one["state"] for one in await office.register()] == ["asked"]
    assert await office.register("cadre-ailleurs") == []
    assert await office.asks("cadre-ailleurs") == 404
    assert await office.decide({"outcome": "granted", "visa": VISA}, by="cadre-ailleurs") == 404
    assert await office.decide({"outcome": "granted", "visa": VISA}, by="accueil") == 403
    assert await office.intake.told("PersonErased") == []


async def test_a_refusal_keeps_its_ground_and_erases_nothing(office: Office) -> None:
    await office.asks()
    assert await office.decide({"outcome": "refused"}) == 409
    assert await office.decide({"outcome": "refused", "ground": "procedure_under_way"}) == 204
    assert await office.decide({"outcome": "granted", "visa": VISA}, version=2) == 409
    assert [(one["state"], one["ground"]) for one in await office.register()] == [("refused", "procedure_under_way")]
    assert await office.intake.told("PersonErased") == []
    assert "persons" in await office.left("Exemple")


async def test_granted_nothing_is_left_and_each_service_is_waited_for(office: Office) -> None:
    await office.asks()
    assert await office.decide({"outcome": "granted", "visa": VISA}) == 204
    [erased] = await office.intake.told("PersonErased")
    assert (erased.subject, erased.data) == (f"person:{office.person}", {"person_id": str(office.person)})
    await office.hear(erased)
    await office.hear(erased)  # told again
    assert await office.left("Camille", "Exemple", "camille@example.org", "Le bail se termine") == []
    done = (await office.intake.told("PersonErasureDone"))[0]
    assert done.data["keys"] == [f"request:{office.request_id}"]

    others = [PersonErasureDone(person_id=office.person, service=name, done_at=NOW) for name in SERVICES[1:]]
    await office.hear(done, *map(_told, others[:-1]))
    [one] = await office.register()
    assert (one["done_at"], one["erased_everywhere"]) == (None, False)
    await office.hear(_told(others[-1]))
    [one] = await office.register()
    assert one["done_at"] is not None
    assert one["erased_everywhere"] is False
    done_at = datetime.fromisoformat(one["done_at"])
    office.intake.service.parts.now = lambda: done_at + timedelta(days=30)
    [one] = await office.register()
    assert one["erased_everywhere"] is True
    assert {answer["service"] for answer in one["services"]} == set(SERVICES)


async def test_the_topic_of_keys_forgets_them(office: Office) -> None:
    answer = PersonErasureDone(person_id=office.person, service="cases", done_at=NOW, keys=(f"case:{uuid4()}",))
    async with office.intake.worker.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    await office.hear(_told(answer))
    async with office.intake.worker.transaction() as tx:
        rows = await tx.fetch("SELECT topic, key, value FROM outbox ORDER BY key")
    assert [(row["topic"], row["key"], row["value"]) for row in rows] == [
        ("person-keys", key, b"") for key in sorted((*answer.keys, f"person:{office.person}"))
    ]


async def test_all_ids_of_somebody_found_to_be_several_are_erased(office: Office) -> None:
    await office.intake.ask(resident(), "accueil")
    first, second = [UUID(one.data["person_id"]) for one in await office.intake.told("PersonRecorded")]
    async with office.intake.worker.transaction() as tx:
        await tx.execute("UPDATE persons SET merged_into = $2 WHERE person_id = $1", second, first)
    await office.asks()
    assert await office.decide({"outcome": "granted", "visa": VISA}) == 204
    erased = await office.intake.told("PersonErased")
    assert {one.data["person_id"] for one in erased} == {str(first), str(second)}
    await office.hear(*erased)
    assert await office.left("Exemple", "camille@example.org") == []


async def test_their_pages_are_gone_and_the_request_still_opens(office: Office) -> None:
    await office.asks()
    await office.decide({"outcome": "granted", "visa": VISA})
    await office.hear(*await office.intake.told("PersonErased"))
    async with office.intake.client("accueil") as client:
        person = await client.get(f"/intake/people/{office.person}")
        request = await client.get(f"/intake/requests/{office.request_id}")
    assert person.status_code == 404
    assert request.status_code == 200, request.text
    code = {name: office.given[name] for name in ("reference", "secret")}
    async with office.intake.client() as client:
        assert (await client.post("/intake/public/tracking", json=code)).status_code == 404
    assert "Exemple" not in json.dumps(request.json())


async def test_who_is_erased_is_not_adopted_from_a_dossier_again(office: Office) -> None:
    await office.asks()
    await office.decide({"outcome": "granted", "visa": VISA})
    await office.hear(*await office.intake.told("PersonErased"))
    name = Sealed(key_subject=f"person:{office.person}", event_id=office.person, field="name", data="AAAA")
    await office.hear(_told(PersonIntroduced(person_id=office.person, name=name), sequence=9))
    assert await office.intake.count("persons") == 0


async def test_a_manager_decides_on_the_page_and_reads_how_far_it_is(office: Office) -> None:
    async with office.intake.client("accueil", Accept="text/html") as client:
        path = f"/intake/requests/{office.request_id}/people/{office.person}"
        assert "Noter cette demande" in (await client.get(path)).text
        assert (await client.post(f"{path}/effacement")).status_code == 303
    [one] = await office.register()
    async with office.intake.client("cadre", Accept="text/html") as client:
        path, version = f"/intake/erasures/{one['erasure_id']}/decider", str(one["version"])
        assert "Votre décision" in (await client.get("/intake/erasures")).text
        without_visa = await client.post(path, data={"version": version, "outcome": "granted"})
        assert without_visa.status_code == 409
        assert "Indiquez sa référence" in without_visa.text
        assert (await client.post(path, data={"version": version})).status_code == 422
        granted = await client.post(path, data={"version": version, "outcome": "granted", "visa": VISA})
        assert granted.status_code == 303
        page = (await client.get("/intake/erasures")).text
    assert "Tous les services n’ont pas encore répondu" in page
    assert "Effacé partout" not in page

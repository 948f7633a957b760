"""Suspected duplicates over HTTP: found after a request, decided by who may, undone for a time."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from joserfc.jwk import ECKey

from chassis.actor import Actor, Grant
from chassis.handlers import Received
from contracts.envelope import parse
from contracts.events import PersonChanged
from deploy.local.addresses import ServiceDatabase
from intake.duplicates import store
from intake.duplicates.handlers import duplicate_handlers
from tests.conftest import emptied
from tests.identity import agent_id, grant
from tests.intake.conftest import SAINT_BRIEUC, SAINT_FLOUR, Intake, opened, resident

OURS, THEIRS = UUID(int=1), UUID(int=2)
WHY = {"because": "Même personne au téléphone."}


def person(**changes: Any) -> dict[str, Any]:
    """Somebody plainly invented."""
    phone = {"kind": "phone", "value": "0639980102", "safe_to_write": True}
    return {
        "given_name": "Camille",
        "family_name": "Exemple",
        "birth_date": "1987-03-12",
        "contact_points": [phone],
    } | changes


def asking(commune: str = SAINT_BRIEUC, **changes: Any) -> dict[str, Any]:
    return resident(commune=commune, requester={"role": "self", "person": person(**changes)})


@dataclass
class Desk:
    """Intake with agents of two organisations, and what a test asks of it."""

    intake: Intake

    async def agent(self, name: str, *roles: tuple[str, str], organisation: UUID = OURS) -> str:
        await grant(self.intake.worker, name, roles, organisation_id=organisation)
        return name

    async def take(self, by: str | None, commune: str = SAINT_BRIEUC, **changes: Any) -> dict[str, Any]:
        """A request is taken in, and what the consumer does of it done."""
        body = asking(commune, **changes) | ({"channel": "desk"} if by else {})
        answer = await self.intake.ask(body, by)
        assert answer.status_code == 201, answer.text
        await self.consume()
        made: dict[str, Any] = answer.json()
        return made

    async def consume(self) -> None:
        """Handle people told so far, as the consumer does; told again, they change nothing."""
        handlers = duplicate_handlers()
        received = [Received(one, parse(one)) for one in await self.intake.told("PersonRecorded", "PersonChanged")]
        async with self.intake.worker.transaction() as tx:
            await handlers.subscription(received[0].envelope).handler(tx, received)

    async def get(self, path: str, by: str) -> httpx.Response:
        async with self.intake.client(by) as client:
            return await client.get(f"/intake{path}")

    async def waiting(self, by: str) -> list[dict[str, Any]]:
        answer = await self.get("/duplicates", by)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def decide(
        self, by: str, suspicion: dict[str, Any], what: str, version: int | None = None, **body: Any
    ) -> httpx.Response:
        headers = {"If-Match": f'"{version or suspicion["version"]}"'}
        async with self.intake.client(by) as client:
            path = f"/intake/duplicates/{suspicion['suspicion_id']}/{what}"
            return await client.post(path, json=WHY | body, headers=headers)


@pytest.fixture
async def desk(intake: Intake) -> Desk:
    return Desk(intake)


@pytest.fixture
async def twice(desk: Desk) -> tuple[str, dict[str, Any]]:
    """Somebody who called, then came to the desk of the same organisation: the agent, and the suspicion."""
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    await desk.take(agent)
    await desk.take(agent, given_name="Camile", birth_date="1987-03-13")
    [found] = await desk.waiting(agent)
    return agent, found


async def test_whoever_asks_twice_is_found_and_shown_side_by_side(
    desk: Desk, twice: tuple[str, dict[str, Any]]
) -> None:
    agent, found = twice
    assert found["reasons"] == ["même téléphone", "nom proche", "même date de naissance à un chiffre près"]
    shown = await desk.get(f"/duplicates/{found['suspicion_id']}", agent)
    assert shown.headers["etag"] == '"1"'
    assert [one["given_name"] for one in shown.json()["people"]] == ["Camille", "Camile"]
    assert [len(one["requests"]) for one in shown.json()["people"]] == [1, 1]
    assert shown.json()["people"][0]["contact_points"][0]["value"] == "+33639980102"


# Who learns of it -----------------------------------------------------------------------------------------------


ACROSS = [
    # who, roles, of which organisation, learns of a person both organisations know
    ("reception of one of them", [("reception", "saint-brieuc")], OURS, 0),
    ("reception of the other", [("reception", "saint-brieuc")], THEIRS, 0),
    ("reception of every territory", [("reception", "*")], OURS, 0),
    ("a social worker of the territory", [("social_worker", "saint-brieuc")], OURS, 1),
    ("a manager of the territory", [("manager", "saint-brieuc")], THEIRS, 1),
    ("a manager of the whole département", [("manager", "*")], UUID(int=3), 1),
    ("a social worker of another territory", [("social_worker", "saint-flour")], OURS, 0),
    ("somebody who coordinates conferences", [("social_worker", "saint-flour"), ("coordinator", "*")], OURS, 0),
]


@pytest.mark.parametrize(
    ("roles", "organisation", "learns"), [row[1:] for row in ACROSS], ids=[row[0] for row in ACROSS]
)
async def test_across_organisations_a_referent_decides_and_nobody_else_learns_of_it(
    desk: Desk, roles: list[tuple[str, str]], organisation: UUID, learns: int
) -> None:
    await desk.take(await desk.agent("ici", ("reception", "saint-brieuc"), organisation=OURS))
    await desk.take(await desk.agent("là", ("reception", "saint-brieuc"), organisation=THEIRS))
    somebody = await desk.agent("quelqu'un", *roles, organisation=organisation)
    assert len(await desk.waiting(somebody)) == learns


async def test_on_two_territories_a_role_is_needed_on_both(desk: Desk) -> None:
    await desk.take(await desk.agent("ici", ("reception", "saint-brieuc")))
    await desk.take(await desk.agent("là", ("reception", "saint-flour")), SAINT_FLOUR)
    here = await desk.agent("une", ("manager", "saint-brieuc"))
    both = await desk.agent("deux", ("social_worker", "saint-brieuc"), ("manager", "saint-flour"))
    assert [len(await desk.waiting(one)) for one in ("ici", "là", here, both)] == [0, 0, 0, 1]


async def test_what_came_by_the_public_form_belongs_to_no_organisation(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    await desk.take(None)
    await desk.take(agent)
    other = await desk.agent("ailleurs", ("reception", "saint-brieuc"), organisation=THEIRS)
    assert [len(await desk.waiting(one)) for one in (agent, other)] == [1, 0]


async def test_whoever_may_not_decide_finds_nothing_at_all(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    _, found = twice
    other = await desk.agent("ailleurs", ("reception", "saint-brieuc"), organisation=THEIRS)
    answers = [await desk.get(f"/duplicates/{found['suspicion_id']}", other)]
    answers += [await desk.decide(other, found, what) for what in ("merge", "link", "dismiss", "undo")]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert await desk.intake.told("PersonsMerged", "RequestMerged", "PersonChanged") == []


@pytest.mark.parametrize(
    ("roles", "organisation", "finds"),
    [
        ([("reception", "saint-brieuc")], OURS, 1),
        ([("reception", "saint-brieuc")], THEIRS, 0),
        ([("social_worker", "saint-brieuc")], THEIRS, 1),
        ([("manager", "saint-flour")], OURS, 0),
        ([("cell", "*")], THEIRS, 1),
    ],
    ids=["their reception", "reception elsewhere", "a social worker", "another territory", "the cell"],
)
async def test_the_search_while_typing_finds_whom_one_may_know_of(
    desk: Desk, roles: list[tuple[str, str]], organisation: UUID, finds: int
) -> None:
    await desk.take(await desk.agent("ici", ("reception", "saint-brieuc")))
    somebody = await desk.agent("quelqu'un", *roles, organisation=organisation)
    found = (await desk.get("/persons?name=Kamille Exem&phone=06 39 98 01 02", somebody)).json()["items"]
    assert len(found) == finds
    for one in found:
        assert set(one) == {
            "person_id", "given_name", "family_name", "birth_date", "request_id", "score", "reasons",
        }  # fmt: skip
        assert "même téléphone" in one["reasons"]


async def test_a_search_of_the_cell_leaves_a_trace_for_the_cell_alone(desk: Desk) -> None:
    """Whom it was shown, not what was typed; by birth date, name and phone alike, wherever people were recorded."""
    here = await desk.agent("ici", ("reception", "saint-brieuc"))
    cell = await desk.agent("cellule", ("cell", "*"), organisation=THEIRS)
    await desk.take(here)
    [known] = await desk.intake.told("PersonRecorded")
    for typed in ("name=Camille Exemple", "phone=0639980102", "birth_date=1987-03-12", "name=Nobody"):
        for who in (here, cell):
            assert (await desk.get(f"/persons?{typed}", who)).status_code == 200
    actor = Actor("agent", cell, agent_id(cell), THEIRS, (Grant("cell", "*"),))
    async with desk.intake.people.transaction(actor) as tx:
        rows = await tx.fetch("SELECT agent_id, found FROM cell_searches ORDER BY at")
    found = [UUID(known.subject)]
    assert [(row["agent_id"], row["found"]) for row in rows] == [
        (agent_id(cell), one) for one in (found, found, found, [])
    ]
    assert (await desk.get("/duplicates", cell)).status_code == 403


@pytest.mark.parametrize("typed", ["name=Camille Exemple", "name=exemple", "name=EXEM", "name=Exemple Camille"])
async def test_a_name_is_found_as_far_as_it_is_typed(desk: Desk, typed: str) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    await desk.take(agent)
    await desk.take(agent, given_name="Dominique", family_name="Modèle", contact_points=[], birth_date=None)
    found = (await desk.get(f"/persons?{typed}", agent)).json()["items"]
    assert [one["family_name"] for one in found] == ["Exemple"]


async def test_too_little_to_search_by_says_what_to_type(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    answer = await desk.get("/persons?name=Ca", agent)
    assert answer.status_code == 422
    assert "trois lettres" in answer.json()["errors"][0]["detail"]


# What is found --------------------------------------------------------------------------------------------------


async def test_people_of_one_request_are_not_suspected(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    twin = person(given_name="Camila")
    body = asking() | {"channel": "desk", "household": [twin]}
    assert (await desk.intake.ask(body, agent)).status_code == 201
    await desk.consume()
    assert await desk.waiting(agent) == []


async def test_who_is_related_is_known_to_be_somebody_else(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    await desk.take(agent)
    await desk.take(agent)
    [found] = await desk.waiting(agent)
    relation = {"person_id": found["person_id"], "other_id": found["other_id"], "kind": "sibling"}
    async with desk.intake.client(agent) as client:
        answer = await client.post("/intake/relations", json=relation, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    async with desk.intake.worker.transaction() as tx:
        await tx.execute("DELETE FROM suspicions")
    await desk.consume()
    assert await desk.waiting(agent) == []


async def test_a_corrected_name_takes_the_suspicion_back(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    agent, found = twice
    said = person(given_name="Dominique", birth_date="2001-01-01", contact_points=[])
    async with desk.intake.client(agent) as client:
        answer = await client.put(f"/intake/people/{found['person_id']}", json=said, headers={"If-Match": '"1"'})
    assert answer.status_code == 204
    await desk.consume()
    assert await desk.waiting(agent) == []


async def test_told_again_people_are_suspected_once_and_a_decision_stays(
    desk: Desk, twice: tuple[str, dict[str, Any]]
) -> None:
    agent, found = twice
    await desk.consume()
    assert [one["version"] for one in await desk.waiting(agent)] == [1]
    assert (await desk.decide(agent, found, "dismiss")).status_code == 204
    await desk.consume()
    assert await desk.waiting(agent) == []
    assert await desk.intake.count("suspicions") == 1


# Deciding -------------------------------------------------------------------------------------------------------


async def test_one_person_is_merged_into_the_first_recorded(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    agent, found = twice
    answer = await desk.decide(agent, found, "merge")
    assert (answer.status_code, answer.headers["etag"]) == (204, '"2"'), answer.text
    persons, requests = await desk.intake.told("PersonsMerged", "RequestMerged")
    assert persons.data == {"person_id": found["person_id"], "into": found["other_id"]}
    first, second = await desk.intake.told("RequestSubmitted")
    assert requests.data == {"request_id": second.data["request_id"], "into": first.data["request_id"]}
    assert (persons.sequence, requests.sequence) == (2, 2)
    shown = (await desk.get(f"/duplicates/{found['suspicion_id']}", agent)).json()
    assert [shown["state"], shown["because"], await desk.waiting(agent)] == ["merged", WHY["because"], []]


async def test_two_requests_of_one_person_may_stay_two(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    agent, found = twice
    assert (await desk.decide(agent, found, "merge", same_request=False)).status_code == 204
    assert [one.type for one in await desk.intake.told("PersonsMerged", "RequestMerged")] == ["PersonsMerged"]


async def test_the_strictest_rule_wins_and_comes_back_as_it_was(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    phone = {"kind": "phone", "value": "0639980102"}
    email = {"kind": "email", "value": "camille@example.org", "safe_to_write": True}
    nights = [{"weekdays": [1, 2], "opens": "18:00", "closes": "22:00"}]
    await desk.take(agent, contact_points=[phone | {"safe_to_write": True, "hours": nights}, email])
    await desk.take(agent, contact_points=[phone | {"neutral": True}], never_by=["post"])
    [found] = await desk.waiting(agent)
    before = [one["contact_points"] for one in found["people"]]

    assert (await desk.decide(agent, found, "merge")).status_code == 204

    shown = (await desk.get(f"/duplicates/{found['suspicion_id']}", agent)).json()["people"]
    for one in shown:
        [point] = [point for point in one["contact_points"] if point["kind"] == "phone"]
        assert (point["safe_to_write"], point["neutral"], point["never"]) == (False, True, False)
        assert [hours["opens"] for hours in point["hours"]] == ["18:00:00"]
    assert [point["value"] for one in shown for point in one["contact_points"] if point["kind"] == "email"] == [
        "camille@example.org"
    ]
    changed = [parse(one) for one in await desk.intake.told("PersonChanged")]
    assert all(isinstance(one, PersonChanged) for one in changed)
    assert len(changed) == 2

    assert (await desk.decide(agent, found, "undo", version=2)).status_code == 204
    again = (await desk.get(f"/duplicates/{found['suspicion_id']}", agent)).json()
    assert [one["contact_points"] for one in again["people"]] == before
    assert again["state"] == "open"
    separated = await desk.intake.told("PersonsSeparated", "RequestSeparated")
    assert [one.data.get("out_of") for one in separated] == [
        found["other_id"], found["people"][0]["requests"][0]["request_id"],
    ]  # fmt: skip
    sequences = [one.sequence for one in await desk.intake.told() if one.subject == found["person_id"]]
    assert sequences == sorted(set(sequences))


async def test_readers_stay_the_same_after_a_merge(desk: Desk) -> None:
    """Each side goes on being read by those who could, and by nobody else."""
    here = await desk.agent("ici", ("reception", "saint-brieuc"))
    there = await desk.agent("là", ("reception", "saint-flour"))
    await desk.take(here)
    await desk.take(there, SAINT_FLOUR)
    decider = await desk.agent("référente", ("manager", "*"))
    [found] = await desk.waiting(decider)
    assert (await desk.decide(decider, found, "merge")).status_code == 204
    seen = [
        (await desk.get(f"/people/{found[side]}", who)).status_code
        for who in (here, there)
        for side in ("other_id", "person_id")
    ]
    assert seen == [200, 404, 404, 200]


async def test_a_third_record_goes_into_the_first_through_the_second(
    desk: Desk, twice: tuple[str, dict[str, Any]]
) -> None:
    agent, found = twice
    assert (await desk.decide(agent, found, "merge")).status_code == 204
    await desk.take(agent, given_name="Camila")
    for third in await desk.waiting(agent):
        answer = await desk.decide(agent, third, "merge")
        assert answer.status_code == 204, answer.text
    merged = await desk.intake.told("PersonsMerged")
    assert [one.data["into"] for one in merged] == [found["other_id"]] * 2


@pytest.fixture
async def thrice(desk: Desk) -> tuple[str, dict[frozenset[int], dict[str, Any]]]:
    """Three records of somebody, the third of whom says that nobody may write there: the agent, and the suspicions by
    the places of both."""
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    unsafe = {"kind": "phone", "value": "0639980102", "safe_to_write": False}
    await desk.take(agent)
    await desk.take(agent, given_name="Camile")
    await desk.take(agent, given_name="Camila", contact_points=[unsafe])
    async with desk.intake.worker.transaction() as tx:
        rows = await tx.fetch("SELECT person_id FROM persons WHERE family_name = 'Exemple' ORDER BY recorded_at")
    place = {str(row["person_id"]): number for number, row in enumerate(rows, 1)}
    found = await desk.waiting(agent)
    return agent, {frozenset({place[one["person_id"]], place[one["other_id"]]}): one for one in found}


async def safe(desk: Desk) -> list[bool]:
    """Whether one may write to the number of each record, the first recorded first."""
    async with desk.intake.worker.transaction() as tx:
        rows = await tx.fetch(
            "SELECT safe_to_write FROM contact_points JOIN persons USING (person_id) ORDER BY recorded_at"
        )
    return [row["safe_to_write"] for row in rows]


async def test_the_strictest_rule_wins_for_all_who_are_one_and_comes_back(
    desk: Desk, thrice: tuple[str, dict[frozenset[int], dict[str, Any]]]
) -> None:
    agent, found = thrice
    assert (await desk.decide(agent, found[frozenset({1, 2})], "merge")).status_code == 204
    assert await safe(desk) == [True, True, False]
    assert (await desk.decide(agent, found[frozenset({2, 3})], "merge")).status_code == 204
    assert await safe(desk) == [False, False, False], "the second one's number is that of the same person"
    assert (await desk.decide(agent, found[frozenset({2, 3})], "undo", version=2)).status_code == 204
    assert await safe(desk) == [True, True, False]


async def test_a_rule_all_records_agree_on_stays_as_it_was_said(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    hours = [{"weekdays": [2, 1], "opens": "09:00", "closes": "12:00"}]
    hours += [{"weekdays": [1], "opens": "11:00", "closes": "14:00"}]
    phone = {"kind": "phone", "value": "0639980102", "safe_to_write": True}
    await desk.take(agent, contact_points=[phone | {"hours": hours}])
    await desk.take(agent, given_name="Camile", contact_points=[phone])
    [found] = await desk.waiting(agent)
    assert (await desk.decide(agent, found, "merge")).status_code == 204
    assert [one.subject for one in await desk.intake.told("PersonChanged")] == [found["person_id"]]


async def test_two_merges_of_one_record_at_once_make_one_person(
    desk: Desk, thrice: tuple[str, dict[frozenset[int], dict[str, Any]]]
) -> None:
    """Whoever waited looks again into whom the other has merged them."""
    agent, found = thrice
    second = found[frozenset({1, 2})]["person_id"]
    async with desk.intake.worker.transaction() as tx:
        await tx.execute("SELECT FROM persons WHERE person_id = $1 FOR UPDATE", second)
        merging = [
            asyncio.create_task(desk.decide(agent, found[pair], "merge"))
            for pair in (frozenset({1, 2}), frozenset({2, 3}))
        ]
        while await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < 2:
            pass
    assert [answer.status_code for answer in await asyncio.gather(*merging)] == [204, 204]
    async with desk.intake.worker.transaction() as tx:
        people = [UUID(one[side]) for one in found.values() for side in ("person_id", "other_id")]
        ends = set((await store.survivors(tx, people)).values())
    assert ends == {UUID(found[frozenset({1, 2})]["other_id"])}, "all go on in the first recorded"
    assert await safe(desk) == [False, False, False]


async def test_a_merge_into_somebody_unseen_is_left_to_who_sees_them(desk: Desk) -> None:
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    manager = await desk.agent("responsable", ("manager", "*"))
    await desk.take(await desk.agent("là", ("reception", "saint-flour")), SAINT_FLOUR)
    await desk.take(agent)
    [across] = await desk.waiting(manager)
    assert (await desk.decide(manager, across, "merge")).status_code == 204
    await desk.take(agent)
    [found] = await desk.waiting(agent)
    answer = await desk.decide(agent, found, "merge")
    assert (answer.status_code, "responsable du département" in answer.json()["detail"]) == (409, True)
    assert len(await desk.intake.told("PersonsMerged")) == 1


@pytest.mark.parametrize("what", ["link", "dismiss"])
async def test_two_people_stay_two_and_it_is_kept_why(desk: Desk, twice: tuple[str, dict[str, Any]], what: str) -> None:
    agent, found = twice
    assert (await desk.decide(agent, found, what)).status_code == 204
    shown = (await desk.get(f"/duplicates/{found['suspicion_id']}", agent)).json()
    assert (shown["because"], shown["decided_by"]) == (WHY["because"], str(agent_id(agent)))
    assert await desk.intake.told("PersonsMerged", "RequestMerged", "PersonChanged") == []
    assert (await desk.decide(agent, found, "undo", version=2)).status_code == 204
    assert len(await desk.waiting(agent)) == 1


async def test_a_decision_can_be_undone_for_thirty_days(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    agent, found = twice
    parts = desk.intake.service.parts
    now = parts.now()
    assert (await desk.decide(agent, found, "merge")).status_code == 204
    parts.now = lambda: now + timedelta(days=31)
    late = await desk.decide(agent, found, "undo", version=2)
    assert (late.status_code, "30 jours" in late.json()["detail"]) == (409, True)
    parts.now = lambda: now + timedelta(days=29)
    assert (await desk.decide(agent, found, "undo", version=2)).status_code == 204
    assert len(await desk.intake.told("PersonsSeparated")) == 1


async def test_every_other_refusal_keeps_nothing(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    agent, found = twice
    assert (await desk.decide(agent, found, "undo")).status_code == 409
    assert (await desk.decide(agent, found, "merge", version=7)).status_code == 412
    assert (await desk.decide(agent, found, "merge", because=" ")).status_code == 422
    async with desk.intake.client(agent) as client:
        path = f"/intake/duplicates/{found['suspicion_id']}/merge"
        assert (await client.post(path, json=WHY)).status_code == 428
    assert (await desk.decide(agent, found, "link")).status_code == 204
    again = await desk.decide(agent, found, "merge", version=2)
    assert (again.status_code, "déjà été prise" in again.json()["detail"]) == (409, True)
    assert await desk.intake.told("PersonsMerged", "RequestMerged", "PersonChanged") == []


async def test_two_who_decide_at_once_decide_once(desk: Desk, twice: tuple[str, dict[str, Any]]) -> None:
    agent, found = twice
    answers = [
        answer.status_code for answer in await asyncio.gather(*(desk.decide(agent, found, "merge") for _ in "ab"))
    ]
    assert sorted(answers) == [204, 412]
    assert len(await desk.intake.told("PersonsMerged")) == 1


# The database does the search by its indexes --------------------------------------------------------------------


async def test_the_search_goes_by_its_indexes(intake: Intake) -> None:
    """It runs as the owner, whom no policy keeps from an index."""
    owner = await asyncpg.connect(intake.database.owner_url)
    try:
        body = await owner.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'people_alike'")
        for name, value in {"asked": "ARRAY['t:1', 'b:2']", "typed": "'exemple'", "most": "60"}.items():
            body = re.sub(rf"\b{name}\b", value, body)
        await owner.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {body}"))
    finally:
        await owner.close()
    assert "traits_keys" in plan
    assert "traits_names" in plan
    assert "Seq Scan" not in plan


async def test_the_list_goes_by_its_index(intake: Intake) -> None:
    async with intake.worker.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        await tx.execute("SET LOCAL enable_sort = off")
        query = store.WAITING.replace("$1", "NULL").replace("$2", "50")
        plan = "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN {query}"))
    assert "suspicions_open" in plan


async def test_a_worry_about_a_child_enters_no_search(intake_database: ServiceDatabase) -> None:
    """Whoever is named in it is not recorded as a person, and so is compared with nobody and found by nobody."""
    cell = ECKey.generate_key("P-256", private=False)
    async with opened(await emptied(intake_database), cell_public_jwk=cell) as intake:
        desk = Desk(intake)
        agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
        await desk.take(agent)
        body = asking() | {"channel": "phone", "programme": "child-concern"}
        answer = await intake.ask(body, agent)
        assert answer.status_code == 201, answer.text
        await desk.consume()
        assert [await intake.count(table) for table in ("persons", "traits", "suspicions")] == [1, 1, 0]
        assert len((await desk.get("/persons?name=Camille Exemple", agent)).json()["items"]) == 1

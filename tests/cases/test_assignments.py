"""Dossiers change hands: one by one or all at once, for good or during an absence."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests import identity
from tests.cases.conftest import HERE, THERE, Cases
from tests.cases.test_tasks import task
from tests.identity import agent_id

PARIS = ZoneInfo("Europe/Paris")


async def refer(cases: Cases, case_id: UUID, agent: str, by: str = "manager", **more: Any) -> httpx.Response:
    body = {"agent_id": str(agent_id(agent)), "role": "referent"} | more
    return await cases.create(f"/cases/{case_id}/referents", body, by)


async def referents(cases: Cases, case_id: UUID) -> list[str]:
    return list((await cases.get(f"/cases/{case_id}", "manager")).json()["referent_ids"])


async def reassign(cases: Cases, agent: str, to: str, by: str = "manager", **more: Any) -> httpx.Response:
    body = {"from_agent_id": str(agent_id(agent)), "to_agent_id": str(agent_id(to))} | more
    return await cases.create("/cases/reassignments", body, by)


@pytest.fixture
async def two(cases: Cases) -> list[UUID]:
    """Two dossiers of one referent, and a colleague."""
    await cases.grant("colleague", ("social_worker", HERE))
    made = [await cases.open_case(), await cases.open_case()]
    for case_id in made:
        assert (await refer(cases, case_id, "social_worker")).status_code == 201
    return sorted(made)


# In bulk ---------------------------------------------------------------------------------------------


async def test_all_dossiers_of_an_agent_change_hands_with_what_is_to_be_done_in_them(
    cases: Cases, two: list[UUID]
) -> None:
    await task(cases, two[0])
    before = [await cases.version(one) for one in two]
    answer = await reassign(cases, "social_worker", "colleague")
    assert answer.json() == {"reassigned": [str(one) for one in two], "refused": []}
    assert [await referents(cases, one) for one in two] == [[str(agent_id("colleague"))]] * 2
    assert [await cases.version(one) for one in two] == [version + 1 for version in before]
    await cases.fire(datetime(2026, 5, 1, tzinfo=UTC))
    told = await cases.outbox("FollowUpDue")
    assert {one.data["agent_id"] for one in told} == {str(agent_id("colleague"))}
    assert len(told) == 3


async def test_chosen_dossiers_alone_change_hands(cases: Cases, two: list[UUID]) -> None:
    await reassign(cases, "social_worker", "colleague", case_ids=[str(two[1])])
    assert await referents(cases, two[0]) == [str(agent_id("social_worker"))]
    assert await referents(cases, two[1]) == [str(agent_id("colleague"))]


async def test_a_dossier_that_refuses_stays_as_it_was_and_keeps_no_other(cases: Cases, two: list[UUID]) -> None:
    await cases.grant("both", ("social_worker", HERE), ("coordinator", HERE))
    body = {"agent_id": str(agent_id("both")), "role": "coordinator"}
    assert (await cases.create(f"/cases/{two[0]}/referents", body, "manager")).status_code == 201
    unknown = uuid4()
    before = await cases.version(two[0])
    chosen = [str(one) for one in (*two, unknown)]
    answer = (await reassign(cases, "social_worker", "both", case_ids=chosen)).json()
    assert answer["reassigned"] == [str(two[1])]
    why = {one["case_id"]: one["detail"] for one in answer["refused"]}
    assert "coordonne" in why[str(two[0])]
    assert "n'existe pas" in why[str(unknown)]
    assert (await referents(cases, two[0]), await cases.version(two[0])) == ([str(agent_id("social_worker"))], before)


@pytest.mark.parametrize(
    ("to", "by", "status"),
    [
        ("colleague", "social_worker", 403),
        ("colleague", "reception", 403),
        ("social_worker", "manager", 409),
        ("nobody", "manager", 409),
        ("partner", "manager", 409),
    ],
    ids=["by no manager", "by reception", "to oneself", "to nobody", "to another organisation"],
)
async def test_what_nobody_may_reassign(cases: Cases, two: list[UUID], to: str, by: str, status: int) -> None:
    await identity.grant(cases.service.parts.worker, "partner", [("social_worker", HERE)], uuid4())
    answer = await reassign(cases, "social_worker", to, by)
    assert answer.status_code == status, answer.text
    assert await referents(cases, two[0]) == [str(agent_id("social_worker"))]


async def test_a_manager_of_elsewhere_moves_nothing_of_here(cases: Cases, two: list[UUID]) -> None:
    await cases.grant("far manager", ("manager", THERE))
    answer = (await reassign(cases, "social_worker", "colleague", "far manager")).json()
    assert answer == {"reassigned": [], "refused": []}
    chosen = (await reassign(cases, "social_worker", "colleague", "far manager", case_ids=[str(two[0])])).json()
    assert "n'existe pas" in chosen["refused"][0]["detail"]


async def test_who_still_has_tasks_is_not_released(cases: Cases, two: list[UUID]) -> None:
    await task(cases, two[0])
    path = f"/cases/{two[0]}/referents/{agent_id('social_worker')}"
    refused = await cases.change(path, None, "manager", method="DELETE")
    assert (refused.status_code, "tâches" in refused.json()["detail"]) == (409, True)


# Absences ---------------------------------------------------------------------------------------------


async def away(cases: Cases, agent: str, substitute: str, days: tuple[int, int] = (0, 7), by: str = "manager") -> Any:
    """An absence from so many days from today to so many."""
    first, last = ((cases.now + timedelta(days=one)).date().isoformat() for one in days)
    body = {
        "agent_id": str(agent_id(agent)),
        "substitute_id": str(agent_id(substitute)),
        "first_day": first,
        "last_day": last,
    }
    return await cases.create("/cases/absences", body, by)


@pytest.fixture
async def absent(cases: Cases) -> tuple[Cases, UUID]:
    """A dossier of a referent from elsewhere, at this very moment: access follows the database's clock."""
    cases.now = datetime.now(PARIS)
    await cases.grant("absent", ("social_worker", THERE))
    await cases.grant("substitute", ("social_worker", "elsewhere"))
    await cases.grant("manager of both", ("manager", HERE), ("manager", THERE))
    case_id = await cases.open_case()
    assert (await refer(cases, case_id, "absent")).status_code == 201
    return cases, case_id


async def test_a_substitute_reads_and_writes_while_it_lasts(absent: tuple[Cases, UUID]) -> None:
    cases, case_id = absent
    path, note = f"/cases/{case_id}", {"text": "Appelé."}
    assert (await cases.get(path, "substitute")).status_code == 404
    named = await away(cases, "absent", "substitute", by="manager of both")
    assert named.status_code == 201, named.text
    assert (await cases.create(f"{path}/notes", note, "substitute")).status_code == 201
    listed = (await cases.get("/cases", "substitute")).json()["items"]
    assert [one["case_id"] for one in listed] == [str(case_id)]
    assert (await cases.get(path, "absent")).status_code == 200
    absence = f"/cases/absences/{named.json()['absence_id']}"
    assert (await cases.ask("DELETE", absence, "manager")).status_code == 403
    assert (await cases.ask("DELETE", absence, "manager of both")).status_code == 204
    assert (await cases.get(path, "substitute")).status_code == 404


async def test_a_substitute_of_next_week_reads_nothing_yet(absent: tuple[Cases, UUID]) -> None:
    cases, case_id = absent
    assert (await away(cases, "absent", "substitute", (7, 9), "manager of both")).status_code == 201
    assert (await cases.get(f"/cases/{case_id}", "substitute")).status_code == 404


async def test_what_falls_due_during_an_absence_is_told_to_the_substitute(absent: tuple[Cases, UUID]) -> None:
    cases, case_id = absent
    await away(cases, "absent", "substitute", (0, 5), "manager of both")
    soon = (cases.now + timedelta(days=4)).date().isoformat()
    late = (cases.now + timedelta(days=20)).date().isoformat()
    absent_one = str(agent_id("absent"))
    await task(cases, case_id, soon, agent_id=absent_one)
    await task(cases, case_id, late, agent_id=absent_one)
    mine = (await cases.get("/cases/tasks", "substitute")).json()["items"]
    assert [one["due_on"] for one in mine] == [soon, late]
    await cases.fire(cases.now + timedelta(days=60))
    told = {(one.data["due_on"], one.data["agent_id"]) for one in await cases.outbox("FollowUpDue")}
    assert told == {(soon, str(agent_id("substitute"))), (late, absent_one)}


NAMING: list[tuple[str, str, tuple[int, int], str, int, str]] = [
    ("another social worker", "substitute", (0, 7), "manager of both", 201, ""),
    ("for one day", "substitute", (0, 0), "manager of both", 201, ""),
    ("oneself", "absent", (0, 7), "manager of both", 409, "autre personne"),
    ("somebody who is no social worker", "reception", (0, 7), "manager of both", 409, "travailleur social"),
    ("somebody of another organisation", "partner", (0, 7), "manager of both", 409, "même structure"),
    ("nobody", "nobody", (0, 7), "manager of both", 409, "annuaire"),
    ("an absence that is over", "substitute", (-9, -2), "manager of both", 409, "déjà finie"),
    ("days in the wrong order", "substitute", (7, 1), "manager of both", 409, "après le premier"),
    ("by a manager of other agents", "substitute", (0, 7), "manager", 403, ""),
    ("by a social worker", "substitute", (0, 7), "social_worker", 403, ""),
]


@pytest.mark.parametrize(
    ("substitute", "days", "by", "status", "said"), [row[1:] for row in NAMING], ids=[row[0] for row in NAMING]
)
async def test_who_may_stand_in(
    absent: tuple[Cases, UUID], substitute: str, days: tuple[int, int], by: str, status: int, said: str
) -> None:
    cases, _case_id = absent
    await identity.grant(cases.service.parts.worker, "partner", [("social_worker", HERE)], uuid4())
    answer = await away(cases, "absent", substitute, days, by)
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert await cases.count("absences") == (status == 201)


async def test_nobody_stands_in_twice_nor_while_away_themself(absent: tuple[Cases, UUID]) -> None:
    cases, _case_id = absent
    await cases.grant("third", ("social_worker", THERE))
    assert (await away(cases, "absent", "substitute", (3, 7), "manager of both")).status_code == 201
    twice = await away(cases, "absent", "third", (7, 9), "manager of both")
    assert (twice.status_code, "déjà prévu" in twice.text) == (409, True)
    assert (await away(cases, "absent", "third", (8, 9), "manager of both")).status_code == 201
    gone = await away(cases, "third", "absent", (5, 6), "manager of both")
    assert (gone.status_code, "elle-même absente" in gone.text) == (409, True)
    standing_in = await away(cases, "third", "substitute", (9, 9), "manager of both")
    assert (standing_in.status_code, "en remplace une autre" in standing_in.text) == (409, True)


async def test_a_coordinator_does_not_stand_in_where_they_must_be_independent(absent: tuple[Cases, UUID]) -> None:
    cases, case_id = absent
    await cases.grant("both", ("social_worker", "elsewhere"), ("coordinator", HERE))
    body = {"agent_id": str(agent_id("both")), "role": "coordinator"}
    assert (await cases.create(f"/cases/{case_id}/referents", body, "manager")).status_code == 201
    refused = await away(cases, "absent", "both", by="manager of both")
    assert (refused.status_code, "indépendante" in refused.text) == (409, True)


async def test_absences_are_listed_to_who_manages_those_agents(absent: tuple[Cases, UUID]) -> None:
    cases, _case_id = absent
    await away(cases, "absent", "substitute", by="manager of both")
    listed = (await cases.get("/cases/absences", "manager of both")).json()["items"]
    assert [one["substitute_id"] for one in listed] == [str(agent_id("substitute"))]
    assert (await cases.get("/cases/absences", "manager")).json()["items"] == []
    assert (await cases.get("/cases/absences", "social_worker")).status_code == 403


# Load -------------------------------------------------------------------------------------------------


async def test_how_much_each_referent_has_is_seen_by_managers_alone(cases: Cases, two: list[UUID]) -> None:
    await cases.open_case()
    await refer(cases, two[1], "colleague")
    await task(cases, two[0], "2026-03-05")
    await task(cases, two[0], "2026-04-05")
    cases.now = datetime(2026, 3, 10, tzinfo=UTC)
    seen = (await cases.get(f"/cases/load?territory={HERE}", "manager")).json()
    counted = {one["agent_id"]: (one["open_dossiers"], one["late_tasks"]) for one in seen["items"]}
    assert counted == {str(agent_id("social_worker")): (2, 1), str(agent_id("colleague")): (1, 0)}
    assert seen["unassigned"] == 1
    assert (await cases.get(f"/cases/load?territory={THERE}", "manager")).status_code == 403
    assert (await cases.get(f"/cases/load?territory={HERE}", "social_worker")).status_code == 403

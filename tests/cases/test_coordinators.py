"""Who coordinates: proposed by independence and availability, replaced, and neutral for as long as it lasts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from cases.conferences.coordinators import Candidate, SetAside, must_be_replaceable, proposed, unfit
from cases.dossiers.model import Refused
from tests.cases.conftest import HERE, START, Cases, Meeting
from tests.cases.ready import ALONE, DISCUSSED, INFORMED, PREPARED, RATIFIED, SCHEDULED
from tests.identity import agent_id

OURS, MANDATED = UUID(int=91), UUID(int=92)
LATER = datetime(2026, 4, 1, tzinfo=UTC)
CONCERNED_BY = PREPARED.model_copy(update={"mandated_by": frozenset({MANDATED})})
MEETING = START + timedelta(days=60)


def candidate(number: int, **more: Any) -> Candidate:
    known: dict[str, Any] = {"agent_id": UUID(int=number), "organisation_id": OURS, "here": True}
    return Candidate(**known | more)


# what is known of somebody, whether they are proposed, what a manager reads who names them all the same
FITNESS: Sequence[tuple[str, Candidate, bool, str | None]] = [
    ("nothing speaks against them", candidate(1), True, None),
    ("they follow, or know, somebody of it", candidate(1, tied=True), False, "un lien"),
    ("their organisation is mandated", candidate(1, organisation_id=MANDATED), False, "un lien"),
    ("they said to have a tie", candidate(1, set_aside=SetAside.TIE), False, "un lien"),
    ("they had no time", candidate(1, set_aside=SetAside.WORKLOAD), False, None),
    ("they declined for another reason", candidate(1, set_aside=SetAside.OTHER), False, None),
    ("the family objected", candidate(1, set_aside=SetAside.OBJECTION), False, "s'est opposée"),
    ("they are away", candidate(1, absent_until=LATER), True, None),
]


@pytest.mark.parametrize(("one", "listed", "said"), [row[1:] for row in FITNESS], ids=[row[0] for row in FITNESS])
def test_who_may_coordinate(one: Candidate, listed: bool, said: str | None) -> None:
    assert (proposed([one], CONCERNED_BY) == [one]) is listed
    fault = unfit(one, CONCERNED_BY)
    assert fault is None if said is None else said in (fault or "")


def test_those_who_are_there_and_have_least_to_do_come_first() -> None:
    away, busy, far, free = (
        candidate(1, absent_until=LATER),
        candidate(2, under_way=3),
        candidate(3, here=False),
        candidate(4),
    )
    assert proposed([away, busy, far, free], None) == [free, far, busy, away]


@pytest.mark.parametrize("conference", [None, PREPARED, SCHEDULED], ids=["none", "preparation", "scheduled"])
def test_a_coordinator_stands_down_before_the_meeting(conference: Any) -> None:
    must_be_replaceable(conference)


@pytest.mark.parametrize("conference", [INFORMED, ALONE, DISCUSSED, RATIFIED], ids=lambda one: one.phase)
def test_once_the_meeting_has_begun_a_manager_names_who_takes_over_first(conference: Any) -> None:
    with pytest.raises(Refused) as refused:
        must_be_replaceable(conference)
    assert "La réunion a commencé" in refused.value.missing[0]


# Over HTTP --------------------------------------------------------------------------------------


async def pool(meeting: Meeting, by: str = "manager") -> list[dict[str, Any]]:
    answer = await meeting.cases.get(f"/cases/{meeting.case_id}/coordinators", by)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def named(meeting: Meeting) -> set[str]:
    return {one["agent_id"] for one in await pool(meeting)}


async def coordinator(cases: Cases, *subjects: str) -> None:
    for subject in subjects:
        await cases.grant(subject, ("coordinator", HERE))


async def assign(meeting: Meeting, subject: str, role: str = "coordinator") -> Any:
    body = {"agent_id": str(agent_id(subject)), "role": role}
    return await meeting.cases.create(f"/cases/{meeting.case_id}/referents", body, "manager")


async def refer_elsewhere(cases: Cases, meeting: Meeting, subject: str, role: str = "concerned") -> None:
    """Somebody follows, in another dossier, the person this one is about."""
    other = {"requester": {"role": "school"}, "concerned": {"minor": False}}
    if role == "concerned":
        other["concerned"] = {"person_id": meeting.concerned, "minor": False}
    else:
        other["requester"] = {"person_id": meeting.concerned, "role": "relative"}
    case_id = await cases.open_case(**other)
    actor = await cases.service.parts.grants("manager")
    assert actor is not None
    async with cases.service.parts.app.transaction(actor) as tx:
        await tx.execute("INSERT INTO referents VALUES ($1, $2, now())", case_id, agent_id(subject))


async def test_the_pool_holds_those_who_are_independent_and_says_how_busy_they_are(
    cases: Cases, meeting: Meeting
) -> None:
    await coordinator(cases, "free", "follows")
    await cases.grant("was_referent", ("coordinator", HERE), ("social_worker", HERE))
    await refer_elsewhere(cases, meeting, "follows")
    assert (await assign(meeting, "was_referent", "referent")).status_code == 201
    path = f"/cases/{meeting.case_id}/referents/{agent_id('was_referent')}"
    await cases.change(path, None, "manager", method="DELETE")
    assert await named(meeting) == {str(agent_id("free"))}, "nor who coordinates already"
    [one] = await pool(meeting)
    assert (one["under_way"], one["here"], one["absent_until"]) == (0, True, None)
    busy = await cases.open_case()
    await cases.create(
        f"/cases/{busy}/referents", {"agent_id": str(agent_id("free")), "role": "coordinator"}, "manager"
    )
    assert [one["under_way"] for one in await pool(meeting)] == [1]


async def test_who_only_asked_for_somebody_elsewhere_is_no_tie(cases: Cases, meeting: Meeting) -> None:
    await coordinator(cases, "follows")
    await refer_elsewhere(cases, meeting, "follows", "requester")
    assert str(agent_id("follows")) in await named(meeting)


async def test_who_is_absent_comes_last(cases: Cases, meeting: Meeting) -> None:
    await coordinator(cases, "away", "busy")
    manager = await cases.service.parts.grants("manager")
    assert manager is not None
    async with cases.service.parts.app.transaction(manager) as tx:
        await tx.execute(
            "INSERT INTO absences VALUES ($1, $2, $3, $3, $4, $5)",
            uuid4(), agent_id("away"), uuid4(), START - timedelta(days=1), START + timedelta(days=9),
        )  # fmt: skip
    assert [one["agent_id"] for one in await pool(meeting)] == [str(agent_id("busy")), str(agent_id("away"))]


@pytest.mark.parametrize("by", ["social_worker", "coordinator", "reception"])
async def test_the_pool_is_for_managers(meeting: Meeting, by: str) -> None:
    answer = await meeting.cases.get(f"/cases/{meeting.case_id}/coordinators", by)
    assert answer.status_code == 403


async def test_a_coordinator_declines_in_mid_preparation_and_nothing_is_lost(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await coordinator(cases, "successor")
    before = await meeting.state()
    path = f"/cases/{meeting.case_id}/coordinators/decline"
    assert (await cases.change(path, {"reason": "workload"}, "coordinator")).status_code == 200
    assert (await cases.get(meeting.path, "coordinator")).status_code == 404, "they no longer see it"
    assert await named(meeting) == {str(agent_id("successor"))}
    assert (await assign(meeting, "successor")).status_code == 201
    after = await meeting.state("successor")
    assert {name for name in before if before[name] != after[name]} == {"missing", "version"}
    assert "déclarer son indépendance" in " ".join(after["missing"])
    declared = {"not_their_social_worker": True, "no_tie_to_anyone": True}
    assert (await meeting.change("independence", declared, "successor", method="PUT")).json()["missing"] == []


async def test_only_managers_read_why_somebody_declined(cases: Cases, meeting: Meeting) -> None:
    path = f"/cases/{meeting.case_id}/coordinators/decline"
    await cases.change(path, {"reason": "tie"}, "coordinator")
    read = {}
    for by in ("manager", "social_worker"):
        shown = (await cases.get(f"/cases/{meeting.case_id}", by)).json()
        read[by] = [one["details"] for one in shown["timeline"] if one["kind"] == "coordinator_declined"]
    assert read == {"manager": [{"reason": "tie"}], "social_worker": []}


async def test_a_tie_that_was_declared_counts_in_any_other_dossier(cases: Cases, meeting: Meeting) -> None:
    declined = {"reason": "tie", "tied_to": [str(meeting.concerned)]}
    await cases.change(f"/cases/{meeting.case_id}/coordinators/decline", declined, "coordinator")
    other = await cases.open_case(
        requester={"role": "school"}, concerned={"person_id": meeting.concerned, "minor": False}
    )
    named_again = {"agent_id": str(agent_id("coordinator")), "role": "coordinator"}
    for case_id in (meeting.case_id, other):
        refused = await cases.create(f"/cases/{case_id}/referents", named_again, "manager")
        assert (refused.status_code, "un lien" in refused.json()["detail"]) == (409, True)


BAD: list[tuple[str, Any, str, int]] = [
    ("no reason", {}, "coordinator", 422),
    ("a reason that is none", {"reason": "objection"}, "coordinator", 422),
    ("a tie to somebody of no dossier", {"reason": "tie", "tied_to": [str(UUID(int=7))]}, "coordinator", 409),
    ("somebody else's part", {"reason": "other"}, "manager", 403),
    ("somebody who only sees it", {"reason": "other"}, "reception", 403),
]


@pytest.mark.parametrize(("body", "by", "status"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_declining_in_vain_changes_nothing(
    cases: Cases, meeting: Meeting, body: Any, by: str, status: int
) -> None:
    version = await cases.version(meeting.case_id)
    refused = await cases.change(f"/cases/{meeting.case_id}/coordinators/decline", body, by)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert await cases.version(meeting.case_id) == version
    assert await cases.count("coordinators_set_aside") == 0


async def test_declining_asks_for_the_version_that_was_read(cases: Cases, meeting: Meeting) -> None:
    path, body = f"/cases/{meeting.case_id}/coordinators/decline", {"reason": "other"}
    assert (await cases.change(path, body, "coordinator", version=99)).status_code == 412
    assert (await cases.change(path, body, "stranger")).status_code == 403
    await coordinator(cases, "unassigned")
    assert (await cases.change(path, body, "unassigned")).status_code == 404


async def test_nobody_declines_once_the_meeting_has_begun(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    refused = await cases.change(f"/cases/{meeting.case_id}/coordinators/decline", {"reason": "other"}, "coordinator")
    assert (refused.status_code, "réunion a commencé" in refused.json()["detail"]) == (409, True)


async def test_the_family_objects_once(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    await coordinator(cases, "successor")
    path = f"/cases/{meeting.case_id}/coordinators/objection"
    assert (await cases.change(path, None, "social_worker")).status_code == 403
    assert (await cases.change(path, None, "manager")).status_code == 200
    again = await assign(meeting, "coordinator")
    assert (again.status_code, "s'est opposée" in again.json()["detail"]) == (409, True)
    nobody = await cases.change(path, None, "manager")
    assert (nobody.status_code, "déjà opposée" in nobody.json()["detail"]) == (409, True)
    assert (await assign(meeting, "successor")).status_code == 201
    assert (await cases.change(path, None, "manager")).status_code == 409


# Neutral for as long as it lasts ---------------------------------------------------------------------


async def test_a_coordinator_who_follows_somebody_of_it_by_now_goes_no_further(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await refer_elsewhere(cases, meeting, "coordinator")
    assert any("doit être remplacée" in one for one in (await meeting.state())["missing"])
    refused = await meeting.change("schedule", {"meeting_at": MEETING.isoformat()})
    assert (refused.status_code, "doit être remplacée" in refused.json()["detail"]) == (409, True)


async def test_a_tie_found_after_the_date_was_set_keeps_the_meeting_from_beginning(
    cases: Cases, meeting: Meeting
) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": MEETING.isoformat()})
    await refer_elsewhere(cases, meeting, "coordinator")
    cases.now = MEETING
    body = {"phase": "information_sharing", "present": [str(one) for one in meeting.guests]}
    refused = await meeting.change("phases", body)
    assert (refused.status_code, "doit être remplacée" in refused.json()["detail"]) == (409, True)


async def test_a_coordinator_of_a_mandated_service_is_replaced(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    organisation = uuid5(UUID("00000000-0000-4000-8000-000000000001"), "organisation")
    body = {"involved": True, "organisation_ids": [str(organisation)]}
    unknown = await meeting.change("mandated-service", body, method="PUT")
    assert (unknown.status_code, "annuaire" in unknown.json()["detail"]) == (409, True)
    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO organisations (organisation_id, name, reachable, retired, sequence)
               VALUES ($1, $2, false, false, 1)""",
            organisation,
            "Service Exemple",
        )
    await meeting.done("mandated-service", body, method="PUT")
    assert any("service mandaté dans ce dossier" in one for one in (await meeting.state())["missing"])
    assert await named(meeting) == set(), "nor is any of its colleagues proposed"

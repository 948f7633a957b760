"""Tasks of a dossier: set, moved, done; told when they fall due; each agent's own, late first."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tests.cases.conftest import THERE, Cases, Meeting
from tests.cases.test_follow_ups import at
from tests.identity import agent_id

WORKER = str(agent_id("social_worker"))


async def task(cases: Cases, case_id: UUID, due_on: str = "2026-03-20", by: str = "social_worker", **more: str) -> str:
    """A task of the dossier; returns its id."""
    answer = await cases.create(f"/cases/{case_id}/tasks", {"what": "Appeler la CAF", "due_on": due_on} | more, by)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["task_id"])


async def listed(cases: Cases, case_id: UUID, by: str = "social_worker") -> list[dict[str, str]]:
    return list((await cases.get(f"/cases/{case_id}/tasks", by)).json()["items"])


async def due(cases: Cases) -> list[tuple[str, str, str]]:
    return [(one.data["kind"], one.data["stage"], one.data["due_on"]) for one in await cases.outbox("FollowUpDue")]


# who sets it, for whom, for what day → status, and what is said
SETTING: list[tuple[str, str, str, str, int, str]] = [
    ("a social worker, for themself", "social_worker", "social_worker", "2026-03-20", 201, ""),
    ("today is soon enough", "social_worker", "social_worker", "2026-03-02", 201, ""),
    ("a coordinator, for a social worker", "coordinator", "social_worker", "2026-03-20", 201, ""),
    ("a manager, for the coordinator", "manager", "coordinator", "2026-03-20", 201, ""),
    ("a day already past", "social_worker", "social_worker", "2026-03-01", 409, "déjà passée"),
    ("for reception, who reads nothing of it", "social_worker", "reception", "2026-03-20", 409, "pas accès"),
    ("for somebody of another place", "social_worker", "elsewhere", "2026-03-20", 409, "pas accès"),
    ("for somebody unknown", "social_worker", "nobody", "2026-03-20", 409, "annuaire"),
    ("reception sets nothing", "reception", "social_worker", "2026-03-20", 403, ""),
]


@pytest.mark.parametrize(
    ("by", "agent", "due_on", "status", "said"), [row[1:] for row in SETTING], ids=[row[0] for row in SETTING]
)
async def test_who_may_be_given_a_task(
    meeting: Meeting, by: str, agent: str, due_on: str, status: int, said: str
) -> None:
    cases = meeting.cases
    await cases.grant("elsewhere", ("social_worker", THERE))
    body = {"what": "Appeler la CAF", "due_on": due_on, "agent_id": str(agent_id(agent))}
    answer = await cases.create(f"/cases/{meeting.case_id}/tasks", body, by)
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert await cases.count("tasks") == (status == 201)


async def test_it_is_told_two_days_before_on_the_day_and_after(meeting: Meeting) -> None:
    cases = meeting.cases
    await task(cases, meeting.case_id)
    for stage, day in (("early", 18), ("due", 20), ("overdue", 21)):
        before = await due(cases)
        await cases.fire(at(date(2026, 3, day), 8) - timedelta(seconds=1))
        assert await due(cases) == before
        await cases.fire(at(date(2026, 3, day), 8))
        assert await due(cases) == [*before, ("task", stage, "2026-03-20")]
    assert {one.data["agent_id"] for one in await cases.outbox("FollowUpDue")} == {WORKER}
    shown = (await cases.get(f"/cases/{meeting.case_id}", "social_worker")).json()["timeline"]
    assert ("task_overdue", "Appeler la CAF") in [(entry["kind"], entry["text"]) for entry in shown]


async def test_a_task_for_tomorrow_is_not_announced_the_day_before_yesterday(meeting: Meeting) -> None:
    cases = meeting.cases
    await task(cases, meeting.case_id, "2026-03-03")
    await cases.fire(datetime(2026, 4, 1, tzinfo=UTC))
    assert [stage for _kind, stage, _on in await due(cases)] == ["due", "overdue"]


async def test_a_moved_task_falls_due_on_its_new_day_alone(meeting: Meeting) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}/tasks"
    moved = await task(cases, meeting.case_id)
    past = await cases.change(f"{path}/{moved}", {"due_on": "2026-02-01"}, "social_worker", method="PUT")
    assert (past.status_code, "déjà passée" in past.json()["detail"]) == (409, True)
    await cases.change(f"{path}/{moved}", {"due_on": "2026-04-10"}, "social_worker", method="PUT")
    await cases.fire(datetime(2026, 5, 1, tzinfo=UTC))
    assert await due(cases) == [("task", stage, "2026-04-10") for stage in ("early", "due", "overdue")]


@pytest.mark.parametrize(("step", "state"), [("done", "done"), ("cancel", "cancelled")])
async def test_once_over_it_falls_due_no_more_and_stays_so(meeting: Meeting, step: str, state: str) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}/tasks"
    ended = await task(cases, meeting.case_id)
    assert (await cases.change(f"{path}/{ended}/{step}", None, "social_worker")).status_code == 200
    [shown] = await listed(cases, meeting.case_id)
    assert (shown["state"], shown["ended_on"], shown["what"]) == (state, "2026-03-02", "Appeler la CAF")
    assert (await cases.change(f"{path}/{ended}/done", None, "social_worker")).status_code == 409
    assert (await cases.change(f"{path}/{ended}", {}, "social_worker", method="PUT")).status_code == 409
    await cases.fire(datetime(2026, 5, 1, tzinfo=UTC))
    assert await due(cases) == []


async def test_an_edit_names_the_version_it_saw(meeting: Meeting) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}/tasks"
    one = await task(cases, meeting.case_id)
    stale = await cases.change(f"{path}/{one}/done", None, "social_worker", version=1)
    assert stale.status_code == 412
    assert [item["state"] for item in await listed(cases, meeting.case_id)] == ["open"]


async def test_a_task_of_another_dossier_is_not_there(meeting: Meeting) -> None:
    cases = meeting.cases
    other = await cases.open_case()
    one = await task(cases, other)
    answer = await cases.change(f"/cases/{meeting.case_id}/tasks/{one}/done", None, "social_worker")
    assert answer.status_code == 404


async def test_a_closed_dossier_expects_nothing(meeting: Meeting) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}"
    await task(cases, meeting.case_id)
    await cases.change(f"{path}/close", {"reason": "answered", "summary": "Fait."}, "social_worker")
    assert [item["state"] for item in await listed(cases, meeting.case_id)] == ["cancelled"]
    await cases.fire(datetime(2026, 5, 1, tzinfo=UTC))
    assert await due(cases) == []
    body = {"what": "Encore", "due_on": "2026-04-01"}
    assert (await cases.create(f"{path}/tasks", body, "social_worker")).status_code == 409


async def test_my_tasks_are_mine_in_every_dossier_the_late_first(meeting: Meeting) -> None:
    cases = meeting.cases
    other = await cases.open_case()
    later = await task(cases, meeting.case_id, "2026-04-01")
    soon = await task(cases, other, "2026-03-05")
    await task(cases, other, agent_id=str(agent_id("manager")))
    cases.now = at(date(2026, 3, 10), 9)
    items = (await cases.get("/cases/tasks", "social_worker")).json()["items"]
    assert [(one["task_id"], one["late"], one["reference"]) for one in items] == [
        (soon, True, "23456789B"),
        (later, False, "23456789B"),
    ]
    following = (await cases.get("/cases/tasks", "social_worker", params={"after": f"2026-03-05.{soon}"})).json()
    assert [one["task_id"] for one in following["items"]] == [later]
    assert (await cases.get("/cases/tasks", "social_worker", params={"after": "hier"})).status_code == 422
    assert (await cases.get("/cases/tasks", "reception")).status_code == 403

"""A message that no channel could deliver becomes a task for who follows the dossier."""

from uuid import UUID, uuid4

import pytest

from cases.unreached.model import to_see_to
from contracts.events import MessageFailed
from tests.cases.conftest import Cases, Meeting, told
from tests.cases.test_tasks import listed
from tests.identity import agent_id

SAID = "Un message automatique n’a pas pu être remis à une personne de ce dossier. Voyez comment la joindre autrement."


def failed(case_id: UUID | None, recipient: str = "member", reason: str = "smtp_550") -> MessageFailed:
    return MessageFailed(
        message_id=uuid4(),
        rule="meeting-called-off",
        event_id=uuid4(),
        channel="letter",
        recipient_kind=recipient,
        reason=reason,
        case_id=case_id,
    )


@pytest.mark.parametrize(
    ("recipient", "reason", "expected"),
    [
        ("member", "smtp_550", True),
        ("person", "no_safe_contact", True),
        ("requester", "sms_unreachable", True),
        ("requester", "no_safe_contact", False),
        ("agent", "smtp_550", False),
        ("organisation", "no_safe_contact", False),
    ],
    ids=[
        "an invitee's box is gone",
        "nowhere to write to a person",
        "who asked left a number that is wrong",
        "who asked left nothing",
        "an agent",
        "an organisation",
    ],
)
def test_which_messages_somebody_has_to_see_to(recipient: str, reason: str, expected: bool) -> None:
    assert to_see_to(failed(uuid4(), recipient, reason)) is expected


async def test_who_follows_the_dossier_has_one_task_however_many_messages_and_tellings(meeting: Meeting) -> None:
    cases = meeting.cases
    first, second = (told(failed(meeting.case_id), source="/maillage/notifications") for _ in range(2))
    await cases.receive(first)
    await cases.receive(first)
    await cases.receive(second)
    [task] = await listed(cases, meeting.case_id)
    assert (task["what"], task["due_on"], task["agent_id"]) == (SAID, "2026-03-04", str(agent_id("coordinator")))
    assert (await cases.kinds(meeting.case_id)).count("message_not_delivered") == 2


async def test_they_are_told_at_once_and_not_only_when_it_is_due(meeting: Meeting) -> None:
    cases = meeting.cases
    await cases.receive(told(failed(meeting.case_id), source="/maillage/notifications"))
    await cases.fire(cases.now)
    [due] = await cases.outbox("FollowUpDue")
    assert (due.data["kind"], due.data["stage"]) == ("task", "early")
    assert due.data["agent_id"] == str(agent_id("coordinator"))


async def test_what_was_seen_to_in_the_morning_was_another_message(meeting: Meeting) -> None:
    cases = meeting.cases
    await cases.receive(told(failed(meeting.case_id), source="/maillage/notifications"))
    [first] = await listed(cases, meeting.case_id)
    await cases.change(f"/cases/{meeting.case_id}/tasks/{first['task_id']}/done", None, "coordinator")
    await cases.receive(told(failed(meeting.case_id), source="/maillage/notifications"))
    assert sorted(task["state"] for task in await listed(cases, meeting.case_id)) == ["done", "open"]


async def test_of_a_dossier_nobody_follows_yet_its_territorys_manager_has_the_task(cases: Cases) -> None:
    case_id = await cases.open_case()
    await cases.receive(told(failed(case_id), source="/maillage/notifications"))
    [task] = await listed(cases, case_id, "manager")
    assert task["agent_id"] == str(agent_id("manager"))
    assert "message_not_delivered" in await cases.kinds(case_id)


async def test_of_no_dossier_or_one_never_seen_nothing_comes(cases: Cases) -> None:
    await cases.receive(told(failed(None)), told(failed(uuid4())))
    assert await cases.count("tasks") == 0

"""What leaves of a meeting's day: the same in every calendar, to those who are safe, and to nobody where it is not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.conferences.life import to_be_invited
from cases.conferences.model import Role, Safety
from tests.cases.conftest import Cases, Meeting
from tests.cases.ready import ALIX, NOA, SAM, SCHEDULED, TEACHER, guest, instead


async def calendars(cases: Cases) -> list[dict[str, Any]]:
    events = await cases.outbox("ConferenceScheduled", "ConferenceStopped")
    return [one.data["calendar"] for one in events]


async def test_moved_and_called_off_it_stays_the_same_entry(meeting: Meeting) -> None:
    await meeting.prepare()
    first = meeting.cases.now + timedelta(days=30)
    for at in (first, first + timedelta(days=7)):
        await meeting.done("schedule", {"meeting_at": at.isoformat()})
    await meeting.done("stop", {"reason": "other"})
    told = await calendars(meeting.cases)
    assert len({one["uid"] for one in told}) == 1
    assert [one["sequence"] for one in told] == [0, 1, 2]
    days = [datetime.fromisoformat(one["starts_at"]) for one in told]
    assert days == [first, first + timedelta(days=7), first + timedelta(days=7)]
    members = [one.data["members"] for one in await meeting.cases.outbox("ConferenceScheduled", "ConferenceStopped")]
    assert members == [sorted(map(str, meeting.guests))] * 3


async def test_another_conference_is_another_entry(meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": (meeting.cases.now + timedelta(days=30)).isoformat()})
    await meeting.done("stop", {"reason": "other"})
    meeting.guests.clear()
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": (meeting.cases.now + timedelta(days=60)).isoformat()})
    first, _, second = await calendars(meeting.cases)
    assert first["uid"] != second["uid"]
    assert second["sequence"] == 0


async def test_where_violence_is_recorded_the_day_is_told_to_nobody(meeting: Meeting) -> None:
    await meeting.prepare()
    for person in meeting.guests[1:2]:
        said = {"parental_authority": False, "other_parent": False}
        await meeting.done(f"invitees/{person}", said, method="PUT")
    await meeting.done("violence", {"recorded": True}, method="PUT")
    await meeting.done("schedule", {"meeting_at": (meeting.cases.now + timedelta(days=30)).isoformat()})
    [event] = await meeting.cases.outbox("ConferenceScheduled")
    assert event.data["members"] == []


async def test_who_is_invited_later_is_told_the_day_and_the_others_not_again(meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": (meeting.cases.now + timedelta(days=30)).isoformat()})
    body = {"name": "Lou Exemple", "email": "lou@example.org", "safe_to_write": True, "role": "relative"}
    late = (await meeting.made("invitees", body))["person_id"]
    for safe in (False, True, True):
        await meeting.done(f"invitees/{late}/safety", {"safe": safe, "met_on": meeting.today})
    first, second = await meeting.cases.outbox("ConferenceScheduled")
    assert second.data["members"] == [late], "once, when their safety is known"
    assert second.data["calendar"] == first.data["calendar"]


async def test_who_meets_at_this_moment_is_not_written_to_about_it(meeting: Meeting) -> None:
    """It would come too late, and an agent would be asked to tell them otherwise."""
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": meeting.cases.now.isoformat()})
    [event] = await meeting.cases.outbox("ConferenceScheduled")
    assert event.data["members"] == []


@pytest.mark.parametrize(
    ("conference", "minor", "unsafe", "expected"),
    [
        ({}, False, False, {SAM, ALIX, NOA, TEACHER}),
        ({}, True, False, {ALIX, NOA, TEACHER}),
        ({}, False, True, set()),
        ({"violence": True}, False, False, set()),
        ({"guests": instead(guest(NOA, Role.SOCIAL_NETWORK, Safety.UNCHECKED))}, False, False, {SAM, ALIX, TEACHER}),
    ],
)
def test_who_is_told_the_day(conference: dict[str, Any], minor: bool, unsafe: bool, expected: set[Any]) -> None:
    assert set(to_be_invited(SCHEDULED.model_copy(update=conference), minor=minor, unsafe=unsafe)) == expected

"""The follow-up of a plan falls due by the calendar, is told once per stage, and ends when it is recorded."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from cases.conferences.model import FOLLOW_UP
from chassis.database import Transaction
from chassis.due_dates import Clock, DueDate
from contracts.envelope import derived_id
from tests.cases.conftest import Cases, Meeting, meeting_on
from tests.chassis.conftest import until
from tests.identity import agent_id

PARIS = ZoneInfo("Europe/Paris")


async def ratified(meeting: Meeting, met_at: datetime) -> str:
    """A plan of one action, ratified at a meeting that began then. Returns the action's id."""
    meeting.cases.now = met_at - timedelta(days=30)
    await meeting.prepare()
    await meeting.meet(met_at)
    action = await meeting.plan(by_when="2040-01-02")
    await meeting.ratify()
    return action


def at(day: date, hour: int) -> datetime:
    """That hour in Paris, as an instant."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS).astimezone(UTC)


async def due(cases: Cases) -> list[tuple[str, str]]:
    return [(one.data["stage"], one.data["due_on"]) for one in await cases.outbox("FollowUpDue")]


# met on, due on, and the days on which it is announced and overdue: each at 08:00 in Paris
CALENDAR: list[tuple[str, date, date, date, date]] = [
    ("an ordinary day", date(2026, 5, 4), date(2026, 8, 4), date(2026, 7, 21), date(2026, 8, 5)),
    ("30 November, a common year", date(2026, 11, 30), date(2027, 2, 28), date(2027, 2, 14), date(2027, 3, 1)),
    ("30 November, a leap year", date(2027, 11, 30), date(2028, 2, 29), date(2028, 2, 15), date(2028, 3, 1)),
    ("due the day clocks go forward", date(2026, 12, 28), date(2027, 3, 28), date(2027, 3, 14), date(2027, 3, 29)),
    ("due the day clocks go back", date(2026, 7, 25), date(2026, 10, 25), date(2026, 10, 11), date(2026, 10, 26)),
]


@pytest.mark.parametrize(
    ("met_on", "due_on", "early_on", "overdue_on"), [row[1:] for row in CALENDAR], ids=[row[0] for row in CALENDAR]
)
async def test_three_months_after_the_meeting(
    meeting: Meeting, met_on: date, due_on: date, early_on: date, overdue_on: date
) -> None:
    cases = meeting.cases
    await ratified(meeting, at(met_on, 14))
    told: list[tuple[str, str]] = []
    for stage, day in (("early", early_on), ("due", due_on), ("overdue", overdue_on)):
        await cases.fire(at(day, 8) - timedelta(seconds=1))
        assert await due(cases) == told, f"{stage} is not told before 08:00"
        await cases.fire(at(day, 8))
        told.append((stage, due_on.isoformat()))
        assert await due(cases) == told
    await cases.fire(datetime(2030, 1, 1, tzinfo=UTC))
    assert await due(cases) == told, "nothing is told twice"


async def test_a_meeting_belongs_to_its_day_where_it_is_held(meeting: Meeting) -> None:
    """Half past midnight in Paris is still the day before in UTC."""
    await ratified(meeting, at(date(2026, 6, 16), 0) + timedelta(minutes=30))
    [event] = await meeting.cases.outbox("ConferenceRatified")
    assert (event.data["met_on"], event.data["follow_up_due_on"]) == ("2026-06-16", "2026-09-16")


async def test_it_is_told_to_the_coordinator_with_an_id_of_its_own(meeting: Meeting) -> None:
    cases = meeting.cases
    await ratified(meeting, datetime(2026, 5, 4, 12, tzinfo=UTC))
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    events = await cases.outbox("FollowUpDue")
    assert {one.data["agent_id"] for one in events} == {str(agent_id("coordinator"))}
    assert [one.id for one in events] == [
        derived_id(UUID(one.data["due_date_id"]), f"{one.data['stage']}:2026-08-04") for one in events
    ]
    assert [kind for kind in await cases.kinds(meeting.case_id) if kind == "follow_up_due"] == ["follow_up_due"] * 3


async def test_a_demonstration_counts_in_seconds(cases: Cases) -> None:
    demo = await meeting_on(cases, programme="family-conference-demo")
    met_at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    await ratified(demo, met_at)
    await cases.fire(met_at + timedelta(seconds=3))
    assert await due(cases) == []
    await cases.fire(met_at + timedelta(seconds=8))
    assert [stage for stage, _ in await due(cases)] == ["early", "due"]


async def test_too_few_contacts_leave_it_open_and_overdue(meeting: Meeting) -> None:
    cases = meeting.cases
    action = await ratified(meeting, datetime(2026, 5, 4, 12, tzinfo=UTC))
    cases.now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    answer = await meeting.follow([meeting.guests[1], meeting.guests[1]], {action: "carried_out"})
    assert (answer["recorded"], answer["contacted"]) == (False, 1)
    assert "encore 1 personne" in answer["missing"][0]
    await cases.fire(datetime(2026, 9, 1, tzinfo=UTC))
    assert [stage for stage, _ in await due(cases)] == ["early", "due", "overdue"]
    answer = await meeting.follow([meeting.guests[2]], {})
    assert (answer["recorded"], answer["contacted"]) == (True, 2)


async def test_once_recorded_nothing_falls_due_and_nothing_is_added(meeting: Meeting) -> None:
    cases = meeting.cases
    action = await ratified(meeting, datetime(2026, 5, 4, 12, tzinfo=UTC))
    await meeting.follow(meeting.guests[:2], {action: "not_carried_out"}, on=date(2026, 5, 4))
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == []
    again = {"contacts": [{"person_id": str(meeting.guests[2]), "contacted_on": "2026-05-04"}]}
    refused = await cases.create(f"/cases/{meeting.case_id}/follow-up", again, "coordinator")
    assert refused.status_code == 409
    [event] = await cases.outbox("FollowUpRecorded")
    assert event.data["outcome"] == "not_carried_out"


async def test_a_follow_up_recorded_while_the_clock_fires_waits_for_it(meeting: Meeting) -> None:
    """Both hold the due date and the dossier: in the same order, or one of them is lost."""
    cases = meeting.cases
    action = await ratified(meeting, datetime(2026, 5, 4, 12, tzinfo=UTC))
    recording: list[asyncio.Task[dict[str, object]]] = []

    async def meanwhile(tx: Transaction, due_date: DueDate) -> None:
        """The clock holds the due date, and has not come to the dossier yet."""
        recording.append(asyncio.create_task(meeting.follow(meeting.guests[:2], {action: "carried_out"})))
        await until(cases.somebody_waits)
        await cases.service.on_due[due_date.kind](tx, due_date)

    clock = Clock(cases.service.parts.worker, {FOLLOW_UP: meanwhile}, lambda: datetime(2026, 7, 22, tzinfo=UTC))
    assert await clock.fire_one()
    assert (await recording[0])["recorded"] is True
    assert [stage for stage, _ in await due(cases)] == ["early"]
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert [stage for stage, _ in await due(cases)] == ["early"]


async def test_before_ratification_there_is_nothing_to_follow(meeting: Meeting) -> None:
    await meeting.begin()
    refused = await meeting.cases.create(f"/cases/{meeting.case_id}/follow-up", {}, "coordinator")
    assert (refused.status_code, "préparation" in refused.json()["detail"]) == (409, True)

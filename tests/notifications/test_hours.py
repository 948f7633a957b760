"""Nobody is disturbed at night, on a Sunday or on a public holiday of where they live."""

from datetime import UTC, date, datetime, time
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from chassis.holidays import holidays_in
from contracts import programmes
from contracts.envelope import Envelope, event
from contracts.events import TerritoryPublished
from contracts.events.people import Hours
from notifications.app import make_sender
from notifications.messages import rules
from notifications.messages.hours import QuietHours, as_written, at_any_hour, opening
from notifications.messages.rules import RuleBook
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, follow_up_due, opened, request

PARIS = ZoneInfo("Europe/Paris")
NIGHT = QuietHours(time(20), time(8))


def at(text: str) -> datetime:
    """A moment by the clock of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


# where, when it might leave, when it may
TABLE: list[tuple[str, str, str, str]] = [
    ("a working day", "22", "2026-03-02T10:15", "2026-03-02T10:15"),
    ("eight in the morning", "22", "2026-03-02T08:00", "2026-03-02T08:00"),
    ("a minute before", "22", "2026-03-02T07:59", "2026-03-02T08:00"),
    ("the last minute of the evening", "22", "2026-03-02T19:59", "2026-03-02T19:59"),
    ("eight in the evening", "22", "2026-03-02T20:00", "2026-03-03T08:00"),
    ("the middle of the night", "22", "2026-03-03T02:00", "2026-03-03T08:00"),
    ("Saturday by day", "22", "2026-03-07T15:00", "2026-03-07T15:00"),
    ("Saturday evening waits for Monday", "22", "2026-03-07T21:00", "2026-03-09T08:00"),
    ("Sunday", "22", "2026-03-08T11:00", "2026-03-09T08:00"),
    ("the 1st of May, then a Saturday", "22", "2026-05-01T10:00", "2026-05-02T08:00"),
    ("Christmas in Brittany, a Friday: Saturday is an ordinary day", "22", "2026-12-25T10:00", "2026-12-26T08:00"),
    ("Christmas in Alsace: Saint Stephen's day, then Sunday", "67", "2026-12-25T10:00", "2026-12-28T08:00"),
    ("Good Friday in Brittany", "22", "2026-04-03T10:00", "2026-04-03T10:00"),
    ("Good Friday in Moselle", "57", "2026-04-03T10:00", "2026-04-04T08:00"),
    ("the abolition of slavery in La Réunion, a Sunday", "974", "2026-12-19T21:00", "2026-12-21T08:00"),
    ("the abolition of slavery in Martinique", "972", "2026-05-22T10:00", "2026-05-23T08:00"),
    ("the night clocks go forward, a Sunday", "22", "2026-03-29T02:30", "2026-03-30T08:00"),
    ("the evening before it", "22", "2026-03-28T23:59", "2026-03-30T08:00"),
    ("the night clocks go back, a Sunday", "22", "2026-10-25T02:30", "2026-10-26T08:00"),
]


@pytest.mark.parametrize(("department", "from_", "leaves"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_message_leaves_at_a_decent_hour(department: str, from_: str, leaves: str) -> None:
    decent = NIGHT.decent(lambda day: day in holidays_in(department, day.year))
    assert decent(at(from_)) == at(leaves)
    assert decent(at(leaves)) == at(leaves), "which is decent itself"


@pytest.mark.parametrize(
    ("from_", "leaves"),
    [
        ("2026-03-27T21:00", "2026-03-28T07:00+00:00"),
        ("2026-03-28T21:00", "2026-03-30T06:00+00:00"),
        ("2026-10-24T21:00", "2026-10-26T07:00+00:00"),
        ("2026-10-23T21:00", "2026-10-24T06:00+00:00"),
    ],
    ids=["winter", "over the change to summer", "over the change to winter", "summer"],
)
def test_eight_is_eight_by_the_clock_on_either_side_of_a_change(from_: str, leaves: str) -> None:
    assert NIGHT.decent(lambda _: False)(at(from_)).astimezone(UTC) == datetime.fromisoformat(leaves)


WEEK = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("hours", "leaves"),
    [
        (Hours(weekdays=(2,), opens=time(12), closes=time(14)), "2026-03-03T12:00"),
        (Hours(weekdays=WEEK, opens=time(6), closes=time(22)), "2026-03-02T10:15"),
        (Hours(weekdays=WEEK, opens=time(19), closes=time(22)), "2026-03-02T19:00"),
        (Hours(weekdays=(7,), opens=time(10), closes=time(12)), "2026-03-08T10:00"),
        (Hours(weekdays=WEEK, opens=time(21), closes=time(22)), "2026-03-02T21:00"),
    ],
    ids=["within the day", "wider than the day", "into the night", "Sundays alone", "at night alone"],
)
def test_the_hours_somebody_gave_are_kept_first(hours: Hours, leaves: str) -> None:
    assert opening(hours.opening, NIGHT.decent(lambda _: False), at("2026-03-02T10:15")) == at(leaves)


def test_quiet_hours_are_a_setting() -> None:
    assert (as_written("20:00-08:00"), as_written("")) == (NIGHT, None)
    lunch = QuietHours(time(12), time(14))
    assert as_written("12:00-14:00") == lunch
    assert lunch.decent(lambda _: False)(at("2026-03-02T12:30")) == at("2026-03-02T14:00")
    assert at_any_hour(at("2026-03-08T03:00")) == at("2026-03-08T03:00")
    with pytest.raises(ValueError, match="Invalid isoformat"):
        as_written("night")


# In the service -------------------------------------------------------------------------------


def territory(*communes: str) -> Envelope:
    data = TerritoryPublished(
        territory_id="saint-brieuc", name="Territoire (exemple)", communes=communes, valid_from=date(2026, 1, 1)
    )
    return event(data, id=uuid4(), source="/maillage/directory", sequence=1, time=NOW)


async def asked(desk: Desk) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))


async def test_at_night_people_are_left_alone_and_agents_are_not(desk: Desk, mails: MailServer) -> None:
    desk.now = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    agent, case_id = SamplePerson("agent.exemple@exemple.test"), uuid4()
    await asked(desk)
    await desk.hear(agent.key_issued(), agent.as_agent(), opened(case_id), follow_up_due(case_id, agent.id))
    await desk.drain()
    assert await desk.states() == [("planned", "outside_hours"), ("sent", None)]
    desk.now = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 08:00 in Paris
    await desk.drain()
    assert await desk.states() == [("sent", None)] * 2


@pytest.mark.parametrize(("commune", "state"), [("22278", "sent"), ("67482", "planned")], ids=["Brittany", "Alsace"])
async def test_holidays_are_those_of_the_territory(desk: Desk, commune: str, state: str) -> None:
    desk.now = datetime(2026, 4, 3, 10, 0, tzinfo=UTC)  # Good Friday
    await desk.hear(territory(commune))
    await asked(desk)
    await desk.drain()
    assert [one for one, _ in await desk.states()] == [state]


async def test_what_is_urgent_leaves_at_any_hour(desk: Desk) -> None:
    desk.now = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)
    known = rules.load(programmes.load())
    urgent = known.rules["acknowledgement"].model_copy(update={"urgent": True})
    book = RuleBook({**known.rules, urgent.rule: urgent}, known.programmes)
    await asked(desk)
    await desk.drain(make_sender(desk.settings, desk.service.parts, book))
    assert [one for one, _ in await desk.states()] == ["sent"]

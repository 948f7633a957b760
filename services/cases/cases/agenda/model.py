"""A calendar of days: which ones a view shows, what is on each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.assignments.model import Absence
from contracts.durations import add_months

WEEK = timedelta(days=7)
LISTED = timedelta(days=30)
"""Days of a list."""


class View(StrEnum):
    MONTH = "month"
    WEEK = "week"
    LIST = "list"


class Kind(StrEnum):
    APPOINTMENT = "appointment"
    VISIT = "visit"
    MEETING = "meeting"
    TERRITORIAL = "territorial"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on a day: at an hour, or due in its course. `about`: a reference, or a territory; never a name."""

    kind: Kind
    day: date
    url: str
    about: str
    at: datetime | None = None
    state: str = ""

    @property
    def over(self) -> bool:
        """Nothing is to come of it."""
        return self.state in ("cancelled", "missed", "kept", "recorded")


@dataclass(frozen=True, slots=True)
class Span:
    """Days shown, both included, and the days to go to before and after them."""

    view: View
    chosen: date
    first: date
    last: date
    before: date
    after: date

    def since(self, zone: ZoneInfo) -> datetime:
        return datetime.combine(self.first, time.min, zone)

    def until(self, zone: ZoneInfo) -> datetime:
        """The beginning of the day after the last one."""
        return datetime.combine(self.last + timedelta(days=1), time.min, zone)


def span(view: View, chosen: date) -> Span:
    """Whole weeks, Monday first: those a month touches, or the day's own; a list begins on the day itself."""
    if view is View.LIST:
        return Span(view, chosen, chosen, chosen + LISTED, chosen - LISTED, chosen + LISTED)
    if view is View.WEEK:
        monday = _monday(chosen)
        return Span(view, chosen, monday, monday + WEEK - timedelta(days=1), chosen - WEEK, chosen + WEEK)
    begins = chosen.replace(day=1)
    ends = add_months(begins, 1) - timedelta(days=1)
    last = _monday(ends) + WEEK - timedelta(days=1)
    return Span(view, chosen, _monday(begins), last, add_months(begins, -1), add_months(begins, 1))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Standing:
    """That day the agent is away, somebody standing in for them; or stands in for somebody."""

    away: bool
    other: UUID


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day of a calendar. `beside`: it belongs to the month before or after."""

    day: date
    entries: Sequence[Entry]
    standing: Sequence[Standing]
    today: bool
    beside: bool

    @property
    def empty(self) -> bool:
        return not self.entries and not self.standing


def days(
    of: Span, entries: Iterable[Entry], absences: Sequence[Absence], agent_id: UUID, today: date, zone: ZoneInfo
) -> list[DayShown]:
    """All days of a span: what has an hour in its order, what is due that day after it."""
    by_day: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.at is None, one.at, one.about)):
        by_day.setdefault(entry.day, []).append(entry)
    all_days = [of.first + timedelta(days=count) for count in range((of.last - of.first).days + 1)]
    return [
        DayShown(
            day,
            by_day.get(day, []),
            _standing(absences, agent_id, day, zone),
            day == today,
            of.view is View.MONTH and day.month != of.chosen.month,
        )
        for day in all_days
    ]


def _standing(absences: Sequence[Absence], agent_id: UUID, day: date, zone: ZoneInfo) -> list[Standing]:
    begins = datetime.combine(day, time.min, zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, zone)
    there = [one for one in absences if one.overlaps(begins, ends)]
    return [
        Standing(True, one.substitute_id) if one.agent_id == agent_id else Standing(False, one.agent_id)
        for one in there
    ]

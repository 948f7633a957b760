"""ISO 8601 durations and the arithmetic of deadlines.

Deadlines are calendar dates: months are counted on the calendar, and a day the month does not have becomes
its last one ("three months after 30 November" is 28 or 29 February).
"""

import re
from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import GetPydanticSchema
from pydantic_core import core_schema

DUE_AT = time(8, 0)
"""When a day falls due, local time: the start of the offices' day."""


class BadDuration(ValueError):
    """The text is not an ISO 8601 duration of whole numbers."""


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration; years are held as months, weeks as days, hours and minutes as seconds."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def calendar(self) -> bool:
        """Whether it is counted in days or more; otherwise in seconds, which only demonstrations use."""
        return self.seconds == 0

    @property
    def empty(self) -> bool:
        """Whether it lasts no time at all."""
        return not (self.months or self.days or self.seconds)

    def after(self, day: date) -> date:
        """The day this long after `day`: months first, then days. Raises ValueError for seconds."""
        self._require_calendar()
        return add_months(day, self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """The day this long before `day`: months first, then days. Raises ValueError for seconds."""
        self._require_calendar()
        return add_months(day, -self.months) - timedelta(days=self.days)

    def exact(self) -> timedelta:
        """The time it lasts. Raises ValueError when it counts months, whose length varies."""
        if self.months:
            raise ValueError("a month has no exact length")
        return timedelta(days=self.days, seconds=self.seconds)

    def _require_calendar(self) -> None:
        if not self.calendar:
            raise ValueError("seconds cannot be counted on a calendar")

    def __str__(self) -> str:
        parts = ((self.months, "M"), (self.days, "D"))
        calendar = "".join(f"{count}{unit}" for count, unit in parts if count)
        seconds = f"T{self.seconds}S" if self.seconds or not calendar else ""
        return f"P{calendar}{seconds}"


_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)


def parse_duration(text: str) -> Duration:
    """Reads `P3M`, `P2Y`, `P1W`, `P14D`, `PT20S`, … Raises BadDuration."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadDuration(f"not an ISO 8601 duration: {text!r}")
    count = {unit: int(number or 0) for unit, number in match.groupdict().items()}
    return Duration(
        months=12 * count["years"] + count["months"],
        days=7 * count["weeks"] + count["days"],
        seconds=3600 * count["hours"] + 60 * count["minutes"] + count["seconds"],
    )


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later (earlier when negative), or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_working_days(day: date, count: int, holidays: Container[date] = ()) -> date:
    """The `count`-th day after `day` that is neither a Saturday, a Sunday nor one of `holidays`, which differ
    from place to place (Alsace-Moselle, overseas)."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in holidays
    return day


def working_days_between(start: date, end: date, holidays: Container[date] = ()) -> int:
    """Working days after `start` up to `end`: what `add_working_days` counts, the other way round. 0 when `end` is
    not later."""
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day not in holidays for day in days)


def due_instant(day: date, zone: ZoneInfo) -> datetime:
    """The instant a day falls due: 08:00 in that zone, whatever its clock did in the night."""
    return datetime.combine(day, DUE_AT, zone)


def _duration_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    return core_schema.no_info_before_validator_function(
        lambda value: parse_duration(value) if isinstance(value, str) else value,
        core_schema.is_instance_schema(Duration),
        serialization=core_schema.to_string_ser_schema(),
    )


DurationField = Annotated[Duration, GetPydanticSchema(_duration_schema)]
"""A Duration in a pydantic model, written as ISO 8601 text."""

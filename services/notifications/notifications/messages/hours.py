"""Decent hours: no message at night, on a Sunday or on a public holiday."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Decent = Callable[[datetime], datetime]
"""A local moment → the first one from it on at which somebody may be disturbed."""
IsHoliday = Callable[[date], bool]

_FAR = 31
"""Days looked ahead: no run of Sundays and holidays is that long."""
_TRIES = 64


def at_any_hour(local: datetime) -> datetime:
    """For what is urgent, or reaches people at work."""
    return local


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends`, past midnight when it ends earlier; on Sundays and holidays the day long."""

    begins: time
    ends: time

    def decent(self, is_holiday: IsHoliday) -> Decent:
        """Around the holidays of a place."""
        return lambda local: self._first(local, is_holiday)

    def _first(self, local: datetime, is_holiday: IsHoliday) -> datetime:
        days = (local.date() + timedelta(days=number) for number in range(_FAR))
        open_days = (day for day in days if day.isoweekday() < 7 and not is_holiday(day))
        moments = (self._in_day(day, local) for day in open_days)
        return next((moment for moment in moments if moment is not None), local)

    def _in_day(self, day: date, local: datetime) -> datetime | None:
        """The first moment of a day that is not before that local one, and not in the quiet hours."""
        earliest = local.replace(tzinfo=None) if day == local.date() else datetime.combine(day, time())
        for opens, closes in self._windows(day):
            if earliest < closes:
                return max(earliest, opens).replace(tzinfo=local.tzinfo)
        return None

    def _windows(self, day: date) -> list[tuple[datetime, datetime]]:
        begins, ends = datetime.combine(day, self.begins), datetime.combine(day, self.ends)
        midnight, next_midnight = datetime.combine(day, time()), datetime.combine(day + timedelta(days=1), time())
        if begins > ends:
            return [(ends, begins)]
        return [(midnight, begins), (ends, next_midnight)]


def as_written(text: str | QuietHours | None) -> QuietHours | None:
    """As a setting says them, `20:00-08:00`; None for an empty one. Raises ValueError for anything else."""
    if not isinstance(text, str):
        return text
    if not text.strip():
        return None
    begins, _, ends = text.partition("-")
    return QuietHours(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))


def opening(theirs: Decent, decent: Decent, local: datetime) -> datetime:
    """The first moment from that local one on that is within the hours somebody gave, and decent.

    Where they gave none but quiet ones (who is alone on Sundays only), theirs are kept.
    """
    moment = local
    for _ in range(_TRIES):
        mine = theirs(moment)
        moment = decent(mine)
        if moment == mine:
            return moment
    return theirs(local)

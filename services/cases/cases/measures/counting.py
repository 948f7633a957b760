"""How long somebody has been under contract, in calendar months: what the four years are counted with.

CASF L271-2 lets contracts follow one another "sans que la durée totale de la mesure puisse excéder quatre ans".
Only time under contract counts: neither the days between two contracts nor those a contract is suspended for. Periods
that touch or overlap are one period; of each, whole months are counted on the calendar, and the days left over of
all of them make a month by thirty-one, so that a contract never counts for more because it was suspended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.durations import add_months

_DAY = timedelta(days=1)
_DAYS_OF_A_MONTH = 31


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days in a row, the first and the last included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, order=True)
class Length:
    """Time counted: months, and fewer than thirty-one days."""

    months: int
    days: int = 0


def last_day(starts_on: date, months: int) -> date:
    """The last day of so many calendar months: six from 15 January end on 14 July."""
    return add_months(starts_on, months) - _DAY


def length(periods: Iterable[Period]) -> Length:
    """Time these periods make together, days that several share counted once."""
    months, days = 0, 0
    for period in merged(periods):
        whole = _whole_months(period)
        months += whole
        days += (period.ends_on + _DAY - add_months(period.starts_on, whole)).days
    return Length(months + days // _DAYS_OF_A_MONTH, days % _DAYS_OF_A_MONTH)


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same days as periods apart from one another, in order; what ends before it starts has no day."""
    apart: list[Period] = []
    for period in sorted(one for one in periods if one.starts_on <= one.ends_on):
        if apart and period.starts_on <= apart[-1].ends_on + _DAY:
            apart[-1] = Period(apart[-1].starts_on, max(apart[-1].ends_on, period.ends_on))
        else:
            apart.append(period)
    return apart


def _whole_months(period: Period) -> int:
    end = period.ends_on + _DAY
    months = (end.year - period.starts_on.year) * 12 + end.month - period.starts_on.month
    return months if add_months(period.starts_on, months) <= end else months - 1


def without(period: Period, suspended: Sequence[Period]) -> list[Period]:
    """What is left of a period once the days of `suspended` are taken out."""
    left, start = [], period.starts_on
    for gap in merged(suspended):
        if gap.ends_on >= start and gap.starts_on <= period.ends_on:
            left.append(Period(start, gap.starts_on - _DAY))
            start = gap.ends_on + _DAY
    return [one for one in (*left, Period(start, period.ends_on)) if one.starts_on <= one.ends_on]


def reached_on(spent: Length, starts_on: date, ceiling: int) -> date:
    """The last day that `ceiling` months allow from `starts_on`, so much of them being spent already."""
    return add_months(starts_on, ceiling - spent.months) - timedelta(days=spent.days + 1)

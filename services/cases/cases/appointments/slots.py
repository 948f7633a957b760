"""Times of the clock on the wall, and when several agents are free."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _

OPENS: Final = time(9)
CLOSES: Final = time(17)
"""Office hours by the local clock, Monday to Friday: other times may be asked for, none is suggested."""
STEP: Final = timedelta(minutes=30)
AHEAD: Final = 14
"""Days within which another time is suggested."""

Busy = tuple[datetime, datetime]
"""From when to when somebody is taken."""


def instant(told: datetime, zone: ZoneInfo) -> datetime:
    """The moment somebody means. Without an offset it is read on the clock of `zone`; raises Refused in the hour that
    does not exist there when summer time begins, and in the one that comes twice when it ends."""
    if told.tzinfo is not None:
        return told.astimezone(UTC)
    there = told.replace(tzinfo=zone).astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) != told.replace(fold=0):
        raise Refused(_("Cette heure n'existe pas cette nuit-là : on passe à l'heure d'été. Choisissez-en une autre."))
    if told.replace(tzinfo=zone, fold=1).astimezone(UTC) != there:
        raise Refused(_("Cette heure existe deux fois : on passe à l'heure d'hiver. Choisissez-en une autre."))
    return there


def free(wanted: datetime, lasts: timedelta, busy: Sequence[Busy], now: datetime, zone: ZoneInfo) -> list[datetime]:
    """Up to three moments in office hours, from the wanted day on, at which nobody is taken for that long."""
    candidates = (start for day in _days(wanted, zone) for start in _starts(day, lasts, zone) if start > now)
    return list(islice((start for start in candidates if not _meets(start, start + lasts, busy)), 3))


def _days(wanted: datetime, zone: ZoneInfo) -> Iterator[date]:
    first = wanted.astimezone(zone).date()
    days = (first + timedelta(days=number) for number in range(AHEAD))
    return (day for day in days if day.isoweekday() <= 5)


def _starts(day: date, lasts: timedelta, zone: ZoneInfo) -> Iterator[datetime]:
    start, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (OPENS, CLOSES))
    while start + lasts <= closes:
        yield start
        start += STEP


def _meets(start: datetime, end: datetime, busy: Sequence[Busy]) -> bool:
    return any(begins < end and start < ends for begins, ends in busy)

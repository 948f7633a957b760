"""Letters: the lines of an address, what a letter says, and when the day's batch closes."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from notifications.messages.hours import IsHoliday
from notifications.messages.model import Reason

LINES: Final = 6
CHARACTERS: Final = 38
"""What a sorting machine reads: six lines of thirty-eight characters, spaces included (NF Z10-011)."""


class NotPostal(Exception):
    """No letter would arrive there."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


_BREAKS: Final = re.compile(r"[\n,;]")
_NUMBER: Final = re.compile(r"\d+ ?(?:bis|ter|quater|[a-z])?", re.IGNORECASE)
_LOCALITY: Final = re.compile(r"(?:(?P<before>.*\S) )?(?P<locality>\d{5} \D.*)")
_HERE: Final = "france"


def address(name: str, recorded: str, printable: Callable[[str], str]) -> tuple[str, ...]:
    """The lines of a French address, from the name to the postcode and locality, in capitals.

    `recorded` is what somebody typed, most often on one line: it is broken at commas, and before its postcode.
    `printable` leaves out of a text what cannot be printed. Raises NotPostal.
    """
    name = " ".join(name.split())
    if not name:
        raise NotPostal(Reason.NO_POSTAL_NAME)
    *street, locality = _parts(recorded)
    if street and street[0].casefold() == name.casefold():
        del street[0]
    if not street:
        raise NotPostal(Reason.ADDRESS_INCOMPLETE)
    lines = (name, *street, locality.upper())
    if len(lines) > LINES or max(map(len, lines)) > CHARACTERS:
        raise NotPostal(Reason.ADDRESS_TOO_LONG)
    if any(printable(line) != line for line in lines):
        raise NotPostal(Reason.ADDRESS_UNPRINTABLE)
    return lines


def _parts(recorded: str) -> Sequence[str]:
    """What stands before the locality, then the locality."""
    broken = [" ".join(part.split()) for part in _BREAKS.split(recorded)]
    parts = list(_rejoined([part for part in broken if part and part.casefold() != _HERE]))
    found = _LOCALITY.fullmatch(parts[-1]) if parts else None
    if found is None:
        raise NotPostal(Reason.ADDRESS_INCOMPLETE)
    before = [found["before"]] if found["before"] else []
    return [*parts[:-1], *before, found["locality"]]


def _rejoined(parts: Sequence[str]) -> Iterator[str]:
    """A house's number, or a postcode, belongs to what follows the comma behind it."""
    number = ""
    for part in parts:
        if _NUMBER.fullmatch(part):
            number = f"{number}{part} "
        else:
            yield number + part
            number = ""


# What a letter says ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """A letter before it is typeset. `sender` are the lines of its head; `link` (or nothing) is shown as text and as a
    QR code, led to by the last of `leading`. `french`: the same in French, where `language` is another."""

    address: tuple[str, ...]
    sender: tuple[str, ...]
    title: str
    leading: tuple[str, ...]
    link: str
    following: tuple[str, ...]
    day: date
    language: str
    french: tuple[str, ...] = ()


_LINK: Final = re.compile(r"(?P<words>.*?)\s*(?P<link>https?://\S+)", re.DOTALL)


def around_link(paragraphs: Sequence[str]) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """What leads to the one link of a message, the link (empty: there is none), what follows."""
    for place, paragraph in enumerate(paragraphs):
        if found := _LINK.fullmatch(paragraph):
            return (*paragraphs[:place], found["words"]), found["link"], tuple(paragraphs[place + 1 :])
    return tuple(paragraphs), "", ()


# When batches close ---------------------------------------------------------------------------

GATHERING: Final = timedelta(hours=1)
"""How long before a batch closes its letters are written: what became false before then is not written."""


@dataclass(frozen=True, slots=True)
class Round:
    """One gathering of letters: they are written from `opens` on, and batched at `closes`. Both are aware."""

    opens: datetime
    closes: datetime


def next_round(now: datetime, closes_at: time, zone: ZoneInfo, is_holiday: IsHoliday) -> Round:
    """The first to close after `now`, on a working day of the place."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(15))
    closings = (datetime.combine(day, closes_at, zone) for day in days if _works(day, is_holiday))
    closes = next(one for one in closings if one > now)
    return Round(closes - GATHERING, closes)


def _works(day: date, is_holiday: IsHoliday) -> bool:
    return day.isoweekday() <= 5 and not is_holiday(day)

"""Expressions brought into the form of hours, as far as it can show them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time
from functools import lru_cache
from typing import Final

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined] # its types forget the error
from pydantic import ValidationError

from directory.hours.model import parsed
from directory.hours.rules import DAYS, MONTHS, OTHERWISE, OVERRIDES, Rule, rules
from directory.hours.typed import APPOINTMENT, Row, Timetable, Weeks, overlap

_DAY = rf"(?:{'|'.join(DAYS)})(?:-(?:{'|'.join(DAYS)}))?"
_MONTH = "|".join(MONTHS)
_SPAN = r"\d\d:\d\d-\d\d:\d\d"
_ROW = re.compile(
    rf"(?:(?P<first>{_MONTH})(?:-(?P<last>{_MONTH}))? )?(?:week(?P<weeks>\S+) ?)?(?:24/7)?"
    rf"(?P<days>{_DAY}(?:,{_DAY})*)? ?(?P<spans>{_SPAN}(?:,{_SPAN})*)?(?P<said> ?{APPOINTMENT})?"
)
_CLOSED = re.compile(rf"(?P<listed>(?:PH|SH|{_DAY})(?:,(?:PH|SH|{_DAY}))*) closed")
_IN_HOLIDAYS = re.compile(r"(?P<weeks>(?:week ?\S+ )?)SH (?P<rest>(?!off|closed).+)")
_READ_WEEKS: Final = {None: Weeks.EVERY, "01-53/2": Weeks.ODD, "02-52/2": Weeks.EVEN, "02-53/2": Weeks.EVEN}


class _Beyond(Exception):
    """The expression says what the form has no place for."""


@lru_cache(maxsize=8192)
def as_typed(expression: str) -> Timetable | None:
    """What the form shows of an expression; None when it says more than the form can. Raises BadHours."""
    plain = parsed(expression)
    # Without `open`, which the library leaves out, a remark would say less than it did.
    return _shown(expression) or (None if '"' in expression else _shown(str(plain.normalize())))


def _shown(expression: str) -> Timetable | None:
    try:
        return _read(rules(expression))
    except (_Beyond, ValidationError):
        return None


@dataclass
class _Reading:
    """What the rules read so far say, in the form's words."""

    rows: list[Row]
    holidays: list[Row] | None = None
    closed: bool = False
    otherwise: bool = False

    def take(self, rule: Rule) -> None:
        """Raises _Beyond."""
        if rule.joined == OTHERWISE or _only_by_appointment(rule.text):
            self._by_appointment(rule)
        elif found := _CLOSED.fullmatch(_plain(rule.text)):
            self._closed(rule, found["listed"].split(","))
        elif found := _IN_HOLIDAYS.fullmatch(rule.text):
            self._rows_in_holidays(replace(rule, text=found["weeks"] + found["rest"]))
        elif self.holidays is not None or self.closed:
            raise _Beyond  # said after the holidays, it replaces what was said of them
        else:
            _add(self.rows, rule)

    def _by_appointment(self, rule: Rule) -> None:
        first = not (self.rows or self.holidays is not None or self.closed)
        if self.otherwise or first == (rule.joined == OTHERWISE) or not _only_by_appointment(rule.text):
            raise _Beyond
        self.otherwise = True

    def _closed(self, rule: Rule, listed: list[str]) -> None:
        days = {day for one in listed if one not in {"PH", "SH"} for day in _days(one)}
        replaces = any(days & {*row.days} for row in [*self.rows, *(self.holidays or ())])
        if replaces or rule.joined != OVERRIDES or (self.otherwise and self.rows):
            raise _Beyond
        if "SH" in listed:
            self._close_in_holidays()
        self.closed = self.closed or "PH" in listed

    def _close_in_holidays(self) -> None:
        if self.holidays is not None or not (self.rows or self.otherwise):
            raise _Beyond
        self.holidays = []

    def _rows_in_holidays(self, rule: Rule) -> None:
        if self.closed or (self.holidays is None and (self.rows or self.otherwise)):
            raise _Beyond
        self.holidays = self.holidays or []
        _add(self.holidays, rule)


def _read(found: list[Rule]) -> Timetable:
    reading = _Reading([])
    for rule in found:
        reading.take(rule)
    return Timetable(
        rows=tuple(reading.rows),
        in_school_holidays=None if reading.holidays is None else tuple(reading.holidays),
        closed_on_public_holidays=reading.closed,
        also_by_appointment=reading.otherwise,
    )


def _only_by_appointment(text: str) -> bool:
    plain = _plain(text).replace("unknown ", "")
    return plain == f"24/7 {APPOINTMENT}" and not re.search(r"(?i)\bopen\b|\d:\d", text)


def _add(rows: list[Row], rule: Rule) -> None:
    new = list(_rows(rule.text))
    if rule.joined == OVERRIDES and any(overlap(new[0], row) for row in rows):
        raise _Beyond
    rows += new


def _rows(text: str) -> Iterator[Row]:
    found = _ROW.fullmatch(_plain(text))
    if found is None or found["weeks"] not in _READ_WEEKS or (found["said"] and not re.search(r"\d:\d", text)):
        raise _Beyond
    first, last = found["first"], found["last"] or found["first"]
    for span in (found["spans"] or "00:00-24:00").split(","):
        opens, closes = span.split("-")
        yield Row(
            days=tuple(day for one in (found["days"] or "Mo-Su").split(",") for day in _days(one)),
            opens=time.fromisoformat(opens),
            closes=time.fromisoformat("00:00" if closes == "24:00" else closes),
            weeks=_READ_WEEKS[found["weeks"]],
            months=(MONTHS.index(first) + 1, MONTHS.index(last) + 1) if first else None,
            by_appointment=bool(found["said"]),
        )


def _days(listed: str) -> Iterator[int]:
    first, _, last = listed.partition("-")
    start, end = DAYS.index(first), DAYS.index(last or first)
    yield from ((start + number) % 7 + 1 for number in range((end - start) % 7 + 1))


def _plain(text: str) -> str:
    """One rule as the library writes it, which has one way to write each thing. Raises _Beyond: it can't always read
    what it wrote."""
    try:
        return str(OpeningHours(text))
    except ParserError:
        raise _Beyond from None

"""Hours as schedules of the standard, whose fields are those of an RRULE (RFC 5545).

Odd and even weeks are listed by their numbers (`byweekno`): an interval of two weeks would be wrong from the first year
of 53 weeks on, in which two odd weeks follow each other. Hours are local ones without an offset, which changes twice a
year; `timezone` says it where it does not. Part of the year, school and public holidays have no field: the sentence
says them, and lines of part of the year are told by it alone.
"""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.web.translations import N_, translate
from contracts.events import OfferPublished
from directory.hours.model import BadHours
from directory.hours.reading import as_typed
from directory.hours.rules import DAYS
from directory.hours.typed import MIDNIGHT, Row, Weeks
from directory.hours.words import readable
from directory.outward.hsds.shapes import Schedule
from directory.outward.hsds.taxonomies import made

_WEEKS: Final = {
    Weeks.ODD: ",".join(map(str, range(1, 54, 2))),
    Weeks.EVEN: ",".join(map(str, range(2, 53, 2))),
}
_LAST_MINUTE: Final = "23:59"
"""How the standard's guidance writes the end of a day."""


def schedules(expression: str | None, of: UUID, zone: ZoneInfo, offer: OfferPublished | None = None) -> list[Schedule]:
    """Of an `opening_hours` expression, at a place of that clock; `of` is what they are the hours of. Those of an offer
    are valid between the days it begins and ends on."""
    if not expression:
        return []
    said: Schedule = {"id": str(made("schedule", of, 0)), "description": readable(expression), **_valid(offer)}
    found = [said | row for row in _rows(expression, zone)] or [said]
    return [one | {"id": str(made("schedule", of, number))} for number, one in enumerate(found)]


def _valid(offer: OfferPublished | None) -> Schedule:
    days = {"valid_from": offer.starts_on, "valid_to": offer.ends_on} if offer else {}
    return {name: day.isoformat() for name, day in days.items() if day}  # type: ignore[return-value] # both are days


def _rows(expression: str, zone: ZoneInfo) -> Iterator[Schedule]:
    try:
        timetable = as_typed(expression)
    except BadHours:
        return
    if timetable is None or any(row.months for row in timetable.rows):
        return
    for row in timetable.rows:
        yield _row(row, zone)


def _row(row: Row, zone: ZoneInfo) -> Schedule:
    told: Schedule = {  # type: ignore[typeddict-item] # an id comes with its number
        "freq": "WEEKLY",
        "wkst": "MO",
        "byday": ",".join(DAYS[day - 1].upper() for day in row.days),
        "opens_at": f"{row.opens:%H:%M}",
        "closes_at": _closing(row.closes),
        "notes": translate(N_("Heure locale ({zone})")).format(zone=zone.key),
    }
    if row.weeks in _WEEKS:
        told["byweekno"] = _WEEKS[row.weeks]
    if row.by_appointment:
        told["attending_type"] = translate(N_("Sur rendez-vous"))
    offset = _fixed_offset(zone)
    return told if offset is None else told | {"timezone": offset}


def _closing(closes: time) -> str:
    return _LAST_MINUTE if closes == MIDNIGHT else f"{closes:%H:%M}"


def _fixed_offset(zone: ZoneInfo) -> float | None:
    """Hours ahead of UTC, where that is the same in winter and summer."""
    offsets = {datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)}
    offset = offsets.pop()
    return None if offsets or offset is None else offset.total_seconds() / 3600

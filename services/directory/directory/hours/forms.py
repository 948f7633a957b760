"""The form of hours: lines of days and hours, without knowing the syntax.

A timetable the form cannot show is kept as it is written, in a field of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from chassis.web.translations import translate
from directory.forms import Fields
from directory.hours.model import BadHours
from directory.hours.reading import as_typed
from directory.hours.typed import Row, Timetable
from directory.hours.words import DAY_NAMES, MONTH_NAMES

GROUPS: Final = ("rows", "in_school_holidays")
AS_ALWAYS, CLOSED, OTHERS = "same", "closed", "others"
_PARTS: Final = ("opens", "closes", "weeks", "first_month", "last_month")


@dataclass(frozen=True, slots=True)
class HoursForm:
    """What the form shows. `written` is the expression of hours it has no lines for."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    in_school_holidays: list[Mapping[str, Any]] = field(default_factory=list)
    holidays: str = AS_ALWAYS
    closed_on_public_holidays: bool = False
    also_by_appointment: bool = False
    written: str = ""

    def with_line(self, group: str) -> "HoursForm":
        """One empty line more."""
        if group == GROUPS[0]:
            return replace(self, rows=[*self.rows, {}])
        return replace(self, in_school_holidays=[*self.in_school_holidays, {}])


def shown(expression: str | None) -> HoursForm:
    """An expression as the form shows it."""
    try:
        timetable = as_typed(expression) if expression else None
    except BadHours:
        timetable = None
    if timetable is None:
        return HoursForm(rows=[{}], written=expression or "")
    others = timetable.in_school_holidays
    return HoursForm(
        [_line(row) for row in timetable.rows] or [{}],
        [_line(row) for row in others or ()],
        AS_ALWAYS if others is None else OTHERS if others else CLOSED,
        timetable.closed_on_public_holidays,
        timetable.also_by_appointment,
    )


def _line(row: Row) -> dict[str, Any]:
    first, last = row.months or ("", "")
    return {
        "days": row.days, "opens": f"{row.opens:%H:%M}", "closes": f"{row.closes:%H:%M}", "weeks": row.weeks.value,
        "first_month": first, "last_month": last, "by_appointment": row.by_appointment,
    }  # fmt: skip


def typed(fields: Fields) -> HoursForm:
    """What was typed, as the form shows it again; lines left empty are gone."""
    rows, others = (_lines(fields, group) for group in GROUPS)
    return HoursForm(
        rows or [{}],
        others,
        fields.text("holidays") or AS_ALWAYS,
        bool(fields.text("closed_on_public_holidays")),
        bool(fields.text("also_by_appointment")),
        fields.text("hours"),
    )


def expression(fields: Fields) -> str | None:
    """The hours typed; None where nothing was. Raises ValidationError, whose places are those of the form's fields."""
    if fields.text("hours"):
        return fields.text("hours")
    rows, others = (_lines(fields, group) for group in GROUPS)
    holidays = fields.text("holidays")
    said = {
        "rows": [_given(line) for line in rows],
        "in_school_holidays": {CLOSED: [], OTHERS: [_given(line) for line in others]}.get(holidays),
        "closed_on_public_holidays": bool(fields.text("closed_on_public_holidays")),
        "also_by_appointment": bool(fields.text("also_by_appointment")),
    }
    if not rows and not said["also_by_appointment"] and not (holidays == OTHERS and others):
        return None
    return Timetable.model_validate(said).expression()


def _lines(fields: Fields, group: str) -> list[Mapping[str, Any]]:
    numbers = sorted({int(found[1]) for name in fields if (found := re.match(rf"{group}-(\d{{1,3}})-", name))})
    lines = [_typed_line(fields, f"{group}-{number}-") for number in numbers]
    return [line for line in lines if line["days"] or line["opens"] or line["closes"]]


def _typed_line(fields: Fields, prefix: str) -> dict[str, Any]:
    line: dict[str, Any] = {part: fields.text(prefix + part) for part in _PARTS}
    days = [int(day) for day in fields.many(f"{prefix}days") if day.isdecimal()]
    return line | {"days": days, "by_appointment": bool(fields.text(f"{prefix}by_appointment"))}


def _given(line: Mapping[str, Any]) -> dict[str, Any]:
    first, last = line["first_month"], line["last_month"]
    months = (first or last, last or first) if first or last else None
    return {
        "days": line["days"], "opens": line["opens"], "closes": line["closes"],
        "weeks": line["weeks"] or "every", "months": months, "by_appointment": line["by_appointment"],
    }  # fmt: skip


def context(hours: HoursForm) -> dict[str, Any]:
    """What the template of hours needs."""
    return {
        "hours": hours,
        "day_names": [(number, translate(name)) for number, name in enumerate(DAY_NAMES, 1)],
        "month_names": [(number, translate(name)) for number, name in enumerate(MONTH_NAMES, 1)],
    }

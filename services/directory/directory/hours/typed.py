"""Hours as a person types them in a form, without knowing the syntax."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import time
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic import model_validator as validator_of_all

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from directory.hours.rules import ADDS, DAYS, MONTHS, OTHERWISE, OVERRIDES, Rule, expression_of

APPOINTMENT: Final = '"sur rendez-vous"'
"""The comment of hours by appointment, in the words other software shows as they are."""
MIDNIGHT: Final = time()


class Weeks(StrEnum):
    """ISO weeks, by their number: 53 and 1 follow each other in the years that have 53, and both are odd."""

    EVERY = "every"
    ODD = "odd"
    EVEN = "even"


_WEEKS: Final = {Weeks.EVERY: "", Weeks.ODD: "week 01-53/2 ", Weeks.EVEN: "week 02-52/2 "}


def _in_order(days: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted({*days}))


def _to_the_minute(value: time) -> time:
    if value.tzinfo is not None or value.second or value.microsecond:
        raise FieldError(N_("Indiquez une heure valable, sous la forme HH:MM."))
    return value


Clock = Annotated[time, AfterValidator(_to_the_minute)]
Month = Annotated[int, Field(ge=1, le=12)]


def _part_of_the_year(months: tuple[int, int] | None) -> tuple[int, int] | None:
    return None if months and months[1] % 12 + 1 == months[0] else months


class Row(BaseModel):
    """A line of the form. `days`: from 1, Monday, to 7; `closes` at 00:00 is the midnight that ends the day; `months`:
    first and last, included, through the new year when the first comes after the last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7), AfterValidator(_in_order)
    ]
    opens: Clock
    closes: Clock
    weeks: Weeks = Weeks.EVERY
    months: Annotated[tuple[Month, Month] | None, AfterValidator(_part_of_the_year)] = None
    by_appointment: bool = False

    @field_validator("closes")
    @classmethod
    def _later(cls, value: time, info: ValidationInfo) -> time:
        opens = info.data.get("opens")
        if opens is not None and value != MIDNIGHT and value <= opens:
            raise FieldError(N_("L'heure de fin doit suivre celle de début. Pour finir à minuit, indiquez 00:00."))
        return value


class Timetable(BaseModel):
    """A form of hours: what all its lines say holds together. `in_school_holidays` replaces the lines during them
    (none: closed); unset, nothing changes then. `also_by_appointment`: at other times too, or only so without lines."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Annotated[tuple[Row, ...], Field(max_length=50)] = ()
    in_school_holidays: Annotated[tuple[Row, ...], Field(max_length=50)] | None = None
    closed_on_public_holidays: bool = False
    also_by_appointment: bool = False

    @field_validator("in_school_holidays")
    @classmethod
    def _whole_holidays(cls, value: tuple[Row, ...] | None) -> tuple[Row, ...] | None:
        if any(row.months for row in value or ()):
            raise FieldError(N_("Pendant les vacances scolaires, n'indiquez pas de mois : elles valent toutes."))
        return value

    @validator_of_all(mode="after")
    def _says_something(self) -> Self:
        if not (self.rows or self.in_school_holidays or self.also_by_appointment):
            raise FieldError(N_("Indiquez au moins un jour et ses heures, ou « sur rendez-vous »."))
        return self

    def expression(self) -> str:
        """The same in OpenStreetMap's syntax."""
        found = _written(self.rows)
        if not found and self.also_by_appointment:
            found = [_BY_APPOINTMENT]
        if self.in_school_holidays is not None:
            found += [_NOT_IN_HOLIDAYS] if found else []
            found += _written(self.in_school_holidays, "SH ")
        found += [_NOT_ON_PUBLIC_HOLIDAYS] if self.closed_on_public_holidays else []
        found += [replace(_BY_APPOINTMENT, joined=OTHERWISE)] if self.also_by_appointment and self.rows else []
        return expression_of(found)


_BY_APPOINTMENT: Final = Rule(OVERRIDES, f"unknown {APPOINTMENT}")
_NOT_IN_HOLIDAYS: Final = Rule(OVERRIDES, "SH off")
_NOT_ON_PUBLIC_HOLIDAYS: Final = Rule(OVERRIDES, "PH off")


def lines(rows: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Rows said together: neighbours that differ by their hours alone."""
    for _, same in groupby(rows, lambda row: (row.days, row.weeks, row.months, row.by_appointment)):
        yield tuple(same)


def runs(days: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Days that follow each other: the first and the last of three or more, the others one by one."""
    for _, numbered in groupby(enumerate(days), lambda one: one[1] - one[0]):
        run = [day for _, day in numbered]
        yield from [(run[0], run[-1])] if len(run) > 2 else [(day,) for day in run]


def _written(rows: Iterable[Row], within: str = "") -> list[Rule]:
    found, before = [], list[Row]()
    for line in lines(rows):
        joined = ADDS if any(overlap(line[0], row) for row in before) else OVERRIDES
        found.append(Rule(joined, _line(line, within)))
        before += line
    return found


def overlap(one: Row, other: Row) -> bool:
    """Whether both say something of a same day, so that one after `; ` would replace the other."""
    weeks = Weeks.EVERY in {one.weeks, other.weeks} or one.weeks == other.weeks
    return weeks and not {*one.days}.isdisjoint(other.days) and not _months(one).isdisjoint(_months(other))


def _months(row: Row) -> frozenset[int]:
    first, last = row.months or (1, 12)
    return frozenset(month for month in range(1, 13) if (month - first) % 12 <= (last - first) % 12)


def _line(line: tuple[Row, ...], within: str) -> str:
    row = line[0]
    months = "-".join(MONTHS[month - 1] for month in dict.fromkeys(row.months or ()))
    days = ",".join("-".join(DAYS[day - 1] for day in run) for run in runs(row.days))
    spans = ",".join(f"{row.opens:%H:%M}-{_closing(row)}" for row in line)
    said = f" {APPOINTMENT}" if row.by_appointment else ""
    return f"{months}{' ' if months else ''}{_WEEKS[row.weeks]}{within}{days} {spans}{said}"


def _closing(row: Row) -> str:
    return "24:00" if row.closes == MIDNIGHT else f"{row.closes:%H:%M}"

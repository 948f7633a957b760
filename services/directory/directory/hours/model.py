"""When somebody can be received: openings of an expression at a place, without its exceptional closures.

Expressions are in OpenStreetMap's `opening_hours` syntax. `opening-hours-py` reads them, and is put right
where it differs from the syntax or from the place:

- it knows the public holidays of metropolitan France alone, and no school holidays: `PH` and `SH` become the dates of
  the place, and `SH We` the Wednesdays of the holidays (it reads the holidays *or* Wednesdays);
- it takes a comment without hours (`"sur rendez-vous"`) for open day and night: nothing sure is said, so `unknown`;
- its iterator leaps over days after a fallback (`||`), and looks for a next change that is not to come for a third of
  a second: each day is asked for by itself, up to a horizon.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined] # its types forget the error
from pydantic import AfterValidator, Field

from chassis.holidays import holidays_in
from chassis.web.translations import N_, translate
from chassis.web.validation import FieldError
from directory.hours.rules import DAYS, MONTHS, OTHERWISE, Rule, expression_of, rules

HORIZON: Final = timedelta(days=366)
"""How far ahead openings are looked for unless told."""
_DAY = rf"(?:{'|'.join(DAYS)})(?:-(?:{'|'.join(DAYS)}))?"
_NAMES_HOLIDAYS = re.compile(
    rf"(?P<weeks>week ?\S+\s+)?"
    rf"(?P<listed>(?:PH|SH|{_DAY})(?:,(?:PH|SH|{_DAY}))*)"
    rf"(?P<only>\s*{_DAY}(?:,{_DAY})*)?"
    rf"(?P<rest>(?:\s*(?![-+\s]).*)?)",
    re.IGNORECASE,
)
_ONLY_SAYS = re.compile(
    r'(?P<when>(?:(?!\d:\d|\b(?:open|closed|off|unknown|sunrise|sunset|dawn|dusk)\b)[^"])*)(?P<what>"[^"]*")'
)
_FAULT = re.compile(r"--> 1:(\d+)")


class BadHours(FieldError):
    """The expression can't be read. Its message is a French sentence; `position` counts characters from 1."""

    def __init__(self, position: int, advice: str) -> None:
        where = translate(N_("Ces horaires ne se lisent plus à partir du caractère {position}."))
        super().__init__(f"{where.format(position=position)} {translate(advice)}")
        self.position = position


_ADVICE: Final = (
    (r"$", N_("Il manque la fin : complétez, par exemple « Mo-Fr 09:00-12:00 ».")),
    (r"[–—−]|[àa]\b", N_("Entre deux heures ou deux jours, mettez un tiret simple : « Mo-Fr 09:00-12:00 ».")),
    (r"\d", N_("Écrivez les heures de 00:00 à 24:00, ainsi : « 09:00-12:00,14:00-17:00 ».")),
    (r"(?i)f[ée]ri|jours? f", N_("Pour fermer les jours fériés, écrivez « PH off ».")),
    (
        r"[^\W\d]",
        N_("Écrivez les jours ainsi : Mo, Tu, We, Th, Fr, Sa, Su (du lundi au dimanche), puis les heures."),
    ),
    (r'"', N_("Mettez un guillemet de chaque côté de la remarque.")),
    (r"[;,|]", N_("Retirez ce qui est en trop entre deux horaires.")),
)
_WEEKS: Final = N_(
    "Les semaines vont de 01 à 53 : « week 01-53/2 » pour les semaines impaires, « week 02-52/2 » pour les paires."
)
_ANYWHERE: Final = N_("Corrigez à cet endroit, ou remplissez le tableau des jours et des heures.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where hours are read: its clock, its département, which has public holidays of its own, and its school holidays
    as far as they are known, first and last days included."""

    zone: ZoneInfo
    department: str
    school_holidays: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed exceptionally, whatever the hours say, both days included."""

    first: date
    last: date
    message: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody receives from `opens` until `closes`, by the place's clock. `comment`: as written in the expression."""

    opens: datetime
    closes: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """An expression at a place, without its closures. Raises BadHours. Instants must be aware: ValueError."""

    text: str
    place: Place
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        parsed(self.text)

    @property
    def depends_on_unknown_holidays(self) -> bool:
        """Whether the expression names school holidays that nobody gave: what it says of them is left out."""
        return not self.place.school_holidays and any(re.search(r"(?i)\bSH\b", rule.text) for rule in rules(self.text))

    def is_open(self, at: datetime) -> bool:
        """Whether somebody receives at that instant."""
        local = self._local(at)
        return self.closed_by(local.date()) is None and self._on(local.date()).is_open(local)

    def closed_by(self, day: date) -> Closure | None:
        """The exceptional closure of that day."""
        return next((closure for closure in self.closures if day in closure), None)

    def openings(self, after: datetime, count: int, within: timedelta = HORIZON) -> list[Opening]:
        """The next `count` openings: those that end after that instant and begin within that time. One under way is
        first, as begun on its own day or the day before; one that never ends, with that time."""
        return list(islice(self._openings(after, within), count))

    def opens_within(self, after: datetime, within: timedelta) -> bool:
        """Whether somebody receives at some moment of that time."""
        return bool(self.openings(after, 1, within))

    def _openings(self, after: datetime, within: timedelta) -> Iterator[Opening]:
        first, last = self._local(after).date() - timedelta(days=1), self._local(after + within).date()
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        # In UTC: datetimes of one zone are compared by their clocks, which show some moments twice.
        start, end = after.astimezone(UTC), after.astimezone(UTC) + within
        for opening in _whole(piece for day in days for piece in self._pieces(day)):
            if opening.closes > start and opening.opens < end:
                yield opening

    def _pieces(self, day: date) -> Iterator[Opening]:
        if self.closed_by(day) is None:
            start, end = (datetime.combine(day + timedelta(days=n), time(), self.place.zone) for n in (0, 1))
            for opens, closes, state, comment in self._on(day).intervals(start, end):
                if state == State.OPEN:
                    yield Opening(opens, closes, comment)

    def _on(self, day: date) -> OpeningHours:
        return _compiled(self.text, self.place, day.year)

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("an instant without its zone")
        return at.astimezone(self.place.zone)


def parsed(text: str) -> OpeningHours:
    """The expression by itself, of no place. Raises BadHours when it can't be read, or says nothing."""
    try:
        return OpeningHours(text.rstrip())
    except ParserError as error:
        raise _bad(text, str(error)) from None


def _expression(text: str) -> str:
    parsed(text)
    return text.strip()


Expression = Annotated[str, Field(max_length=500), AfterValidator(_expression)]
"""Hours as a field of what is submitted: BadHours becomes the problem of that field."""


def _bad(text: str, said: str) -> BadHours:
    found = _FAULT.search(said)
    position = int(found[1]) if found else text.find("week") + 1 or 1
    before, rest = text[: position - 1], text[position - 1 :].strip()
    if re.search(r"week[^;]*$", before) or not found:
        return BadHours(position, _WEEKS)
    return BadHours(position, next((advice for pattern, advice in _ADVICE if re.match(pattern, rest)), _ANYWHERE))


def _whole(pieces: Iterable[Opening]) -> Iterator[Opening]:
    """Openings that go on through midnight, in one piece."""
    under_way: Opening | None = None
    for piece in pieces:
        if under_way and (under_way.closes, under_way.comment) == (piece.opens, piece.comment):
            under_way = replace(under_way, closes=piece.closes)
            continue
        if under_way:
            yield under_way
        under_way = piece
    if under_way:
        yield under_way


@lru_cache(maxsize=8192)
def _compiled(text: str, place: Place, year: int) -> OpeningHours:
    """The expression as it is to be read at the place in that year."""
    found = [part for rule in rules(text) for part in _at(place, year, rule)]
    return OpeningHours(expression_of(found), timezone=place.zone, country="FR")


def _at(place: Place, year: int, rule: Rule) -> list[Rule]:
    if said := _ONLY_SAYS.fullmatch(rule.text):
        return [replace(rule, text=f"{said['when']}unknown {said['what']}")]
    named = _NAMES_HOLIDAYS.fullmatch(rule.text)
    listed = named["listed"].upper().split(",") if named else []
    if named is None or rule.joined == OTHERWISE or not {"PH", "SH"} & {*listed}:
        return [rule]
    weeks, only, rest = named["weeks"] or "", named["only"] or "", named["rest"]
    days = ",".join(one for one in listed if one not in {"PH", "SH"})
    dates = ",".join(_dates(place, year, listed))
    texts = [f"{weeks}{days}{rest}"] if days else []
    texts += [f"{dates} {weeks}{only.strip()}{rest if only else rest.strip()}".strip()] if dates else []
    return [Rule(rule.joined, text) for text in texts]


def _dates(place: Place, year: int, listed: Iterable[str]) -> Iterator[str]:
    if "PH" in listed:
        yield from (_date(day) for day in sorted(holidays_in(place.department, year)) if day.year == year)
    if "SH" in listed:
        yield from (f"{_date(first)}-{_date(last)}" for first, last in place.school_holidays)


def _date(day: date) -> str:
    return f"{day.year} {MONTHS[day.month - 1]} {day.day:02}"

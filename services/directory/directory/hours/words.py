"""Hours in words, for people."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from chassis.web import dates
from chassis.web.translations import N_, translate
from directory.hours.model import BadHours, Opening
from directory.hours.reading import as_typed
from directory.hours.typed import MIDNIGHT, Row, Timetable, Weeks, lines, runs

DAY_NAMES: Final = (
    N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche"),
)  # fmt: skip
MONTH_NAMES: Final = (
    N_("janvier"), N_("février"), N_("mars"), N_("avril"), N_("mai"), N_("juin"),
    N_("juillet"), N_("août"), N_("septembre"), N_("octobre"), N_("novembre"), N_("décembre"),
)  # fmt: skip
_WEEKS: Final = {Weeks.ODD: N_("les semaines impaires"), Weeks.EVEN: N_("les semaines paires")}


def in_words(expression: str) -> str | None:
    """« lundi de 9 h à 12 h ; fermé les jours fériés »; None where words would not say it all, and the next openings
    are to be shown instead. Raises BadHours."""
    timetable = as_typed(expression)
    return timetable_in_words(timetable) if timetable else None


def readable(expression: str) -> str:
    """In words; as written where words would not say it all, or where it can't be read."""
    try:
        return in_words(expression) or expression
    except BadHours:
        return expression


def timetable_in_words(timetable: Timetable) -> str:
    """All that a form says, in one sentence."""
    return " ; ".join(_parts(timetable))


def opening_in_words(opening: Opening) -> str:
    """« mercredi 9 septembre de 13 h 30 à 17 h », by the clock of the place; the last day too where it lasts longer
    than one."""
    text = N_("{day} de {opens} à {closes}")
    if opening.closes - opening.opens > timedelta(days=1):
        text = N_("de {day} {opens} à {last} {closes}")
    said = translate(text).format(
        day=_date(opening.opens),
        opens=_clock(opening.opens.time()),
        last=_date(opening.closes),
        closes=_clock(opening.closes.time()),
    )
    return f"{said}, {opening.comment}" if opening.comment else said


def _parts(timetable: Timetable) -> Iterator[str]:
    yield from map(_line, lines(timetable.rows))
    if timetable.in_school_holidays is not None:
        yield from _in_holidays(timetable.in_school_holidays)
    if timetable.closed_on_public_holidays:
        yield translate(N_("fermé les jours fériés"))
    if timetable.also_by_appointment:
        yield translate(N_("à d'autres moments sur rendez-vous") if timetable.rows else N_("sur rendez-vous"))


def _in_holidays(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        yield translate(N_("fermé pendant les vacances scolaires"))
    for line in lines(rows):
        yield translate(N_("pendant les vacances scolaires, {hours}")).format(hours=_line(line))


def _line(line: Sequence[Row]) -> str:
    row = line[0]
    hours = f"{_days(row.days)} {_all(_span(one) for one in line)}"
    appointment = [translate(N_("sur rendez-vous"))] if row.by_appointment else []
    return ", ".join([*_when(row), hours, *appointment])


def _when(row: Row) -> Iterator[str]:
    if row.weeks in _WEEKS:
        yield translate(_WEEKS[row.weeks])
    if row.months:
        first, last = (translate(MONTH_NAMES[month - 1]) for month in row.months)
        text = N_("en {first}") if first == last else N_("de {first} à {last}")
        yield translate(text).format(first=first, last=last)


def _days(days: tuple[int, ...]) -> str:
    if len(days) == len(DAY_NAMES):
        return translate(N_("tous les jours"))
    return _all(_run([translate(DAY_NAMES[day - 1]) for day in run]) for run in runs(days))


def _run(named: Sequence[str]) -> str:
    if len(named) == 1:
        return named[0]
    return translate(N_("du {first} au {last}")).format(first=named[0], last=named[1])


def _span(row: Row) -> str:
    if row.opens == row.closes == MIDNIGHT:
        return translate(N_("toute la journée"))
    return translate(N_("de {opens} à {closes}")).format(opens=_clock(row.opens), closes=_clock(row.closes))


def _clock(at: time) -> str:
    """Written so that no line ends in the middle."""
    if at == MIDNIGHT:
        return translate(N_("minuit"))
    return f"{at.hour}\u00a0h" + (f"\u00a0{at.minute:02}" if at.minute else "")


def _date(at: datetime) -> str:
    return dates.day(at.date(), "EEEE d MMMM")


def _all(parts: Iterable[str]) -> str:
    *first, last = parts
    return translate(N_("{first} et {last}")).format(first=", ".join(first), last=last) if first else last

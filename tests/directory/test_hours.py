"""When offers are open: read, typed in a form, shown in words."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from chassis.holidays import holidays_in
from chassis.web.validation import sentence
from directory.hours.model import BadHours, Closure, Hours, Place
from directory.hours.reading import as_typed
from directory.hours.typed import Row, Timetable, Weeks
from directory.hours.words import in_words, opening_in_words, readable

PARIS = ZoneInfo("Europe/Paris")
UNCHANGED = ZoneInfo("Indian/Reunion")
"""Its clock shows every time of a day once."""
CHRISTMAS = (date(2026, 12, 19), date(2027, 1, 3))
FINISTERE = Place(PARIS, "29")
IN_ZONE_B = Place(PARIS, "29", (CHRISTMAS,))
ODD = "week 01-53/2 We,Fr 13:30-17:00; PH off"
EVEN = "week 02-52/2 We,Fr 13:30-17:00; PH off"


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def openings(hours: Hours, after: str, count: int) -> list[str]:
    return [f"{one.opens:%d/%m %H:%M}-{one.closes:%H:%M}" for one in hours.openings(paris(after), count)]


@pytest.mark.parametrize(
    ("day", "week", "odd", "even"),
    [
        ("2026-09-09", 37, True, False),
        ("2026-09-16", 38, False, True),
        ("2026-12-23", 52, False, True),
        ("2026-12-30", 53, True, False),  # 53 and 1 follow each other, both odd: open two weeks running
        ("2027-01-06", 1, True, False),
        ("2027-01-13", 2, False, True),
        ("2027-01-01", 53, False, False),  # a Friday of week 53, and New Year's Day
        ("2020-12-30", 53, True, False),
        ("2021-01-06", 1, True, False),
        ("2025-12-24", 52, False, True),  # a year of 52 weeks
        ("2025-12-31", 1, True, False),  # the week of the next year's first Thursday
        ("2026-01-07", 2, False, True),
        ("2026-09-08", 37, False, False),  # a Tuesday
    ],
)
def test_a_house_open_every_other_week_goes_by_iso_weeks(day: str, week: int, *, odd: bool, even: bool) -> None:
    assert date.fromisoformat(day).isocalendar().week == week
    assert Hours(ODD, FINISTERE).is_open(paris(f"{day}T14:00")) is odd
    assert Hours(EVEN, FINISTERE).is_open(paris(f"{day}T14:00")) is even


@pytest.mark.parametrize(
    ("expression", "department", "day", "is_open"),
    [
        ("Mo-Su 09:00-12:00; PH off", "29", "2026-04-03", True),
        ("Mo-Su 09:00-12:00; PH off", "67", "2026-04-03", False),  # Good Friday
        ("Mo-Su 09:00-12:00; PH off", "57", "2026-12-26", False),  # Saint Stephen's Day
        ("Mo-Su 09:00-12:00; PH off", "29", "2026-12-26", True),
        ("Mo-Su 09:00-12:00; PH off", "971", "2026-05-27", False),  # abolition of slavery in Guadeloupe
        ("Mo-Su 09:00-12:00; PH off", "972", "2026-05-27", True),
        ("Mo-Su 09:00-12:00; PH off", "974", "2026-12-20", False),  # abolition of slavery in La Réunion
        ("Mo-Su 09:00-12:00; PH off", "29", "2026-11-11", False),
        ("Mo-Su 09:00-12:00", "29", "2026-11-11", True),  # nothing said: open
        ("Mo-Sa 09:00-12:00; Su,PH off", "67", "2026-12-26", False),
        ("PH off; Mo-Fr 09:00-12:00", "29", "2026-11-11", True),  # said after, weekdays win
        ("Sa,PH 09:00-12:00", "67", "2026-04-03", True),
        ("Sa,PH 09:00-12:00", "29", "2026-04-03", False),
        ("Sa,PH 09:00-12:00", "29", "2026-04-04", True),
        ("PH Mo 09:00-12:00", "29", "2026-04-06", True),  # a Monday and a holiday
        ("PH Mo 09:00-12:00", "29", "2026-04-13", False),
        ("PH Mo 09:00-12:00", "29", "2026-05-01", False),
        ("Mo-Fr 09:00-12:00; week 01-26 PH off", "67", "2026-04-03", False),
        ("Mo-Fr 09:00-12:00; week 27-53 PH off", "67", "2026-04-03", True),
        ("Mo-Fr 09:00-12:00; Jan-Jun PH off", "29", "2026-05-01", False),
        ('Mo-Fr 09:00-12:00; PH off "joindre le 115"', "29", "2026-05-01", False),
    ],
)
def test_public_holidays_are_those_of_the_place(expression: str, department: str, day: str, *, is_open: bool) -> None:
    assert Hours(expression, Place(PARIS, department)).is_open(paris(f"{day}T10:00")) is is_open


@pytest.mark.parametrize("department", ["29", "68", "971", "975", "988"])
def test_closed_on_the_very_days_that_are_no_working_days_of_requests(department: str) -> None:
    hours = Hours("Mo-Su 09:00-12:00; PH off", Place(PARIS, department))
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    closed = {day for day in days if not hours.is_open(datetime.combine(day, time(10), PARIS))}
    assert closed == {day for day in holidays_in(department, 2026) if day.year == 2026}


@pytest.mark.parametrize(
    ("expression", "day", "known", "unknown"),
    [
        ("We 14:00-17:00; SH off", "2026-12-23", False, True),
        ("We 14:00-17:00; SH off", "2026-12-16", True, True),
        ("SH We 14:00-17:00", "2026-12-23", True, False),
        ("SH We 14:00-17:00", "2026-12-16", False, False),
        ("SH We 14:00-17:00", "2026-12-24", False, False),
        ("We 14:00-17:00; SH off; SH Th 14:00-17:00; PH off", "2026-12-23", False, True),
        ("We 14:00-17:00; SH off; SH Th 14:00-17:00; PH off", "2026-12-24", True, False),
        ("We 14:00-17:00; SH off; SH Fr 14:00-17:00; PH off", "2026-12-25", False, False),
        ("Mo-Fr 14:00-17:00; PH,SH off", "2027-01-04", True, True),
        ("Mo-Su 14:00-17:00; PH,SH off", "2027-01-03", False, True),  # the last day is part of them
    ],
)
def test_school_holidays_are_those_given_and_nothing_is_made_of_others(
    expression: str, day: str, *, known: bool, unknown: bool
) -> None:
    at = paris(f"{day}T15:00")
    assert Hours(expression, IN_ZONE_B).is_open(at) is known
    assert Hours(expression, FINISTERE).is_open(at) is unknown
    assert Hours(expression, FINISTERE).depends_on_unknown_holidays
    assert not Hours(expression, IN_ZONE_B).depends_on_unknown_holidays


@pytest.mark.parametrize(
    ("expression", "after", "shown"),
    [
        (ODD, "2026-12-18T18:00", ["30/12 13:30-17:00", "06/01 13:30-17:00", "08/01 13:30-17:00"]),
        (ODD, "2026-12-30T14:10", ["30/12 13:30-17:00", "06/01 13:30-17:00", "08/01 13:30-17:00"]),  # under way
        (ODD, "2026-12-30T17:00", ["06/01 13:30-17:00", "08/01 13:30-17:00", "20/01 13:30-17:00"]),  # just ended
        ("Mo 22:00-02:00", "2026-09-08T01:00", ["07/09 22:00-02:00", "14/09 22:00-02:00", "21/09 22:00-02:00"]),
        ("Mo,Tu 20:00-24:00, Tu 00:00-01:00", "2026-09-07T00:00", ["07/09 20:00-01:00", "08/09 20:00-00:00"]),
        ("2020 Mo 10:00-11:00", "2026-09-07T00:00", []),
        ("off", "2026-09-07T00:00", []),
        # The library's iterator leaps a year ahead after a fallback.
        ("Mo-We 09:00-12:00 || unknown", "2026-09-07T00:00", ["07/09 09:00-12:00", "08/09 09:00-12:00"]),
        ("Mo-We 09:00-12:00 || off", "2026-09-07T13:00", ["08/09 09:00-12:00", "09/09 09:00-12:00"]),
        # Clocks change on 28 March and 31 October 2027: the hours are those the clock on the wall shows.
        ("Su 01:00-04:00", "2027-03-27T00:00", ["28/03 01:00-04:00", "04/04 01:00-04:00"]),
        ("Su 02:30-04:00", "2027-03-27T00:00", ["28/03 03:00-04:00", "04/04 02:30-04:00"]),  # 2:30 does not exist
        ("Su 09:00-12:00", "2027-10-30T00:00", ["31/10 09:00-12:00", "07/11 09:00-12:00"]),
    ],
)
def test_the_next_openings_are_listed(expression: str, after: str, shown: list[str]) -> None:
    count = len(shown) or 3
    assert openings(Hours(expression, FINISTERE), after, count) == shown


@pytest.mark.parametrize(
    ("opens", "closes", "lasts"), [("2027-03-28", "2027-03-28", 2), ("2027-10-31", "2027-10-31", 4)]
)
def test_an_opening_lasts_an_hour_less_or_more_when_clocks_change(opens: str, closes: str, lasts: int) -> None:
    [found] = Hours("Su 01:00-04:00", FINISTERE).openings(paris(f"{opens}T00:00"), 1)
    assert found.closes == paris(f"{closes}T04:00")
    assert found.closes.astimezone(UTC) - found.opens.astimezone(UTC) == timedelta(hours=lasts)


def test_an_instant_counts_wherever_its_clock_is() -> None:
    hours = Hours("Mo-Fr 09:00-12:00", FINISTERE)
    assert hours.is_open(datetime(2026, 7, 24, 7, 0, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 7, 24, 10, 0, tzinfo=UTC))
    assert not Hours("Mo-Fr 09:00-12:00", Place(ZoneInfo("Indian/Reunion"), "974")).is_open(
        datetime(2026, 7, 24, 8, 30, tzinfo=UTC)
    )
    with pytest.raises(ValueError, match="zone"):
        hours.is_open(datetime(2026, 7, 24, 9, 0))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("within", "opens"),
    [(timedelta(hours=1), False), (timedelta(days=2), False), (timedelta(days=3), True), (timedelta(days=30), True)],
)
def test_open_in_the_next_days(within: timedelta, *, opens: bool) -> None:
    assert Hours("We 13:30-17:00", FINISTERE).opens_within(paris("2026-09-06T18:00"), within) is opens


def test_exceptional_closures_come_before_all_hours() -> None:
    works = Closure(date(2026, 9, 9), date(2026, 9, 15), "Travaux : appelez le CCAS.")
    hours = Hours("We 09:00-12:00; Tu 22:00-02:00", FINISTERE, (works,))
    assert hours.closed_by(date(2026, 9, 9)) is works
    assert hours.closed_by(date(2026, 9, 16)) is None
    assert not hours.is_open(paris("2026-09-09T10:00"))
    assert openings(hours, "2026-09-07T00:00", 2) == ["08/09 22:00-00:00", "16/09 09:00-12:00"]
    assert not Hours("24/7", FINISTERE, (works,)).is_open(paris("2026-09-15T23:59"))


@pytest.mark.parametrize("expression", ['"sur rendez-vous"', 'Mo-Fr "sur rendez-vous"', 'Mo 08:00-09:00 || "appelez"'])
def test_a_remark_without_hours_opens_nothing(expression: str) -> None:
    assert not Hours(expression, FINISTERE).is_open(paris("2026-09-08T10:00"))


def test_a_remark_beside_hours_is_told_with_them() -> None:
    [found] = Hours('Mo 09:00-12:00 "sur rendez-vous"', FINISTERE).openings(paris("2026-09-07T10:00"), 1)
    assert found.comment == "sur rendez-vous"


@pytest.mark.parametrize(
    ("expression", "position", "advice"),
    [
        ("", 1, "Il manque la fin"),
        ("Mo 09:00-", 10, "Il manque la fin"),
        ("Mo 09:00-12:00;", 16, "Il manque la fin"),
        ("Mo-Fr 9h-12h", 7, "Écrivez les heures"),
        ("Mo-Fr 09:00-12:00; Mo 25:00", 23, "Écrivez les heures"),
        ("lundi 9h", 1, "Écrivez les jours"),
        ("Mo 09:00–12:00", 9, "tiret simple"),
        ("Mo 09:00 à 12:00", 9, "tiret simple"),
        ("Mo 09:00-12:00; fériés fermé", 17, "« PH off »"),
        ("Mo 09:00-12:00; ; Tu 09:00-12:00", 17, "Retirez"),
        ('Mo 09:00-12:00 "sur rendez-vous', 16, "guillemet"),
        ("week 60 Mo", 7, "de 01 à 53"),
        ("week 53-02 Mo 09:00-12:00", 1, "de 01 à 53"),
        ("Mo 09:00-12:00 (sonnez)", 16, "Corrigez à cet endroit"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_their_place_and_what_to_do(
    expression: str, position: int, advice: str
) -> None:
    with pytest.raises(BadHours) as refused:
        Hours(expression, FINISTERE)
    assert refused.value.position == position
    assert f"à partir du caractère {position}. " in str(refused.value)
    assert advice in str(refused.value)


MORNING: dict[str, Any] = {"opens": time(9), "closes": time(12)}
AFTERNOON: dict[str, Any] = {"opens": time(13, 30), "closes": time(17)}


@pytest.mark.parametrize(
    ("timetable", "expression"),
    [
        (Timetable(rows=(Row(days=(1, 2, 3, 4, 5), **MORNING),)), "Mo-Fr 09:00-12:00"),
        (
            Timetable(rows=(Row(days=(3, 1), **MORNING), Row(days=(1, 3), **AFTERNOON))),
            "Mo,We 09:00-12:00,13:30-17:00",
        ),
        # Hours of a same day are added: after `; ` the second line would replace the first.
        (
            Timetable(
                rows=(Row(days=(1, 3), **MORNING), Row(days=(3, 5), **AFTERNOON, weeks=Weeks.ODD)),
                closed_on_public_holidays=True,
            ),
            "Mo,We 09:00-12:00, week 01-53/2 We,Fr 13:30-17:00; PH off",
        ),
        (
            Timetable(rows=(Row(days=(3,), **MORNING, weeks=Weeks.ODD), Row(days=(3,), **AFTERNOON, weeks=Weeks.EVEN))),
            "week 01-53/2 We 09:00-12:00; week 02-52/2 We 13:30-17:00",
        ),
        (
            Timetable(rows=(Row(days=(1,), **MORNING, months=(11, 2)), Row(days=(1,), **AFTERNOON, months=(3, 3)))),
            "Nov-Feb Mo 09:00-12:00; Mar Mo 13:30-17:00",
        ),
        (
            Timetable(rows=(Row(days=(1,), **MORNING, by_appointment=True),), also_by_appointment=True),
            'Mo 09:00-12:00 "sur rendez-vous" || unknown "sur rendez-vous"',
        ),
        (Timetable(also_by_appointment=True), 'unknown "sur rendez-vous"'),
        (
            Timetable(rows=(Row(days=(3,), **AFTERNOON),), in_school_holidays=(), closed_on_public_holidays=True),
            "We 13:30-17:00; SH off; PH off",
        ),
        (
            Timetable(rows=(Row(days=(3,), **AFTERNOON),), in_school_holidays=(Row(days=(1, 2), **MORNING),)),
            "We 13:30-17:00; SH off; SH Mo,Tu 09:00-12:00",
        ),
        (Timetable(rows=(Row(days=(1, 2, 3, 4, 5, 6, 7), opens=time(), closes=time()),)), "Mo-Su 00:00-24:00"),
    ],
)
def test_a_form_and_its_expression_say_the_same(timetable: Timetable, expression: str) -> None:
    assert timetable.expression() == expression
    assert as_typed(expression) == timetable


@pytest.mark.parametrize(
    ("written", "as_in_the_form"),
    [
        ("24/7", "Mo-Su 00:00-24:00"),
        ("10:00-12:00", "Mo-Su 10:00-12:00"),
        ("Mo-Fr 09:00-12:00; We off", "Mo,Tu,Th,Fr 09:00-12:00"),
        ("Mo-Fr 09:00-12:00; We 14:00-17:00", "Mo,Tu,Th,Fr 09:00-12:00; We 14:00-17:00"),
        ("Mo-Sa 9:00-12:00; Su,PH off", "Mo-Sa 09:00-12:00; PH off"),
        ("Sa-Mo 09:00-12:00; week 2-53/2 We 09:00-10:00", "Mo,Sa,Su 09:00-12:00; week 02-52/2 We 09:00-10:00"),
        ('"sur rendez-vous"; PH off', 'unknown "sur rendez-vous"; PH off'),
    ],
)
def test_other_ways_to_write_hours_come_into_the_form(written: str, as_in_the_form: str) -> None:
    timetable = as_typed(written)
    assert timetable is not None
    assert timetable.expression() == as_in_the_form


@pytest.mark.parametrize(
    "expression",
    [
        "Mo[1] 09:00-12:00",
        "week 01-53/4 Mo 09:00-12:00",
        "week 01-10 Mo 09:00-12:00",
        "Mo 22:00-02:00",
        "Mo 09:00+",
        "Mo sunrise-12:00",
        "2026 Mo 09:00-12:00",
        "Jan 05-Feb 10 Mo 09:00-12:00",
        "Jan,Mar Mo 09:00-12:00",
        'Mo 09:00-12:00 "sonnez deux fois"',
        'Mo "sur rendez-vous"',
        "Mo unknown",
        "off",
        "PH off",
        "PH off; Mo 09:00-12:00",
        "PH 09:00-12:00",
        "Mo,PH 09:00-12:00",
        "Mo 09:00-12:00; SH Mo 14:00-15:00",
        "Mo 09:00-12:00; SH off; Tu 14:00-15:00",
        "week 01-53/2 Mo 09:00-12:00; Mo 14:00-15:00",
        "Mo 09:00-12:00 || Tu 10:00-11:00",
        "Mo 09:00-12:00; SH off; SH Su 10:00-11:00; Su,PH off",
        'open "sur rendez-vous"',
    ],
)
def test_what_the_form_cannot_show_stays_text(expression: str) -> None:
    assert as_typed(expression) is None
    assert in_words(expression) is None
    assert readable(expression) == expression


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({}, "Indiquez au moins un jour et ses heures, ou « sur rendez-vous »."),
        ({"in_school_holidays": ()}, "Indiquez au moins un jour"),
        ({"rows": [{"days": [1], "opens": "12:00", "closes": "09:00"}]}, "L'heure de fin doit suivre"),
        ({"rows": [{"days": [1], "opens": "12:00", "closes": "12:00"}]}, "L'heure de fin doit suivre"),
        ({"rows": [{"days": [1], "opens": "09:00:30", "closes": "12:00"}]}, "sous la forme HH:MM"),
        ({"rows": [{"days": [], "opens": "09:00", "closes": "12:00"}]}, "au moins 1"),
        ({"rows": [{"days": [8], "opens": "09:00", "closes": "12:00"}]}, "au plus 7"),
        (
            {"in_school_holidays": [{"days": [1], "opens": "09:00", "closes": "12:00", "months": [7, 8]}]},
            "n'indiquez pas de mois",
        ),
    ],
)
def test_a_form_that_says_nothing_sure_is_refused(fields: dict[str, Any], advice: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Timetable.model_validate(fields)
    assert advice in " ".join(sentence(dict(error)) for error in refused.value.errors())


clock = st.integers(0, 1439).map(lambda minute: time(*divmod(minute, 60)))
months = st.none() | st.tuples(st.integers(1, 12), st.integers(1, 12))


@st.composite
def rows(draw: st.DrawFn, *, of_months: bool = True) -> Row:
    opens, closes = sorted(draw(st.tuples(clock, clock)))
    return Row(
        days=tuple(draw(st.sets(st.integers(1, 7), min_size=1))),
        opens=opens,
        closes=closes if closes > opens else time(),
        weeks=draw(st.sampled_from(Weeks)),
        months=draw(months) if of_months else None,
        by_appointment=draw(st.booleans()),
    )


timetables = st.builds(
    Timetable,
    rows=st.lists(rows(), min_size=1, max_size=4).map(tuple),
    in_school_holidays=st.none() | st.lists(rows(of_months=False), max_size=3).map(tuple),
    closed_on_public_holidays=st.booleans(),
    also_by_appointment=st.booleans(),
)


def open_as_typed(timetable: Timetable, at: datetime) -> bool:
    """What the form's lines say of a moment, without any expression."""
    day, (_, week, weekday) = at.date(), at.date().isocalendar()
    if timetable.closed_on_public_holidays and day in holidays_in("29", day.year):
        return False
    in_holidays = timetable.in_school_holidays is not None and CHRISTMAS[0] <= day <= CHRISTMAS[1]
    return any(
        weekday in row.days
        and row.weeks in {Weeks.EVERY, Weeks.ODD if week % 2 else Weeks.EVEN}
        and (row.months is None or day.month in months_from(*row.months))
        and row.opens <= at.time()
        and (row.closes == time() or at.time() < row.closes)
        for row in (timetable.in_school_holidays or () if in_holidays else timetable.rows)
    )


def months_from(first: int, last: int) -> set[int]:
    return {*range(first, last + 1)} if first <= last else {*range(first, 13), *range(1, last + 1)}


@settings(max_examples=100, deadline=None)
@given(timetables, st.lists(st.tuples(st.integers(0, 400), clock), min_size=5, max_size=5))
def test_whatever_is_typed_comes_back_and_is_open_as_typed(
    timetable: Timetable, moments: list[tuple[int, time]]
) -> None:
    expression = timetable.expression()
    assert as_typed(expression) == timetable
    assert in_words(expression) is not None
    hours = Hours(expression, replace(IN_ZONE_B, zone=UNCHANGED))
    edges = [at for row in timetable.rows[:2] for at in (row.opens, row.closes)]
    for day, drawn in moments:
        for at in (datetime.combine(date(2026, 2, 1) + timedelta(days=day), at, UNCHANGED) for at in [drawn, *edges]):
            assert hours.is_open(at) is open_as_typed(timetable, at)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Mo,We 09:00-12:00, week 01-53/2 We,Fr 13:30-17:00; PH off",
            (
                "lundi et mercredi de 9 h à 12 h ; les semaines impaires, mercredi et vendredi de 13 h 30 à 17 h ; "
                "fermé les jours fériés"
            ),
        ),
        ("Tu,Th 14:00-18:00", "mardi et jeudi de 14 h à 18 h"),
        ("Mo-Fr 09:00-12:00,14:00-17:00", "du lundi au vendredi de 9 h à 12 h et de 14 h à 17 h"),
        ("Mo-Su 08:30-20:00", "tous les jours de 8 h 30 à 20 h"),
        ("Mo-We,Sa 10:00-24:00", "du lundi au mercredi et samedi de 10 h à minuit"),
        ("24/7", "tous les jours toute la journée"),
        ("week 02-52/2 Mo 09:00-10:05", "les semaines paires, lundi de 9 h à 10 h 05"),
        ("Nov-Feb Mo 09:00-10:00", "de novembre à février, lundi de 9 h à 10 h"),
        ("Jul week 01-53/2 Mo 09:00-10:00", "les semaines impaires, en juillet, lundi de 9 h à 10 h"),
        ('Mo 09:00-10:00 "sur rendez-vous"', "lundi de 9 h à 10 h, sur rendez-vous"),
        ('"sur rendez-vous"', "sur rendez-vous"),
        (
            'Mo 09:00-10:00 || unknown "sur rendez-vous"',
            "lundi de 9 h à 10 h ; à d'autres moments sur rendez-vous",
        ),
        (
            "We 14:00-17:00; PH,SH off",
            "mercredi de 14 h à 17 h ; fermé pendant les vacances scolaires ; fermé les jours fériés",
        ),
        (
            "We 14:00-17:00; SH off; SH Mo-Fr 10:00-12:00",
            "mercredi de 14 h à 17 h ; pendant les vacances scolaires, du lundi au vendredi de 10 h à 12 h",
        ),
    ],
)
def test_hours_read_in_words(written: str, read: str) -> None:
    assert readable(written).replace("\u00a0", " ") == read


@pytest.mark.parametrize("text", ["sur rendez-vous", "Mo 9-10"])
def test_what_cannot_be_read_is_shown_as_it_stands(text: str) -> None:
    assert readable(text) == text


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("We[2] 13:30-17:00", "mercredi 9 septembre de 13 h 30 à 17 h"),
        ('We[2] 13:30-17:00 "sonnez"', "mercredi 9 septembre de 13 h 30 à 17 h, sonnez"),
        ("We[2] 22:00-02:00", "mercredi 9 septembre de 22 h à 2 h"),
        ("Sep 08-09 00:00-24:00", "de mardi 8 septembre minuit à jeudi 10 septembre minuit"),
    ],
)
def test_beyond_words_the_next_openings_are_shown(expression: str, read: str) -> None:
    [found] = Hours(expression, FINISTERE).openings(paris("2026-09-07T12:00"), 1)
    assert opening_in_words(found).replace("\u00a0", " ") == read

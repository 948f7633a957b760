"""Deadlines are calendar dates."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.durations import (
    BadDuration,
    Duration,
    add_months,
    add_working_days,
    due_instant,
    parse_duration,
)

PARIS = ZoneInfo("Europe/Paris")
days = st.dates(date(1990, 1, 1), date(2150, 12, 31))
durations = st.builds(Duration, st.integers(0, 600), st.integers(0, 4000), st.integers(0, 10**6))


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-11-28", 3, "2027-02-28"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-01-15", 12, "2027-01-15"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2027-03-31", -1, "2027-02-28"),
        ("2026-03-02", 0, "2026-03-02"),
    ],
)
def test_months_are_counted_on_the_calendar(day: str, months: int, due: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(due)


@given(days, st.integers(-300, 300))
def test_the_month_is_the_right_one_and_the_day_never_later(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(days, days, st.integers(0, 300))
def test_who_begins_first_is_never_due_last(one: date, other: date, months: int) -> None:
    first, last = sorted((one, other))
    assert add_months(first, months) <= add_months(last, months)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P3M", Duration(months=3)),
        ("P2Y", Duration(months=24)),
        ("P1Y6M", Duration(months=18)),
        ("P1W", Duration(days=7)),
        ("P14D", Duration(days=14)),
        ("P1M10D", Duration(months=1, days=10)),
        ("PT20S", Duration(seconds=20)),
        ("PT1H30M", Duration(seconds=5400)),
        ("P0D", Duration()),
    ],
)
def test_iso_8601_is_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "3M", "P-3M", "P1.5D", "p3m", "P3M ", "P3M\n", "P٣M", "P1S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadDuration):
        parse_duration(text)


@given(durations)
def test_a_duration_written_is_read_back(duration: Duration) -> None:
    assert parse_duration(str(duration)) == duration


@given(days, st.integers(0, 48), st.integers(0, 400))
def test_months_first_then_days(day: date, months: int, count: int) -> None:
    assert Duration(months, count).after(day) == add_months(day, months) + timedelta(days=count)
    assert Duration(0, count).before(Duration(0, count).after(day)) == day


def test_seconds_are_never_counted_on_a_calendar_nor_months_in_seconds() -> None:
    with pytest.raises(ValueError, match="calendar"):
        Duration(seconds=5).after(date(2026, 3, 2))
    with pytest.raises(ValueError, match="month"):
        Duration(months=1).exact()
    assert Duration(days=1, seconds=5).exact() == timedelta(days=1, seconds=5)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-01-15", "2026-01-15T07:00:00"),
        ("2026-07-15", "2026-07-15T06:00:00"),
        ("2026-03-29", "2026-03-29T06:00:00"),
        ("2026-10-25", "2026-10-25T07:00:00"),
    ],
)
def test_a_day_falls_due_at_eight_in_paris(day: str, utc: str) -> None:
    due = due_instant(date.fromisoformat(day), PARIS)
    assert due.astimezone(UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.sampled_from(sorted(available_timezones())))
def test_the_due_instant_is_in_its_day_wherever_it_is(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    due = due_instant(day, zone)
    assert (due.date(), due.hour) == (day, 8)
    assert due_instant(day + timedelta(days=1), zone).astimezone(UTC) > due.astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "count", "holidays", "promised"),
    [
        ("2026-03-02", 3, [], "2026-03-05"),
        ("2026-03-05", 3, [], "2026-03-10"),
        ("2026-03-07", 1, [], "2026-03-09"),
        ("2026-04-03", 1, ["2026-04-06"], "2026-04-07"),
        ("2026-04-02", 1, ["2026-04-03", "2026-04-06"], "2026-04-07"),
        ("2026-03-02", 0, [], "2026-03-02"),
    ],
)
def test_working_days_leave_out_week_ends_and_local_holidays(
    received: str, count: int, holidays: list[str], promised: str
) -> None:
    closed = {date.fromisoformat(day) for day in holidays}
    assert add_working_days(date.fromisoformat(received), count, closed) == date.fromisoformat(promised)

"""Days and moments as they are read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chassis.web import dates

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (date(2026, 3, 1), "long", "1er mars 2026"),
        (date(2026, 3, 2), "long", "2 mars 2026"),
        (date(2026, 3, 11), "long", "11 mars 2026"),
        (date(2026, 3, 1), "EEEE d MMMM", "dimanche 1er mars"),
        (date(2026, 3, 1), "short", "01/03/2026"),
    ],
)
def test_the_first_of_a_month_is_said_as_people_say_it(value: date, form: str, said: str) -> None:
    assert dates.day(value, form) == said


def test_a_moment_is_by_the_clock_of_the_place_and_its_day_too() -> None:
    assert dates.moment(datetime(2026, 2, 28, 23, 30, tzinfo=UTC), PARIS) == "1er mars 2026 à 00:30"
    assert dates.moment(datetime(2026, 3, 1, 8, 0, tzinfo=UTC), PARIS, "HH:mm") == "09:00"

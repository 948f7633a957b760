"""Public holidays of a place."""

import pytest
from holidays import country_holidays

from chassis.holidays import holidays_in


@pytest.mark.parametrize("department", ["22", "67", "971", "975", "988"])
def test_holidays_are_those_the_library_gives(department: str) -> None:
    subdivision = {"22": None, "67": "6AE", "975": "PM", "988": "NC"}.get(department, department)
    assert holidays_in(department, 2026) == frozenset(country_holidays("FR", subdivision, years=(2026, 2027)))

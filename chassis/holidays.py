"""Public holidays, which differ by place."""

from datetime import date
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import cast

from holidays.holiday_base import HolidayBase

_SUBDIVISIONS = {"57": "57", "67": "6AE", "68": "6AE"} | {
    code: code for code in ("971", "972", "973", "974", "976")
} | {"975": "PM", "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC"}  # fmt: skip


def like(department: str) -> str:
    """A département with the same public holidays: itself, or none in particular."""
    return department if department in _SUBDIVISIONS else ""


@cache
def holidays_in(department: str, year: int) -> frozenset[date]:
    """Public holidays of a département in that year and the next: Alsace-Moselle and overseas have their own."""
    return frozenset(_france()(subdiv=_SUBDIVISIONS.get(department), years=(year, year + 1)))


@cache
def _france() -> type[HolidayBase]:
    """France alone: the library's own way in imports every country of the world, which the first request would
    wait for (half a second and 20 MB)."""
    countries = find_spec("holidays.countries")
    assert countries is not None
    assert countries.submodule_search_locations is not None
    spec = spec_from_file_location("holidays_of_france", Path(countries.submodule_search_locations[0]) / "france.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("type[HolidayBase]", module.France)

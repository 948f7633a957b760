"""Where hours are read: the clock and the public holidays of a commune."""

from typing import Final
from zoneinfo import ZoneInfo

from contracts import communes
from directory.hours.model import Place

_OVERSEAS: Final = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/St_Barthelemy", "978": "America/Marigot",
    "986": "Pacific/Wallis", "987": "Pacific/Tahiti", "988": "Pacific/Noumea",
}  # fmt: skip


def place_in(commune: str | None, zone: ZoneInfo) -> Place:
    """Of a commune by its INSEE code; without one, the deployment's own clock."""
    department = communes.department_of(commune) if commune else ""
    return Place(ZoneInfo(_OVERSEAS[department]) if department in _OVERSEAS else zone, department)

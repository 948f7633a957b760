"""Where a commune is: its territory today. Read from the database, remembered for seconds."""

from dataclasses import dataclass
from datetime import date
from time import monotonic

from chassis.actor import PUBLIC
from chassis.database import Database, Transaction
from contracts.communes import resolve
from intake.territories import store

REMEMBERED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """An official commune. `territory_id` is None where no territory covers it."""

    commune: str
    name: str
    department: str
    territory_id: str | None


async def find(tx: Transaction, commune: str, day: date) -> Place | None:
    """The commune by its INSEE code, as it lies on `day`; None when the official list does not hold it. The code of a
    commune that has merged or moved to another département leads to today's."""
    resolved = resolve(commune)
    row = await store.place(tx, resolved.commune.code if resolved else commune, day)
    return Place(**row) if row else None


class Places:
    """Looks communes up; the busy ones cost no query. What is missing is looked up again each time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Place]] = {}

    async def find(self, commune: str, day: date) -> Place | None:
        """What `find` says, some seconds old at most."""
        known = self._known.get(commune)
        if known is not None and monotonic() < known[0]:
            return known[1]
        async with self._database.transaction(PUBLIC) as tx:
            place = await find(tx, commune, day)
        if place is not None and place.territory_id is not None:
            self._known[commune] = (monotonic() + REMEMBERED_SECONDS, place)
        return place

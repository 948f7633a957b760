"""Where territories lie, as far as their public holidays go: a replica of the directory's."""

from collections.abc import Callable, Sequence
from datetime import date

from chassis.database import Transaction
from chassis.holidays import holidays_in, like
from contracts.communes import department_of
from contracts.events import TerritoryPublished


async def keep(tx: Transaction, territories: Sequence[tuple[TerritoryPublished, int]]) -> None:
    """Keep territories' newest state: (state, sequence)."""
    newest = {one.territory_id: (one, sequence) for one, sequence in sorted(territories, key=lambda pair: pair[1])}
    rows = [
        {"territory_id": one.territory_id, "departments": _departments(one), "sequence": sequence}
        for one, sequence in newest.values()
    ]
    await tx.execute(
        """INSERT INTO territories (territory_id, departments, sequence)
           SELECT territory_id, ARRAY(SELECT jsonb_array_elements_text(departments)), sequence
           FROM jsonb_to_recordset($1) AS newest (territory_id text, departments jsonb, sequence bigint)
           ON CONFLICT (territory_id) DO UPDATE SET departments = excluded.departments, sequence = excluded.sequence
           WHERE excluded.sequence > territories.sequence""",
        rows,
    )


def _departments(territory: TerritoryPublished) -> Sequence[str]:
    """Those with holidays of their own, by name; the others as none in particular."""
    return sorted({like(department_of(commune)) for commune in territory.communes})


async def holidays_of(tx: Transaction, territory_id: str | None) -> Callable[[date], bool]:
    """Whether a day is a public holiday somewhere in a territory; those of the whole country where it is not known."""
    known = await tx.fetchval("SELECT departments FROM territories WHERE territory_id = $1", territory_id)
    departments = known or [""]
    return lambda day: any(day in holidays_in(department, day.year) for department in departments)

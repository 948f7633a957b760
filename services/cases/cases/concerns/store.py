"""SQL of worries about a child: rows whose content only the cell's key opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Transaction
from chassis.handlers import Received
from contracts.events import ConcernRaised


@dataclass(frozen=True, slots=True)
class Kept:
    """A row. `report` and `state` are sealed to the cell; no state before the cell's first step."""

    case_id: UUID
    version: int
    received_on: date
    report: str
    state: str | None


_COLUMNS = "case_id, version, received_on, report, state"


async def receive(tx: Transaction, received: Sequence[Received[ConcernRaised]]) -> None:
    """Keep reports unopened; one that is known stays as it is."""
    await tx.execute(
        """INSERT INTO concerns (case_id, received_on, report) SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[])
           ON CONFLICT DO NOTHING""",
        [one.data.case_id for one in received],
        [one.data.received_on for one in received],
        [one.data.report for one in received],
    )


async def take(tx: Transaction, case_id: UUID) -> Kept | None:
    """Begin to change a concern: the cell's other agents wait. None when there is none this actor may see."""
    row = await tx.fetchrow(
        f"UPDATE concerns SET version = version + 1 WHERE case_id = $1 RETURNING {_COLUMNS}",  # noqa: S608
        case_id,
    )
    return Kept(**row) if row else None


async def save(tx: Transaction, case_id: UUID, state: str, closed_on: date | None) -> None:
    await tx.execute("UPDATE concerns SET state = $2, closed_on = $3 WHERE case_id = $1", case_id, state, closed_on)


async def find(tx: Transaction, case_id: UUID) -> Kept | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM concerns WHERE case_id = $1", case_id)  # noqa: S608
    return Kept(**row) if row else None


async def page(
    tx: Transaction, *, closed: bool, closed_before: date | None = None, after: tuple[date, UUID] | None, limit: int
) -> list[Kept]:
    """Oldest first: their time runs out first. `closed_before`: of those closed, the ones closed before that day."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM concerns WHERE (closed_on IS NOT NULL) = $1
            AND ($5::date IS NULL OR closed_on < $5)
            AND ($2::date IS NULL OR (received_on, case_id) > ($2, $3::uuid)) ORDER BY received_on, case_id LIMIT $4""",  # noqa: S608
        closed,
        after[0] if after else None,
        after[1] if after else None,
        limit,
        closed_before,
    )
    return [Kept(**row) for row in rows]


async def of_year(tx: Transaction, year: int) -> list[Kept]:
    """Every concern received in a year."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM concerns WHERE received_on BETWEEN make_date($1, 1, 1) AND make_date($1, 12, 31)",  # noqa: S608
        year,
    )
    return [Kept(**row) for row in rows]


async def bump(tx: Transaction, case_id: UUID) -> int:
    """The next version, for what the clock tells."""
    return int(
        await tx.fetchval("UPDATE concerns SET version = version + 1 WHERE case_id = $1 RETURNING version", case_id)
    )

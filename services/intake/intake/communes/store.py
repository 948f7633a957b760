"""SQL of the official communes."""

from typing import NamedTuple

from chassis.database import Transaction
from contracts.communes import fold


class Found(NamedTuple):
    """A commune somebody may have meant."""

    code: str
    name: str
    department: str


async def add(tx: Transaction, *, code: str, name: str, department: str) -> bool:
    """Add a commune, or correct its name. Returns whether it is new."""
    return bool(
        await tx.fetchval(
            """INSERT INTO communes (code, name, department, folded) VALUES ($1, $2, $3, $4)
               ON CONFLICT (code) DO UPDATE SET name = excluded.name, folded = excluded.folded
               RETURNING xmax = 0""",
            code,
            name,
            department,
            fold(name),
        )
    )


async def search(tx: Transaction, text: str, limit: int = 8) -> list[Found]:
    """Communes of that name or postal code; failing an exact one, those whose name begins so. Most populous first."""
    folded = fold(text)
    if not folded:
        return []
    rows = await tx.fetch(
        """SELECT code, name, department FROM communes
           WHERE folded = $1 OR postal_codes @> ARRAY[$1] ORDER BY population DESC, code LIMIT $2""",
        folded,
        limit,
    ) or await tx.fetch(
        """SELECT code, name, department FROM communes
           WHERE folded ^@ $1 ORDER BY population DESC, code LIMIT $2""",
        folded,
        limit,
    )
    return [Found(*row) for row in rows]

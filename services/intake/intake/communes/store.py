"""SQL of the official communes."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from chassis.database import Transaction
from contracts.communes import Commune, fold

_COLUMNS: Final = ("code", "name", "department", "folded", "postal_codes", "population")


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


async def load(tx: Transaction, listed: Iterable[Commune], former: Iterable[str]) -> int:
    """Bring the table to the official list. Former communes stay, for the requests that name them, but are no longer
    found. Returns how many rows changed."""
    rows = [
        (one.code, one.name, one.department, fold(one.name), list(one.postal_codes), one.population) for one in listed
    ]
    status = await tx.execute(
        """INSERT INTO communes AS known (code, name, department, folded, postal_codes, population)
           SELECT code, name, department, folded, postal_codes, population FROM jsonb_to_recordset($1)
               AS listed (code text, name text, department text, folded text, postal_codes text[], population integer)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, department = excluded.department,
               folded = excluded.folded, postal_codes = excluded.postal_codes, population = excluded.population
           WHERE (known.name, known.department, known.folded, known.postal_codes, known.population)
               IS DISTINCT FROM (excluded.name, excluded.department, excluded.folded, excluded.postal_codes,
                   excluded.population)""",
        [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
    )
    gone = await tx.execute(
        "UPDATE communes SET folded = '', postal_codes = '{}' WHERE code = ANY($1::text[]) AND folded <> ''",
        list(former),
    )
    return sum(int(done.rpartition(" ")[2]) for done in (status, gone))


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

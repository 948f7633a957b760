"""Sites in PostgreSQL."""

from uuid import UUID

from chassis.database import Transaction
from contracts.events import SitePublished
from directory.aggregates import Versioned
from directory.register import Register
from directory.search import findable

_SITES = Register(SitePublished, "sites", written=findable.refresh_at, due=findable.due_at)
find, those, every = _SITES.find, _SITES.those, _SITES.every
create, change, keep, adopt = _SITES.create, _SITES.change, _SITES.keep, _SITES.adopt
take_in = _SITES.take_in

Sites = list[Versioned[SitePublished]]


async def page(tx: Transaction, *, organisation_id: UUID | None, after: UUID | None, limit: int) -> Sites:
    """Those in function, of an organisation when one is given, after the one named `after`."""
    rows = await tx.fetch(
        f"""{_SITES.state} WHERE NOT retired
            AND ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR site_id > $2)
            ORDER BY site_id LIMIT $3""",
        organisation_id,
        after,
        limit,
    )
    return [_SITES.read(row) for row in rows]


async def search(tx: Transaction, text: str, *, organisation_id: UUID, limit: int) -> Sites:
    """Those in function whose name, street or locality hold the text; the organisation's own first."""
    rows = await tx.fetch(
        f"""{_SITES.state} WHERE NOT retired AND ($1 = '' AND organisation_id = $2 OR $1 <> ''
                AND strpos(directory_fold(concat_ws(' ', name, address, locality, commune)), directory_fold($1)) > 0)
            ORDER BY organisation_id IS DISTINCT FROM $2, directory_fold(coalesce(name, address)), site_id
            LIMIT $3""",
        text,
        organisation_id,
        limit,
    )
    return [_SITES.read(row) for row in rows]


async def territories_around(tx: Transaction, *communes: str | None) -> list[list[str]]:
    """Of each commune, the territory whose managers steward premises there today, if any."""
    rows = await tx.fetch(
        "SELECT directory_around(commune) AS around FROM unnest($1::text[]) AS commune", list(communes)
    )
    return [row["around"] for row in rows]

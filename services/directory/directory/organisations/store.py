"""Organisations in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OrganisationPublished
from directory.aggregates import Versioned
from directory.register import Register
from directory.search import findable

_ORGANISATIONS = Register(OrganisationPublished, "organisations", written=findable.refresh_of, due=findable.due_of)
find, those, every = _ORGANISATIONS.find, _ORGANISATIONS.those, _ORGANISATIONS.every
create, change = _ORGANISATIONS.create, _ORGANISATIONS.change
keep, adopt = _ORGANISATIONS.keep, _ORGANISATIONS.adopt
take_in = _ORGANISATIONS.take_in

Organisations = list[Versioned[OrganisationPublished]]


async def page(tx: Transaction, *, territory_id: str | None, after: UUID | None, limit: int) -> Organisations:
    """Those in function, by name, that act on a territory when one is given; after the one named `after`."""
    rows = await tx.fetch(
        f"""{_ORGANISATIONS.state} WHERE NOT retired
            AND ($1::text IS NULL OR territory_ids && ARRAY[$1, '*'])
            AND ($2::uuid IS NULL OR (sort_name, organisation_id) > (
                SELECT sort_name, organisation_id FROM organisations WHERE organisation_id = $2))
            ORDER BY sort_name, organisation_id LIMIT $3""",  # noqa: S608
        territory_id,
        after,
        limit,
    )
    return [_ORGANISATIONS.read(row) for row in rows]


async def has_agents(tx: Transaction, organisation_id: UUID) -> bool:
    """Whether agents in function belong to it. Operators alone see them all."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM agents WHERE organisation_id = $1 AND NOT retired)", organisation_id
    )
    return found


async def names(tx: Transaction, organisation_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of those organisations, retired or not."""
    rows = await tx.fetch(
        "SELECT organisation_id, name FROM organisations WHERE organisation_id = ANY($1::uuid[])", organisation_ids
    )
    return {row["organisation_id"]: row["name"] for row in rows}

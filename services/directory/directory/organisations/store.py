"""Organisations in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OrganisationPublished
from directory.aggregates import Outdated, Versioned, of_row

_FIELDS = "name, siret, kind, themes, territory_ids, email, phone, request_keys, retired"
_STATE = f"SELECT organisation_id, version, {_FIELDS} FROM organisations"  # noqa: S608 - constants only
_GIVEN = f"SELECT {_FIELDS} FROM jsonb_populate_record(NULL::organisations, $2)"  # noqa: S608

Organisations = list[Versioned[OrganisationPublished]]


async def find(tx: Transaction, organisation_id: UUID) -> Versioned[OrganisationPublished] | None:
    """The organisation of that id."""
    row = await tx.fetchrow(f"{_STATE} WHERE organisation_id = $1", organisation_id)
    return of_row(OrganisationPublished, row) if row else None


async def every(tx: Transaction) -> AsyncIterator[Versioned[OrganisationPublished]]:
    """All of them, retired ones included."""
    async for row in tx.cursor(_STATE):
        yield of_row(OrganisationPublished, row)


async def page(tx: Transaction, *, territory_id: str | None, after: UUID | None, limit: int) -> Organisations:
    """Those in function, by name, that act on a territory when one is given; after the one named `after`."""
    rows = await tx.fetch(
        f"""{_STATE} WHERE NOT retired
            AND ($1::text IS NULL OR territory_ids && ARRAY[$1, '*'])
            AND ($2::uuid IS NULL OR (sort_name, organisation_id) > (
                SELECT sort_name, organisation_id FROM organisations WHERE organisation_id = $2))
            ORDER BY sort_name, organisation_id LIMIT $3""",  # noqa: S608
        territory_id,
        after,
        limit,
    )
    return [of_row(OrganisationPublished, row) for row in rows]


async def create(tx: Transaction, organisation: OrganisationPublished) -> None:
    """Keep a new one, at version 1."""
    await tx.execute(
        f"INSERT INTO organisations (organisation_id, {_FIELDS}) SELECT $1, given.* FROM ({_GIVEN}) AS given",  # noqa: S608
        organisation.organisation_id,
        organisation.model_dump(mode="json"),
    )


async def change(
    tx: Transaction, organisation: OrganisationPublished, expected: int
) -> Versioned[OrganisationPublished]:
    """Replace its state, `expected` being the version it was read at. Raises Outdated."""
    version = await tx.fetchval(
        f"""UPDATE organisations SET version = version + 1, ({_FIELDS}) = ({_GIVEN})
            WHERE organisation_id = $1 AND version = $3 RETURNING version""",  # noqa: S608
        organisation.organisation_id,
        organisation.model_dump(mode="json"),
        expected,
    )
    if version is None:
        raise Outdated
    return Versioned(organisation, version)


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


_WRITTEN = f"version, {_FIELDS}"
_ADOPT = f"""
INSERT INTO organisations (organisation_id, {_WRITTEN})
SELECT organisation_id, {_WRITTEN} FROM jsonb_populate_recordset(NULL::organisations, $1) AS heard
WHERE NOT EXISTS (
    SELECT FROM organisations AS known
    WHERE known.organisation_id = heard.organisation_id AND known.version >= heard.version)
ON CONFLICT (organisation_id) DO UPDATE SET ({_WRITTEN}) = ROW (excluded.{_WRITTEN.replace(", ", ", excluded.")})
WHERE excluded.version > organisations.version
"""  # noqa: S608


async def adopt(tx: Transaction, heard: Sequence[Versioned[OrganisationPublished]]) -> None:
    """Keep states newer than the known ones: those of before a restore. Others cost no lock."""
    await tx.execute(_ADOPT, [one.state.model_dump(mode="json") | {"version": one.version} for one in heard])

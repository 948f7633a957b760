"""SQL of the replica: territories and organisations."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Transaction
from contracts.events import OrganisationPublished, TerritoryPublished

_TERRITORIES = """
INSERT INTO territories (territory_id, name, communes, valid_from, valid_to, retired, sequence)
SELECT * FROM jsonb_to_recordset($1) AS newest (territory_id text, name text, communes text[], valid_from date,
    valid_to date, retired boolean, sequence bigint)
ON CONFLICT (territory_id) DO UPDATE SET name = excluded.name, communes = excluded.communes,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to, retired = excluded.retired,
    sequence = excluded.sequence
WHERE excluded.sequence > territories.sequence
"""

_ORGANISATIONS = """
INSERT INTO organisations (organisation_id, name, kind, territory_ids, phone, request_keys, retired, sequence)
SELECT * FROM jsonb_to_recordset($1) AS newest (organisation_id uuid, name text, kind text, territory_ids text[],
    phone text, request_keys jsonb, retired boolean, sequence bigint)
ON CONFLICT (organisation_id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
    territory_ids = excluded.territory_ids, phone = excluded.phone, request_keys = excluded.request_keys,
    retired = excluded.retired, sequence = excluded.sequence
WHERE excluded.sequence > organisations.sequence
"""


async def keep_territories(tx: Transaction, published: Sequence[tuple[TerritoryPublished, int]]) -> None:
    """Keep the newest state of each: (state, sequence). An older sequence changes nothing."""
    newest = {one.territory_id: (one, sequence) for one, sequence in sorted(published, key=lambda pair: pair[1])}
    await tx.execute(_TERRITORIES, _documents(list(newest.values())))


async def keep_organisations(tx: Transaction, published: Sequence[tuple[OrganisationPublished, int]]) -> None:
    """Keep the newest state of each: (state, sequence). An older sequence changes nothing."""
    newest = {one.organisation_id: (one, sequence) for one, sequence in sorted(published, key=lambda pair: pair[1])}
    await tx.execute(_ORGANISATIONS, _documents(list(newest.values())))


def _documents(states: Sequence[tuple[TerritoryPublished | OrganisationPublished, int]]) -> list[dict[str, Any]]:
    return [state.model_dump(mode="json") | {"sequence": sequence} for state, sequence in states]


async def place(tx: Transaction, commune: str, day: date) -> asyncpg.Record | None:
    """commune, name, department and territory_id of an official commune, on that day."""
    return await tx.fetchrow(
        """SELECT code AS commune, name, department, (
               SELECT territory_id FROM territories
               WHERE communes @> ARRAY[code] AND NOT retired AND valid_from <= $2
                   AND (valid_to IS NULL OR valid_to >= $2)
               ORDER BY valid_from DESC, territory_id LIMIT 1) AS territory_id
           FROM communes WHERE code = $1""",
        commune,
        day,
    )


async def names(tx: Transaction) -> dict[str, str]:
    """Territory → name, of those that are not retired, by name."""
    rows = await tx.fetch("SELECT territory_id, name FROM territories WHERE NOT retired ORDER BY name")
    return {row["territory_id"]: row["name"] for row in rows}


async def request_keys(tx: Transaction, organisation_id: UUID) -> dict[str, Any] | None:
    """The public JWK set an organisation signs with; None when it is unknown, retired or has none."""
    keys: dict[str, Any] | None = await tx.fetchval(
        "SELECT request_keys FROM organisations WHERE organisation_id = $1 AND NOT retired", organisation_id
    )
    return keys

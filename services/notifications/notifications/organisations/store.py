"""Whom a message says to call, and where organisations are written to: a replica of the directory's."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OrganisationPublished

_STORE = """
INSERT INTO organisations (organisation_id, sequence, name, kind, phone, email, territory_ids, retired)
SELECT organisation_id, sequence, name, kind, phone, email,
    ARRAY(SELECT jsonb_array_elements_text(territory_ids)), retired
FROM jsonb_to_recordset($1) AS newest (organisation_id uuid, sequence bigint, name text, kind text, phone text,
    email text, territory_ids jsonb, retired boolean)
ON CONFLICT (organisation_id) DO UPDATE SET sequence = excluded.sequence, name = excluded.name, kind = excluded.kind,
    phone = excluded.phone, email = excluded.email, territory_ids = excluded.territory_ids, retired = excluded.retired
WHERE excluded.sequence > organisations.sequence
"""
_FIELDS = {"organisation_id", "name", "kind", "phone", "email", "territory_ids", "retired"}


async def store(tx: Transaction, organisations: Sequence[tuple[OrganisationPublished, int]]) -> None:
    """Keep organisations' newest state: (state, sequence)."""
    latest = {one.organisation_id: (one, sequence) for one, sequence in sorted(organisations, key=lambda pair: pair[1])}
    rows = [one.model_dump(mode="json", include=_FIELDS) | {"sequence": number} for one, number in latest.values()]
    await tx.execute(_STORE, rows)


@dataclass(frozen=True, slots=True)
class WhomToCall:
    name: str
    phone: str


async def whom_to_call(
    tx: Transaction, organisation_id: UUID | None, territory_id: str | None, *, but: UUID | None = None
) -> WhomToCall | None:
    """The organisation that received the request, else a public one of the territory; None where none has a number.
    `but`: not that one, which is written to itself."""
    row = await tx.fetchrow(
        """SELECT name, phone FROM organisations
           WHERE phone IS NOT NULL AND NOT retired AND organisation_id IS DISTINCT FROM $3 AND (organisation_id = $1
               OR kind IN ('departement', 'ccas', 'cias') AND territory_ids && ARRAY[$2, '*'])
           ORDER BY organisation_id IS NOT DISTINCT FROM $1 DESC, kind = 'departement' DESC, name LIMIT 1""",
        organisation_id,
        territory_id,
        but,
    )
    return WhomToCall(**row) if row else None


@dataclass(frozen=True, slots=True)
class OrganisationAddress:
    """`email`: None where the directory has none."""

    email: str | None
    retired: bool


async def organisation_address(tx: Transaction, organisation_id: UUID) -> OrganisationAddress | None:
    """Where an organisation is written to; None for one nobody has told us of yet."""
    row = await tx.fetchrow("SELECT email, retired FROM organisations WHERE organisation_id = $1", organisation_id)
    return OrganisationAddress(**row) if row else None

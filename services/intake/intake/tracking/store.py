"""SQL of tracking: one request, by the hash of its reference and secret."""

from uuid import UUID

import asyncpg

from chassis.database import Transaction


async def tracked(tx: Transaction, reference: str, hashed: bytes) -> asyncpg.Record | None:
    """What may be shown of a request to whoever holds its secret; None for any other.

    `hashed` is set for the transaction: row-level security shows the request of that hash and no other.
    """
    await tx.execute("SELECT set_config('maillage.tracking', $1, true)", hashed.hex())
    return await tx.fetchrow(
        """SELECT reference, state, received_at, promised_on, answered_at, requester_role, territory_id,
               (SELECT name FROM organisations WHERE organisations.organisation_id = requests.organisation_id)
                   AS organisation
           FROM requests WHERE reference = $1 AND tracking_hash = $2""",
        reference,
        hashed,
    )


async def may_visit(tx: Transaction, reference: str, hashed: bytes) -> UUID | None:
    """The request, for the person concerned, who follows it; None for anybody else, and where what is written to them
    must tell neither who writes nor why. As the service itself."""
    found: UUID | None = await tx.fetchval(
        """SELECT request_id FROM requests WHERE reference = $1 AND tracking_hash = $2 AND requester_role = 'self'
               AND NOT EXISTS (SELECT FROM request_people JOIN contact_points USING (person_id)
                   WHERE request_people.request_id = requests.request_id AND role = 'self' AND neutral)""",
        reference,
        hashed,
    )
    return found


async def contacts(tx: Transaction, territory_id: str | None) -> list[asyncpg.Record]:
    """Who may be called about a request of that territory: public bodies first."""
    return await tx.fetch(
        """SELECT name, phone FROM organisations
           WHERE NOT retired AND phone IS NOT NULL AND territory_ids && ARRAY[$1::text, '*']
               AND kind IN ('departement', 'ccas', 'cias')
           ORDER BY array_position(ARRAY['departement', 'ccas', 'cias'], kind), name LIMIT 5""",
        territory_id,
    )

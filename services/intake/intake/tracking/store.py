"""SQL of tracking: one request, by the hash of its reference and secret."""

import asyncpg

from chassis.database import Transaction


async def tracked(tx: Transaction, reference: str, hashed: bytes) -> asyncpg.Record | None:
    """What may be shown of a request to whoever holds its secret; None for any other.

    `hashed` is set for the transaction: row-level security shows the request of that hash and no other.
    """
    await tx.execute("SELECT set_config('maillage.tracking', $1, true)", hashed.hex())
    return await tx.fetchrow(
        """SELECT reference, state, received_at, promised_on, answered_at, requester_role, territory_id
           FROM requests WHERE reference = $1 AND tracking_hash = $2""",
        reference,
        hashed,
    )


async def contacts(tx: Transaction, territory_id: str | None) -> list[asyncpg.Record]:
    """Who may be called about a request of that territory: public bodies first."""
    return await tx.fetch(
        """SELECT name, phone FROM organisations
           WHERE NOT retired AND phone IS NOT NULL AND territory_ids && ARRAY[$1::text, '*']
               AND kind IN ('departement', 'ccas', 'cias')
           ORDER BY array_position(ARRAY['departement', 'ccas', 'cias'], kind), name LIMIT 5""",
        territory_id,
    )

"""Addresses that messages came back from: nothing is sent there until another one is recorded."""

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction


async def is_stopped(tx: Transaction, recipient_id: UUID, mark: bytes) -> bool:
    """Whether a message to somebody came back from there."""
    found = await tx.fetchval(
        "SELECT true FROM stopped_addresses WHERE recipient_id = $1 AND address_mark = $2", recipient_id, mark
    )
    return bool(found)


_LEAVES_TO = """
WITH found AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM stopped_addresses WHERE recipient_id = $2 AND address_mark = $3) AS stopped
), remembered AS (
    UPDATE deliveries SET address_mark = $3 WHERE delivery_id = $1 AND NOT (SELECT stopped FROM found))
SELECT NOT stopped FROM found
"""


async def leaves_to(tx: Transaction, delivery_id: UUID, recipient_id: UUID, mark: bytes) -> bool:
    """Remember which address a message leaves to; False, and nothing is remembered, for one that is stopped."""
    return bool(await tx.fetchval(_LEAVES_TO, delivery_id, recipient_id, mark))


async def stop(tx: Transaction, delivery_id: UUID, at: datetime) -> None:
    """The address a message last left to is not written to again."""
    await tx.execute(
        """INSERT INTO stopped_addresses (recipient_id, address_mark, stopped_at)
           SELECT recipient_id, address_mark, $2 FROM deliveries WHERE delivery_id = $1 AND address_mark IS NOT NULL
           ON CONFLICT DO NOTHING""",
        delivery_id,
        at,
    )

"""What was heard of gateways."""

from datetime import datetime

from chassis.database import Transaction
from chassis.signatures import TOLERANCE


async def hear(tx: Transaction, call_id: str, now: datetime) -> bool:
    """Whether this call is heard for the first time; those whose signature holds no more are forgotten."""
    await tx.execute("DELETE FROM sms_calls WHERE heard_at < $1", now - 2 * TOLERANCE)
    row = await tx.fetchrow(
        "INSERT INTO sms_calls (call_id, heard_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true", call_id, now
    )
    return row is not None

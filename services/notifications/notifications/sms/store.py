"""What was heard of gateways."""

from datetime import datetime

from chassis.database import Transaction
from chassis.signatures import TOLERANCE

_HEAR = """
WITH forgotten AS (DELETE FROM sms_calls WHERE heard_at < $2::timestamptz - 2 * $3::interval)
INSERT INTO sms_calls (call_id, heard_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true
"""


async def hear(tx: Transaction, call_id: str, now: datetime) -> bool:
    """Whether this call is heard for the first time; one too old for its signature to hold is forgotten."""
    return await tx.fetchval(_HEAR, call_id, now, TOLERANCE) is not None

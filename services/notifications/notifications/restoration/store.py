"""Holds, and what becomes of the messages they hold."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

_HOLD = """
WITH hold AS (
    INSERT INTO holds (hold_id, since, until, placed_by) VALUES ($1, $2, $3, $4)
)
UPDATE deliveries SET state = 'held', reason = 'restored', in_doubt = in_doubt OR state = 'sending'
WHERE state IN ('planned', 'waiting', 'sending')
"""
_DECIDE = """
UPDATE deliveries SET state = $3, reason = $4, decided_by = $2, next_attempt_at = $5, trying_since = NULL,
    settled_at = CASE WHEN $3 = 'suppressed' THEN $5::timestamptz END
WHERE state = 'held' AND ($1::uuid[] IS NULL OR delivery_id = ANY ($1::uuid[]))
"""


async def hold(tx: Transaction, *, hold_id: UUID, since: datetime, until: datetime, by: str) -> int:
    """Hold what is not sent yet, and all that events of [since, until) will cause. Returns how many are held now."""
    return _count(await tx.execute(_HOLD, hold_id, since, until, by))


async def release(tx: Transaction, delivery_ids: Sequence[UUID] | None, *, by: str, at: datetime) -> int:
    """Let held messages (all when None) leave. Returns how many."""
    count = _count(await tx.execute(_DECIDE, delivery_ids, by, "planned", None, at))
    await tx.execute("SELECT pg_notify('deliveries', '')")
    return count


async def discard(tx: Transaction, delivery_ids: Sequence[UUID] | None, *, by: str, at: datetime) -> int:
    """Give held messages (all when None) up: they were sent before the loss. Returns how many."""
    return _count(await tx.execute(_DECIDE, delivery_ids, by, "suppressed", "discarded", at))


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])

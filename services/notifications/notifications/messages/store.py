"""Deliveries in the database: planned by handlers, moved on by senders, decided on by people."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from notifications.messages.model import Delivery, Planned, Reason, State, Until

_PLAN = """
INSERT INTO deliveries (delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,
    traceparent, recipient_kind, recipient_id, channel, facts, state, reason, next_attempt_at, settled_at)
SELECT delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,
    traceparent, recipient_kind, recipient_id, channel, facts,
    CASE WHEN quiet THEN 'suppressed' WHEN held THEN 'held' ELSE 'planned' END,
    CASE WHEN quiet THEN 'no_safe_email' WHEN held THEN 'restored' END,
    event_time, CASE WHEN quiet THEN now() END
FROM jsonb_to_recordset($1) AS planned (delivery_id uuid, rule text, event_id uuid, event_type text,
    event_time timestamptz, subject uuid, territory_id text, correlation_id uuid, traceparent text,
    recipient_kind text, recipient_id uuid, channel text, facts jsonb, quiet boolean),
LATERAL (SELECT EXISTS (SELECT FROM holds WHERE since <= event_time AND event_time < until) AS held) AS restored
ON CONFLICT DO NOTHING
"""


async def plan(tx: Transaction, planned: Sequence[Planned]) -> None:
    """Write deliveries once: those that exist, in whatever state, stay as they are."""
    if planned:
        await tx.execute(_PLAN, [asdict(one) for one in planned])


async def overtake(tx: Transaction, rules: Sequence[str], subjects: Sequence[tuple[UUID, datetime]]) -> None:
    """Messages of these rules, caused earlier on these subjects, are no longer true: (subject, since when)."""
    await tx.execute(
        """UPDATE deliveries AS d SET overtaken = true
           FROM unnest($2::uuid[], $3::timestamptz[]) AS newer (subject, at)
           WHERE d.subject = newer.subject AND d.event_time <= newer.at AND d.rule = ANY($1::text[])
               AND d.state IN ('planned', 'waiting', 'held', 'sending') AND NOT d.overtaken""",
        rules,
        *zip(*subjects, strict=True),
    )


# Sending --------------------------------------------------------------------------------------

_IN_HAND = """delivery_id, rule, event_id, event_time, subject, correlation_id, traceparent, recipient_kind,
    recipient_id, channel, facts, overtaken, in_doubt, attempts, trying_since, version"""

PICK = f"""
SELECT {_IN_HAND} FROM deliveries WHERE state = 'planned' AND channel = $1 AND next_attempt_at <= $2
ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - constants only


async def pick(tx: Transaction, channel: str, now: datetime) -> Delivery | None:
    """The delivery of a channel that is longest due, locked until the transaction ends; None when none is due."""
    row = await tx.fetchrow(PICK, channel, now)
    return Delivery(**row) if row else None


async def begin(tx: Transaction, delivery: Delivery, sender: str, now: datetime, lease_until: datetime) -> None:
    """It is being sent by `sender`, who speaks up before the lease ends. A doubtful one counts as sent again."""
    await tx.execute(
        """UPDATE deliveries SET state = 'sending', reason = NULL, attempts = attempts + 1, sender = $2,
               lease_until = $3, resent = resent + in_doubt::integer, in_doubt = false,
               trying_since = coalesce(trying_since, $4)
           WHERE delivery_id = $1""",
        delivery.delivery_id,
        sender,
        lease_until,
        now,
    )


async def wait(tx: Transaction, delivery: Delivery, reason: Reason) -> None:
    """Something it needs has not arrived: `release_known` frees it."""
    await tx.execute(
        "UPDATE deliveries SET state = 'waiting', reason = $2, trying_since = NULL WHERE delivery_id = $1",
        delivery.delivery_id,
        reason,
    )


async def keep_until(tx: Transaction, delivery: Delivery, until: Until) -> None:
    """It may leave, later: nothing was tried."""
    await tx.execute(
        "UPDATE deliveries SET reason = $2, next_attempt_at = $3 WHERE delivery_id = $1",
        delivery.delivery_id,
        until.reason,
        until.at,
    )


async def suppress(tx: Transaction, delivery: Delivery, reason: Reason, at: datetime) -> None:
    """It will not leave."""
    await tx.execute(
        "UPDATE deliveries SET state = 'suppressed', reason = $2, settled_at = $3 WHERE delivery_id = $1",
        delivery.delivery_id,
        reason,
        at,
    )


_SETTLE = """
UPDATE deliveries SET state = $4, reason = $5, settled_at = $6, in_doubt = false, version = version + 1
WHERE delivery_id = $1 AND sender = $2 AND attempts = $3 AND state IN ('sending', 'planned')
RETURNING version
"""


async def settle(
    tx: Transaction, delivery: Delivery, sender: str, state: State, reason: str | None, at: datetime
) -> bool:
    """Note what became of an attempt; False when another sender has taken the delivery over since.

    A lease that ran out unnoticed by others (`planned` again) does not undo the gateway's yes.
    """
    version = await tx.fetchval(_SETTLE, delivery.delivery_id, sender, delivery.attempts + 1, state, reason, at)
    return version is not None


async def postpone(
    tx: Transaction, delivery: Delivery, sender: str, reason: str, until: datetime, *, in_doubt: bool
) -> None:
    """The attempt came to nothing: another one later. `in_doubt`: the gateway may have taken it all the same."""
    await tx.execute(
        """UPDATE deliveries SET state = 'planned', reason = $4, next_attempt_at = $5, in_doubt = $6
           WHERE delivery_id = $1 AND sender = $2 AND attempts = $3 AND state = 'sending'""",
        delivery.delivery_id,
        sender,
        delivery.attempts + 1,
        reason,
        until,
        in_doubt,
    )


async def put_off(tx: Transaction, delivery: Delivery, reason: str, until: datetime) -> None:
    """It could not even be prepared, by a fault of ours: later, without holding up the others."""
    await tx.execute(
        """UPDATE deliveries SET reason = $2, attempts = attempts + 1, next_attempt_at = $3
           WHERE delivery_id = $1 AND state = 'planned'""",
        delivery.delivery_id,
        reason,
        until,
    )


async def recover(tx: Transaction, now: datetime) -> int:
    """Take deliveries back from senders that fell silent: they are in doubt. Returns how many."""
    status = await tx.execute(
        "UPDATE deliveries SET state = 'planned', in_doubt = true WHERE state = 'sending' AND lease_until < $1", now
    )
    return _count(status)


async def release_known(tx: Transaction) -> int:
    """Free waiting deliveries whose recipient, key or case has arrived, or which nobody needs. Returns how many."""
    status = await tx.execute(
        """UPDATE deliveries AS d SET state = 'planned', reason = NULL
           WHERE state = 'waiting' AND (overtaken OR CASE reason
               WHEN 'unknown_recipient' THEN EXISTS (SELECT FROM people WHERE person_id = d.recipient_id)
                   OR EXISTS (SELECT FROM agents WHERE agent_id = d.recipient_id)
                   OR EXISTS (SELECT FROM organisations WHERE organisation_id = d.recipient_id)
               WHEN 'no_key' THEN EXISTS (SELECT FROM subject_keys
                   WHERE key_subject IN ('person:' || d.recipient_id, 'case:' || d.subject))
               WHEN 'unknown_case' THEN EXISTS (SELECT FROM cases WHERE case_id = d.subject AND quiet IS NOT NULL)
               END)"""
    )
    return _count(status)


async def unsent(tx: Transaction) -> dict[str, int]:
    """Messages not yet sent, by channel."""
    rows = await tx.fetch(
        "SELECT channel, count(*) FROM deliveries WHERE state IN ('planned', 'waiting', 'sending') GROUP BY channel"
    )
    return {row["channel"]: row["count"] for row in rows}


@dataclass(frozen=True, slots=True)
class AgentAddress:
    email: dict[str, Any]
    retired: bool


async def agent_address(tx: Transaction, agent_id: UUID) -> AgentAddress | None:
    """An agent's sealed address in the replica; None for one nobody has told us of yet."""
    row = await tx.fetchrow("SELECT email, retired FROM agents WHERE agent_id = $1", agent_id)
    return AgentAddress(**row) if row else None


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])

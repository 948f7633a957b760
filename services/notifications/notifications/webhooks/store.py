"""Subscriptions and calls in the database: planned by handlers, made by lanes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from chassis.sealing import WrappedKey
from notifications.webhooks.model import KEPT, Answer, Fate, Notice, Standing, State

_PLAN = """
INSERT INTO webhook_calls (webhook_id, event_id, event_type, event_time, subject, data)
SELECT webhook_id, event_id, event_type, event_time, subject, data
FROM ROWS FROM (jsonb_to_recordset($1) AS (organisation_id uuid, event_id uuid, event_type text,
    event_time timestamptz, subject uuid, data jsonb)) WITH ORDINALITY
    AS told (organisation_id, event_id, event_type, event_time, subject, data, nth)
JOIN webhooks USING (organisation_id) JOIN organisations USING (organisation_id)
WHERE event_type = ANY (event_types) AND event_time >= subscribed_at AND NOT retired
ORDER BY nth
ON CONFLICT DO NOTHING
"""


async def plan(tx: Transaction, notices: Sequence[Notice]) -> None:
    """Write a call for each subscription that wants it, paused ones too; once. Who is retired is told nothing."""
    if notices:
        await tx.execute(_PLAN, [asdict(one) for one in notices])


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription in hand, and how it stands."""

    webhook_id: UUID
    organisation_id: UUID
    url: str
    keys: tuple[WrappedKey, ...]
    subscribed_by: UUID | None
    version: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Call:
    """A call in hand. `attempts`: before this one."""

    webhook_id: UUID
    event_id: UUID
    event_type: str
    event_time: datetime
    subject: UUID
    data: Mapping[str, Any]
    test: bool
    attempts: int


PICK = """
SELECT webhook_id, organisation_id, url, wrapped, master_key_id, retiring_wrapped, retiring_master_key_id, retires_at,
    subscribed_by, version, state, reason, failing_since, attempts
FROM webhooks AS w
WHERE (lease_until IS NULL OR lease_until < $1)
    AND (state = 'active' AND next_attempt_at <= $1
            AND EXISTS (SELECT FROM webhook_calls WHERE webhook_id = w.webhook_id AND state = 'waiting')
        OR EXISTS (SELECT FROM webhook_calls WHERE webhook_id = w.webhook_id AND state = 'waiting' AND test))
ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_FIRST = """
SELECT webhook_id, event_id, event_type, event_time, subject, data, test, attempts FROM webhook_calls
WHERE webhook_id = $1 AND state = 'waiting' AND (test OR $2)
ORDER BY test DESC, place LIMIT 1
"""


async def take(tx: Transaction, caller: str, now: datetime, lease: timedelta) -> tuple[Subscription, Call] | None:
    """The subscription longest due that nobody holds, held from now on, and its first call; tests go first."""
    row = await tx.fetchrow(PICK, now)
    if row is None:
        return None
    taken = _subscription(dict(row), now)
    due = taken.standing.state is State.ACTIVE
    call = await tx.fetchrow(_FIRST, taken.webhook_id, due)
    if call is None:
        return None
    await tx.execute(
        "UPDATE webhooks SET caller = $2, lease_until = $3 WHERE webhook_id = $1", taken.webhook_id, caller, now + lease
    )
    return taken, Call(**call)


def _subscription(row: dict[str, Any], now: datetime) -> Subscription:
    subject = key_subject(row["webhook_id"])
    keys = [WrappedKey(subject, row["wrapped"], row["master_key_id"])]
    if row["retires_at"] is not None and now < row["retires_at"]:
        keys.append(WrappedKey(subject, row["retiring_wrapped"], row["retiring_master_key_id"]))
    standing = Standing(State(row["state"]), row["reason"], row["failing_since"], row["attempts"])
    return Subscription(
        row["webhook_id"],
        row["organisation_id"],
        row["url"],
        tuple(keys),
        row["subscribed_by"],
        row["version"],
        standing,
    )


def key_subject(webhook_id: UUID) -> str:
    """What a signing key is bound to when it is wrapped."""
    return f"webhook:{webhook_id}"


async def note(tx: Transaction, call: Call, fate: Fate, answer: Answer, now: datetime) -> None:
    """What became of a call. A yes stays one, whoever else called at the same time."""
    await tx.execute(
        """UPDATE webhook_calls SET state = $3, attempts = attempts + 1, reason = $4, called_at = $5
           WHERE webhook_id = $1 AND event_id = $2 AND state = 'waiting'""",
        call.webhook_id,
        call.event_id,
        fate,
        answer.told,
        now,
    )


async def let_go(tx: Transaction, webhook_id: UUID, caller: str, standing: Standing, next_at: datetime) -> bool:
    """Hand a subscription back as it now stands; False when another caller took it over, or somebody decided on it."""
    version = await tx.fetchval(
        """UPDATE webhooks SET state = $3, reason = $4, failing_since = $5, attempts = $6, next_attempt_at = $7,
               caller = NULL, lease_until = NULL, version = version + (state <> $3)::integer
           WHERE webhook_id = $1 AND caller = $2 RETURNING version""",
        webhook_id,
        caller,
        standing.state,
        standing.reason,
        standing.failing_since,
        standing.attempts,
        next_at,
    )
    return version is not None


_WHOM_TO_TELL = """
WITH managers AS (
    SELECT agents.agent_id, agents.agent_id = $2 AS subscriber
    FROM agents CROSS JOIN (SELECT territory_ids FROM organisations WHERE organisation_id = $1) AS theirs
    WHERE NOT retired AND (agents.agent_id = $2 OR EXISTS (
        SELECT FROM jsonb_array_elements(grants) AS held WHERE held ->> 'role' = 'manager'
            AND (held ->> 'territory_id' = '*' OR held ->> 'territory_id' = ANY (territory_ids))))
)
SELECT agent_id FROM managers WHERE subscriber OR NOT EXISTS (SELECT FROM managers WHERE subscriber) ORDER BY agent_id
"""


async def whom_to_tell(tx: Transaction, subscription: Subscription) -> tuple[UUID, ...]:
    """Who subscribed it; where they left, the managers of the organisation's territories."""
    rows = await tx.fetch(_WHOM_TO_TELL, subscription.organisation_id, subscription.subscribed_by)
    return tuple(row["agent_id"] for row in rows)


async def free(tx: Transaction, webhook_id: UUID, caller: str) -> None:
    """Hand a subscription back as it was."""
    await tx.execute(
        "UPDATE webhooks SET caller = NULL, lease_until = NULL WHERE webhook_id = $1 AND caller = $2",
        webhook_id,
        caller,
    )


async def forget(tx: Transaction, now: datetime) -> None:
    """Drop calls older than they are kept for."""
    await tx.execute("DELETE FROM webhook_calls WHERE event_time < $1", now - KEPT)


async def waiting(tx: Transaction) -> int:
    """Calls not yet made, of subscriptions that are called."""
    count = await tx.fetchval(
        "SELECT count(*) FROM webhook_calls JOIN webhooks USING (webhook_id)"
        " WHERE webhook_calls.state = 'waiting' AND webhooks.state = 'active'"
    )
    return int(count)

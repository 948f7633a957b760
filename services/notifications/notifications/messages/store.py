"""Deliveries in the database: planned by handlers, moved on by senders, decided on by people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from notifications.messages.channels import Rate
from notifications.messages.model import Delivery, Planned, Reason, State, Step, Until

_PLAN = """
INSERT INTO deliveries (delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,
    traceparent, recipient_kind, recipient_id, channel, channels, urgent, facts, state, reason, next_attempt_at,
    settled_at)
SELECT delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,
    traceparent, recipient_kind, recipient_id, channel, ARRAY(SELECT jsonb_array_elements_text(channels)), urgent,
    facts,
    CASE WHEN quiet THEN 'suppressed' WHEN held THEN 'held' ELSE 'planned' END,
    CASE WHEN quiet THEN 'no_safe_contact' WHEN held THEN 'restored' END,
    due_at, CASE WHEN quiet THEN now() END
FROM jsonb_to_recordset($1) AS planned (delivery_id uuid, rule text, event_id uuid, event_type text,
    event_time timestamptz, subject uuid, territory_id text, correlation_id uuid, traceparent text,
    recipient_kind text, recipient_id uuid, channel text, channels jsonb, urgent boolean,
    due_at timestamptz, facts jsonb, quiet boolean),
LATERAL (SELECT EXISTS (SELECT FROM holds WHERE since <= event_time AND event_time < until) AS held) AS restored
ON CONFLICT DO NOTHING
"""


async def plan(tx: Transaction, planned: Sequence[Planned]) -> None:
    """Write deliveries once: those that exist, in whatever state, stay as they are."""
    if planned:
        await tx.execute(_PLAN, [asdict(one) for one in planned])


@dataclass(frozen=True, slots=True)
class Newer:
    """What an event made true of a subject. `about`: the fact that tells what it is of, where that is not the whole
    subject: one appointment, orientation or due date; of an appointment, as of its revision `sequence`. Of two events
    of one type and moment neither replaces the other."""

    type: str
    subject: UUID
    at: datetime
    about: Mapping[str, str] | None = None
    sequence: int | None = None


_OVERTAKE = """
WITH untrue AS (
    SELECT d.delivery_id, newer.at
    FROM jsonb_to_recordset($2) AS newer (type text, subject uuid, at timestamptz, about jsonb, sequence integer)
    JOIN deliveries AS d ON d.subject = newer.subject AND d.rule = ANY($1::text[]) AND d.event_time <= newer.at
        AND d.facts @> coalesce(newer.about, '{}') AND CASE WHEN newer.sequence IS NOT NULL
            THEN coalesce((d.facts ->> 'sequence')::integer < newer.sequence, true)
            ELSE d.event_type <> newer.type OR d.event_time < newer.at END
), looked_at AS (
    UPDATE tasks SET void_at = untrue.at FROM untrue
    WHERE task_id = untrue.delivery_id AND done_at IS NULL AND void_at IS NULL
)
UPDATE deliveries AS d SET overtaken = true FROM untrue
WHERE d.delivery_id = untrue.delivery_id AND d.state IN ('planned', 'waiting', 'held', 'sending') AND NOT d.overtaken
"""


async def overtake(tx: Transaction, rules: Sequence[str], newer: Sequence[Newer]) -> None:
    """Messages of these rules, caused earlier by what `newer` replaces, are no longer true, nor is what agents find of
    them in their inbox."""
    await tx.execute(_OVERTAKE, rules, [asdict(one) for one in newer])


async def was_never_told(tx: Transaction, delivery: Delivery) -> bool:
    """Whether messages about the same appointment were overtaken before a gateway was asked to take any: that it will
    not take place is then no news. Where it was not safe to write, they may have been told by word of mouth."""
    never: bool = await tx.fetchval(
        """SELECT coalesce(bool_and(
               overtaken AND attempts = 0 AND steps @? '$[*].tried ? (@ == true)' IS NOT TRUE), false)
           FROM deliveries
           WHERE subject = $1 AND recipient_id = $2 AND delivery_id <> $3
               AND (facts ->> 'appointment_id')::uuid = $4::uuid
               AND (facts ->> 'sequence')::integer < $5""",
        delivery.subject,
        delivery.recipient_id,
        delivery.delivery_id,
        delivery.facts.get("appointment_id"),
        delivery.facts.get("sequence", 0),
    )
    return never


# Sending --------------------------------------------------------------------------------------

_IN_HAND = """delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id, traceparent,
    recipient_kind, recipient_id, channel, channels, steps, facts, overtaken, in_doubt, attempts, sender, trying_since,
    version"""

PICK = f"""
WITH urgent AS MATERIALIZED (
    SELECT {_IN_HAND} FROM deliveries
    WHERE state = 'planned' AND channel = $1 AND urgent AND next_attempt_at <= $2
    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
), ordinary AS MATERIALIZED (
    SELECT {_IN_HAND} FROM deliveries
    WHERE state = 'planned' AND channel = $1 AND NOT urgent AND next_attempt_at <= $2
        AND NOT EXISTS (SELECT FROM urgent)
    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
SELECT * FROM urgent UNION ALL SELECT * FROM ordinary
"""  # noqa: S608 - constants only


async def pick(tx: Transaction, channel: str, now: datetime) -> Delivery | None:
    """The delivery of a channel that is longest due, the urgent ones first, locked until the transaction ends; None
    when none is due."""
    row = await tx.fetchrow(PICK, channel, now)
    return _delivery(row) if row else None


def _delivery(row: Any) -> Delivery:
    return Delivery(**(dict(row) | {"steps": tuple(map(Step.kept, row["steps"]))}))


async def begin(tx: Transaction, delivery: Delivery, sender: str, now: datetime, lease_until: datetime) -> Delivery:
    """It is being sent by `sender`, who speaks up before the lease ends. A doubtful one counts as sent again."""
    row = await tx.fetchrow(
        f"""UPDATE deliveries SET state = 'sending', reason = NULL, attempts = attempts + 1, sender = $2,
               lease_until = $3, resent = resent + in_doubt::integer, in_doubt = false,
               trying_since = coalesce(trying_since, $4)
           WHERE delivery_id = $1 RETURNING {_IN_HAND}""",  # noqa: S608 - constants only
        delivery.delivery_id,
        sender,
        lease_until,
        now,
    )
    assert row is not None, "it was locked"
    return _delivery(row)


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


_ITS_SENDER = "delivery_id = $1 AND sender IS NOT DISTINCT FROM $2 AND attempts = $3"
"""The attempt in hand is still the last one: nobody has taken the delivery over since."""

_SETTLE = f"""
UPDATE deliveries SET state = $4, reason = $5, settled_at = $6, steps = $7, reference = coalesce($8, reference),
    in_doubt = false, parts = parts + $10, version = version + 1
WHERE {_ITS_SENDER} AND state = ANY($9)
RETURNING version
"""  # noqa: S608 - constants only


async def settle(
    tx: Transaction,
    delivery: Delivery,
    state: State,
    reason: str | None,
    at: datetime,
    *,
    steps: Sequence[Step] = (),
    reference: str | None = None,
    parts: int = 0,
    before: Collection[State] = (State.SENDING, State.PLANNED),
) -> bool:
    """Note what became of it, with the channels left behind since it was taken; False when another sender has taken
    the delivery over since.

    A lease that ran out unnoticed by others (`planned` again) does not undo the gateway's yes.
    """
    kept = _steps(delivery, steps)
    version = await tx.fetchval(_SETTLE, *_attempt(delivery), state, reason, at, kept, reference, list(before), parts)
    return version is not None


_MOVE_ON = f"""
UPDATE deliveries SET state = 'planned', channel = $4, reason = NULL, next_attempt_at = $5, steps = $6, sender = NULL,
    reference = NULL, in_doubt = false, trying_since = NULL, settled_at = NULL
WHERE {_ITS_SENDER} AND state IN ('planned', 'sending', 'sent', 'delivered')
RETURNING pg_notify('deliveries', '')
"""  # noqa: S608 - constants only


async def heard_of(
    tx: Transaction, channel: str, delivery_id: UUID | None, reference: str | None, states: Collection[State]
) -> tuple[Delivery, State] | None:
    """The delivery that left by a channel, locked, and where it stands; None when it is in none of these states, or
    goes by another channel by now."""
    row = await tx.fetchrow(
        f"""SELECT state, {_IN_HAND} FROM deliveries
            WHERE channel = $1 AND (delivery_id = $2 OR reference = $3) AND state = ANY($4) AND sender IS NOT NULL
            FOR UPDATE""",  # noqa: S608 - constants only
        channel,
        delivery_id,
        reference,
        list(states),
    )
    if row is None:
        return None
    found = dict(row)
    state = State(found.pop("state"))
    return _delivery(found), state


async def move_on(tx: Transaction, delivery: Delivery, channel: str, now: datetime, steps: Sequence[Step] = ()) -> bool:
    """It goes on by another channel at once; False when another sender has taken the delivery over since.

    What was still to be noted of the channel before finds no row any more: its sender is forgotten.
    """
    row = await tx.fetchrow(_MOVE_ON, *_attempt(delivery), channel, now, _steps(delivery, steps))
    return row is not None


def _attempt(delivery: Delivery) -> tuple[UUID, str | None, int]:
    return delivery.delivery_id, delivery.sender, delivery.attempts


def _steps(delivery: Delivery, more: Sequence[Step]) -> list[dict[str, Any]]:
    return [asdict(step) for step in (*delivery.steps, *more)]


async def postpone(tx: Transaction, delivery: Delivery, reason: str, until: datetime, *, in_doubt: bool) -> None:
    """The attempt came to nothing: another one later. `in_doubt`: the gateway may have taken it all the same."""
    await tx.execute(
        f"""UPDATE deliveries SET state = 'planned', reason = $4, next_attempt_at = $5, in_doubt = $6
           WHERE {_ITS_SENDER} AND state = 'sending'""",  # noqa: S608 - constants only
        *_attempt(delivery),
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
               WHEN 'unknown_case' THEN EXISTS (SELECT FROM cases
                   WHERE case_id = (d.facts ->> 'case_id')::uuid AND quiet IS NOT NULL)
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


# Speed ----------------------------------------------------------------------------------------

_TURN = """
INSERT INTO paces AS known (channel, busy_until) VALUES ($1, $2::timestamptz + $3)
ON CONFLICT (channel) DO UPDATE SET busy_until = greatest(known.busy_until, $2::timestamptz) + $3
WHERE known.busy_until <= $2::timestamptz + $4
RETURNING busy_until
"""


async def turn(tx: Transaction, channel: str, rate: Rate, now: datetime) -> datetime | None:
    """Take one of the messages a gateway allows, for all senders together; else when the next one may be taken.

    The token bucket as one moment (GCRA, ITU-T I.371): what was handed over keeps the gateway busy until then, and it
    may be ahead of the clock by a burst.
    """
    if await tx.fetchval(_TURN, channel, now, rate.interval, rate.ahead) is not None:
        return None
    return await allowed_at(tx, channel, rate)


async def allowed_at(tx: Transaction, channel: str, rate: Rate) -> datetime | None:
    """From when on a gateway allows a message; None where it was never spoken to."""
    busy: datetime | None = await tx.fetchval("SELECT busy_until FROM paces WHERE channel = $1", channel)
    return busy - rate.ahead if busy else None


async def rest(tx: Transaction, channel: str, rate: Rate, until: datetime) -> None:
    """A gateway asks to be left alone: by every sender."""
    await tx.execute(
        """INSERT INTO paces AS known (channel, busy_until) VALUES ($1, $2)
           ON CONFLICT (channel) DO UPDATE SET busy_until = greatest(known.busy_until, excluded.busy_until)""",
        channel,
        until + rate.ahead,
    )

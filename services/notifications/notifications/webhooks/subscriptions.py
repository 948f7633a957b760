"""Subscriptions and their calls, for people: read and decided on under the actor's own rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.sealing import WrappedKey
from notifications.webhooks.model import TEST, State
from notifications.webhooks.store import key_subject

OVERLAP: Final = timedelta(hours=24)
"""How long the key before signs too, once a new one is given: time to put the new one in over there."""


class NoSuchSubscription(Exception):
    """None that the actor may see."""


class NoSuchOrganisation(Exception):
    """None that the actor may subscribe."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription as it is shown. `waiting`: calls not yet made."""

    webhook_id: UUID
    organisation_id: UUID
    organisation: str
    url: str
    event_types: Sequence[str]
    state: str
    reason: str | None
    subscribed_at: datetime
    failing_since: datetime | None
    next_attempt_at: datetime
    retires_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Called:
    """A call and its fate. `place` rises with time."""

    event_id: UUID
    place: int
    event_type: str
    event_time: datetime
    test: bool
    state: str
    attempts: int
    reason: str | None
    called_at: datetime | None


_LISTED = """
SELECT webhook_id, organisation_id, name AS organisation, url, event_types, state, reason, subscribed_at, failing_since,
    next_attempt_at, retires_at,
    (SELECT count(*) FROM webhook_calls AS c WHERE c.webhook_id = w.webhook_id AND c.state = 'waiting') AS waiting
FROM webhooks AS w JOIN organisations USING (organisation_id)
WHERE ($1::uuid IS NULL OR webhook_id = $1) AND ($2::uuid IS NULL OR webhook_id < $2)
ORDER BY webhook_id DESC LIMIT $3
"""


async def listed(tx: Transaction, *, after: UUID | None, limit: int) -> Sequence[Listed]:
    """Subscriptions the actor may see, newest first; `after` is the last one already shown."""
    return [Listed(**row) for row in await tx.fetch(_LISTED, None, after, limit)]


async def one(tx: Transaction, webhook_id: UUID) -> Listed:
    """Raises NoSuchSubscription."""
    row = await tx.fetchrow(_LISTED, webhook_id, None, 1)
    if row is None:
        raise NoSuchSubscription
    return Listed(**row)


async def calls(tx: Transaction, webhook_id: UUID, *, after: int | None, limit: int) -> Sequence[Called]:
    """Calls of a subscription, newest first; `after` is the last place already shown."""
    rows = await tx.fetch(
        """SELECT event_id, place, event_type, event_time, test, state, attempts, reason, called_at FROM webhook_calls
           WHERE webhook_id = $1 AND ($2::bigint IS NULL OR place < $2) ORDER BY place DESC LIMIT $3""",
        webhook_id,
        after,
        limit,
    )
    return [Called(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Organisation:
    organisation_id: UUID
    name: str


async def organisation(tx: Transaction, organisation_id: UUID) -> Organisation:
    """Raises NoSuchOrganisation."""
    row = await tx.fetchrow(
        "SELECT organisation_id, name FROM organisations WHERE organisation_id = $1 AND NOT retired", organisation_id
    )
    if row is None:
        raise NoSuchOrganisation
    return Organisation(**row)


async def organisations(tx: Transaction, words: str, limit: int) -> Sequence[Organisation]:
    """Organisations the actor may subscribe whose name holds these words."""
    rows = await tx.fetch(
        """SELECT organisation_id, name FROM organisations
           WHERE NOT retired AND strpos(lower(name), lower($1)) > 0 ORDER BY name, organisation_id LIMIT $2""",
        words,
        limit,
    )
    return [Organisation(**row) for row in rows]


# Deciding ---------------------------------------------------------------------------------------


async def subscribe(
    tx: Transaction,
    key: WrappedKey,
    *,
    webhook_id: UUID,
    organisation_id: UUID,
    url: str,
    event_types: Sequence[str],
    by: UUID | None,
    at: datetime,
) -> None:
    """From now on, these events are told there. Raises NoSuchOrganisation."""
    await organisation(tx, organisation_id)
    await tx.execute(
        """INSERT INTO webhooks (webhook_id, organisation_id, url, event_types, wrapped, master_key_id, subscribed_by,
               subscribed_at, next_attempt_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)""",
        webhook_id,
        organisation_id,
        url,
        list(event_types),
        key.wrapped,
        key.master_key_id,
        by,
        at,
    )


async def key_of(tx: Transaction, webhook_id: UUID) -> WrappedKey:
    """The key that signs. Raises NoSuchSubscription."""
    row = await tx.fetchrow("SELECT wrapped, master_key_id FROM webhooks WHERE webhook_id = $1", webhook_id)
    if row is None:
        raise NoSuchSubscription
    return WrappedKey(key_subject(webhook_id), row["wrapped"], row["master_key_id"])


# Whoever holds the subscription for a call loses hold of it: what they find out does not undo what was decided.
_RELEASED = "caller = NULL, lease_until = NULL, version = version + 1"


async def renew(tx: Transaction, webhook_id: UUID, key: WrappedKey, at: datetime) -> None:
    """Another key signs; the one before does too for `OVERLAP`. Raises NoSuchSubscription."""
    await _change(
        tx,
        webhook_id,
        """retiring_wrapped = wrapped, retiring_master_key_id = master_key_id, retires_at = $2, wrapped = $3,
           master_key_id = $4""",
        at + OVERLAP,
        key.wrapped,
        key.master_key_id,
    )


async def pause(tx: Transaction, webhook_id: UUID) -> None:
    """Calls wait. Raises NoSuchSubscription."""
    await _change(tx, webhook_id, "state = $2, reason = NULL", State.PAUSED)


async def resume(tx: Transaction, webhook_id: UUID, at: datetime) -> None:
    """What waits is called again, as if nothing had failed. Raises NoSuchSubscription."""
    await _change(
        tx,
        webhook_id,
        "state = $2, reason = NULL, failing_since = NULL, attempts = 0, next_attempt_at = $3",
        State.ACTIVE,
        at,
    )


async def remove(tx: Transaction, webhook_id: UUID) -> None:
    """It and its calls are forgotten. Raises NoSuchSubscription."""
    if await tx.fetchval("DELETE FROM webhooks WHERE webhook_id = $1 RETURNING true", webhook_id) is None:
        raise NoSuchSubscription


async def test(tx: Transaction, webhook_id: UUID, event_id: UUID, at: datetime) -> None:
    """One call that tells nothing, also where nothing else is called. Raises NoSuchSubscription."""
    await key_of(tx, webhook_id)
    await tx.execute(
        """INSERT INTO webhook_calls (webhook_id, event_id, event_type, event_time, subject, data, test)
           VALUES ($1, $2, $3, $4, $1, '{}', true)""",
        webhook_id,
        event_id,
        TEST,
        at,
    )


async def replay(tx: Transaction, webhook_id: UUID, since: datetime, at: datetime) -> int:
    """Call again, under the same ids, what was told since then. Returns how many. Raises NoSuchSubscription."""
    await _change(tx, webhook_id, "next_attempt_at = $2", at)
    count = await tx.fetchval(
        """WITH again AS (
               UPDATE webhook_calls SET state = 'waiting', attempts = 0, reason = NULL
               WHERE webhook_id = $1 AND event_time >= $2 AND state <> 'waiting' AND NOT test RETURNING 1)
           SELECT count(*) FROM again""",
        webhook_id,
        since,
    )
    return int(count)


async def _change(tx: Transaction, webhook_id: UUID, change: str, *values: object) -> None:
    done = await tx.fetchrow(
        f"UPDATE webhooks SET {change}, {_RELEASED} WHERE webhook_id = $1 RETURNING pg_notify('webhooks', '')",  # noqa: S608 - constants only
        webhook_id,
        *values,
    )
    if done is None:
        raise NoSuchSubscription


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day there."""
    return datetime.combine(day, time.min, zone)

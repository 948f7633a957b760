"""Dead letters: events that could not be handled, kept with the later ones of their key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid5

import asyncpg

from chassis.database import Database, Transaction
from chassis.handlers import Handlers
from chassis.inbox import handle
from contracts.envelope import LONGEST_ATTRIBUTE

_NAMESPACE = UUID("5f2d2b0c-5b0e-5d5c-9d0a-6c1f6d61696c")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event set aside. `reason` is for an operator and holds no personal data."""

    dead_letter_id: UUID
    topic: str
    partition: int
    record_offset: int
    key: str
    event_id: UUID | None
    event_type: str
    reason: str
    attempts: int
    state: str
    received_at: datetime
    decided_by: str | None
    decision_reason: str | None


class NothingWaits(Exception):
    """No waiting dead letter has that id or that key."""


_SELECT = """
SELECT dead_letter_id, topic, partition, record_offset, key, event_id, event_type, reason, attempts, state,
    received_at, decided_by, decision_reason, value FROM dead_letters
"""


async def keep(
    tx: Transaction,
    *,
    topic: str,
    partition: int,
    offset: int,
    key: str,
    event_id: UUID | None,
    event_type: str,
    headers: Mapping[str, str],
    value: bytes,
    reason: str,
    attempts: int,
) -> None:
    """Set a record aside, once whatever happens: what PostgreSQL would refuse in its names is replaced or cut."""
    await tx.execute(
        """INSERT INTO dead_letters (dead_letter_id, topic, partition, record_offset, key, event_id, event_type,
               headers, value, reason, attempts)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING""",
        uuid5(_NAMESPACE, f"{topic}/{partition}/{offset}"),
        topic,
        partition,
        offset,
        _storable(key),
        event_id,
        _storable(event_type),
        {_storable(name): _storable(text) for name, text in headers.items()},
        value,
        _storable(reason),
        attempts,
    )


def _storable(text: str) -> str:
    """Short enough for an index, and without NUL. An attribute of a well-formed event stays as it is."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:LONGEST_ATTRIBUTE]


async def listed(tx: Transaction, *, state: str = "waiting", limit: int = 100) -> list[DeadLetter]:
    """Dead letters in that state, oldest first."""
    order = "WHERE state = $1 ORDER BY received_at, topic, partition, record_offset LIMIT $2"
    return [_letter(row)[0] for row in await tx.fetch(_SELECT + order, state, limit)]


async def waiting(tx: Transaction) -> int:
    """How many wait for a decision."""
    return cast("int", await tx.fetchval("SELECT count(*) FROM dead_letters WHERE state = 'waiting'"))


async def show(tx: Transaction, dead_letter_id: UUID) -> tuple[DeadLetter, bytes]:
    """One dead letter and its bytes, in which personal data is sealed. Raises NothingWaits."""
    row = await tx.fetchrow(_SELECT + "WHERE dead_letter_id = $1", dead_letter_id)
    if row is None:
        raise NothingWaits
    return _letter(row)


def _letter(row: asyncpg.Record) -> tuple[DeadLetter, bytes]:
    fields = dict(row)
    value = cast("bytes", fields.pop("value"))
    return DeadLetter(**fields), value


async def discard(tx: Transaction, dead_letter_id: UUID, *, by: str, reason: str) -> None:
    """Give up one waiting letter; who and why are kept. Raises NothingWaits."""
    done = await tx.fetchval(
        """UPDATE dead_letters SET state = 'discarded', decided_at = now(), decided_by = $2, decision_reason = $3
           WHERE dead_letter_id = $1 AND state = 'waiting' RETURNING true""",
        dead_letter_id,
        by,
        reason,
    )
    if not done:
        raise NothingWaits


async def _replay_next(tx: Transaction, handlers: Handlers, *, topic: str, key: str, by: str, reason: str) -> bool:
    row: Any = await tx.fetchrow(
        """UPDATE dead_letters SET state = 'replayed', decided_at = now(), decided_by = $3, decision_reason = $4
           WHERE dead_letter_id = (
               SELECT dead_letter_id FROM dead_letters WHERE topic = $1 AND key = $2 AND state = 'waiting'
               ORDER BY partition, record_offset LIMIT 1 FOR UPDATE)
           RETURNING value""",
        topic,
        key,
        by,
        reason,
    )
    if row is None:
        return False
    received = handlers.read(topic, row["value"])
    if received is not None:  # else nobody here subscribes to it any more
        event_id = received.envelope.id
        fresh = await tx.fetchval("INSERT INTO inbox VALUES ($1) ON CONFLICT DO NOTHING RETURNING event_id", event_id)
        await handle(tx, handlers, [received], {fresh} if fresh else set())
    return True


async def replay(database: Database, handlers: Handlers, topic: str, key: str, *, by: str, reason: str) -> int:
    """Handle a key's waiting letters in their order, each in its own transaction.

    Returns how many went through. The first that fails raises what its handler raised; it
    and those after it keep waiting.
    """
    count = 0
    while True:
        async with database.transaction() as tx:
            if not await _replay_next(tx, handlers, topic=topic, key=key, by=by, reason=reason):
                return count
        count += 1

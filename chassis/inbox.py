"""What a batch of events does to the database: offsets, inbox and handlers in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from chassis.handlers import Handlers, Received, waves
from chassis.observability.traces import consume_span, recording
from contracts.topics import TOPICS


class Fenced(Exception):
    """Somebody else moved this partition on: what was read here is old."""


class KeyIsHeld(Exception):
    """An earlier event of one of these keys lies in the dead letters: later ones must join it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One partition's step: from the offset this consumer believes in to the next one to read. `heard_at` is when the
    newest event in between was told."""

    topic: str
    partition: int
    expected: int
    next_offset: int
    heard_at: datetime | None = None


# One round trip. The shared lock on the waiting letters makes a replay and a consumer take turns.
_ADMIT = """
WITH moved AS (
    UPDATE consumer_offsets AS o SET next_offset = m.next_offset, heard_at = greatest(o.heard_at, m.heard_at)
    FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $8::timestamptz[])
        AS m (topic, partition, expected, next_offset, heard_at)
    WHERE o.topic = m.topic AND o.partition = m.partition AND o.next_offset = m.expected
    RETURNING 1
), admitted AS (
    INSERT INTO inbox (event_id) SELECT unnest($5::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id
), held AS (
    SELECT 1 FROM dead_letters WHERE state = 'waiting'
    AND (topic, key) IN (SELECT * FROM unnest($6::text[], $7::text[])) LIMIT 1 FOR SHARE
)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM held) AS held,
       ARRAY(SELECT event_id FROM admitted) AS admitted
"""


async def admit(
    tx: Transaction, moves: Sequence[Move], event_ids: Sequence[UUID], keys: Iterable[tuple[str, str]]
) -> set[UUID]:
    """Move the partitions on and keep the ids not seen before; returns those.

    `keys` are (topic, key) of the events. Raises Fenced or KeyIsHeld: the transaction must
    then be rolled back.
    """
    topics, names = zip(*keys, strict=True) if keys else ((), ())
    [row] = await tx.fetch(
        _ADMIT,
        [move.topic for move in moves],
        [move.partition for move in moves],
        [move.expected for move in moves],
        [move.next_offset for move in moves],
        event_ids,
        topics,
        names,
        [move.heard_at for move in moves],
    )
    if row["moved"] != len(moves):
        raise Fenced
    if row["held"]:
        raise KeyIsHeld
    return set(row["admitted"])


async def handle(
    tx: Transaction, handlers: Handlers, received: Sequence[Received[Any]], admitted: set[UUID]
) -> list[Received[Any]]:
    """Give the events to their handlers: replicas always, the others once. Returns those given."""
    fresh: list[Received[Any]] = []
    left = set(admitted)
    for one in received:
        if handlers.subscription(one.envelope).replica:
            fresh.append(one)
        elif one.envelope.id in left:
            left.discard(one.envelope.id)  # the same event twice in one batch
            fresh.append(one)
    for wave in waves(handlers, fresh):
        with _spans(wave.received):
            await wave.subscription.handler(tx, wave.received)
    return fresh


@contextmanager
def _spans(received: Sequence[Received[Any]]) -> Iterator[None]:
    """A span per event. Not recorded, only an event alone names itself in the log lines; a restricted one never."""
    with ExitStack() as stack:
        told = [one for one in received if not TOPICS[one.data.topic].restricted]
        if len(told) == 1 or recording():
            for one in told:
                stack.enter_context(consume_span(one.envelope))
        yield


async def positions(tx: Transaction, partitions: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    """Where each partition continues; 0 for one never seen."""
    rows = await tx.fetch(
        """
        WITH asked AS (SELECT * FROM unnest($1::text[], $2::int[]) AS a (topic, partition)),
        made AS (
            INSERT INTO consumer_offsets (topic, partition, next_offset) SELECT topic, partition, 0 FROM asked
            ON CONFLICT DO NOTHING)
        SELECT topic, partition, coalesce(o.next_offset, 0) AS next_offset
        FROM asked LEFT JOIN consumer_offsets AS o USING (topic, partition)
        """,
        [topic for topic, _ in partitions],
        [partition for _, partition in partitions],
    )
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


FORGET = "DELETE FROM inbox WHERE handled_at < now() - interval '100 days'"
"""Run by the clock: no topic that is consumed once keeps its events that long."""

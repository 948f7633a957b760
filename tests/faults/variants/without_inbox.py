"""A service that only counts offsets: it remembers no event, fences nobody, and holds back no key."""

import runpy
import sys
from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis import consumer
from chassis.database import Transaction
from chassis.inbox import Move


async def admit(
    tx: Transaction, moves: Sequence[Move], event_ids: Sequence[UUID], keys: Iterable[tuple[str, str]]
) -> set[UUID]:
    for move in moves:
        await tx.execute(
            "UPDATE consumer_offsets SET next_offset = $3 WHERE topic = $1 AND partition = $2",
            move.topic,
            move.partition,
            move.next_offset,
        )
    return set(event_ids)


consumer.admit = admit  # type: ignore[attr-defined]

service = sys.argv.pop(1)
runpy.run_module(service, run_name="__main__")

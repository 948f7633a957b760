"""A service that trusts Kafka's offsets: it remembers no event, no position, and nothing that waits."""

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
    return set(event_ids)


consumer.admit = admit  # type: ignore[attr-defined]

service = sys.argv.pop(1)
runpy.run_module(service, run_name="__main__")

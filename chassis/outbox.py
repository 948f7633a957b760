"""Events leave through the outbox: written with the state they tell, in one transaction.

Bump the aggregate's version first (`UPDATE … SET version = version + 1 … RETURNING version`):
that serialises the writers of one key, so that rows of a key are in the order of its versions.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Database, Transaction
from contracts.envelope import Envelope, encode, named_headers
from contracts.events import EVENTS

COLUMNS = "event_id, topic, key, headers, value"
_TYPES = ("uuid", "text", "text", "jsonb", "bytea")


def rows_from(first: int, *beside: str) -> str:
    """The table expression whose parameters, from number `first` on, are those of `parameters`, for a service that
    inserts events in a statement of its own. `beside` are the types of columns it adds."""
    columns = (f"${number}::{type}[]" for number, type in enumerate((*_TYPES, *beside), first))
    return f"unnest({', '.join(columns)})"


def parameters(
    events: Sequence[Envelope],
) -> tuple[list[UUID], list[str], list[str], list[dict[str, str]], list[bytes]]:
    """Columns of the rows to write, in the order of `COLUMNS`."""
    return (
        [event.id for event in events],
        [EVENTS[event.type, event.version].topic for event in events],
        [event.subject for event in events],
        [named_headers(event) for event in events],
        [encode(event) for event in events],
    )


_INSERT = f"INSERT INTO outbox ({COLUMNS}) SELECT * FROM {rows_from(1)}"  # noqa: S608 - constants only


async def append(tx: Transaction, *events: Envelope) -> None:
    """Write events; they leave when the transaction commits, and only then."""
    if events:
        columns: Any = parameters(events)
        await tx.execute(_INSERT, *columns)


async def forget(tx: Transaction, topic: str, keys: Sequence[str]) -> None:
    """Write what makes a compacted topic forget these keys: records without a value."""
    await tx.execute(
        """INSERT INTO outbox (event_id, topic, key, headers, value)
           SELECT gen_random_uuid(), $1, key, '{}', '' FROM unnest($2::text[]) AS key""",
        topic,
        list(keys),
    )


QUIETLY = "set_config('maillage.quiet', 'on', true)"
"""Selected by a statement that writes events and whose caller rings a `Bell` once it is committed."""


class Bell:
    """Wakes the relay after commits that were made `QUIETLY`; several at once are told together.

    A ring that gets lost costs no more than the time until the relay looks by itself.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = False
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Say that something was committed."""
        self._wanted = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring(), name="bell")

    async def _ring(self) -> None:
        with suppress(OSError, TimeoutError, RuntimeError, asyncpg.PostgresError, asyncpg.InterfaceError):
            while self._wanted:
                self._wanted = False
                await self._database.pool.execute("NOTIFY outbox")

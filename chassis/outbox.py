"""Events leave through the outbox: written with the state they tell, in one transaction.

Bump the aggregate's version first (`UPDATE … SET version = version + 1 … RETURNING version`):
that serialises the writers of one key, so that rows of a key are in the order of its versions.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from contracts.envelope import Envelope, encode, named_headers
from contracts.events import EVENTS

ROWS = "unnest($%d::uuid[], $%d::text[], $%d::text[], $%d::jsonb[], $%d::bytea[])"
"""Source of outbox rows, for a service that inserts them in a statement of its own: see `rows_from`."""

COLUMNS = "event_id, topic, key, headers, value"


def rows_from(first: int) -> str:
    """The table expression whose parameters, from number `first` on, are those of `parameters`."""
    return ROWS % tuple(range(first, first + 5))


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

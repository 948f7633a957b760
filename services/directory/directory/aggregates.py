"""What the directory keeps: aggregates in the very form they are published in, each with its version."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Transaction
from chassis.handlers import Received
from chassis.observability.context import correlation_id
from chassis.observability.traces import current_traceparent
from contracts.envelope import Envelope, event, new_id
from contracts.events import EventData

SOURCE = "/maillage/directory"
State = TypeVar("State", bound=EventData)
_AT_ONCE = 1000
"""Events of one statement."""


class NotKept(Exception):
    """No such aggregate, or none that this actor may see."""


class Outdated(Exception):
    """The aggregate has another version than the one the writer saw."""


class Retired(Exception):
    """What is retired stays as it was."""


@dataclass(frozen=True, slots=True)
class Versioned(Generic[State]):
    """An aggregate as it stands. `version` is the `sequence` of the event that told it."""

    state: State
    version: int


def of_row(model: type[State], row: Record) -> Versioned[State]:
    """A row whose columns are the event's fields, and `version`."""
    return Versioned(model.model_validate(dict(row)), row["version"])


def saying(**values: Any) -> Callable[[State], State]:
    """What makes of an aggregate's state the same with other values, in the form they have in JSON or in the event."""
    return lambda known: type(known).model_validate(known.model_dump() | values)


def still_editable(known: Versioned[State] | None, expected: int) -> Versioned[State]:
    """The aggregate, when it is the one its editor saw. Raises NotKept, Retired or Outdated."""
    if known is None:
        raise NotKept
    if getattr(known.state, "retired", False):
        raise Retired
    if known.version != expected:
        raise Outdated
    return known


def telling(aggregate: Versioned[State], *, id: UUID, at: datetime) -> Envelope:
    """The event that tells an aggregate's state, in the chain of what is being done."""
    chain = correlation_id()
    return event(
        aggregate.state,
        id=id,
        source=SOURCE,
        sequence=aggregate.version,
        time=at,
        correlationid=UUID(chain) if chain else None,
        traceparent=current_traceparent(),
    )


def latest(received: Iterable[Received[State]]) -> Sequence[Versioned[State]]:
    """The newest state of each aggregate among events heard."""
    found: dict[str, Versioned[State]] = {}
    for one in received:
        known = found.get(one.envelope.subject)
        if known is None or one.envelope.sequence > known.version:
            found[one.envelope.subject] = Versioned(one.data, one.envelope.sequence)
    return list(found.values())


async def publish(tx: Transaction, aggregate: Versioned[State], *, id: UUID, at: datetime) -> None:
    """Tell the others, when the transaction that changed the aggregate commits."""
    await outbox.append(tx, telling(aggregate, id=id, at=at))


async def publish_all(tx: Transaction, aggregates: Iterable[Versioned[State]], *, at: datetime) -> None:
    """Tell the others of many at once, an event each."""
    events = [telling(one, id=new_id(), at=at) for one in aggregates]
    for first in range(0, len(events), _AT_ONCE):
        await outbox.append(tx, *events[first : first + _AT_ONCE])

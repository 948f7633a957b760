"""One act of intake: the rows it writes, the events it tells, and the chain of causes it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from chassis.observability.context import correlation_id
from chassis.observability.traces import current_traceparent
from contracts.envelope import Envelope, derived_id, event, new_id
from contracts.events import EventData

SOURCE = "/maillage/intake"


@dataclass(slots=True)
class Act:
    """Gathers what is written together. Nothing is stored before `write` or a statement of its own takes it."""

    time: datetime
    identify: Callable[[str], UUID]
    """The id of something this act makes, by a label: of a letter, the same label gives the same id."""
    main: UUID
    """The id of the event this act is about; without an earlier cause the chain begins with it."""
    correlationid: UUID
    causationid: UUID | None = None
    traceparent: str | None = None
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Table → rows, their values as JSON can hold them."""
    events: list[Envelope] = field(default_factory=list)

    @classmethod
    def here(cls, time: datetime) -> "Act":
        """What the HTTP request at hand does."""
        main, known = new_id(), correlation_id()
        correlation = UUID(known) if known else main
        return cls(time, lambda _: new_id(), main, correlation, None, current_traceparent())

    @classmethod
    def after(cls, cause: Envelope, origin: UUID) -> "Act":
        """What an event makes intake do, at the event's time; ids derive from `origin`."""
        identify = partial(derived_id, origin)
        return cls(cause.time, identify, identify("event"), cause.correlationid, cause.id, cause.traceparent)

    def add(self, table: str, **row: Any) -> None:
        """Write a row."""
        self.rows.setdefault(table, []).append(row)

    def tell(self, data: EventData, *, id: UUID, sequence: int) -> None:
        """Tell an event; `sequence` is the version of its aggregate."""
        self.events.append(
            event(
                data,
                id=id,
                source=SOURCE,
                sequence=sequence,
                time=self.time,
                correlationid=self.correlationid,
                causationid=self.causationid,
                traceparent=self.traceparent,
            )
        )

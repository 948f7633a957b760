"""The chain of causes an event written now belongs to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.handlers import Received
from chassis.observability.context import correlation_id
from chassis.observability.traces import current_traceparent
from contracts.envelope import Envelope, event
from contracts.events import EventData

SOURCE = "/maillage/intake"


@dataclass(frozen=True, slots=True)
class Chain:
    """What the events of one act have in common. Without a correlation, `first` begins one."""

    time: datetime
    correlationid: UUID | None = None
    causationid: UUID | None = None
    traceparent: str | None = None

    @classmethod
    def here(cls, time: datetime, first: UUID) -> "Chain":
        """The chain of the HTTP request at hand; `first` is the id of its main event."""
        known = correlation_id()
        return cls(time, UUID(known) if known else first, None, current_traceparent())

    @classmethod
    def after(cls, received: Received[Any]) -> "Chain":
        """The chain of what this event causes, at this event's time."""
        cause = received.envelope
        return cls(cause.time, cause.correlationid, cause.id, cause.traceparent)

    def tell(self, data: EventData, *, id: UUID, sequence: int) -> Envelope:
        """The event, ready for the outbox. `sequence` is the version of its aggregate."""
        return event(
            data,
            id=id,
            source=SOURCE,
            sequence=sequence,
            time=self.time,
            correlationid=self.correlationid,
            causationid=self.causationid,
            traceparent=self.traceparent,
        )

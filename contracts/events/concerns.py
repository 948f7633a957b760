"""child-concern: worries about a child. Restricted: an id and a date in clear, the rest for the cell alone."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from contracts.events.data import Day, EventData


class ConcernRaised(EventData):
    """Somebody worries about a child. The report is a compact JWE (RFC 7516) to the cell's public key: who wrote it
    cannot read it again, and neither can any service's master key."""

    topic: ClassVar[str] = "child-concern"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    received_on: Day
    report: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){4}$")]


class ConcernDue(EventData):
    """Something falls due in a worry about a child; what, only the cell knows."""

    topic: ClassVar[str] = "child-concern"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    due_on: Day

"""directory-events: what comes of projects deposited in answer to a call."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.events.data import Count, Day, EventData, OrganisationId, TerritoryId

KnownGrantOutcome = Literal["granted", "refused"]
GrantOutcome = KnownGrantOutcome | str
KnownGrantStage = Literal["early", "due", "overdue"]
GrantStage = KnownGrantStage | str


class GrantDecided(EventData):
    """An organisation's project is granted or refused; why it is refused is told to the organisation alone."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "project_id"

    project_id: UUID
    call_id: UUID
    organisation_id: OrganisationId
    territory_id: TerritoryId
    outcome: GrantOutcome
    asked_cents: Count
    granted_cents: Count = 0
    decided_on: Day
    report_due_on: Day | None = None
    agreement_id: Annotated[UUID | None, Field(description="the agreement the award is written in")] = None


class GrantReportDue(EventData):
    """The organisation has yet to say what it did with a grant."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "project_id"

    project_id: UUID
    call_id: UUID
    organisation_id: OrganisationId
    stage: GrantStage
    due_on: Day

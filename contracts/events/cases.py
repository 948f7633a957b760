"""cases-events: the life of a case."""

from typing import ClassVar, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime

from contracts.events.data import (
    AgentId,
    ConferenceScale,
    Count,
    Day,
    EventData,
    Part,
    PersonId,
    Positive,
    ProgrammeId,
    TerritoryId,
)
from contracts.sealed import Sealed

KnownPersonRole = Literal["concerned", "requester", "household", "relative", "social_network", "professional"]
PersonRole = KnownPersonRole | str
KnownFollowUpKind = Literal["conference_follow_up"]
FollowUpKind = KnownFollowUpKind | str
KnownFollowUpStage = Literal["early", "due", "overdue"]
FollowUpStage = KnownFollowUpStage | str
KnownFollowUpOutcome = Literal["carried_out", "partly_carried_out", "not_carried_out", "unknown"]
FollowUpOutcome = KnownFollowUpOutcome | str
KnownCloseReason = Literal["answered", "completed", "withdrawn", "merged", "moved", "no_news", "deceased"]
CloseReason = KnownCloseReason | str


def case_id_of(request_id: UUID) -> UUID:
    """The dossier of a request: known to every service before it is opened."""
    return uuid5(request_id, "case")


class CasePerson(Part):
    """A person's place in a case."""

    person_id: PersonId
    role: PersonRole


class CaseOpened(EventData):
    """A case exists; its programme keeps the version it began under."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    request_id: UUID | None = None
    programme: ProgrammeId
    programme_version: Positive
    territory_id: TerritoryId | None = None
    opened_on: Day
    people: tuple[CasePerson, ...] = ()


class ConferenceScheduled(EventData):
    """A conference has a date, every guest's safety being checked."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    conference_id: UUID
    scale: ConferenceScale
    meeting_at: AwareDatetime


class ConferenceRatified(EventData):
    """The plan was ratified. The follow-up's months run from the meeting, not from the ratification."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    conference_id: UUID
    scale: ConferenceScale
    met_on: Day
    ratified_on: Day
    follow_up_due_on: Day
    coordinator_id: AgentId
    members: tuple[PersonId, ...]
    action_count: Count
    plan: Sealed


class FollowUpDue(EventData):
    """Something of the case falls due; once per due date and stage."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    due_date_id: UUID
    kind: FollowUpKind
    stage: FollowUpStage
    due_on: Day
    agent_id: AgentId


class FollowUpRecorded(EventData):
    """The coordinator has contacted `contacted` distinct people of the family group."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    conference_id: UUID
    recorded_on: Day
    contacted: Count
    outcome: FollowUpOutcome


class CaseClosed(EventData):
    """Nothing more is expected of the case."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    closed_on: Day
    reason: CloseReason

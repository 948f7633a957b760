"""cases-events: the life of a case."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field
from uuid_utils.compat import uuid5

from contracts.events.data import (
    AgentId,
    ConferenceScale,
    Count,
    Day,
    EventData,
    OrganisationId,
    Part,
    PersonId,
    Positive,
    ProgrammeId,
    TerritoryId,
)
from contracts.sealed import Sealed

KnownPersonRole = Literal["concerned", "requester", "household", "relative", "social_network", "professional"]
PersonRole = KnownPersonRole | str
KnownFollowUpKind = Literal[
    "conference_follow_up",
    "orientation",
    "measure_end",
    "measure_ceiling",
    "task",
    "action",
    "appointment",
    "territorial_follow_up",
    "territorial_evaluation",
    "quarterly_meeting",
    "next_conference",
]
FollowUpKind = KnownFollowUpKind | str
KnownFollowUpStage = Literal["early", "due", "overdue"]
FollowUpStage = KnownFollowUpStage | str
KnownFollowUpOutcome = Literal["carried_out", "partly_carried_out", "not_carried_out", "no_longer_relevant", "unknown"]
FollowUpOutcome = KnownFollowUpOutcome | str
KnownCloseReason = Literal["answered", "completed", "withdrawn", "merged", "moved", "no_news", "deceased"]
CloseReason = KnownCloseReason | str


def case_id_of(request_id: UUID) -> UUID:
    """The dossier of a request: known to every service before it is opened."""
    return uuid5(request_id, "case")


def agreement_id_of(conference_id: UUID) -> UUID:
    """The agreement that comes of a territory's conference: known to every service before it is drafted."""
    return uuid5(conference_id, "agreement")


KnownOrientationAnswer = Literal["under_study", "accepted", "refused"]
OrientationAnswer = KnownOrientationAnswer | str
KnownOrientationRefusal = Literal[
    "full", "not_our_public", "out_of_area", "missing_documents", "person_unreachable", "person_declined", "other"
]
OrientationRefusal = KnownOrientationRefusal | str
KnownLinkOccasion = Literal["proposal", "renewal", "reminder", "escalation"]
LinkOccasion = KnownLinkOccasion | str
KnownAppointmentKind = Literal["first", "follow_up"]
AppointmentKind = KnownAppointmentKind | str
KnownPlaceKind = Literal["office", "phone", "home", "video"]
PlaceKind = KnownPlaceKind | str
KnownParty = Literal["person", "service"]
Party = KnownParty | str


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


class PlanLink(Part):
    """An address of their own, by which somebody of the family group reads the plan without an account. Nobody has
    one where no automatic message may leave."""

    person_id: PersonId
    link: Annotated[Sealed, Field(description="the secret end of the link's address")]
    expires_at: AwareDatetime


class CalendarEntry(Part):
    """A meeting as the calendars of those who are invited know it (RFC 5545): `uid` is the same for ever, `sequence`
    rises with each change. `ends_at` is a guess: a meeting lasts as long as it must."""

    uid: Annotated[str, Field(min_length=1)]
    sequence: Count
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class ConferenceScheduled(EventData):
    """A conference has a date, every guest's safety being checked; told again when it moves. `members`: who may be told
    so, nobody where no automatic message may leave."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    conference_id: UUID
    scale: ConferenceScale
    meeting_at: AwareDatetime
    members: tuple[PersonId, ...] = ()
    calendar: CalendarEntry | None = None


class ConferenceRatified(EventData):
    """The plan was ratified. The follow-up's months run from the meeting, not from the ratification.

    `members`: people, of a family conference. One of a territory has none: `territory_id` says which territory,
    `member_organisation_ids` which organisations ratified, `contract` that an agreement between them is to come of it;
    its `plan` is JSON: `title`, and `axes`, each with `title` and `actions` (`what`, `level`, `commune`,
    `organisation_id`, `indicator`, `by_when`, `checked_by`).

    `links`: who may be written to about it, and by which link each reads the plan; None before there were any."""

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
    territory_id: TerritoryId | None = None
    member_organisation_ids: tuple[OrganisationId, ...] = ()
    contract: bool = False
    links: tuple[PlanLink, ...] | None = None


class ConferenceStopped(EventData):
    """The meeting will not take place. Neither who stopped it nor why; `members`: who may be told so; `calendar`: what
    goes from their calendars, where it had a date."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    conference_id: UUID
    scale: ConferenceScale
    members: tuple[PersonId, ...] = ()
    calendar: CalendarEntry | None = None


class Orientation(Part):
    """Which orientation an event tells of: to which offer of which organisation, and the agent who proposed it."""

    case_id: UUID
    orientation_id: UUID
    offer_id: UUID
    organisation_id: OrganisationId
    agent_id: AgentId


class OrientationProposed(Orientation, EventData):
    """An organisation is asked whether it takes somebody; `answer_by`: an answer is expected before that day."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    answer_by: Day


class OrientationLinkIssued(Orientation, EventData):
    """A link by which the organisation answers without an account; the one before it no longer works."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    occasion: LinkOccasion
    answer_by: Day
    expires_at: AwareDatetime
    link: Annotated[Sealed, Field(description="the secret end of the link's address")]


class OrientationCodeAsked(Orientation, EventData):
    """Who holds the link asked for the one-time code, which goes to the organisation's registered address."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    code: Sealed
    expires_at: AwareDatetime


class OrientationAnswered(Orientation, EventData):
    """The organisation answered. `person_id`: whom to tell; nobody where no automatic message may leave."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    answer: OrientationAnswer
    reason: OrientationRefusal | None = None
    person_id: PersonId | None = None


class OrientationExpired(Orientation, EventData):
    """Nobody answered in time; `instead`: another offer of the same themes and territory, where there is one."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    instead: UUID | None = None


class OrientationWithdrawn(Orientation, EventData):
    """No answer is expected any more."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"


class Appointment(Part):
    """Which appointment an event tells of, as it now is. `uid` and `sequence` are those of an invitation (RFC 5545):
    the same for ever, and higher with each change. `person_ids`: whom to tell; nobody where no automatic message may
    leave. `place`: the address, or the link of a call, for whoever may read it."""

    case_id: UUID
    appointment_id: UUID
    uid: Annotated[str, Field(min_length=1)]
    sequence: Count
    kind: AppointmentKind
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place_kind: PlaceKind
    agent_ids: tuple[AgentId, ...] = ()
    person_ids: tuple[PersonId, ...] = ()
    place: Sealed | None = None


class AppointmentBooked(Appointment, EventData):
    """Somebody will be met, and agreed to it. `request_id`: the request it answers, where it does."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    request_id: UUID | None = None


class AppointmentMoved(Appointment, EventData):
    """Its time, its place or its agents are others. `before`: when it was to begin; `by`: who asked for it."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    before: AwareDatetime
    by: Party


class AppointmentCancelled(Appointment, EventData):
    """It will not take place. `by`: who asked for it."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    by: Party


class AppointmentKept(Appointment, EventData):
    """The person was met."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"


class AppointmentMissed(Appointment, EventData):
    """The person was not met. `by`: who did not come."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    by: Party


class MeasureSigned(EventData):
    """A contract of support (MASP) was signed, renewed or amended: what holds by it from now on. `level`: 1 support,
    2 support and management of benefits. `delegated_to`: the association that carries it out for the département."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    measure_id: UUID
    contract_id: UUID
    level: Annotated[int, Field(ge=1, le=2)]
    starts_on: Day
    ends_on: Day
    delegated_to: OrganisationId | None = None


class FollowUpDue(EventData):
    """Something of the case falls due; once per due date and stage. `orientation_id`: where it is an answer;
    `appointment_id`: where it is an appointment of that day, announced ahead (`early`) and never late; `person_id`: who
    promised to do it, and is reminded of it ahead."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    due_date_id: UUID
    kind: FollowUpKind
    stage: FollowUpStage
    due_on: Day
    agent_id: AgentId
    orientation_id: UUID | None = None
    appointment_id: UUID | None = None
    person_id: PersonId | None = None


class FollowUpRecorded(EventData):
    """The coordinator has contacted `contacted` distinct people of the family group; or, where it is a territory's
    conference, organisations that ratified. `kind`: which of what fell due was recorded. `links`: where the group
    agreed to share what came of the plan, who may be written to about it, and by which link each reads it."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    conference_id: UUID
    recorded_on: Day
    contacted: Count
    outcome: FollowUpOutcome
    kind: FollowUpKind = "conference_follow_up"
    links: tuple[PlanLink, ...] = ()


class CaseClosed(EventData):
    """Nothing more is expected of the case."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    closed_on: Day
    reason: CloseReason


class CaseReopened(EventData):
    """A closed case goes on."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    reopened_on: Day


class CaseTransferred(EventData):
    """Another territory, and an organisation there, take the case over from `transferred_on`."""

    topic: ClassVar[str] = "cases-events"
    key: ClassVar[str] = "case_id"

    case_id: UUID
    territory_id: TerritoryId
    organisation_id: OrganisationId
    transferred_on: Day

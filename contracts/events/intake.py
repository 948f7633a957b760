"""intake-events: what becomes of a request."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.events.data import (
    AgentId,
    Commune,
    Count,
    Day,
    EventData,
    OrganisationId,
    Part,
    PersonId,
    Positive,
    ProgrammeId,
    TerritoryId,
    Theme,
)
from contracts.sealed import Sealed

KnownChannel = Literal["desk", "phone", "web", "post", "email", "outreach", "partner"]
Channel = KnownChannel | str
KnownUrgency = Literal["ordinary", "soon", "immediate"]
Urgency = KnownUrgency | str
KnownRequesterRole = Literal["self", "relative", "social_network", "social_service", "school", "other_partner"]
RequesterRole = KnownRequesterRole | str


class ReceivedBy(Part):
    """Who took the request in; all empty for the public form."""

    agent_id: AgentId | None = None
    organisation_id: OrganisationId | None = None
    place: str | None = None


class Declined(Part):
    """The programme that was asked for and is not possible. The reason stays in intake: the reader may be
    the person it protects from."""

    programme: ProgrammeId


class Answer(Part):
    """The answer to a question of the programme asked for (`declined`, where there is one). One of the two: `given`,
    or `sealed` under the request's key where it is free text or sensitive, as JSON."""

    name: str
    given: bool | int | str | tuple[str, ...] | None = None
    sealed: Sealed | None = None


class Requester(Part):
    """Who asks; no `person_id` when they stay anonymous."""

    person_id: PersonId | None = None
    role: RequesterRole


class Concerned(Part):
    """Who the request is about."""

    person_id: PersonId | None = None
    minor: bool


class RequestSubmitted(EventData):
    """A request was accepted, and an answer promised; `answered_at`: one was given while it was taken in, and the
    promise is kept already."""

    topic: ClassVar[str] = "intake-events"
    key: ClassVar[str] = "request_id"

    request_id: UUID
    reference: str
    channel: Channel
    received_at: AwareDatetime
    received_by: ReceivedBy
    territory_id: TerritoryId | None = None
    commune: Commune
    programme: ProgrammeId
    programme_version: Positive
    declined: Declined | None = None
    themes: tuple[Theme, ...]
    urgency: Urgency
    requester: Requester
    concerned: Concerned
    household_id: UUID | None = None
    promised_on: Day
    answered_at: AwareDatetime | None = None
    summary: Sealed | None = None
    answers: tuple[Answer, ...] = ()


class RequestAnswered(EventData):
    """An answer was given, while the request was taken in or later. `working_days` counts those from the day it was
    received to the day of the answer, by the holidays of the place: 0 on the same day. `person_id`: whom to tell, who
    asked for themself; nobody where they were told there and then, or are told of the appointment that answers."""

    topic: ClassVar[str] = "intake-events"
    key: ClassVar[str] = "request_id"

    request_id: UUID
    answered_at: AwareDatetime
    promised_on: Day
    working_days: Count
    person_id: PersonId | None = None


class RequestWithdrawn(EventData):
    """The request was taken back; what the law requires goes on without it."""

    topic: ClassVar[str] = "intake-events"
    key: ClassVar[str] = "request_id"

    request_id: UUID


class RequestMerged(EventData):
    """An agent decided that this request and `into` are the same."""

    topic: ClassVar[str] = "intake-events"
    key: ClassVar[str] = "request_id"

    request_id: UUID
    into: UUID


class RequestSeparated(EventData):
    """That decision was undone: this request and `out_of` are two again."""

    topic: ClassVar[str] = "intake-events"
    key: ClassVar[str] = "request_id"

    request_id: UUID
    out_of: UUID


class PromiseMissed(EventData):
    """The promised day has passed without an answer."""

    topic: ClassVar[str] = "intake-events"
    key: ClassVar[str] = "request_id"

    request_id: UUID
    promised_on: Day

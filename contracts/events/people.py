"""intake-people: people, how they may be reached, and what they agreed to."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.events.data import EventData, OrganisationId, Part, PersonId, ProgrammeId
from contracts.sealed import Sealed

KnownContactKind = Literal["email", "phone", "post"]
ContactKind = KnownContactKind | str
KnownConsentKind = Literal["programme", "sharing", "messages"]
ConsentKind = KnownConsentKind | str
KnownConsentForm = Literal["signature", "oral", "online"]
ConsentForm = KnownConsentForm | str


class ContactPoint(Part):
    """One way to reach a person. Nothing is sent unless `safe_to_write` was recorded; `neutral` asks for a
    sender and words that reveal nothing."""

    contact_point_id: UUID
    kind: ContactKind
    value: Sealed
    safe_to_write: bool
    neutral: bool


class PersonState(Part):
    """All that is known of a person, each time it is said."""

    person_id: PersonId
    name: Sealed | None = None
    birth_date: Sealed | None = None
    language: str | None = None
    contact_points: tuple[ContactPoint, ...] = ()


class PersonRecorded(PersonState, EventData):
    """A person is known for the first time."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"


class PersonChanged(PersonState, EventData):
    """What is known of a person, after a change."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"


class PersonIntroduced(PersonState, EventData):
    """A person met while a case is worked on (an invitee); written by cases, adopted by intake."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"


class ConsentGiven(EventData):
    """A person, or somebody entitled to for them (`given_by`), agreed."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"

    consent_id: UUID
    person_id: PersonId
    kind: ConsentKind
    programme: ProgrammeId | None = None
    organisation_id: OrganisationId | None = None
    given_how: ConsentForm
    given_at: AwareDatetime
    given_by: PersonId | None = None


class ConsentWithdrawn(EventData):
    """A consent was taken back."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"

    consent_id: UUID
    person_id: PersonId
    kind: ConsentKind
    withdrawn_at: AwareDatetime


class PersonsMerged(EventData):
    """An agent decided that this person and `into` are the same. The strictest safe-contact rule wins."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"

    person_id: PersonId
    into: PersonId

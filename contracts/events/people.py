"""intake-people: people, how they may be reached, and what they agreed to."""

from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.data import EventData, OrganisationId, Part, PersonId, ProgrammeId
from contracts.sealed import Sealed

KnownContactKind = Literal["email", "phone", "post"]
ContactKind = KnownContactKind | str
KnownConsentKind = Literal["programme", "sharing", "messages"]
ConsentKind = KnownConsentKind | str
KnownConsentForm = Literal["signature", "oral", "online"]
ConsentForm = KnownConsentForm | str
KnownProtection = Literal["curatorship", "guardianship", "family_habilitation", "safeguard_of_justice"]
ProtectionKind = KnownProtection | str
KnownOwnAgreement = Literal["to_seek", "given", "refused", "cannot_say"]
OwnAgreement = KnownOwnAgreement | str
Weekday = Annotated[int, Field(ge=1, le=7, description="ISO 8601: 1 is Monday")]


class Hours(Part):
    """Hours of the week at which somebody may be reached, by the clock of the deployment's zone. `closes` is the
    first moment at which they no longer may."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    opens: time
    closes: time

    def include(self, local: datetime) -> bool:
        """Whether they may be reached at that local moment."""
        return local.isoweekday() in self.weekdays and self.opens <= local.time() < self.closes

    def opening(self, local: datetime) -> datetime:
        """The first moment from that local one on at which they may be reached."""
        if self.include(local):
            return local
        days = (local.date() + timedelta(days=number) for number in range(8))
        openings = (
            datetime.combine(day, self.opens, local.tzinfo) for day in days if day.isoweekday() in self.weekdays
        )
        return next(one for one in openings if one > local)


class ContactPoint(Part):
    """One way to reach a person. Nothing is sent unless `safe_to_write` was recorded; `neutral` asks for a
    sender and words that reveal nothing. `never`: the person forbids this one, whatever else is said of it. `hours`:
    only then (none: at any time)."""

    contact_point_id: UUID
    kind: ContactKind
    value: Sealed
    safe_to_write: bool
    neutral: bool
    never: bool = False
    hours: tuple[Hours, ...] = ()

    def open_at(self, local: datetime) -> bool:
        """Whether the person may be reached this way at that local moment."""
        return not self.never and self.opening(local) <= local

    def opening(self, local: datetime) -> datetime:
        """The first moment from that local one on at which its hours allow it."""
        return min((one.opening(local) for one in self.hours), default=local)


class Protection(Part):
    """A legal protection of an adult. The person's own agreement is sought all the same (Code civil, 457-1 and 459):
    `own_agreement` says what came of it."""

    kind: ProtectionKind
    protector: str | None = None
    """Who assists or represents them, and how to reach them."""
    own_agreement: OwnAgreement = "to_seek"


class Needs(Part):
    """What somebody needs wherever they are met, recorded once. Travels as its JSON, sealed (`PersonState.needs`)."""

    interpreter: str | None = None
    """BCP 47: the language to interpret."""
    sign_language: bool = False
    reading_help: bool = False
    protection: Protection | None = None


class PersonState(Part):
    """All that is known of a person, each time it is said."""

    person_id: PersonId
    name: Sealed | None = None
    birth_date: Sealed | None = None
    language: str | None = None
    """BCP 47: the one they asked to be written to in."""
    contact_points: tuple[ContactPoint, ...] = ()
    needs: Annotated[Sealed | None, Field(description="JSON of Needs; absent: none is known")] = None


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


class PersonsSeparated(EventData):
    """That decision was undone: this person and `out_of` are two people again, each reached as before."""

    topic: ClassVar[str] = "intake-people"
    key: ClassVar[str] = "person_id"

    person_id: PersonId
    out_of: PersonId

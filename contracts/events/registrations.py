"""directory-registrations: what those who registered for a collective action have yet to learn.

Each says where its reader is written to, under a key that travels with it and nowhere else: nobody but who writes the
message has it, and it is gone from the topic when the message is.
"""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.data import EventData, Part, TerritoryId
from contracts.sealed import Sealed

KnownRegistrationNews = Literal["place", "changed", "cancelled"]
RegistrationNews = KnownRegistrationNews | str


class AnnouncedSession(Part):
    """One meeting, as calendars know it (RFC 5545): `sequence` rises with each change of it."""

    uid: Annotated[str, Field(min_length=1)]
    sequence: Annotated[int, Field(ge=0)]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    cancelled: bool = False


class RegistrationToTell(EventData):
    """Somebody who comes to an action, or waits for a place in it, is to learn of something. `place`: one got free,
    and is theirs; `changed`: a date or the place is another one; `cancelled`: it does not take place. Neither what the
    action is nor why they come is said. `starts_at`: what comes next of it or, cancelled, would have come."""

    topic: ClassVar[str] = "directory-registrations"
    key: ClassVar[str] = "registration_id"

    registration_id: UUID
    news: RegistrationNews
    waiting: Annotated[bool, Field(description="they wait for a place")]
    territory_id: TerritoryId | None = None
    starts_at: AwareDatetime
    sessions: tuple[AnnouncedSession, ...]
    contact_kind: Literal["email", "phone"] | str
    contact: Sealed
    neutral: Annotated[bool, Field(description="they asked that nothing show")] = False
    wrapped: Annotated[str, Field(min_length=1, description="base64 of their key, wrapped by the master key")]
    master_key_id: Annotated[str, Field(min_length=1)]


class RegistrationForgotten(EventData):
    """They come no more, or it is over: nothing is kept of who it was, nor told any more."""

    topic: ClassVar[str] = "directory-registrations"
    key: ClassVar[str] = "registration_id"

    registration_id: UUID

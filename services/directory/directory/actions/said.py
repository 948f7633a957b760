"""What is submitted about actions and by those who come."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic import ValidationError as _Invalid

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.envelope import new_id
from contracts.events.data import TerritoryId
from directory.actions.model import Audience, Kind, Session
from directory.contact_points import Email, Phone
from directory.typed import Text, Title, plausible

Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
Places = Annotated[int, Field(ge=1, le=10_000)]
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_PHONE: TypeAdapter[str] = TypeAdapter(Phone)


def _reachable(value: str) -> str:
    for kind in (_EMAIL, _PHONE):
        try:
            return kind.validate_python(value)
        except _Invalid:
            continue
    raise FieldError(N_("Indiquez un numéro de téléphone ou une adresse électronique valable."))


FirstName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Contact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3), AfterValidator(_reachable)]


class Said(BaseModel):
    """Something submitted; what it does not provide for is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionSaid(Said):
    """A session; the id of one that exists already moves it."""

    session_id: UUID | None = None
    starts_at: Moment
    ends_at: Moment

    @property
    def session(self) -> Session:
        return Session(self.session_id or new_id(), self.starts_at, self.ends_at)


class ActionSaid(Said):
    """An action as who organises it writes it. `organisation_id`: for another organisation than one's own."""

    kind: Kind
    title: Title
    about: Text
    organisation_id: UUID | None = None
    audience: Audience = Audience.PUBLIC
    audience_organisation_ids: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    territory_ids: Annotated[tuple[TerritoryId, ...], Field(min_length=1, max_length=200)]
    site_id: UUID | None = None
    place: Title | None = None
    places: Places | None = None
    sessions: Annotated[tuple[SessionSaid, ...], Field(min_length=1, max_length=60)]

    @property
    def written(self) -> dict[str, Any]:
        """The fields of an action that are written as they are said; its organiser and its sessions apart."""
        return {name: value for name, value in self if name not in ("organisation_id", "sessions")}


class Person(Said):
    """Somebody who comes: a first name, and one way to tell them if something changes. Nobody asks why.
    `neutral`: what they are written shows nothing of it."""

    name: FirstName
    contact: Contact
    neutral: bool = False


class Attendance(Said):
    """Who came to a session, and who did not; `others`: how many came without having registered."""

    present: Annotated[frozenset[UUID], Field(max_length=10_000)] = frozenset()
    absent: Annotated[frozenset[UUID], Field(max_length=10_000)] = frozenset()
    others: Annotated[int | None, Field(ge=0, le=100_000)] = None

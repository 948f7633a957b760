"""directory-events: organisations asked to confirm what the directory says of them."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from contracts.events.data import EventData, OrganisationId
from contracts.sealed import Sealed

KnownConfirmationOccasion = Literal["campaign", "renewal"]
ConfirmationOccasion = KnownConfirmationOccasion | str


class ConfirmationAsked(EventData):
    """A link by which the organisation confirms or corrects its entry without an account; the one before it no longer
    works. `campaign`: its turn has come; `renewal`: its holder asked for a new one."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "organisation_id"

    organisation_id: OrganisationId
    occasion: ConfirmationOccasion
    expires_at: AwareDatetime
    link: Annotated[Sealed, Field(description="the secret end of the link's address")]

"""Offers: what an organisation does for people, where, for whom and when."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events import OfferPublished
from contracts.events.data import TerritoryId
from directory.contact_points import Email, Phone
from directory.vocabulary import Thematique

Age = Annotated[int, Field(ge=0, le=130)]


class UnknownOrganisation(Exception):
    """The organisation does not exist or is retired."""


class Offer(BaseModel):
    """What is said about an offer. Ages limit the person concerned, both included; `opening_hours` is in the
    OpenStreetMap syntax."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=2, max_length=200)]
    themes: Annotated[tuple[Thematique, ...], Field(min_length=1, max_length=80)]
    territory_ids: Annotated[tuple[TerritoryId, ...], Field(min_length=1, max_length=200)]
    audience: Annotated[str, Field(max_length=1000)] | None = None
    age_from: Age | None = None
    age_to: Age | None = None
    address: Annotated[str, Field(max_length=300)] | None = None
    opening_hours: Annotated[str, Field(max_length=500)] | None = None
    email: Email | None = None
    phone: Phone | None = None

    @field_validator("age_to")
    @classmethod
    def _in_order(cls, value: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("age_from")
        if value is not None and first is not None and value < first:
            raise FieldError(N_("L'âge le plus haut ne peut pas être sous l'âge le plus bas."))
        return value

    def named(self, offer_id: UUID, organisation_id: UUID) -> OfferPublished:
        """The state of the offer of that id."""
        fields = self.model_dump(exclude={"organisation_id"})
        return OfferPublished(offer_id=offer_id, organisation_id=organisation_id, **fields)


class NewOffer(Offer):
    """An offer and whose it is, for good."""

    organisation_id: UUID

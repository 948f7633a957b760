"""Offers: what an organisation does for people, where, for whom and when."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events import OfferPublished, SitePublished
from contracts.events.data import TerritoryId
from contracts.events.partners import Capacity as Room
from directory.aggregates import saying
from directory.contact_points import Email, Link, Phone
from directory.dated import Closures, Notices
from directory.hours.model import Expression
from directory.sites.model import address_of
from directory.vocabulary import (
    EVERYBODY,
    Area,
    Fees,
    Kind,
    Language,
    LegalProfession,
    LegalSubject,
    Mobilisation,
    Mobiliser,
    Public,
    Reception,
    Thematique,
)

Age = Annotated[int, Field(ge=0, le=130)]
Many = Annotated[int, Field(ge=0, le=100_000)]
Note = Annotated[str, Field(min_length=1, max_length=1000)]
APART: Final = frozenset({"places", "capacity", "closures", "notices"})
"""What is also said apart from the rest: unsaid in an edit of the whole, it stays what it is."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Said):
    """The offer at a site, in its own premises or somebody else's; without `hours`, those of the site."""

    site_id: UUID
    hours: Expression | None = None
    closures: Closures = ()
    note: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    phone: Phone | None = None
    email: Email | None = None


class Capacity(_Said):
    """Room at an offer. `reserved`: places kept for those the platform sends; `left`: of all places; `waiting_days`:
    until a first meeting. Unsaid: not known."""

    reserved: Many | None = None
    left: Many | None = None
    waiting_days: Annotated[int, Field(ge=0, le=3650)] | None = None

    def told(self, on: date) -> Room | None:
        """As published; None where nothing is known."""
        return Room(on=on, **self.model_dump()) if self.model_dump(exclude_none=True) else None


class LegalAccess(_Said):
    """Free legal advice: by whom, on what (anything, unless it is said), and whether one must book."""

    profession: LegalProfession
    subjects: Annotated[tuple[LegalSubject, ...], Field(max_length=20)] = ()
    booking: bool = False

    @field_validator("subjects")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


class Offer(_Said):
    """What is said about an offer. Ages limit the person concerned, both included."""

    name: Annotated[str, Field(min_length=2, max_length=200)]
    themes: Annotated[tuple[Thematique, ...], Field(min_length=1, max_length=80)]
    territory_ids: Annotated[tuple[TerritoryId, ...], Field(max_length=200)]
    audience: Note | None = None
    age_from: Age | None = None
    age_to: Age | None = None
    email: Email | None = None
    phone: Phone | None = None
    description: Annotated[str, Field(min_length=5, max_length=10_000)] | None = None
    kind: Kind | None = None
    publics: Annotated[tuple[Public, ...], Field(max_length=20)] = ()
    conditions: Annotated[str, Field(min_length=1, max_length=5000)] | None = None
    fees: Fees | None = None
    fees_note: Note | None = None
    reception: Annotated[tuple[Reception, ...], Field(max_length=2)] = ()
    mobilisation: Annotated[tuple[Mobilisation, ...], Field(max_length=10)] = ()
    mobilised_by: Annotated[tuple[Mobiliser, ...], Field(max_length=2)] = ()
    mobilisation_note: Note | None = None
    mobilisation_link: Link | None = None
    languages: Annotated[tuple[Language, ...], Field(max_length=50)] = ()
    area: Annotated[tuple[Area, ...], Field(max_length=2000)] = ()
    places: Annotated[tuple[Place, ...], Field(max_length=100)] = ()
    capacity: Capacity | None = None
    closures: Closures = ()
    notices: Notices = ()
    weekly_hours: Annotated[float, Field(ge=0, le=168)] | None = None
    weeks: Annotated[int, Field(ge=1, le=1000)] | None = None
    legal_access: LegalAccess | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    @field_validator("age_to")
    @classmethod
    def _ages_in_order(cls, value: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("age_from")
        if value is not None and first is not None and value < first:
            raise FieldError(N_("L'âge le plus haut ne peut pas être sous l'âge le plus bas."))
        return value

    @field_validator("ends_on")
    @classmethod
    def _days_in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("starts_on")
        if value is not None and first is not None and value < first:
            raise FieldError(N_("Le dernier jour ne peut pas précéder le premier."))
        return value

    @field_validator("publics")
    @classmethod
    def _everybody_or_some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if EVERYBODY in value and len(value) > 1:
            raise FieldError(N_("« Tous publics » ne va avec aucun autre public. Choisissez l'un ou l'autre."))
        return value

    @field_validator("themes", "publics", "reception", "mobilisation", "mobilised_by", "languages", "area")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("places")
    @classmethod
    def _a_site_once(cls, value: tuple[Place, ...]) -> tuple[Place, ...]:
        if len({place.site_id for place in value}) < len(value):
            raise FieldError(N_("Un lieu n'est indiqué qu'une fois. Réunissez ses horaires."))
        return value

    def renewed(self, known: OfferPublished, on: date) -> OfferPublished:
        """What an offer becomes on that day. What is said apart and not here stays."""
        return saying(**self._values(on, leaving=APART - self.model_fields_set))(known)

    def _values(self, on: date, leaving: frozenset[str] = frozenset()) -> dict[str, Any]:
        values = self.model_dump(exclude={*leaving, "organisation_id"})
        if "capacity" in values:
            values["capacity"] = self.capacity.told(on) if self.capacity else None
        return values


class NewOffer(Offer):
    """An offer and whose it is, for good."""

    organisation_id: UUID

    def named(self, offer_id: UUID, on: date) -> OfferPublished:
        """The offer of that id, as it begins on that day."""
        return OfferPublished(offer_id=offer_id, organisation_id=self.organisation_id, **self._values(on))


def at_places(offer: OfferPublished, sites: Mapping[UUID, SitePublished]) -> OfferPublished:
    """The offer with the address and the hours of its first place, for those who keep no sites. An offer without places
    keeps what it says itself."""
    if not offer.places:
        return offer
    first = offer.places[0]
    site = sites.get(first.site_id)
    made = {
        "address": address_of(site) if site else None,
        "opening_hours": first.hours or (site.hours if site else None),
    }
    return offer.model_copy(update=made)


def sites_of(offers: Sequence[OfferPublished]) -> set[UUID]:
    """Where they are made."""
    return {place.site_id for offer in offers for place in offer.places}

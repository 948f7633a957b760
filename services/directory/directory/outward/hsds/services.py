"""Offers as services of the standard, alone or at their places.

What nobody may read without signing in is not here: people to call, who said what. Values of no vocabulary stay out of
taxonomies and are told as text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.web import dates
from chassis.web.translations import N_, translate
from contracts import communes
from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import Closure, Notice, OfferPlace
from directory.hours.places import place_in
from directory.outward.hsds import shapes
from directory.outward.hsds.locations import location, premises
from directory.outward.hsds.organizations import listed_organization
from directory.outward.hsds.pieces import (
    classified,
    email,
    filled,
    instant,
    label,
    offer_at,
    phones,
    provenance,
    sentences,
    uri,
)
from directory.outward.hsds.schedules import schedules
from directory.outward.hsds.taxonomies import GROUPS, LAW, LAWYERS, MODES, THEMES, TYPES, known, made
from directory.vocabulary import FEES, MOBILISATION, MOBILISED_BY, PUBLICS, SIGNED, area_name, languages

_UNIT: Final = made("unit", "place")
_FREE: Final = "gratuit"
_SIGN_LANGUAGE: Final = "fsl"
"""ISO 639-3."""
_EPCI: Final = 9
"""Digits of the SIREN number of an EPCI; of a commune's code five, of a département's two or three."""
_COMMUNE: Final = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer with whose it is and where it is held. `in_time`: today lies between its first and its last day."""

    offer: OfferPublished
    changed_at: datetime
    in_time: bool
    organisation: OrganisationPublished | None = None
    sites: Mapping[UUID, SitePublished] = field(default_factory=dict)

    @property
    def places(self) -> Iterator[tuple[OfferPlace, SitePublished]]:
        """Where it is held, in premises that serve."""
        for place in self.offer.places:
            site = self.sites.get(place.site_id)
            if site and not site.retired:
                yield place, site

    @property
    def status(self) -> shapes.Status:
        """Withdrawn, out of its days, or in function."""
        if self.offer.retired:
            return "defunct"
        return "active" if self.in_time else "inactive"


@dataclass(frozen=True, slots=True)
class Around:
    """What is told around entries: today, and the deployment's clock."""

    today: date
    zone: ZoneInfo


def service(entry: Entry, around: Around) -> shapes.Service:
    """One with everything that belongs to it."""
    offer = entry.offer
    if offer.retired:
        return withdrawn(entry)
    lists: shapes.Service = filled(
        organization=entry.organisation and listed_organization(entry.organisation),
        phones=phones(offer.offer_id, offer.phone),
        schedules=[] if offer.places else schedules(offer.opening_hours, offer.offer_id, around.zone, offer),
        service_areas=[_area(offer, code) for code in offer.area],
        service_at_locations=[_held(offer, place, site, around) for place, site in entry.places],
        languages=[_language(offer, code) for code in offer.languages],
        cost_options=_costs(offer),
        capacities=_capacities(offer),
        attributes=list(_attributes(offer)),
    )
    return listed_service(entry, around) | lists


def listed_service(entry: Entry, around: Around) -> shapes.Service:
    """One with its own fields alone."""
    offer = entry.offer
    if offer.retired:
        return withdrawn(entry)
    texts: shapes.Service = filled(
        description=offer.description,
        url=uri(offer.mobilisation_link) or uri(offer.source_link),
        email=email(offer.email),
        application_process=_how_to_ask(offer),
        fees_description=sentences(label(FEES, offer.fees), offer.fees_note),
        eligibility_description=_for_whom(offer),
        minimum_age=offer.age_from,
        maximum_age=offer.age_to,
        assured_date=offer.assured and offer.assured.on.isoformat(),
        alert=" ".join(_alerts(offer, around.today)),
    )
    return withdrawn(entry) | texts


def withdrawn(entry: Entry) -> shapes.Service:
    """What is still said of what is no longer offered."""
    offer, at = entry.offer, instant(entry.changed_at)
    return {"id": str(offer.offer_id), "name": offer.name, "status": entry.status, "last_modified": at}


def at_location(entry: Entry, place: OfferPlace, site: SitePublished, around: Around) -> shapes.ServiceAtLocation:
    """An offer at one of its places, with everything that belongs to both."""
    told = _held(entry.offer, place, site, around)
    told["service"] = service(entry, around)
    return told


def listed_at_location(
    entry: Entry, place: OfferPlace, site: SitePublished, around: Around
) -> shapes.ServiceAtLocation:
    """The same with their own fields alone."""
    told: shapes.ServiceAtLocation = filled(
        id=str(offer_at(entry.offer.offer_id, site.site_id)),
        description=place.note,
        location=premises(site),
        service=listed_service(entry, around),
    )
    return told


def _held(offer: OfferPublished, place: OfferPlace, site: SitePublished, around: Around) -> shapes.ServiceAtLocation:
    identity, mailbox = offer_at(offer.offer_id, site.site_id), email(place.email)
    zone = place_in(site.commune, around.zone).zone
    told: shapes.ServiceAtLocation = filled(
        id=str(identity),
        description=place.note,
        location=location(site, around.zone),
        contacts=[{"id": str(made("contact", identity)), "email": mailbox}] if mailbox else [],
        phones=phones(identity, place.phone),
        schedules=schedules(place.hours, identity, zone, offer),
    )
    return told


def _how_to_ask(offer: OfferPublished) -> str:
    modes = ", ".join(label(MOBILISATION, one) for one in offer.mobilisation)
    by = ", ".join(label(MOBILISED_BY, one) for one in offer.mobilised_by)
    who = translate(N_("Qui peut s'y adresser : {by}")).format(by=by) if by else ""
    booking = translate(N_("Sur rendez-vous")) if offer.legal_access and offer.legal_access.booking else ""
    return sentences(modes, who, booking, offer.mobilisation_note)


def _for_whom(offer: OfferPublished) -> str:
    return sentences(", ".join(label(PUBLICS, one) for one in offer.publics), offer.audience, offer.conditions)


def _alerts(offer: OfferPublished, today: date) -> Iterator[str]:
    """What is to be known for a time: past days are left out."""
    for closure in sorted(offer.closures, key=lambda one: one.first):
        if closure.last >= today:
            yield sentences(_closed(closure), closure.message)
    for notice in sorted(offer.notices, key=lambda one: one.first):
        if notice.last is None or notice.last >= today:
            yield sentences(_noticed(notice))


def _closed(closure: Closure) -> str:
    text = translate(N_("Fermé du {first} au {last}"))
    return text.format(first=dates.day(closure.first), last=dates.day(closure.last))


def _noticed(notice: Notice) -> str:
    first = dates.day(notice.first)
    if notice.last is None:
        return translate(N_("À partir du {first} : {text}")).format(first=first, text=notice.text)
    text = translate(N_("Du {first} au {last} : {text}"))
    return text.format(first=first, last=dates.day(notice.last), text=notice.text)


def _area(offer: OfferPublished, code: str) -> shapes.ServiceArea:
    name = area_name(code)
    told: shapes.ServiceArea = filled(
        id=str(made("area", offer.offer_id, code)),
        name=translate(name) if name else code,
        description="" if code == communes.FRANCE else f"{_kind_of_area(code)} {code}",
    )
    return told


def _kind_of_area(code: str) -> str:
    if len(code) == _EPCI:
        return translate(N_("Intercommunalité"))
    return translate(N_("Commune") if len(code) == _COMMUNE else N_("Département"))


def _language(offer: OfferPublished, code: str) -> shapes.Language:
    told: shapes.Language = filled(
        id=str(made("language", offer.offer_id, code)),
        code=_SIGN_LANGUAGE if code == SIGNED else code,
        name=languages().get(code),
    )
    return told


def _costs(offer: OfferPublished) -> list[shapes.CostOption]:
    if not offer.fees:
        return []
    free = offer.fees == _FREE
    told: shapes.CostOption = filled(
        id=str(made("cost", offer.offer_id)),
        option=label(FEES, offer.fees),
        amount=0 if free else None,
        currency="EUR" if free else None,
        amount_description=offer.fees_note,
    )
    return [told]


def _capacities(offer: OfferPublished) -> list[shapes.Capacity]:
    room = offer.capacity
    if room is None or room.left is None:
        return []
    waiting = translate(N_("Premier rendez-vous sous {days} jours environ."))
    told: shapes.Capacity = filled(
        id=str(made("capacity", offer.offer_id)),
        unit={"id": str(_UNIT), "name": translate(N_("place"))},
        available=room.left,
        updated=instant(datetime.combine(room.on, time(), UTC)),
        description=None if room.waiting_days is None else waiting.format(days=room.waiting_days),
    )
    return [told]


def _attributes(offer: OfferPublished) -> Iterator[shapes.Attribute]:
    law = offer.legal_access
    terms = [
        *known(THEMES, *offer.themes),
        *known(TYPES, offer.kind),
        *known(GROUPS, *offer.publics),
        *known(MODES, *offer.reception),
        *(known(LAWYERS, law.profession) if law else ()),
        *(known(LAW, *law.subjects) if law else ()),
    ]
    yield from classified(offer.offer_id, "service", terms)
    yield from provenance(offer.offer_id, "service", offer.source, offer.source_id, offer.told)

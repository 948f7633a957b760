"""When an offer is open next, at each of its places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import Closure, OfferPlace
from directory.hours import model as hours
from directory.hours.model import BadHours, Hours, Opening
from directory.hours.places import place_in

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Open:
    """An offer is open at a site, or where it says itself when it has no place."""

    site_id: UUID | None
    opening: Opening


@dataclass(frozen=True, slots=True)
class Openings:
    """The next openings in their order. `unsure`: hours name school holidays, which nobody gave, or can't be read."""

    found: tuple[Open, ...]
    unsure: bool


def openings(
    offer: OfferPublished, sites: Mapping[UUID, SitePublished], after: datetime, count: int, zone: ZoneInfo
) -> Openings:
    """The next `count` that end after that instant. Closures of the offer, of the place and of the site apply, and the
    days the offer begins and ends on; a place without hours has those of its site."""
    timetables = [(place, timetable(offer, place, site, zone)) for place, site in _places(offer, sites)]
    known = [(place, found) for place, found in timetables if found is not None]
    found = [
        Open(place.site_id if place else None, one) for place, table in known for one in table.openings(after, count)
    ]
    unsure = len(known) < len(timetables) or any(table.depends_on_unknown_holidays for _, table in known)
    return Openings(tuple(sorted(found, key=lambda one: one.opening.opens)[:count]), unsure)


def _places(
    offer: OfferPublished, sites: Mapping[UUID, SitePublished]
) -> Iterator[tuple[OfferPlace | None, SitePublished | None]]:
    """Places whose hours are known; the offer itself where it has none."""
    for place in offer.places:
        site = sites.get(place.site_id)
        if place.hours or (site and site.hours):
            yield place, site
    if not offer.places and offer.opening_hours:
        yield None, None


def told_hours(offer: OfferPublished, place: OfferPlace | None, site: SitePublished | None) -> str | None:
    """The expression that says when it is open there: the offer's own at that place, or else that of the premises."""
    return (place and place.hours) or (site.hours if site else offer.opening_hours)


def timetable(
    offer: OfferPublished, place: OfferPlace | None, site: SitePublished | None, zone: ZoneInfo
) -> Hours | None:
    """The hours there; None when they can't be read."""
    text = told_hours(offer, place, site) or ""
    closures = (*offer.closures, *(place.closures if place else ()), *(site.closures if site else ()))
    try:
        return Hours(text, place_in(site.commune if site else None, zone), (*_closed(closures), *_outside(offer)))
    except BadHours:
        return None


def _closed(closures: Iterable[Closure]) -> Iterator[hours.Closure]:
    return (hours.Closure(one.first, one.last, one.message) for one in closures)


def _outside(offer: OfferPublished) -> Iterator[hours.Closure]:
    """Before the offer begins and after it ends."""
    if offer.starts_on:
        yield hours.Closure(date.min, offer.starts_on - _DAY)
    if offer.ends_on:
        yield hours.Closure(offer.ends_on + _DAY, date.max)

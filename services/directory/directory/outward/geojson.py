"""Answers of a search as GeoJSON (RFC 7946): a feature for each place whose point is known."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.search.model import Found

Sites = Mapping[UUID, SitePublished]


def collection(found: Sequence[Found], sites: Sites, following: str | None) -> dict[str, Any]:
    """`next` is the `after` of the page that follows; `without_point` counts offers of this page that are nowhere on
    it."""
    features = [list(_features(one, sites)) for one in found]
    return {
        "type": "FeatureCollection",
        "features": [feature for of_offer in features for feature in of_offer],
        "next": following,
        "without_point": sum(not of_offer for of_offer in features),
    }


def _features(found: Found, sites: Sites) -> Iterator[dict[str, Any]]:
    for place in found.offer.places:
        site = sites.get(place.site_id)
        if site and not site.retired and site.latitude is not None and site.longitude is not None:
            yield {
                "type": "Feature",
                "id": f"{found.offer.offer_id}:{place.site_id}",
                "geometry": {"type": "Point", "coordinates": [site.longitude, site.latitude]},
                "properties": _told(found.offer, place, site) | {"organisation": found.organisation},
            }


def _told(offer: OfferPublished, place: OfferPlace, site: SitePublished) -> dict[str, Any]:
    told = {
        "offer_id": str(offer.offer_id),
        "name": offer.name,
        "themes": list(offer.themes),
        "site": site.name,
        "address": site.address,
        "postal_code": site.postal_code,
        "locality": site.locality,
        "hours": place.hours or site.hours,
        "phone": place.phone or offer.phone or site.phone,
        "email": place.email or offer.email,
        "updated_on": offer.updated_on and offer.updated_on.isoformat(),
    }
    return {name: value for name, value in told.items() if value is not None}

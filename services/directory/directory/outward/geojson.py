"""Answers of a search as GeoJSON (RFC 7946): a feature for each place whose point is known."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import orjson

from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.outward.whole import Shown

MEDIA_TYPE = "application/geo+json"


async def written(found: AsyncIterator[Sequence[Shown]]) -> AsyncIterator[bytes]:
    """A collection; `without_point` counts offers that are nowhere on it."""
    yield b'{"type":"FeatureCollection","features":['
    between, without = b"", 0
    async for some in found:
        for one in some:
            features = [orjson.dumps(feature) for feature in _features(one)]
            without += not features
            if features:
                yield between + b",".join(features)
                between = b","
    yield b'],"without_point":%d}' % without


def _features(one: Shown) -> Iterator[dict[str, Any]]:
    for place in one.offer.places:
        site = one.sites.get(place.site_id)
        if site and not site.retired and site.latitude is not None and site.longitude is not None:
            yield {
                "type": "Feature",
                "id": f"{one.offer.offer_id}:{place.site_id}",
                "geometry": {"type": "Point", "coordinates": [site.longitude, site.latitude]},
                "properties": _told(one.offer, place, site) | {"organisation": one.organisation},
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
        "source": offer.source,
        "source_link": offer.source_link,
    }
    return {name: value for name, value in told.items() if value is not None}

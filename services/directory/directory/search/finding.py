"""The directory's part of the search across: who may help."""

from collections.abc import Sequence

from chassis.actor import Actor
from chassis.service import Parts
from chassis.web.finding import SHOWN, Hit, finding_routes
from directory.search.api import find
from directory.search.asking import Asked
from directory.search.model import Found


async def look(actor: Actor, parts: Parts, text: str) -> Sequence[Hit]:
    """Offers, the best answer first."""
    page = await find(Asked(q=text, limit=SHOWN), actor, parts)
    return [_hit(found) for found in page.offers]


def _hit(found: Found) -> Hit:
    return Hit(found.offer.name, f"/directory/offers/{found.offer.offer_id}/page", found.organisation)


router = finding_routes("/directory/find", look)

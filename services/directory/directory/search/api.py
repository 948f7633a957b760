"""The search over HTTP: the same for agents and for everybody."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.identity import CurrentActor, OptionalActor
from chassis.web.problems import ProblemOf, bad_request, invalid_field
from chassis.web.translations import N_, translate
from directory.search.asking import Asked, Search
from directory.search.model import BadCursor, Found, Page, TooFarAhead, UnknownCommune
from directory.search.store import search
from directory.search.words import in_words

UNKNOWN_COMMUNE = N_("Cette commune n'existe pas. Indiquez son nom, son code postal ou son code INSEE.")
router = APIRouter(prefix="/directory", tags=["search"])


@router.get("/offers")
async def some(asked: Search, actor: CurrentActor, parts: CurrentParts) -> dict[str, Any]:
    """Offers in function, best answer first, each with the reasons why. `facets` count all answers, at most a thousand:
    `more` says that there are others."""
    return _listed(await find(asked, actor, parts), parts)


@router.get("/public/offers")
async def public(asked: Search, actor: OptionalActor, parts: CurrentParts) -> dict[str, Any]:
    """The same, for anybody: not which agent said what."""
    answer = _listed(await find(asked, actor, parts), parts)
    return answer | {"offers": [_told_to_anybody(one) for one in answer["offers"]]}


async def find(asked: Asked, actor: Actor, parts: Parts) -> Page:
    """Raises BadCursor, UnknownCommune and TooFarAhead."""
    now = parts.now()
    criteria, after = asked.criteria(now, parts.settings.zone), asked.cursor
    async with parts.app.transaction(actor) as tx:
        return await search(tx, criteria, after, asked.limit, now)


def _listed(page: Page, parts: Parts) -> dict[str, Any]:
    return {
        "offers": [_shown(found, parts) for found in page.offers],
        "next": str(page.next) if page.next else None,
        "count": page.count,
        "more": page.more,
        "facets": page.facets,
    }


def _shown(found: Found, parts: Parts) -> dict[str, Any]:
    zone = parts.settings.zone
    return found.offer.model_dump(mode="json", exclude_none=True) | {
        "organisation": found.organisation,
        "version": found.version,
        "site": found.site,
        "kilometres": None if found.kilometres is None else round(found.kilometres, 1),
        "score": found.place.score,
        "reasons": [in_words(reason, zone) for reason in found.reasons],
    }


def _told_to_anybody(offer: dict[str, Any]) -> dict[str, Any]:
    assured = {"assured": {"on": offer["assured"]["on"]}} if "assured" in offer else {}
    return {name: value for name, value in offer.items() if name != "told"} | assured


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    BadCursor: lambda _: bad_request(
        N_("Le paramètre after ne vient pas d'une page précédente. Reprenez la recherche.")
    ),
    UnknownCommune: lambda _: invalid_field("commune", translate(UNKNOWN_COMMUNE)),
    TooFarAhead: lambda _: invalid_field(
        "open_at", translate(N_("Les ouvertures sont connues pour le mois qui vient : indiquez une date plus proche."))
    ),
}

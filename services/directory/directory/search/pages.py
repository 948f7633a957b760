"""The search as pages: the agent's, which answers as one types, the public annuaire, and the map of either."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.identity import CurrentActor, OptionalActor
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from contracts.themes import THEMATIQUES, THEMES
from directory.forms import captions
from directory.hours.words import readable
from directory.search.api import UNKNOWN_COMMUNE, find
from directory.search.asking import Asked
from directory.search.model import Found, Page, Reason, UnknownCommune
from directory.search.words import SAID, in_words
from directory.territories import store as territories
from directory.vocabulary import ACCESSIBILITY, LEGAL_PROFESSIONS, LEGAL_SUBJECTS, languages

SHOWN: Final = 20
"""Offers of one page."""
FACETS: Final = 8
"""Subjects proposed to make a search more precise."""
WELCOMING: Final = 3
"""Offers of first contact shown where nothing answers."""
FIRST_CONTACT: Final = "premier accueil social"
FLAGS: Final = (
    ("open_now", N_("Ouvert maintenant")),
    ("free", N_("Gratuit")),
    ("remote", N_("Possible à distance")),
    ("on_site", N_("Sur place")),
    ("room", N_("Avec des places libres")),
    ("agreed", N_("Sous convention")),
)
DOWNLOADS: Final = (("xlsx", N_("Tableur (XLSX)")), ("csv", "CSV"), ("geojson", "GeoJSON"))
AGENTS, PUBLIC, MAP = "/directory/search", "/annuaire", "/annuaire/carte"
router = APIRouter(include_in_schema=False)


class Listed(Asked):
    """What a page asks: some answers at a time."""

    limit: Annotated[int, Query(ge=1, le=50)] = SHOWN


Listing = Annotated[Listed, Query()]


@router.get(PUBLIC)
async def annuaire(request: Request, asked: Listing, actor: OptionalActor, parts: CurrentParts) -> HTMLResponse:
    found = await _found(PUBLIC, asked, actor, parts)
    async with parts.app.transaction(actor) as tx:
        places = await territories.names(tx)
    return render(request, "directory/annuaire.html", **found, places=places)


@router.get(AGENTS)
async def agents(request: Request, asked: Listing, actor: CurrentActor, parts: CurrentParts) -> HTMLResponse:
    found = await _found(AGENTS, asked, actor, parts)
    return render(
        request,
        "directory/search.html",
        **found,
        facets=list(_facets(asked, found["page"])),
        flags=[(name, translate(text)) for name, text in FLAGS],
        distances=[(str(km), f"{km} km") for km in (5, 10, 20, 50)],
        days=[(str(count), translate(N_("{count} jours")).format(count=count)) for count in (2, 7, 14)],
        languages=languages().items(),
        accessibility=[(name, translate(text)) for name, text in ACCESSIBILITY.items()],
    )


@router.get(MAP)
async def on_a_map(request: Request, asked: Listing, actor: OptionalActor, parts: CurrentParts) -> HTMLResponse:
    found = await _found(MAP, asked, actor, parts)
    home = AGENTS if actor.kind == "agent" else PUBLIC
    return render(
        request,
        "directory/map.html",
        **found,
        points=list(_points(found["page"])),
        list_url=f"{home}?{urlencode(asked.query(after=None))}",
        tiles=parts.settings.map_tiles,
        attribution=parts.settings.map_attribution,
    )


async def _found(path: str, asked: Asked, actor: Actor, parts: Parts) -> dict[str, Any]:
    errors, page, welcoming = dict[str, str](), Page((), None), list[Found]()
    try:
        page = await find(asked, actor, parts)
    except UnknownCommune:
        errors["commune"] = translate(UNKNOWN_COMMUNE)
    else:
        welcoming = [] if page.offers or asked.after else await _first_contact(asked, actor, parts)
    following = urlencode(asked.query(after=str(page.next))) if page.next else None
    return {
        "asked": asked,
        "page": page,
        "welcoming": welcoming,
        "errors": errors,
        "hours": readable,
        "why": lambda reason: in_words(reason, parts.settings.zone),
        "link": lambda offer_id: _address(offer_id, actor),
        "themes": [(name, translate(theme.label)) for name, theme in THEMES.items()],
        "professions": captions(LEGAL_PROFESSIONS),
        "subjects": captions(LEGAL_SUBJECTS),
        "map_url": f"{MAP}?{urlencode(asked.query(after=None))}",
        "downloads": downloads(asked),
        "next_url": f"{path}?{following}" if following else None,
    }


async def _first_contact(asked: Asked, actor: Actor, parts: Parts) -> list[Found]:
    """Who receives whoever comes, as their names say: the way on where nothing answers. Nobody said so in the need."""
    page = await find(Asked(q=FIRST_CONTACT, commune=asked.commune, territory=asked.territory), actor, parts)
    named = [one for one in page.offers if Reason("named", FIRST_CONTACT) in one.reasons]
    return [replace(one, reasons=[why for why in one.reasons if why.kind not in SAID]) for one in named[:WELCOMING]]


def downloads(asked: Asked) -> list[tuple[str, str]]:
    """Where all the answers are, not this page alone, in each form: address and name."""
    query = urlencode(asked.query(after=None))
    return [(f"/directory/public/offers.{ending}?{query}", translate(name)) for ending, name in DOWNLOADS]


def _address(offer_id: UUID, actor: Actor) -> str:
    return f"/directory/offers/{offer_id}/page" if actor.kind == "agent" else f"{PUBLIC}/{offer_id}"


def _facets(asked: Asked, page: Page) -> Iterator[dict[str, Any]]:
    """The subjects most answers have, each with the search it leads to."""
    counted = sorted(page.facets.get("themes", {}).items(), key=lambda one: (-one[1], one[0]))
    for theme, count in counted[:FACETS]:
        if theme in THEMATIQUES and theme not in asked.theme:
            url = f"{AGENTS}?{urlencode(asked.query(theme=[theme], after=None))}"
            yield {"text": THEMATIQUES[theme], "count": count, "url": url}


def _points(page: Page) -> Iterator[dict[str, Any]]:
    for number, found in enumerate(page.offers, 1):
        site = found.site or {}
        if site.get("latitude") is not None and site.get("longitude") is not None:
            name, at = found.offer.name, {key: site[key] for key in ("latitude", "longitude")}
            yield {"id": f"o-{found.offer.offer_id}", "number": str(number), "name": name} | at

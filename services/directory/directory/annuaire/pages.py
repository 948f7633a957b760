"""`/annuaire/acces-au-droit`: who gives free legal advice near here, on what, when and how to get there."""

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.service import CurrentParts
from chassis.web.identity import OptionalActor
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from directory.annuaire import printing
from directory.annuaire.model import entry
from directory.annuaire.words import about, there
from directory.forms import captions
from directory.offers import acts
from directory.search.api import UNKNOWN_COMMUNE, find
from directory.search.model import Page, UnknownCommune
from directory.search.pages import MAP, PUBLIC, Listing, downloads
from directory.territories import store as territories
from directory.vocabulary import LEGAL_PROFESSIONS, LEGAL_SUBJECTS

LEGAL: Final = f"{PUBLIC}/acces-au-droit"
_WITHIN: Final = ((7, N_("une semaine")), (14, N_("deux semaines")), (28, N_("quatre semaines")))
router = APIRouter(include_in_schema=False)


@router.get(LEGAL)
async def legal_access(request: Request, asked: Listing, actor: OptionalActor, parts: CurrentParts) -> Response:
    """The nearest first where a commune is given."""
    asked, errors, page = asked.model_copy(update={"legal": True}), dict[str, str](), Page((), None)
    try:
        page = await find(asked, actor, parts)
    except UnknownCommune:
        errors["commune"] = translate(UNKNOWN_COMMUNE)
    async with parts.app.transaction(actor) as tx:
        sites = await acts.sites_at(tx, *(one.offer for one in page.offers))
        names = await territories.names(tx)
    now, zone = parts.now(), parts.settings.zone
    following = urlencode(asked.query(legal=None, after=str(page.next))) if page.next else None
    context: dict[str, Any] = {
        "asked": asked,
        "errors": errors,
        "page": page,
        "entries": [entry(one.offer, one.organisation, sites, now, zone) for one in page.offers],
        "about": lambda one: about(one, zone),
        "there": there,
        "territories": names,
        "professions": captions(LEGAL_PROFESSIONS),
        "subjects": captions(LEGAL_SUBJECTS),
        "within": [(str(days), translate(text)) for days, text in _WITHIN],
        "downloads": downloads(asked),
        "map_url": f"{MAP}?{urlencode(asked.query(after=None))}",
        "next_url": f"{LEGAL}?{following}" if following else None,
        "printed_url": printing.LEGAL,
    }
    return render(request, "directory/legal_access.html", **context)

"""The search as pages: the agent's, answering as one types, and the public annuaire."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.identity import OptionalActor
from chassis.web.pages import render
from contracts.themes import THEMES
from directory.hours.words import readable
from directory.search.api import find
from directory.search.asking import Asked
from directory.search.words import in_words
from directory.territories import store as territories

SHOWN = 20
"""Offers of one page."""
router = APIRouter(include_in_schema=False)


class Listed(Asked):
    """What a page asks: twenty answers at a time."""

    limit: Annotated[int, Query(ge=1, le=50)] = SHOWN


@router.get("/annuaire")
async def annuaire(
    request: Request, asked: Annotated[Listed, Query()], actor: OptionalActor, parts: CurrentParts
) -> HTMLResponse:
    return render(request, "directory/annuaire.html", **await _found("/annuaire", asked, actor, parts))


async def _found(path: str, asked: Asked, actor: Actor, parts: Parts) -> dict[str, Any]:
    page = await find(asked, actor, parts)
    async with parts.app.transaction(actor) as tx:
        places = await territories.names(tx)
    following = urlencode(asked.query(after=str(page.next))) if page.next else None
    return {
        "asked": asked,
        "page": page,
        "places": places,
        "hours": readable,
        "why": lambda reason: in_words(reason, parts.settings.zone),
        "themes": [(name, theme.label) for name, theme in THEMES.items()],
        "next_url": f"{path}?{following}" if following else None,
    }

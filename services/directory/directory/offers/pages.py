"""The public annuaire: who can help, on which territory, about what."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from chassis.service import CurrentParts
from chassis.web.identity import OptionalActor
from chassis.web.pages import render
from contracts.themes import THEMES
from directory.hours.words import readable
from directory.offers.api import Wanted
from directory.territories import store as territories

SHOWN = 20
"""Offers of one page."""
router = APIRouter(include_in_schema=False)


@router.get("/annuaire")
async def annuaire(
    request: Request, wanted: Annotated[Wanted, Depends()], actor: OptionalActor, parts: CurrentParts
) -> HTMLResponse:
    async with parts.app.transaction(actor) as tx:
        page = await wanted.find(tx, SHOWN)
        places = await territories.names(tx)
    return render(
        request,
        "directory/annuaire.html",
        wanted=wanted,
        page=page,
        places=places,
        hours=readable,
        themes=[(name, theme.label) for name, theme in THEMES.items()],
        next_url=f"/annuaire?{_query(wanted)}&after={page.next}" if page.next else None,
    )


def _query(wanted: Wanted) -> str:
    return urlencode({"q": wanted.text, "territory": wanted.territory_id or "", "theme": wanted.themes}, doseq=True)

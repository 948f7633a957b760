"""What the site says of itself: how accessible it is, and where everything is."""

from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from chassis.service import CurrentParts
from chassis.web.identity import OptionalActor
from chassis.web.pages import render
from contracts.navigation import MENU

router = APIRouter(include_in_schema=False)
MET: Final = 77
APPLICABLE: Final = 78
"""Criteria of the RGAA 4.1.2, as `docs/accessibility.md` lists them; a test counts them there."""
STATED_ON: Final = date(2026, 11, 23)


@router.get("/accessibilite")
async def accessibility(request: Request, parts: CurrentParts) -> HTMLResponse:
    """The statement of accessibility that the law asks of a public body (décret n° 2019-768, article 5)."""
    contact = parts.settings.accessibility_contact
    return render(
        request,
        "directory/accessibility.html",
        share=MET * 100 // APPLICABLE,
        met=MET,
        applicable=APPLICABLE,
        stated_on=STATED_ON,
        contact=contact,
        contact_link=contact if "://" in contact else f"mailto:{contact}",
    )


@router.get("/plan-du-site")
async def site_map(request: Request, actor: OptionalActor) -> HTMLResponse:
    """Every page of the menu and of the public, as far as its reader may go there."""
    entries = [entry for entry in MENU if not entry.roles or (actor.grants and actor.has(*entry.roles))]
    return render(request, "directory/site_map.html", entries=entries)

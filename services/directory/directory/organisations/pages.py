"""The list of organisations and what each offers, for agents."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from chassis.service import CurrentParts
from chassis.web.identity import CurrentActor
from chassis.web.pages import render
from chassis.web.translations import N_
from directory.answers import PAGE
from directory.hours.words import readable
from directory.offers import store as offers
from directory.organisations import store
from directory.territories import store as territories

router = APIRouter(include_in_schema=False)
KINDS: Final = {
    "departement": N_("Département"),
    "ccas": N_("CCAS"),
    "cias": N_("CIAS"),
    "commune": N_("Commune"),
    "intercommunality": N_("Intercommunalité"),
    "state": N_("Service de l'État"),
    "association": N_("Association"),
    "school": N_("Établissement scolaire"),
    "health": N_("Santé"),
    "other": N_("Autre"),
}


@router.get("/directory/")
async def organisations(
    request: Request, actor: CurrentActor, parts: CurrentParts, territory: str = "", after: UUID | None = None
) -> HTMLResponse:
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, territory_id=territory or None, after=after, limit=PAGE + 1)
        shown = [one.state for one in found[:PAGE]]
        offered = await offers.of_organisations(tx, [one.organisation_id for one in shown])
        places = await territories.names(tx)
    last = shown[-1].organisation_id if len(found) > PAGE else None
    return render(
        request,
        "directory/organisations.html",
        organisations=[(one, offered.get(one.organisation_id, [])) for one in shown],
        kinds=KINDS,
        places=places,
        hours=readable,
        territory=territory,
        may_write=actor.has("operator", "manager"),
        next_url="/directory/?" + urlencode({"territory": territory, "after": last}) if last else None,
    )

"""Sites over HTTP: read by agents, written by operators and the managers of where they are."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor
from chassis.web.preconditions import IfMatch
from chassis.web.problems import ProblemOf, conflict, invalid_field
from chassis.web.translations import N_, translate
from contracts.events import SitePublished
from directory.aggregates import NotKept
from directory.answers import PAGE, created, listed, shown
from directory.author import Steward
from directory.sites import acts, store
from directory.sites.model import Site, SiteInUse, UnknownSite

PATH = "/directory/sites"
router = APIRouter(prefix=PATH, tags=["sites"])


@router.get("")
async def some(
    actor: CurrentActor, parts: CurrentParts, organisation: UUID | None = None, after: UUID | None = None
) -> dict[str, Any]:
    """Sites in function, of one organisation when it is named. `next` goes into `after` for the following page."""
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, organisation_id=organisation, after=after, limit=PAGE + 1)
    last = found[PAGE - 1].state.site_id if len(found) > PAGE else None
    return {"sites": listed(found[:PAGE]), "next": last}


@router.get("/{site_id}", response_model=SitePublished)
async def one(site_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, site_id)
    if found is None:
        raise NotKept
    return shown(found)


@router.post("", status_code=201)
async def create(site: Site, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        made = await acts.create(tx, by, site)
        return Answer(201, {"site_id": str(made.site_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(by.actor), key, make), PATH, "site_id")


@router.put("/{site_id}", response_model=SitePublished)
async def edit(site_id: UUID, site: Site, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """Closures unsaid stay what they are."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, site_id, expected, lambda known: site.named(site_id, known)))


@router.delete("/{site_id}", response_model=SitePublished)
async def retire(site_id: UUID, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """Once nothing is offered there any more."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.retire(tx, by, site_id, expected))


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    UnknownSite: lambda error: invalid_field(
        error.field, translate(N_("Ce lieu n'existe pas ou ne sert plus. Choisissez-en un de la liste, ou créez-le."))
    ),
    SiteInUse: lambda _: conflict(
        "site-in-use", N_("Des offres ont encore lieu ici. Déplacez-les ou retirez-les d'abord.")
    ),
}

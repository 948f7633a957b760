"""Organisations as stewards write them."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.pages import render
from contracts.themes import THEMATIQUES
from directory.aggregates import NotKept
from directory.author import Author, Steward
from directory.forms import NONE, Fields, Refusal, captions, fields_of, filled, gathered, refused
from directory.networks import NETWORKS
from directory.organisations import acts, store
from directory.organisations.model import Organisation
from directory.organisations.pages import KINDS
from directory.sites import store as sites
from directory.sites.editing import known_as
from directory.territories import store as territories

router = APIRouter(include_in_schema=False)
FORM: Final = "/directory/organisation-form"
_TEXTS: Final = ("name", "kind", "siret", "email", "phone", "description", "website", "site_id")
_LISTS: Final = ("themes", "territory_ids", "networks")
_SITES: Final = 100


@router.get(FORM)
async def form(request: Request, by: Steward, parts: CurrentParts, organisation_id: UUID | None = None) -> Response:
    """A new organisation, or one to change."""
    async with parts.app.transaction(by.actor) as tx:
        if organisation_id is None:
            return await _page(request, tx, Fields())
        found = await store.find(tx, organisation_id)
        if found is None:
            raise NotKept
        return await _page(request, tx, filled(found.state.model_dump(mode="json") | {"version": found.version}))


@router.post(FORM)
async def sent(request: Request, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    """Done; or the form comes again with what was typed and why it was not done."""
    fields = await fields_of(request)
    refusal = await refused(lambda: _write(by, parts, key, fields))
    if refusal is None:
        return RedirectResponse(f"/directory/#s-{fields.text('organisation_id')}", 303)
    async with parts.app.transaction(by.actor) as tx:
        return await _page(request, tx, fields, refusal)


async def _write(by: Author, parts: CurrentParts, key: Idempotency, fields: Fields) -> None:
    organisation = Organisation.model_validate(fields.texts(*_TEXTS) | fields.lists(*_LISTS))
    if version := fields.version:
        identity = UUID(fields.text("organisation_id"))
        async with parts.app.transaction(by.actor) as tx:
            await acts.edit(tx, by, identity, version, partial(organisation.named, identity))
        return

    async def make(tx: Transaction) -> Answer:
        return Answer(303, {"organisation_id": str((await acts.create(tx, by, organisation)).organisation_id)})

    made = await once(lambda: parts.app.transaction(by.actor), key, make)
    fields["organisation_id"] = [made.body["organisation_id"]]


async def _page(request: Request, tx: Transaction, fields: Fields, refusal: Refusal = NONE) -> Response:
    whose = fields.text("organisation_id")
    held = await sites.page(tx, organisation_id=UUID(whose), after=None, limit=_SITES) if whose else []
    context: dict[str, Any] = {
        "fields": fields,
        "errors": gathered(refusal.errors, _LISTS),
        "kinds": captions(KINDS),
        "territories": list((await territories.names(tx)).items()),
        "themes": sorted(THEMATIQUES.items()),
        "networks": sorted(NETWORKS.items(), key=lambda pair: pair[1]),
        "sites": [(str(one.state.site_id), known_as(one.state)) for one in held],
    }
    return render(request, "directory/organisation_form.html", status=refusal.status, **context)

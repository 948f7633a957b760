"""Organisations over HTTP."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor, require
from chassis.web.preconditions import IfMatch
from chassis.web.problems import ProblemOf, conflict, forbidden, invalid_field
from chassis.web.translations import N_, translate
from contracts.events import OrganisationPublished
from directory import contacts as professional
from directory.aggregates import NotKept
from directory.answers import PAGE, created, listed, shown
from directory.author import Steward
from directory.contacts import Contacts
from directory.organisations import acts, store
from directory.organisations.model import KeysAreOperators, Organisation, StillHasAgents, UnknownOrganisation

PATH = "/directory/organisations"
router = APIRouter(prefix=PATH, tags=["organisations"])


@router.get("")
async def some(
    actor: CurrentActor, parts: CurrentParts, territory: str | None = None, after: UUID | None = None
) -> dict[str, Any]:
    """Organisations in function, by name. `next` goes into `after` for the following page."""
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, territory_id=territory, after=after, limit=PAGE + 1)
    last = found[PAGE - 1].state.organisation_id if len(found) > PAGE else None
    return {"organisations": listed(found[:PAGE]), "next": last}


@router.get("/{organisation_id}", response_model=OrganisationPublished)
async def one(organisation_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, organisation_id)
    if found is None:
        raise NotKept
    return shown(found)


@router.post("", status_code=201)
async def create(organisation: Organisation, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        made = await acts.create(tx, by, organisation)
        return Answer(201, {"organisation_id": str(made.organisation_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(by.actor), key, make), PATH, "organisation_id")


@router.put("/{organisation_id}", response_model=OrganisationPublished)
async def edit(
    organisation_id: UUID, organisation: Organisation, by: Steward, parts: CurrentParts, expected: IfMatch
) -> Response:
    async with parts.app.transaction(by.actor) as tx:
        wanted = partial(organisation.named, organisation_id)
        return shown(await acts.edit(tx, by, organisation_id, expected, wanted))


@router.get("/{organisation_id}/contacts")
async def contacts(organisation_id: UUID, actor: CurrentActor, parts: CurrentParts) -> list[dict[str, str]]:
    """People to call or write to, for professionals only."""
    async with parts.app.transaction(actor) as tx:
        return await professional.of(tx, organisation_id)


@router.put("/{organisation_id}/contacts", status_code=204)
async def set_contacts(organisation_id: UUID, given: Contacts, by: Steward, parts: CurrentParts) -> None:
    """In place of those before."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.set_contacts(tx, by, organisation_id, given)


@router.delete("/{organisation_id}", response_model=OrganisationPublished, dependencies=[Depends(require("operator"))])
async def retire(organisation_id: UUID, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """Its offers go with it; its agents must have gone before."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.retire(tx, by, organisation_id, expected))


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    UnknownOrganisation: lambda _: invalid_field(
        "organisation_id",
        translate(N_("Cette structure n'existe pas ou n'exerce plus. Choisissez-en une de la liste.")),
    ),
    KeysAreOperators: lambda _: forbidden(
        N_("Seule l'exploitation attribue les clés d'un logiciel partenaire. Recommencez sans clés.")
    ),
    StillHasAgents: lambda _: conflict(
        "organisation-has-agents", N_("Cette structure compte encore des agents. Retirez-les d'abord.")
    ),
}

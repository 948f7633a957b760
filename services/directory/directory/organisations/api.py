"""Organisations over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor, require
from chassis.web.preconditions import IfMatch
from chassis.web.problems import ProblemOf, conflict, forbidden
from chassis.web.translations import N_
from contracts.envelope import new_id
from contracts.events import OrganisationPublished
from directory.aggregates import NotKept, Versioned, publish, still_editable
from directory.answers import PAGE, created, listed, shown
from directory.offers import store as offers
from directory.organisations import store
from directory.organisations.model import KeysAreOperators, Organisation, StillHasAgents, check_may_write
from directory.territories import store as territories

PATH = "/directory/organisations"
router = APIRouter(prefix=PATH, tags=["organisations"])
Operator = Annotated[Actor, Depends(require("operator"))]
Steward = Annotated[Actor, Depends(require("operator", "manager"))]


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
async def create(organisation: Organisation, actor: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        state = organisation.named(new_id())
        check_may_write(actor, None, state)
        await territories.check_known(tx, state.territory_ids)
        await store.create(tx, state)
        await publish(tx, Versioned(state, 1), id=new_id(), at=parts.now())
        return Answer(201, {"organisation_id": str(state.organisation_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(actor), key, make), PATH, "organisation_id")


@router.put("/{organisation_id}", response_model=OrganisationPublished)
async def edit(
    organisation_id: UUID, organisation: Organisation, actor: Steward, parts: CurrentParts, expected: IfMatch
) -> Response:
    async with parts.app.transaction(actor) as tx:
        known = still_editable(await store.find(tx, organisation_id), expected)
        wanted = organisation.named(organisation_id, known.state)
        check_may_write(actor, known.state, wanted)
        await territories.check_known(tx, set(wanted.territory_ids) - set(known.state.territory_ids))
        changed = await store.change(tx, wanted, expected)
        await publish(tx, changed, id=new_id(), at=parts.now())
    return shown(changed)


@router.delete("/{organisation_id}", response_model=OrganisationPublished)
async def retire(organisation_id: UUID, actor: Operator, parts: CurrentParts, expected: IfMatch) -> Response:
    """Its offers go with it; its agents must have gone before."""
    async with parts.app.transaction(actor) as tx:
        known = still_editable(await store.find(tx, organisation_id), expected)
        if await store.has_agents(tx, organisation_id):
            raise StillHasAgents
        changed = await store.change(tx, known.state.model_copy(update={"retired": True}), expected)
        await publish(tx, changed, id=new_id(), at=parts.now())
        for offer in await offers.retire_all(tx, organisation_id):
            await publish(tx, offer, id=new_id(), at=parts.now())
    return shown(changed)


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    KeysAreOperators: lambda _: forbidden(
        N_("Seule l'exploitation attribue les clés d'un logiciel partenaire. Recommencez sans clés.")
    ),
    StillHasAgents: lambda _: conflict(
        "organisation-has-agents", N_("Cette structure compte encore des agents. Retirez-les d'abord.")
    ),
}

"""Territories over HTTP: read by every agent, written by operators. Lists are in `pages`."""

from collections.abc import Mapping
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor, require
from chassis.web.preconditions import IfMatch
from chassis.web.problems import FieldProblem, Problem, ProblemOf, conflict, invalid
from chassis.web.translations import N_, translate
from contracts.events import TerritoryPublished
from directory.aggregates import NotKept
from directory.answers import created, shown
from directory.territories import acts, store
from directory.territories.model import (
    CommuneTaken,
    Definition,
    NewTerritory,
    Territory,
    TerritoryExists,
    UnknownTerritory,
)

PATH = "/directory/territories"
router = APIRouter(prefix=PATH, tags=["territories"])
Operator = Annotated[Actor, Depends(require("operator"))]


class TerritoryShown(TerritoryPublished):
    """A territory as published, and what it is made of."""

    definition: Definition


@router.get("/{territory_id}", response_model=TerritoryShown)
async def one(territory_id: str, actor: CurrentActor, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, territory_id)
        definitions = await store.definitions(tx, [territory_id])
    if found is None:
        raise NotKept
    return shown(found, definition=_said(definitions[territory_id]))


@router.post("", status_code=201)
async def create(territory: NewTerritory, actor: Operator, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        state = await acts.create(tx, territory, parts.now())
        return Answer(201, {"territory_id": state.territory_id, "version": 1})

    return created(await once(lambda: parts.app.transaction(actor), key, make), PATH, "territory_id")


@router.put("/{territory_id}", response_model=TerritoryShown)
async def edit(
    territory_id: str, territory: Territory, actor: Operator, parts: CurrentParts, expected: IfMatch
) -> Response:
    async with parts.app.transaction(actor) as tx:
        changed = await acts.edit(tx, territory_id, territory, expected, parts.now())
    return shown(changed, definition=_said(territory.definition))


@router.delete("/{territory_id}", response_model=TerritoryPublished)
async def retire(territory_id: str, actor: Operator, parts: CurrentParts, expected: IfMatch) -> Response:
    """Its communes are free for another one from then on; what it held stays readable."""
    async with parts.app.transaction(actor) as tx:
        return shown(await acts.retire(tx, territory_id, expected, parts.now()))


def _said(definition: Definition) -> dict[str, list[str]]:
    return {
        "communes": sorted(definition.communes),
        "areas": sorted(definition.areas),
        "without": sorted(definition.without),
    }


def _taken(error: CommuneTaken) -> Problem:
    detail = translate(
        N_("La commune {commune} est déjà dans « {territory} » à ces dates. Retirez-la d'abord de celui-là.")
    )
    return conflict("commune-taken", detail.format(commune=error.commune, territory=error.territory))


def _taken_just_now(_: asyncpg.ExclusionViolationError) -> Problem:
    return conflict("commune-taken", N_("Une commune vient d'être mise dans un autre territoire. Rechargez la liste."))


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    CommuneTaken: _taken,
    asyncpg.ExclusionViolationError: _taken_just_now,
    TerritoryExists: lambda _: conflict(
        "territory-exists",
        N_("Un territoire porte déjà cet identifiant. Choisissez-en un autre ou modifiez celui-là."),
    ),
    UnknownTerritory: lambda _: invalid(
        FieldProblem(
            "#",
            translate(N_("Un territoire nommé n'existe pas ou n'est plus en vigueur. Choisissez-le dans la liste.")),
        )
    ),
}

"""Agents and their grants over HTTP: operators, and managers for agents of their own organisation."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import require
from chassis.web.preconditions import IfMatch
from chassis.web.problems import ProblemOf, conflict, forbidden
from chassis.web.translations import N_
from contracts.envelope import new_id
from contracts.events import AgentPublished
from directory.agents import recording, store
from directory.agents.model import (
    Change,
    Grants,
    Identity,
    NewAgent,
    NotTheirs,
    OneselfForbidden,
    SubjectTaken,
    check_not_oneself,
    check_steward,
)
from directory.aggregates import NotKept, Versioned, still_editable
from directory.answers import created, shown
from directory.organisations import store as organisations
from directory.organisations.model import UnknownOrganisation
from directory.territories import store as territories

PATH = "/directory/agents"
router = APIRouter(prefix=PATH, tags=["agents"])
Steward = Annotated[Actor, Depends(require("operator", "manager"))]


@router.get("/{agent_id}")
async def one(agent_id: UUID, actor: Steward, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        agent = await store.find(tx, agent_id)
        if agent is None:
            raise NotKept
        return await _shown(tx, parts, agent)


@router.get("/{agent_id}/changes")
async def changes(agent_id: UUID, actor: Steward, parts: CurrentParts) -> dict[str, list[dict[str, Any]]]:
    """The journal: which grants the agent held after each change, when, and by whom."""
    async with parts.app.transaction(actor) as tx:
        return {"changes": await store.journal(tx, agent_id)}


@router.post("", status_code=201)
async def create(agent: NewAgent, actor: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        check_steward(actor, agent.organisation_id, agent.published)
        await _check_places(tx, agent)
        organisation = await organisations.find(tx, agent.organisation_id)
        if organisation is None or organisation.state.retired:
            raise UnknownOrganisation
        made = await recording.record(
            tx, parts.keyring, agent, agent_id=new_id(), event_id=new_id(), at=parts.now(), by=actor.agent_id
        )
        return Answer(201, {"agent_id": str(made.state.agent_id), "version": made.version})

    return created(await once(lambda: parts.app.transaction(actor), key, make), PATH, "agent_id")


@router.put("/{agent_id}")
async def rename(
    agent_id: UUID, identity: Identity, actor: Steward, parts: CurrentParts, expected: IfMatch
) -> Response:
    """Another name or e-mail address."""
    event_id = new_id()
    async with parts.app.transaction(actor) as tx:
        known = await _editable(tx, actor, agent_id, expected)
        state = await recording.renamed(tx, parts.keyring, known.state, identity, event_id=event_id)
        change = Change(event_id, "identity", state, parts.now(), actor.agent_id)
        return await _shown(tx, parts, await recording.change(tx, known, change))


@router.put("/{agent_id}/grants")
async def grant(agent_id: UUID, grants: Grants, actor: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """All that the agent may do from now on."""
    check_not_oneself(actor, agent_id)
    async with parts.app.transaction(actor) as tx:
        known = await _editable(tx, actor, agent_id, expected)
        check_steward(actor, known.state.organisation_id, grants.published)
        await _check_places(tx, grants)
        state = known.state.model_copy(update={"grants": grants.published})
        change = Change(new_id(), "grants", state, parts.now(), actor.agent_id)
        return await _shown(tx, parts, await recording.change(tx, known, change))


@router.delete("/{agent_id}")
async def retire(agent_id: UUID, actor: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """The agent leaves: nothing is granted any more, and the account may be given to another record."""
    check_not_oneself(actor, agent_id)
    async with parts.app.transaction(actor) as tx:
        known = await _editable(tx, actor, agent_id, expected)
        state = known.state.model_copy(update={"grants": (), "retired": True})
        change = Change(new_id(), "retired", state, parts.now(), actor.agent_id)
        return await _shown(tx, parts, await recording.change(tx, known, change))


async def _editable(tx: Transaction, actor: Actor, agent_id: UUID, expected: int) -> Versioned[AgentPublished]:
    await store.lock(tx, agent_id)
    known = still_editable(await store.find(tx, agent_id), expected)
    check_steward(actor, known.state.organisation_id, known.state.grants)
    return known


async def _check_places(tx: Transaction, grants: Grants) -> None:
    await territories.check_known(tx, {grant.territory_id for grant in grants.grants})


async def _shown(tx: Transaction, parts: Parts, agent: Versioned[AgentPublished]) -> Response:
    name, email = await parts.keyring.open(tx, [agent.state.name, agent.state.email])
    return shown(agent, name=str(name), email=str(email))


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    NotTheirs: lambda _: forbidden(
        N_("Vous ne pouvez pas attribuer ou retirer ces droits. Adressez-vous à l'exploitation de la plateforme.")
    ),
    OneselfForbidden: lambda _: forbidden(
        N_("Vos propres droits se changent par quelqu'un d'autre. Demandez à un collègue.")
    ),
    SubjectTaken: lambda _: conflict(
        "subject-taken",
        N_("Ce compte est déjà celui d'un agent en fonction. Modifiez cet agent ou prenez un autre compte."),
    ),
}

"""The list of agents: a page for operators and managers, the same as JSON for programs."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.sealing import Keyring
from chassis.service import CurrentParts
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.problems import wants_page
from chassis.web.translations import N_
from contracts.events import AgentPublished
from directory.agents import store
from directory.aggregates import Versioned
from directory.answers import PAGE
from directory.organisations import store as organisations
from directory.territories import store as territories

router = APIRouter(prefix="/directory/agents", tags=["agents"])
ROLES: Final = {
    "reception": N_("accueil"),
    "social_worker": N_("travail social"),
    "coordinator": N_("coordination de conférences"),
    "manager": N_("responsable de territoire"),
    "cell": N_("cellule de recueil (CRIP)"),
    "operator": N_("exploitation"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """An agent whose name and address are opened for those who steward them."""

    agent: AgentPublished
    version: int
    name: str
    email: str


@router.get("")
async def agents(
    request: Request,
    actor: Annotated[Actor, Depends(require("operator", "manager"))],
    parts: CurrentParts,
    after: UUID | None = None,
) -> Response:
    """Agents in function that the actor stewards. `next` goes into `after` for the following page."""
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, after=after, limit=PAGE + 1)
        named = await _named(tx, parts.keyring, found[:PAGE])
        structures = await organisations.names(tx, [one.agent.organisation_id for one in named])
        places = await territories.names(tx)
    last = str(named[-1].agent.agent_id) if len(found) > PAGE else None
    if not wants_page(request):
        return JSONResponse({"agents": [_member(one) for one in named], "next": last})
    return render(
        request, "directory/agents.html", agents=named, roles=ROLES, structures=structures, places=places, next=last
    )


async def _named(tx: Transaction, keyring: Keyring, agents: list[Versioned[AgentPublished]]) -> list[Named]:
    names = await keyring.open(tx, [one.state.name for one in agents])
    emails = await keyring.open(tx, [one.state.email for one in agents])
    return [
        Named(one.state, one.version, str(name), str(email))
        for one, name, email in zip(agents, names, emails, strict=True)
    ]


def _member(one: Named) -> dict[str, object]:
    return one.agent.model_dump(mode="json") | {"name": one.name, "email": one.email, "version": one.version}

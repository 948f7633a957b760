"""Programmes as they are offered, and what they ask of a situation, over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.problems import ProblemOf, not_found
from chassis.web.translations import N_
from intake.eligibility.advising import Advising, NoSuchProgramme, Situation
from intake.eligibility.described import for_agents, for_anyone
from intake.requests.reception import TAKES_REQUESTS

PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchProgramme: lambda _: not_found(N_("Ce dispositif n'existe pas ici. Choisissez-en un autre.")),
}

Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]


def eligibility_routes(advising: Advising) -> APIRouter:
    """What is offered, and to whom."""
    router = APIRouter(tags=["eligibility"])

    @router.get("/intake/public/programmes")
    async def offered() -> dict[str, Any]:
        return {"programmes": [for_anyone(programme) for programme in advising.offered]}

    @router.get("/intake/programmes/{programme}")
    async def one(programme: str, _: Colleague) -> dict[str, Any]:
        return for_agents(advising.one(programme))

    @router.get("/intake/requests/{request_id}/eligibility")
    async def of_request(request_id: UUID, actor: Colleague, programme: str | None = None) -> dict[str, Any]:
        return await advising.of_request(actor, request_id, programme)

    @router.post("/intake/eligibility")
    async def of_situation(said: Situation, actor: Colleague) -> dict[str, Any]:
        return await advising.of_situation(actor, said)

    return router

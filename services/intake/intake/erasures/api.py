"""Erasure over HTTP, for agents."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import Problem, ProblemOf, not_found, wants_page
from chassis.web.translations import N_
from intake.erasures import pages
from intake.erasures.deciding import Decision, Erasing, NoSuchErasure
from intake.erasures.model import Refused
from intake.erasures.said import Decided

Colleague = Annotated[Actor, Depends(require("reception", "social_worker", "manager"))]
Manager = Annotated[Actor, Depends(require("manager"))]


def _refused(error: Exception) -> Problem:
    assert isinstance(error, Refused)
    return Problem(409, "erasure-not-decided", N_("Décision impossible"), error.sentence)


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchErasure: lambda _: not_found(N_("Cette demande d’effacement n’existe pas ici. Vérifiez l’adresse.")),
    Refused: _refused,
}


def erasure_routes(erasing: Erasing) -> APIRouter:
    """Asking, deciding, and the register."""
    router = APIRouter(tags=["erasures"])

    @router.put("/intake/people/{person_id}/erasure", status_code=204)
    async def ask(person_id: UUID, actor: Colleague) -> Response:
        await erasing.ask(actor, person_id)
        return Response(status_code=204)

    @router.get("/intake/erasures")
    async def register(request: Request, actor: Manager) -> Response:
        items = await erasing.register(actor)
        if wants_page(request):
            return pages.listed(request, items)
        return Response(orjson.dumps({"items": items}, default=str), media_type="application/json")

    @router.post("/intake/erasures/{erasure_id}/decision", status_code=204)
    async def decide(erasure_id: UUID, said: Decided, version: IfMatch, actor: Manager) -> Response:
        new = await erasing.decide(actor, erasure_id, version, Decision(said.outcome, said.ground, said.visa))
        return Response(status_code=204, headers={"ETag": etag(new)})

    return router

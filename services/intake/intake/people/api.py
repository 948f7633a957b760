"""People over HTTP, for agents."""

from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.idempotency import Idempotency, as_response
from chassis.web.identity import require
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import Problem, ProblemOf, not_found, version_conflict
from chassis.web.translations import N_
from intake.people.changing import Changing, NoSuchPerson, Outdated
from intake.people.said import PersonSaid, Said

Colleague = Annotated[Actor, Depends(require("reception", "social_worker", "manager"))]


def _nobody(_: NoSuchPerson) -> Problem:
    return not_found(N_("Cette personne n'existe pas ici. Vérifiez l'adresse."))


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchPerson: _nobody,
    Outdated: lambda _: version_conflict(),
}


class NamedLater(Said):
    """Somebody named after the request was made."""

    role: Literal["household", "parental_authority"]
    person: PersonSaid


def people_routes(changing: Changing) -> APIRouter:
    """Reading and changing people."""
    router = APIRouter(tags=["people"])

    @router.get("/intake/people/{person_id}")
    async def one(person_id: UUID, actor: Colleague) -> Response:
        found = await changing.one(actor, person_id)
        return Response(
            orjson.dumps(found, default=str), headers={"ETag": etag(found["version"])}, media_type="application/json"
        )

    @router.put("/intake/people/{person_id}", status_code=204)
    async def change(person_id: UUID, said: PersonSaid, version: IfMatch, actor: Colleague) -> Response:
        return Response(status_code=204, headers={"ETag": etag(await changing.change(actor, person_id, said, version))})

    @router.post("/intake/requests/{request_id}/people", status_code=201)
    async def join(request_id: UUID, said: NamedLater, key: Idempotency, actor: Colleague) -> Response:
        return as_response(await changing.join(actor, request_id, said.role, said.person, key))

    return router

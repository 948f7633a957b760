"""People over HTTP, for agents."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.idempotency import Idempotency, as_response
from chassis.web.identity import require
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import Problem, ProblemOf, invalid_field, not_found, version_conflict
from chassis.web.translations import N_
from intake.people.changing import Changing, NoSuchConsent, NoSuchPerson, NoSuchProgramme, Outdated
from intake.people.said import AgreementSaid, PersonSaid

Colleague = Annotated[Actor, Depends(require("reception", "social_worker", "manager"))]


def _nobody(_: NoSuchPerson) -> Problem:
    return not_found(N_("Cette personne n'existe pas ici. Vérifiez l'adresse."))


def _no_consent(_: NoSuchConsent) -> Problem:
    return not_found(N_("Cet accord n'existe pas ici, ou a déjà été retiré."))


def _no_programme(_: NoSuchProgramme) -> Problem:
    return invalid_field("programme", N_("Indiquez le dispositif auquel la personne donne son accord."))


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchPerson: _nobody,
    NoSuchConsent: _no_consent,
    NoSuchProgramme: _no_programme,
    Outdated: lambda _: version_conflict(),
}


def people_routes(changing: Changing) -> APIRouter:
    """Reading and changing people, recording and withdrawing consents."""
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

    @router.post("/intake/people/{person_id}/consents", status_code=201)
    async def agree(person_id: UUID, said: AgreementSaid, key: Idempotency, actor: Colleague) -> Response:
        return as_response(await changing.agree(actor, person_id, said, key))

    @router.post("/intake/consents/{consent_id}/withdraw", status_code=204)
    async def withdraw_consent(consent_id: UUID, actor: Colleague) -> None:
        await changing.withdraw_consent(actor, consent_id)

    return router

"""Requests over HTTP. The worklist and one request are pages too, for a browser."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, as_response
from chassis.web.identity import CurrentActor, require
from chassis.web.preconditions import etag
from chassis.web.problems import Problem, ProblemOf, conflict, forbidden, invalid_field, not_found, wants_page
from chassis.web.translations import N_
from intake.eligibility.answers import BadAnswer
from intake.people.said import Said
from intake.requests import pages
from intake.requests.asked import Asked, AskedByAgent
from intake.requests.following import Following, NoSuchRequest, NotWaiting
from intake.requests.model import ChildAtRisk, ChildNamed, NotOffered, UnknownExclusion
from intake.requests.reception import TAKES_REQUESTS, OtherTerritory, Reception, UnknownCommune


def _other_territory(_: OtherTerritory) -> Problem:
    return forbidden(
        N_(
            "Cette commune est hors de vos territoires. Orientez la personne vers le formulaire public, "
            "ou demandez ce droit à votre responsable."
        )
    )


def _unknown_commune(_: UnknownCommune) -> Problem:
    return invalid_field("commune", N_("Cette commune n'est pas dans la liste officielle. Vérifiez son code INSEE."))


def _not_offered(_: NotOffered) -> Problem:
    return invalid_field("programme", N_("Ce dispositif n'est pas proposé ici. Choisissez-en un autre."))


def _unknown_exclusion(_: UnknownExclusion) -> Problem:
    return invalid_field("exclusions", N_("Ce dispositif ne connaît pas cette exclusion. Retirez-la."))


def _child_named(_: ChildNamed) -> Problem:
    detail = N_(
        "Ce dispositif ne garde le nom d'aucun enfant : effacez la personne concernée et son foyer. Les parents ne "
        "sont nommés que s'ils sont d'accord."
    )
    return invalid_field("concerned", detail)


def _bad_answer(error: Exception) -> Problem:
    assert isinstance(error, BadAnswer)
    return invalid_field(f"answers/{error.name}" if error.name else "answers", error.sentence)


def _child_at_risk(_: ChildAtRisk) -> Problem:
    """The slug is that of any field to correct: logs keep it, and nothing there may tell of a worry about a child."""
    detail = N_(
        "Un mineur est peut-être en danger : ce n'est pas une demande ordinaire. Rien n'a été enregistré ici. "
        "Prévenez tout de suite la cellule départementale de recueil des informations préoccupantes (CRIP). "
        "En cas de danger immédiat, appelez le 17 ou le 112. Le 119 conseille à toute heure."
    )
    return Problem(422, "invalid", N_("À transmettre tout de suite à la cellule départementale"), detail)


def _no_such_request(_: NoSuchRequest) -> Problem:
    return not_found(N_("Cette demande n'existe pas, ou n'est pas sur vos territoires."))


def _not_waiting(_: NotWaiting) -> Problem:
    return conflict("not-waiting", N_("Cette demande a déjà reçu une réponse, ou a été retirée. Rechargez-la."))


PROBLEMS: dict[type[Exception], ProblemOf] = {
    OtherTerritory: _other_territory,
    UnknownCommune: _unknown_commune,
    NotOffered: _not_offered,
    UnknownExclusion: _unknown_exclusion,
    ChildAtRisk: _child_at_risk,
    ChildNamed: _child_named,
    BadAnswer: _bad_answer,
    NoSuchRequest: _no_such_request,
    NotWaiting: _not_waiting,
}

Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]
"""An agent who works on requests somewhere."""


class AnswerGiven(Said):
    """What was answered, in the agent's words."""

    text: Annotated[str, Field(min_length=1, max_length=pages.LONGEST_ANSWER)]


def request_routes(reception: Reception, following: Following) -> APIRouter:
    """Asking, reading, answering, withdrawing."""
    router = APIRouter(tags=["requests"])

    @router.post("/intake/public/requests", status_code=201)
    async def ask(asked: Asked, key: Idempotency) -> Response:
        return _created(await reception.from_resident(asked, key))

    @router.post("/intake/requests", status_code=201)
    async def take(asked: AskedByAgent, key: Idempotency, actor: CurrentActor) -> Response:
        return _created(await reception.from_agent(asked, actor, key))

    @router.get("/intake/requests")
    async def worklist(
        request: Request,
        actor: Colleague,
        parts: CurrentParts,
        territory: str | None = None,
        after: UUID | None = None,
    ) -> Response:
        found = await following.worklist(actor, territory or None, after)
        if wants_page(request):
            return await pages.worklist(request, actor, parts, found, territory or None)
        return _json(asdict(found))

    @router.get("/intake/requests/{request_id}")
    async def one(request: Request, request_id: UUID, actor: Colleague) -> Response:
        found = await following.one(actor, request_id)
        if wants_page(request):
            return pages.one(request, found)
        return _json(found, {"ETag": etag(found["version"])})

    @router.post("/intake/requests/{request_id}/withdraw", status_code=204)
    async def withdraw(request_id: UUID, actor: Colleague) -> None:
        await following.withdraw(actor, request_id)

    @router.post("/intake/requests/{request_id}/answer", status_code=204)
    async def answer(request_id: UUID, given: AnswerGiven, actor: Colleague) -> None:
        await following.answer(actor, request_id, given.text)

    return router


def _created(answer: Answer) -> Response:
    # What went to the cell is nowhere here.
    where = {"Location": f"/intake/requests/{answer.body['request_id']}"} if "request_id" in answer.body else {}
    return as_response(answer, where)


def _json(content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content, default=str), headers=headers, media_type="application/json")

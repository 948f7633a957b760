"""Consents over HTTP: for agents, and for who follows their own request."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.idempotency import Idempotency, as_response
from chassis.web.identity import require
from chassis.web.problems import Problem, ProblemOf, invalid_field, not_found
from chassis.web.translations import N_
from intake.consents.agreeing import Agreeing, NoSuchConsent, NoSuchOrganisation, NoSuchProgramme, NotYet, OwnConsents
from intake.consents.model import HolderNeeded, NotEntitled
from intake.consents.said import AgreementSaid
from intake.tracking.api import Typed
from intake.tracking.following import Held, Tracking

Colleague = Annotated[Actor, Depends(require("reception", "social_worker", "manager"))]


def _no_consent(_: NoSuchConsent) -> Problem:
    return not_found(N_("Cet accord n'existe pas ici, ou a déjà été retiré."))


def _no_programme(_: NoSuchProgramme) -> Problem:
    return invalid_field("programme", N_("Indiquez le dispositif auquel la personne donne son accord."))


def _no_organisation(_: NoSuchOrganisation) -> Problem:
    return invalid_field("organisation_id", N_("Indiquez la structure de l'annuaire avec qui partager."))


def _not_yet(_: NotYet) -> Problem:
    return invalid_field("given_at", N_("Cette date est à venir. Indiquez quand l'accord a été donné."))


def _holder_needed(_: HolderNeeded) -> Problem:
    return invalid_field(
        "given_by",
        N_("Pour un mineur, indiquez qui donne son accord : chaque titulaire de l'autorité parentale, un par un."),
    )


def _not_entitled(_: NotEntitled) -> Problem:
    return invalid_field(
        "given_by",
        N_(
            "Cette personne ne peut pas donner cet accord : ni autorité parentale sur un mineur, ni tutelle ou "
            "curatelle d'un adulte ne sont enregistrées. Enregistrez d'abord ce lien."
        ),
    )


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchConsent: _no_consent,
    NoSuchProgramme: _no_programme,
    NoSuchOrganisation: _no_organisation,
    NotYet: _not_yet,
    HolderNeeded: _holder_needed,
    NotEntitled: _not_entitled,
}


def consent_routes(agreeing: Agreeing, own: OwnConsents, tracking: Tracking) -> APIRouter:
    """Reading, giving and withdrawing consents."""
    router = APIRouter(tags=["consents"])

    @router.get("/intake/people/{person_id}/consents")
    async def of(person_id: UUID, actor: Colleague) -> Response:
        found = {"consents": await agreeing.of(actor, person_id)}
        return Response(orjson.dumps(found, default=str), media_type="application/json")

    @router.post("/intake/people/{person_id}/consents", status_code=201)
    async def agree(person_id: UUID, said: AgreementSaid, key: Idempotency, actor: Colleague) -> Response:
        return as_response(await agreeing.agree(actor, person_id, said, key))

    @router.post("/intake/consents/{consent_id}/withdraw", status_code=204)
    async def withdraw(consent_id: UUID, actor: Colleague) -> None:
        await agreeing.withdraw(actor, consent_id)

    def held(typed: Typed) -> Held:
        return tracking.held(typed.reference, typed.secret)

    @router.post("/intake/public/tracking/consents")
    async def own_consents(typed: Typed) -> Response:
        found = await own.listed(held(typed))
        return Response(orjson.dumps(found, default=str), media_type="application/json")

    @router.post("/intake/public/tracking/consents/{consent_id}/withdraw", status_code=204)
    async def withdraw_own(consent_id: UUID, typed: Typed) -> None:
        await own.withdraw(held(typed), consent_id)

    return router

"""Erasure as pages: asking for somebody, and the register where it is decided and followed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from intake.erasures.deciding import Decision, Erasing, NoSuchErasure
from intake.erasures.model import Ground, Refused
from intake.erasures.said import Decided
from intake.people.changing import Outdated
from intake.requests import wording

Colleague = Annotated[Actor, Depends(require("reception", "social_worker", "manager"))]
Manager = Annotated[Actor, Depends(require("manager"))]

GROUNDS: Final[Mapping[Ground, str]] = {
    "legal_retention": N_("La durée de conservation fixée par un texte n’est pas finie"),
    "no_visa": N_("Les Archives départementales n’ont pas donné leur visa"),
    "procedure_under_way": N_("Une procédure est en cours"),
    "legal_claim": N_("Ces données servent à défendre un droit en justice"),
    "legal_duty": N_("Une autre obligation de la loi"),
}
STATES: Final[Mapping[str, str]] = {
    "asked": N_("À décider"),
    "granted": N_("Accordé"),
    "refused": N_("Refusé"),
}
SERVICES: Final[Mapping[str, str]] = {
    "intake": N_("Demandes"),
    "cases": N_("Dossiers"),
    "directory": N_("Annuaire"),
    "notifications": N_("Messages"),
}
_OUTDATED = N_("Une autre personne vient de décider. Relisez la liste.")
_CHOOSE = N_("Choisissez ce que vous décidez.")
_VISA = N_("Indiquez la référence du visa, en 3 à 60 caractères.")


def listed(
    request: Request,
    items: Sequence[dict[str, Any]],
    fields: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The register; after a refusal, what was typed (of the erasure it names) and why."""
    return render(
        request,
        "intake/erasures.html",
        status=status,
        items=items,
        fields=fields or {},
        errors=errors or {},
        grounds=[(code, translate(text)) for code, text in GROUNDS.items()],
        grounds_said=GROUNDS,
        states=STATES,
        services=SERVICES,
        wording=wording,
    )


def erasure_pages(erasing: Erasing) -> APIRouter:
    """The forms of the register, and of a person's page."""
    router = APIRouter(include_in_schema=False)

    @router.post("/intake/requests/{request_id}/people/{person_id}/effacement")
    async def ask(request_id: UUID, person_id: UUID, actor: Colleague) -> Response:
        await erasing.ask(actor, person_id)
        return RedirectResponse(f"/intake/requests/{request_id}", 303)

    @router.post("/intake/erasures/{erasure_id}/decider")
    async def decide(request: Request, erasure_id: UUID, actor: Manager) -> Response:
        fields = {name: str(value) for name, value in (await request.form()).items()}
        try:
            said = Decided.model_validate({name: fields.get(name) or None for name in ("outcome", "ground", "visa")})
            version = int(fields.get("version", "")) if fields.get("version", "").isdecimal() else 0
            await erasing.decide(actor, erasure_id, version, Decision(said.outcome, said.ground, said.visa))
        except ValidationError as invalid:
            wrong = {str(fault["loc"][0]) for fault in invalid.errors(include_url=False)}
            status, sentence = 422, _VISA if wrong == {"visa"} else _CHOOSE
        except Refused as refused:
            status, sentence = 409, refused.sentence
        except Outdated:
            status, sentence = 412, _OUTDATED
        else:
            return RedirectResponse("/intake/erasures", 303)
        items = await erasing.register(actor)
        if all(one["erasure_id"] != erasure_id for one in items):
            raise NoSuchErasure
        typed = {**fields, "erasure_id": str(erasure_id)}
        return listed(request, items, typed, {f"outcome-{erasure_id}": translate(sentence)}, status)

    return router

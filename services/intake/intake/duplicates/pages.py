"""Suspected duplicates as pages: those that wait, both people side by side, and what is decided of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from intake.duplicates.deciding import DECIDERS, Deciding
from intake.duplicates.rules import UNDONE_WITHIN, Refused, State
from intake.duplicates.view import shown
from intake.people.changing import Outdated
from intake.requests import wording
from intake.typed import typed

Colleague = Annotated[Actor, Depends(require(*DECIDERS))]

STATES: Final[Mapping[str, str]] = {
    State.MERGED: N_("C'est une seule personne"),
    State.LINKED: N_("Ce sont deux personnes, qui ont un lien"),
    State.DISMISSED: N_("Ce sont deux personnes, sans lien"),
}
"""What may be decided, in words."""
HINTS: Final[Mapping[str, str]] = {
    State.MERGED: N_("La fiche enregistrée la première reste ; l'autre y est réunie."),
    State.LINKED: N_("Des jumeaux, un parent et son enfant, un foyer qui partage un téléphone…"),
    State.DISMISSED: N_("La ressemblance est due au hasard : elle n'est plus proposée."),
}
_MISSING: Final[Mapping[str, str]] = {
    "decision": N_("Choisissez ce que vous décidez."),
    "because": N_("Dites pourquoi, en 3 à 500 caractères."),
}
_OUTDATED = N_(
    "Une autre personne a changé ces fiches entre-temps. Relisez-les, puis renvoyez : votre saisie est gardée."
)


class _Form(BaseModel):
    """`version`: the suspicion as it was read."""

    version: Annotated[int, Field(ge=0, lt=2**63)]
    because: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500), BeforeValidator(typed)
    ]


class DecisionForm(_Form):
    """A decision; nothing is done until it is `confirmed`."""

    decision: Literal["merged", "linked", "dismissed"]
    same_request: bool = False
    confirmed: bool = False


class UndoForm(_Form):
    """A decision taken back."""


F = TypeVar("F", bound=_Form)


def listed(request: Request, items: Sequence[dict[str, Any]], following: UUID | None, *, decided: bool) -> Response:
    """Suspicions the reader may decide, or the last decisions that may still be undone."""
    next_url = f"/intake/duplicates?after={following}" if following else None
    context: dict[str, Any] = {"wording": wording, "states": STATES, "undone_within": UNDONE_WITHIN}
    return render(request, "intake/duplicates.html", items=items, decided=decided, next_url=next_url, **context)


def one(
    request: Request,
    found: dict[str, Any],
    now: datetime,
    fields: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Both people side by side; after a refusal, what was typed and why."""
    until = found["decided_at"] + UNDONE_WITHIN if found["state"] != State.OPEN else None
    return render(
        request,
        "intake/duplicate.html",
        status=status,
        found=shown(found),
        until=until,
        undoable=until is not None and now <= until,
        choices=[(code, translate(text), translate(HINTS[code])) for code, text in STATES.items()],
        states=STATES,
        wording=wording,
        fields={"decision": "", "because": "", "same_request": "yes" if fields is None else ""} | dict(fields or {}),
        errors=errors or {},
    )


def duplicate_pages(deciding: Deciding) -> APIRouter:
    """The forms on a suspicion's page."""
    router = APIRouter(include_in_schema=False)

    @router.post("/intake/duplicates/{suspicion_id}/decision")
    async def decide(request: Request, suspicion_id: UUID, actor: Colleague) -> Response:
        async def act(form: DecisionForm) -> Response | None:
            if not form.confirmed:
                return _to_confirm(request, await deciding.one(actor, suspicion_id), form, deciding.now)
            await _decided(deciding, actor, suspicion_id, form)
            return None

        return await _answered(request, deciding, actor, suspicion_id, DecisionForm, act)

    @router.post("/intake/duplicates/{suspicion_id}/annulation")
    async def undo(request: Request, suspicion_id: UUID, actor: Colleague) -> Response:
        async def act(form: UndoForm) -> None:
            await deciding.undo(actor, suspicion_id, form.version, form.because)

        return await _answered(request, deciding, actor, suspicion_id, UndoForm, act)

    return router


def _to_confirm(request: Request, found: dict[str, Any], form: DecisionForm, now: datetime) -> Response:
    """What the decision will do, before it is done."""
    until = now + UNDONE_WITHIN
    return render(request, "intake/duplicate_confirm.html", found=found, form=form, until=until, states=STATES)


async def _decided(deciding: Deciding, actor: Actor, suspicion_id: UUID, form: DecisionForm) -> None:
    state = State(form.decision)
    if state is State.MERGED:
        await deciding.merge(actor, suspicion_id, form.version, form.because, same_request=form.same_request)
    else:
        await deciding.settle(actor, suspicion_id, form.version, state, form.because)


async def _answered(
    request: Request,
    deciding: Deciding,
    actor: Actor,
    suspicion_id: UUID,
    model: type[F],
    act: Callable[[F], Awaitable[Response | None]],
) -> Response:
    """What was sent is done, or the page says why not. Raises NoSuchSuspicion."""
    fields = {name: str(value) for name, value in (await request.form()).items()}
    try:
        answer = await act(model.model_validate(fields))
    except ValidationError as invalid:
        status, errors = 422, {str(fault["loc"][0]): "" for fault in invalid.errors(include_url=False)}
        errors = {name: translate(_MISSING[name]) for name in errors if name in _MISSING}
    except Refused as refused:
        status, errors = 409, {"because": translate(refused.sentence)}
    except Outdated:
        status, errors = 412, {"because": translate(_OUTDATED)}
    else:
        return answer or RedirectResponse(f"/intake/duplicates/{suspicion_id}", 303)
    return one(request, await deciding.one(actor, suspicion_id), deciding.now, fields, errors, status)

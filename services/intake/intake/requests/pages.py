"""The agents' worklist and one request, as pages."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis.actor import EVERYWHERE, Actor
from chassis.service import CurrentParts
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from intake.duplicates import store as duplicates
from intake.requests import wording
from intake.requests.following import Following, NotWaiting, Worklist
from intake.requests.reception import TAKES_REQUESTS
from intake.territories import store as territories
from intake.typed import typed

LONGEST_ANSWER = 5000
_TOO_LONG = N_("La réponse dépasse 5 000 caractères. Raccourcissez-la.")
_NOT_WAITING = N_(
    "Cette demande a déjà reçu une réponse, ou a été retirée. Votre texte n'est pas enregistré : copiez-le s'il peut "
    "encore servir."
)
Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]


async def worklist(
    request: Request, actor: Actor, parts: CurrentParts, found: Worklist, territory_id: str | None
) -> Response:
    """The list of requests, late ones first."""
    async with parts.app.transaction(actor) as tx:
        names = await territories.names(tx)
        alike = await duplicates.count_waiting(tx)
    held = actor.territories(*TAKES_REQUESTS)
    more = {"after": str(found.next), **({"territory": territory_id} if territory_id else {})}
    return render(
        request,
        "intake/worklist.html",
        found=found,
        wording=wording,
        places=[(key, name) for key, name in names.items() if EVERYWHERE in held or key in held],
        territory_id=territory_id,
        alike=alike,
        next_url=f"/intake/requests?{urlencode(more)}" if found.next else None,
        today=parts.now().astimezone(parts.settings.zone).date(),
    )


def one(request: Request, found: dict[str, Any], text: str = "", error: str | None = None) -> Response:
    """One request; after an answer that could not be recorded, what was typed and why."""
    return render(
        request,
        "intake/request.html",
        status=422 if error else 200,
        found=found,
        wording=wording,
        text=text,
        errors={"text": translate(error)} if error else {},
    )


def _missing(text: str) -> str | None:
    """What keeps an answer from being recorded, if anything does."""
    if not text:
        return N_("Écrivez la réponse donnée.")
    return _TOO_LONG if len(text) > LONGEST_ANSWER else None


def request_pages(following: Following) -> APIRouter:
    """The forms on a request's page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/intake")
    async def start() -> Response:
        return RedirectResponse("/intake/requests", 303)

    @router.post("/intake/requests/{request_id}/reponse")
    async def answer(
        request: Request, request_id: UUID, actor: Colleague, text: Annotated[str, Form()] = ""
    ) -> Response:
        text = typed(text).strip()
        error = _missing(text)
        if error is None:
            try:
                await following.answer(actor, request_id, text)
            except NotWaiting:
                error = _NOT_WAITING
        if error is not None:
            return one(request, await following.one(actor, request_id), text, error)
        return RedirectResponse(f"/intake/requests/{request_id}", 303)

    @router.post("/intake/requests/{request_id}/retrait")
    async def withdraw(request_id: UUID, actor: Colleague) -> Response:
        await following.withdraw(actor, request_id)
        return RedirectResponse(f"/intake/requests/{request_id}", 303)

    return router

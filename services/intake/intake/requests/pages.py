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
from intake.requests import wording
from intake.requests.following import Following, NotWaiting, Worklist
from intake.requests.reception import TAKES_REQUESTS
from intake.territories import store as territories

Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]


async def worklist(
    request: Request, actor: Actor, parts: CurrentParts, found: Worklist, territory_id: str | None
) -> Response:
    """The list of requests, late ones first."""
    async with parts.app.transaction(actor) as tx:
        names = await territories.names(tx)
    held = actor.territories(*TAKES_REQUESTS)
    more = {"after": str(found.next), **({"territory": territory_id} if territory_id else {})}
    return render(
        request,
        "intake/worklist.html",
        found=found,
        wording=wording,
        places=[(key, name) for key, name in names.items() if EVERYWHERE in held or key in held],
        territory_id=territory_id,
        next_url=f"/intake/requests?{urlencode(more)}" if found.next else None,
        today=parts.now().astimezone(parts.settings.zone).date(),
    )


def one(request: Request, found: dict[str, Any], errors: dict[str, str] | None = None) -> Response:
    """One request."""
    status = 422 if errors else 200
    return render(request, "intake/request.html", status=status, found=found, wording=wording, errors=errors or {})


def request_pages(following: Following) -> APIRouter:
    """The forms on a request's page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/intake")
    async def start() -> Response:
        return RedirectResponse("/intake/requests", 303)

    @router.post("/intake/requests/{request_id}/reponse")
    async def answer(
        request: Request, request_id: UUID, actor: Colleague, text: Annotated[str, Form(max_length=5000)] = ""
    ) -> Response:
        if not text.strip():
            return one(request, await following.one(actor, request_id), {"text": "Écrivez la réponse donnée."})
        try:
            await following.answer(actor, request_id, text.strip())
        except NotWaiting:
            problem = {"text": "Cette demande a déjà reçu une réponse, ou a été retirée."}
            return one(request, await following.one(actor, request_id), problem)
        return RedirectResponse(f"/intake/requests/{request_id}", 303)

    @router.post("/intake/requests/{request_id}/retrait")
    async def withdraw(request_id: UUID, actor: Colleague) -> Response:
        await following.withdraw(actor, request_id)
        return RedirectResponse(f"/intake/requests/{request_id}", 303)

    return router

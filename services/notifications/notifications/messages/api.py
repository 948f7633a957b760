"""`/notifications/messages`: what became of messages, as JSON or as a page, and what an operator decides."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.forms import is_form
from chassis.web.identity import require
from chassis.web.problems import ProblemOf, conflict, not_found, wants_page
from chassis.web.translations import N_
from notifications.messages import outlook, pages
from notifications.messages.model import Reason, State

PAGE = 50
"""Messages in one answer."""

ROOT = "/notifications/messages"
UNARRIVED = (State.FAILED, State.BOUNCED, State.RETURNED)
"""What somebody may have tried again."""
router = APIRouter()
Reader = Annotated[Actor, Depends(require("operator", "manager"))]
"""Row-level security then leaves a manager the messages of their territories."""


class Messages(BaseModel):
    """One page of messages, newest first; `next` is the address of the following one."""

    messages: Sequence[outlook.Fate]
    next: str | None


@router.get(ROOT, response_model=Messages)
async def messages(
    request: Request,
    parts: CurrentParts,
    actor: Reader,
    state: Annotated[State | Literal[""] | None, Query()] = None,
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> Any:
    """Messages and their fate; an empty state, as a form sends it, stands for all of them."""
    chosen = state or None
    async with parts.app.transaction(actor) as tx:
        found = await outlook.listed(tx, state=chosen, after=after, limit=PAGE + 1)
    shown, more = found[:PAGE], len(found) > PAGE
    following = f"{ROOT}?after={shown[-1].place}" + (f"&state={chosen}" if chosen else "") if more else None
    if wants_page(request):
        return pages.messages(request, shown, chosen, following)
    return {"messages": [asdict(one) for one in shown], "next": following}


@router.get("/notifications/", include_in_schema=False)
async def home(actor: Reader) -> Response:
    """The short address of the page."""
    return RedirectResponse(ROOT, 303)


@router.post(ROOT + "/{message_id}/retry")
async def retry(message_id: UUID, request: Request, parts: CurrentParts, actor: Reader) -> Response:
    """Try again a message that failed, or came back."""
    return await _decide(request, parts, actor, message_id, UNARRIVED, State.PLANNED, None)


@router.post(ROOT + "/{message_id}/release")
async def release(message_id: UUID, request: Request, parts: CurrentParts, actor: Reader) -> Response:
    """Let a message held after a restore leave."""
    return await _decide(request, parts, actor, message_id, (State.HELD,), State.PLANNED, None)


@router.post(ROOT + "/{message_id}/discard")
async def discard(message_id: UUID, request: Request, parts: CurrentParts, actor: Reader) -> Response:
    """Give up a message held after a restore: it had left already."""
    return await _decide(request, parts, actor, message_id, (State.HELD,), State.SUPPRESSED, Reason.DISCARDED)


async def _decide(
    request: Request,
    parts: Parts,
    actor: Actor,
    message_id: UUID,
    before: Sequence[State],
    after: State,
    reason: str | None,
) -> Response:
    async with parts.app.transaction(actor) as tx:
        await outlook.move(tx, message_id, before, after, reason=reason, by=actor.subject, at=parts.now())
    if is_form(request):
        return RedirectResponse(f"{ROOT}?state={before[0]}", 303)
    return JSONResponse({"message_id": str(message_id), "state": after})


ERRORS: Mapping[type[Exception], ProblemOf] = {
    outlook.NoSuchMessage: lambda _: not_found(N_("Ce message n’existe pas, ou il est d’un autre territoire.")),
    outlook.NotInThatState: lambda _: conflict(
        "message-moved-on", N_("Ce message a changé d’état entre-temps. Rechargez la liste.")
    ),
}

"""`/notifications/preferences`: what somebody is written to about, chosen by the link of a message, without an account
and without JavaScript.

The page tells nothing of who they are, nor of why they are written to. The mail's address carries the token once: it
moves to an encrypted cookie at once, and no page, form or log holds it. Mail programs decline by that same address, in
one click (RFC 8058).
"""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from chassis.service import CurrentParts, Parts
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.problems import Problem, not_found
from chassis.web.translations import N_
from notifications.messages.rules import RuleBook
from notifications.preferences.choosing import Choosing, NothingToChoose
from notifications.preferences.links import PLACE, Links

HELD_SECONDS: Final = 3600
"""How long a browser may choose without opening the link again."""
ONE_CLICK: Final = f"POST {PLACE}/{{token}}"
"""What mail programs ask by themselves: its address is the permission."""
Token = Annotated[str, Path(max_length=100)]
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "acknowledgements": (N_("Bien reçu"), N_("Un message quand ce que vous avez envoyé est arrivé.")),
    "reminders": (N_("Dates"), N_("Un message quand une date est fixée, changée ou annulée.")),
    "news": (N_("Nouvelles"), N_("Un message quand une information vous attend.")),
}
"""Kind → what is read, in words that tell nothing of anybody."""


def preference_pages(book: RuleBook, links: Links) -> APIRouter:
    """The page, what it sends, and the mail programs' one click."""
    router = APIRouter(prefix=PLACE, include_in_schema=False)

    @router.get("/{token}")
    async def arrive(token: Token, request: Request, parts: CurrentParts) -> Response:
        """What the mail links to. It changes nothing: programs that look at mails follow links too."""
        message_id = links.message(token)
        if message_id is None:
            return _page(request, status=404)
        response = RedirectResponse(PLACE, 303)
        _cookie(parts).set(response, {"message": str(message_id)}, parts.now().timestamp())
        return response

    @router.post("/{token}")
    async def one_click(
        token: Token,
        parts: CurrentParts,
        asked: Annotated[str, Form(alias="List-Unsubscribe", max_length=20)] = "",
    ) -> Response:
        """No more messages of that kind. Asked again it changes nothing."""
        message_id = links.message(token)
        if message_id is None:
            raise not_found()
        if asked != "One-Click":
            raise Problem(
                422, "not-one-click", N_("Rien n’est changé"), N_("Ouvrez ce lien pour choisir vos messages.")
            )
        try:
            await Choosing(parts, book).decline(message_id)
        except NothingToChoose:
            raise not_found() from None
        return Response(status_code=204)

    @router.get("")
    async def show(request: Request, parts: CurrentParts, done: bool = False) -> Response:
        try:
            standing = await Choosing(parts, book).standing(_held(request, parts))
        except NothingToChoose:
            return _page(request, status=404)
        return _page(request, standing=standing, done=done)

    @router.post("")
    async def choose(
        request: Request, parts: CurrentParts, wanted: Annotated[tuple[str, ...], Form(max_length=20)] = ()
    ) -> Response:
        try:
            await Choosing(parts, book).choose(_held(request, parts), wanted)
        except NothingToChoose:
            return _page(request, status=404)
        return RedirectResponse(f"{PLACE}?done=true", 303)

    return router


def _cookie(parts: Parts) -> SealedCookie:
    secure = parts.settings.public_url.startswith("https://")
    return SealedCookie("messages", parts.settings.cookie_key, seconds=HELD_SECONDS, secure=secure)


def _held(request: Request, parts: Parts) -> UUID:
    """The message whose link this browser opened. Raises NothingToChoose without any."""
    cookie = _cookie(parts)
    content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
    if content is None:
        raise NothingToChoose
    return UUID(content["message"])


def _page(request: Request, *, status: int = 200, standing: object = None, done: bool = False) -> Response:
    return render(request, "notifications/preferences.html", status=status, standing=standing, done=done, kinds=KINDS)

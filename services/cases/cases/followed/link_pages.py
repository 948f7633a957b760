"""The page behind the link of a member of the family group.

The message's address carries the secret once: it moves to an encrypted cookie at once, and no page, form or log holds
it.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from cases.followed import by_link
from cases.followed.by_link import NothingToRead, Seen
from chassis.service import CurrentParts, Parts
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render

PLACE: Final = "/cases/lire"
HELD_SECONDS: Final = 1800
"""How long a browser may read without opening the link again."""
router = APIRouter(prefix=PLACE, include_in_schema=False)


def _cookie(parts: Parts) -> SealedCookie:
    secure = parts.settings.public_url.startswith("https://")
    return SealedCookie("plan", parts.settings.cookie_key, seconds=HELD_SECONDS, secure=secure)


@router.get("/{secret}")
async def arrive(secret: Annotated[str, Path(max_length=60)], parts: CurrentParts) -> Response:
    """What the message links to. It changes nothing: programs that look at mails follow links too."""
    response = RedirectResponse(PLACE, 303)
    _cookie(parts).set(response, {"secret": secret}, parts.now().timestamp())
    return response


@router.get("")
async def show(request: Request, parts: CurrentParts) -> Response:
    """The plan, or that there is nothing to read."""
    try:
        seen: Seen | None = await by_link.look(parts, _secret(request, parts))
    except NothingToRead:
        seen = None
    return render(request, "cases/plan_link.html", status=200 if seen else 404, seen=seen)


def _secret(request: Request, parts: Parts) -> str:
    cookie = _cookie(parts)
    content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
    if content is None:
        raise NothingToRead
    return str(content["secret"])


@router.post("/quitter")
async def leave(request: Request, parts: CurrentParts) -> Response:
    """What was shown is gone, and the browser goes somewhere that tells nothing."""
    address = parts.settings.quick_exit_url
    response = render(request, "maillage/left.html", headers={"Refresh": f"0; url={address}"}, address=address)
    _cookie(parts).clear(response)
    return response

"""`/annuaire/confirmer`: pages behind an organisation's link, without an account and without JavaScript.

The mail's address carries the secret once: it moves to an encrypted cookie at once, and no page, form or log holds it.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.service import CurrentParts, Parts
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.translations import translate
from directory.aggregates import NotKept
from directory.forms import Fields, faults, fields_of
from directory.hours.words import readable
from directory.quality import answering
from directory.quality.model import Standing
from directory.quality.words import FIELDS, said
from directory.refusal import Refused

PLACE: Final = "/annuaire/confirmer"
HELD_SECONDS: Final = 3600
"""How long a browser may look and answer without opening the link again."""
router = APIRouter(prefix=PLACE, include_in_schema=False)


def _cookie(parts: Parts) -> SealedCookie:
    secure = parts.settings.public_url.startswith("https://")
    return SealedCookie("confirmation", parts.settings.cookie_key, seconds=HELD_SECONDS, secure=secure)


def _secret(request: Request, parts: Parts) -> str:
    """The secret this browser holds. Raises NotKept without any."""
    cookie = _cookie(parts)
    content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
    if content is None:
        raise NotKept
    return str(content["secret"])


@router.get("/{secret}")
async def arrive(secret: Annotated[str, Path(max_length=60)], parts: CurrentParts) -> Response:
    """What the mail links to. It changes nothing: programs that look at mails follow links too."""
    response = RedirectResponse(PLACE, 303)
    _cookie(parts).set(response, {"secret": secret}, parts.now().timestamp())
    return response


@router.get("")
async def show(request: Request, parts: CurrentParts, done: str = "") -> Response:
    return await _show(request, parts, done=done)


async def _show(
    request: Request,
    parts: Parts,
    status: int = 200,
    *,
    done: str = "",
    errors: dict[str, str] | None = None,
    typed: Fields | None = None,
) -> Response:
    """The entry and its forms; without a link that is good, how to get one."""
    context: dict[str, Any] = {
        "done": done,
        "errors": errors or {},
        "typed": typed or Fields(),
        "fields": FIELDS,
        "hours": readable,
        "said": said,
        "value": lambda entry, name: getattr(entry, name, None) or "",
    }
    try:
        seen = await answering.look(parts, _secret(request, parts))
    except NotKept:
        return render(request, "directory/confirmation.html", status=status, seen=None, standings=Standing, **context)
    return render(request, "directory/confirmation.html", status=status, seen=seen, standings=Standing, **context)


@router.post("")
async def confirm(request: Request, parts: CurrentParts) -> Response:
    """All is right, in one press."""
    try:
        await answering.confirm(parts, _secret(request, parts))
    except (NotKept, Refused) as refused:
        return await _refused(request, parts, refused)
    return RedirectResponse(f"{PLACE}?done=confirmed", 303)


@router.post("/correction/{aggregate_id}")
async def correct(request: Request, aggregate_id: UUID, parts: CurrentParts) -> Response:
    """What is otherwise, field by field."""
    fields = await fields_of(request)
    typed = {name: fields.text(name) for name in fields}
    try:
        count = await answering.correct(parts, _secret(request, parts), aggregate_id, typed)
    except ValidationError as invalid:
        wrong = {f"{name}-{aggregate_id}": fault for name, fault in faults(invalid).items()}
        kept = Fields({f"{name}-{aggregate_id}": texts for name, texts in fields.items()})
        return await _show(request, parts, 422, errors=wrong, typed=kept)
    except (NotKept, Refused) as refused:
        return await _refused(request, parts, refused)
    return RedirectResponse(f"{PLACE}?done={'corrected' if count else 'same'}", 303)


@router.post("/renew")
async def renew(request: Request, parts: CurrentParts) -> Response:
    """Send the next link to the registered address."""
    try:
        await answering.renew(parts, _secret(request, parts))
    except (NotKept, Refused) as refused:
        return await _refused(request, parts, refused)
    return RedirectResponse(f"{PLACE}?done=renewed", 303)


async def _refused(request: Request, parts: Parts, refused: NotKept | Refused) -> Response:
    if isinstance(refused, NotKept):
        return await _show(request, parts, 404)
    return await _show(request, parts, 409, errors={"form": translate(refused.sentence)})

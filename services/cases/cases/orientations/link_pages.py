"""Pages behind a link, for an organisation without an account: the code first, then the question and its answer.

The mail's address carries the secret once: it moves to an encrypted cookie at once, and no page, form or log holds it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from cases.dossiers.model import Refused
from cases.dossiers.work import Outdated
from cases.orientations import by_link, received
from cases.orientations.by_link import NoSuchLink, Seen
from cases.orientations.links import CODE_LENGTH, Standing
from cases.orientations.received import AnswerForm
from chassis.service import CurrentParts, Parts
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.translations import translate as _

HELD_SECONDS = 1800
"""How long a browser may look and answer without opening the link, or giving a code, again."""
PLACE = "/cases/orientations/answer"
router = APIRouter(prefix=PLACE, include_in_schema=False)


def _cookie(parts: Parts) -> SealedCookie:
    secure = parts.settings.public_url.startswith("https://")
    return SealedCookie("orientation", parts.settings.cookie_key, seconds=HELD_SECONDS, secure=secure)


def _kept(request: Request, parts: Parts) -> dict[str, Any]:
    """The secret this browser holds, and whether its code was given. Raises NoSuchLink without any."""
    cookie = _cookie(parts)
    content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
    if content is None:
        raise NoSuchLink
    return {"secret": content["secret"], "let_in": content["let_in"]}


def _keep(parts: Parts, secret: str, *, let_in: bool) -> Response:
    response = RedirectResponse(PLACE, 303)
    _cookie(parts).set(response, {"secret": secret, "let_in": let_in}, parts.now().timestamp())
    return response


@router.get("/{secret}")
async def arrive(secret: Annotated[str, Path(max_length=60)], parts: CurrentParts) -> Response:
    """What the mail links to. It changes nothing: programs that look at mails follow links too."""
    return _keep(parts, secret, let_in=False)


@router.get("")
async def show(request: Request, parts: CurrentParts) -> Response:
    return await _show(request, parts)


async def _show(
    request: Request, parts: Parts, status: int = 200, sentences: list[str] | None = None, done: str = ""
) -> Response:
    """The page of this moment: nothing without a link, the code before any name, then the question."""
    try:
        seen = await by_link.look(parts, **_kept(request, parts))
    except NoSuchLink:
        return render(
            request, "cases/orientation_link.html", status=status, seen=None, sentences=sentences or [], done=done
        )
    if seen.let_in:
        return received.page(request, "cases/orientation_answer.html", seen.asked, status, sentences)
    return render(
        request,
        "cases/orientation_link.html",
        status=status,
        seen=seen,
        said=_said(seen),
        standings=Standing,
        sentences=sentences or [],
        done=done,
    )


def _said(seen: Seen) -> str:
    """What the holder of a link is told before the code."""
    sentences = {
        Standing.GOOD: _("Avant de continuer, un code à usage unique est envoyé à l'adresse de votre structure."),
        Standing.EXPIRED: _("Ce lien n'est plus valable. Vous pouvez en recevoir un nouveau."),
        Standing.REVOKED: _("Ce lien a été révoqué : adressez-vous à la structure qui vous a écrit."),
    }
    return sentences[seen.standing]


@router.post("/code")
async def code(request: Request, parts: CurrentParts) -> Response:
    """Send a code to the registered address."""
    try:
        await by_link.ask_code(parts, _kept(request, parts)["secret"])
    except Refused as refused:
        return await _show(request, parts, 409, list(refused.missing))
    except NoSuchLink:
        return await _show(request, parts, 404)
    return RedirectResponse(PLACE, 303)


@router.post("/open")
async def let_in(request: Request, parts: CurrentParts, code: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Let in whoever has read the code; spaces do not count."""
    typed = "".join(character for character in code if character in "0123456789")[: CODE_LENGTH + 1]
    try:
        secret = _kept(request, parts)["secret"]
        if await by_link.try_code(parts, secret, typed):
            return _keep(parts, secret, let_in=True)
    except NoSuchLink:
        return await _show(request, parts, 404)
    wrong = _("Ce code n'est pas le bon, ou il n'est plus valable. Vérifiez-le, ou demandez-en un autre.")
    return await _show(request, parts, 422, [wrong])


@router.post("")
async def answer(request: Request, parts: CurrentParts) -> Response:
    """Answer, once let in."""
    sent = await received.form_of(request)
    try:
        kept = _kept(request, parts)
        if not kept["let_in"]:
            return await _show(request, parts, 403, [_("Donnez d'abord le code.")])
        if not isinstance(sent, AnswerForm):
            return await _show(request, parts, 422, sent)
        await by_link.answer(parts, kept["secret"], sent.given)
    except (Refused, Outdated) as refused:
        return await _show(request, parts, *received.refusal_of(refused))
    except NoSuchLink:
        return await _show(request, parts, 404)
    return RedirectResponse(PLACE, 303)


@router.post("/renew")
async def renew(request: Request, parts: CurrentParts) -> Response:
    """Send the next link to the registered address."""
    try:
        await by_link.renew(parts, _kept(request, parts)["secret"])
    except Refused as refused:
        return await _show(request, parts, 409, list(refused.missing))
    except NoSuchLink:
        return await _show(request, parts, 404)
    said = _("Un nouveau lien vient d'être envoyé à l'adresse enregistrée de votre structure.")
    return await _show(request, parts, done=said)

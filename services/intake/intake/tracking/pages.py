"""`/suivi`: where a request stands, for whoever holds its reference and secret."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis.service import Parts
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from intake.requests import wording
from intake.tracking.following import Held, NothingToFollow, Tracking

FOLLOWED_SECONDS = 1800
"""How long a browser may look at the request again without typing."""
_NOTHING = N_("Aucune demande n'a cette référence et ce code. Vérifiez les deux, puis recommencez.")


def tracking_pages(parts: Parts, tracking: Tracking) -> APIRouter:
    """The form, the standing of one request, and forgetting it on this device."""
    router = APIRouter(include_in_schema=False)
    settings = parts.settings
    cookie = SealedCookie(
        "suivi",
        settings.cookie_key,
        seconds=FOLLOWED_SECONDS,
        secure=settings.public_url.startswith("https://"),
    )

    @router.get("/suivi")
    async def show(request: Request) -> Response:
        content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
        if content is None:
            return _form(request)
        try:
            standing = await tracking.standing(Held(**content))
        except NothingToFollow:
            return _form(request)
        return render(request, "intake/standing.html", standing=standing, wording=wording)

    @router.post("/suivi")
    async def follow(
        request: Request,
        reference: Annotated[str, Form(max_length=40)] = "",
        secret: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        held = tracking.held(reference, secret)
        try:
            await tracking.standing(held)
        except NothingToFollow:
            return _form(request, reference, {"reference": translate(_NOTHING)})
        response = RedirectResponse("/suivi", 303)
        cookie.set(response, asdict(held), parts.now().timestamp())
        return response

    @router.post("/suivi/fin")
    async def forget() -> Response:
        response = RedirectResponse("/suivi", 303)
        cookie.clear(response)
        return response

    return router


def _form(request: Request, reference: str = "", errors: dict[str, str] | None = None) -> Response:
    status = 422 if errors else 200
    return render(request, "intake/track.html", status=status, reference=reference, errors=errors or {})

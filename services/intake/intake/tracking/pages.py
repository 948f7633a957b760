"""`/suivi`: where a request stands, for whoever holds its reference and secret."""

from dataclasses import asdict
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis.service import Parts
from chassis.web.identity.cookie import SealedCookie
from chassis.web.identity.visit import Visit
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from intake.consents.agreeing import NoSuchConsent, OwnConsents
from intake.requests import wording
from intake.tracking.following import Held, NothingToFollow, Tracking

FOLLOWED_SECONDS = 1800
"""How long a browser may look at the request again without typing."""
AGREEMENTS: Final = {
    "programme": N_("Votre accord pour l'aide demandée"),
    "sharing": N_("Votre accord pour partager des informations avec une autre structure"),
    "messages": N_("Votre accord pour recevoir des messages"),
}
_NOTHING = N_("Aucune demande n'a cette référence et ce code. Vérifiez les deux, puis recommencez.")


def tracking_pages(parts: Parts, tracking: Tracking, consents: OwnConsents) -> APIRouter:
    """The form, the standing of one request, taking a consent back, and forgetting it all on this device."""
    router = APIRouter(include_in_schema=False)
    settings = parts.settings
    cookie = SealedCookie(
        "suivi",
        settings.cookie_key,
        seconds=FOLLOWED_SECONDS,
        secure=settings.public_url.startswith("https://"),
    )

    visit = Visit(settings)

    def held(request: Request) -> Held:
        content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
        if content is None:
            raise NothingToFollow
        return Held(**content)

    @router.get("/suivi")
    async def show(request: Request) -> Response:
        try:
            standing = await tracking.standing(held(request))
        except NothingToFollow:
            return _form(request)
        agreed = await consents.listed(held(request)) if standing.own else []
        visited = await tracking.may_visit(held(request))
        response = render(
            request,
            "intake/standing.html",
            standing=standing,
            agreed=[(one["consent_id"], translate(AGREEMENTS[one["kind"]]), one["given_at"]) for one in agreed],
            withdrawn="retire" in request.query_params,
            visited=visited is not None,
            wording=wording,
        )
        if visited is not None:
            visit.let_in(response, visited, parts.now().timestamp())
        return response

    @router.post("/suivi/accords/{consent_id}/retrait")
    async def withdraw(request: Request, consent_id: UUID) -> Response:
        """Taken back, now or by another way before."""
        try:
            await consents.withdraw(held(request), consent_id)
        except (NothingToFollow, NoSuchConsent):
            return RedirectResponse("/suivi", 303)
        return RedirectResponse("/suivi?retire=oui", 303)

    @router.post("/suivi")
    async def follow(
        request: Request,
        reference: Annotated[str, Form(max_length=40)] = "",
        secret: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        typed = tracking.held(reference, secret)
        try:
            await tracking.standing(typed)
        except NothingToFollow:
            return _form(request, reference, {"reference": translate(_NOTHING)})
        response = RedirectResponse("/suivi", 303)
        cookie.set(response, asdict(typed), parts.now().timestamp())
        return response

    @router.post("/suivi/fin")
    async def forget() -> Response:
        response = RedirectResponse("/suivi", 303)
        cookie.clear(response)
        visit.end(response)
        return response

    return router


def _form(request: Request, reference: str = "", errors: dict[str, str] | None = None) -> Response:
    status = 422 if errors else 200
    return render(request, "intake/track.html", status=status, reference=reference, errors=errors or {})

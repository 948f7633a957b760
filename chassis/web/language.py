"""The language somebody chooses to read pages in."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from chassis.settings import Settings
from chassis.web.identity.sign_in import local_path
from chassis.web.translations import LANGUAGE_COOKIE, SOURCE_LANGUAGE, offered

KEPT_SECONDS = 365 * 24 * 3600


def language_router(settings: Settings) -> APIRouter:
    """`/auth/language`: any service can serve it."""
    router = APIRouter(include_in_schema=False)
    secure = settings.public_url.startswith("https://")

    @router.get("/auth/language")
    async def choose(to: str = SOURCE_LANGUAGE, return_to: str = "/") -> Response:
        response = RedirectResponse(local_path(return_to), 303)
        if to in offered():
            response.set_cookie(LANGUAGE_COOKIE, to, KEPT_SECONDS, secure=secure, httponly=True, samesite="lax")
        return response

    return router

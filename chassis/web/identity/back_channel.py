"""The identity provider says that somebody is signed out (OpenID Connect Back-Channel Logout 1.0)."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Annotated, Any

from fastapi import APIRouter, Form
from joserfc import jwt
from joserfc.errors import JoseError
from starlette.responses import Response

from chassis.ended_sessions import mark
from chassis.settings import Settings
from chassis.web.identity.bearer import LEEWAY_SECONDS, InvalidToken, signed_claims
from chassis.web.identity.endings import Endings
from chassis.web.identity.provider import Provider, ProviderAway
from chassis.web.problems import Problem, unavailable
from chassis.web.translations import N_

EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_SECONDS = 600
"""A token made longer ago says nothing any more: what it spoke of may have begun anew."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Who is signed out: one session at the provider (`sid`), or without one everything of somebody."""

    token: str
    subject: str
    sid: str


class LogoutTokens:
    """Checks logout tokens. `now` gives Unix seconds."""

    def __init__(self, provider: Provider, client_id: str, now: Callable[[], float] = time) -> None:
        self._provider = provider
        self._client_id = client_id
        self._now = now

    async def check(self, token: str) -> SignedOut:
        """Who it speaks of. Raises InvalidToken, and ProviderAway before any key is known."""
        claims = await signed_claims(self._provider, token)
        self._check_times(claims)
        subject, sid, jti = (_text(claims, name) for name in ("sub", "sid", "jti"))
        events = claims.get("events")
        if "nonce" in claims or not jti or not (subject or sid):
            raise InvalidToken
        if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
            raise InvalidToken
        return SignedOut(jti, subject, sid)

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = int(self._now())
        rules = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._client_id},
            iat={"essential": True},
        )
        try:
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidToken from error
        if claims["iat"] < now - OLDEST_SECONDS:
            raise InvalidToken


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise InvalidToken
    return value


def back_channel_router(settings: Settings, provider: Provider | None, endings: Endings) -> APIRouter:
    """`POST /auth/back-channel-logout`, which the provider calls itself: any service can serve it."""
    router = APIRouter(include_in_schema=False)
    tokens = LogoutTokens(provider, settings.oidc_client_id) if provider is not None else None

    @router.post("/auth/back-channel-logout")
    async def logout(logout_token: Annotated[str, Form()]) -> Response:
        if tokens is None:
            raise unavailable()
        try:
            out = await tokens.check(logout_token)
        except InvalidToken:
            raise refused() from None
        except ProviderAway:
            raise unavailable() from None
        over = mark(settings.cookie_key, *(("session", out.sid) if out.sid else ("subject", out.subject)))
        if not await endings.end([over], once=mark(settings.cookie_key, "token", out.token)):
            raise refused()
        return Response()

    return router


def refused() -> Problem:
    detail = N_("Ce jeton de déconnexion n'est pas valable, est trop ancien ou a déjà servi. Envoyez-en un nouveau.")
    return Problem(400, "logout-refused", N_("Déconnexion refusée"), detail)

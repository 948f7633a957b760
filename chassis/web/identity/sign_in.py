"""Signing in: authorization code with PKCE (RFC 7636), state and nonce; signing out at the provider too."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import replace
from hmac import compare_digest
from time import time
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.settings import Settings
from chassis.web.identity.bearer import LEEWAY_SECONDS, InvalidToken, TokenChecker, Verified
from chassis.web.identity.cookie import SealedCookie, Session, SessionCookie
from chassis.web.identity.current import authenticated, reader_mark
from chassis.web.identity.endings import Endings, own_mark
from chassis.web.identity.provider import Provider, ProviderAway, RefusedExchange
from chassis.web.pages import render
from chassis.web.problems import Problem, unavailable
from chassis.web.translations import N_

ATTEMPT_SECONDS = 600
SCOPES = "openid"


def local_path(text: str | None) -> str:
    """`text` when it is a path of this very site, else `/`: a sign-in must not lead elsewhere."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")):
        return "/"
    return text if text.isprintable() and "\\" not in text and len(text) <= 1024 else "/"


def sign_in_router(settings: Settings, provider: Provider | None, endings: Endings) -> APIRouter:
    """`/auth/sign-in`, `/auth/callback`, `/auth/sign-out`, and what a page asks of its session; any service can serve
    them."""
    router = APIRouter(include_in_schema=False)
    flow = _Flow(settings, provider, endings)

    @router.get("/auth/sign-in")
    async def sign_in(request: Request, return_to: str = "/") -> Response:
        return await flow.begin(request, local_path(return_to))

    @router.get("/auth/callback")
    async def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        return await flow.finish(request, state, "" if error else code)

    @router.post("/auth/sign-out")
    async def sign_out(request: Request) -> Response:
        return await flow.leave(request)

    @router.post("/auth/lock", status_code=204)
    async def lock(request: Request) -> Response:
        return await flow.lock(request)

    @router.get("/auth/session")
    async def session(request: Request) -> Response:
        return flow.session(request)

    @router.get("/auth/unlocked")
    async def unlocked(request: Request) -> Response:
        return render(request, "maillage/unlocked.html")

    return router


class _Flow:
    def __init__(self, settings: Settings, provider: Provider | None, endings: Endings) -> None:
        secure = settings.public_url.startswith("https://")
        self._settings = settings
        self._provider = provider
        self._endings = endings
        self._attempts = SealedCookie("connexion", settings.cookie_key, seconds=ATTEMPT_SECONDS, secure=secure)
        self._back = settings.public_url + "/auth/callback"

    async def begin(self, request: Request, return_to: str) -> Response:
        verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        sessions: SessionCookie = request.app.state.sessions
        again = sessions.left(request.cookies.get(sessions.name), time())
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._back,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            **(_challenge(verifier) if self._settings.oidc_pkce else {}),
            **({"prompt": "login"} if again else {}),
        }
        response = RedirectResponse(await self._endpoint("authorization_endpoint", query), 303)
        proved_since = int(time()) if again else 0
        attempt = {
            "verifier": verifier,
            "state": state,
            "nonce": nonce,
            "return_to": return_to,
            "proved_since": proved_since,
        }
        self._attempts.set(response, attempt, time())
        return response

    async def finish(self, request: Request, state: str, code: str) -> Response:
        attempt = self._attempts.open(request.cookies.get(self._attempts.name), time())
        if attempt is None or not code or not compare_digest(attempt["state"].encode(), state.encode()):
            raise not_signed_in()
        id_token, verified = await self._exchange(code, attempt)
        if not compare_digest(str(verified.claims.get("nonce", "")).encode(), attempt["nonce"].encode()):
            raise not_signed_in()
        _check_proof(verified, attempt["proved_since"])
        response = RedirectResponse(local_path(attempt["return_to"]), 303)
        self._attempts.clear(response)
        sessions: SessionCookie = request.app.state.sessions
        sid = verified.claims.get("sid")
        began = Session.begin(verified.subject, id_token, time(), sid if isinstance(sid, str) else "")
        sessions.set(response, began, time())
        return response

    async def _exchange(self, code: str, attempt: dict[str, Any]) -> tuple[str, Verified]:
        assert self._provider is not None  # `begin` refuses otherwise
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            **({"code_verifier": attempt["verifier"]} if self._settings.oidc_pkce else {}),
        }
        secret = self._settings.oidc_client_secret.get_secret_value()
        checker = TokenChecker(self._provider, self._settings.oidc_client_id)
        try:
            tokens = await self._provider.exchange(body, (self._settings.oidc_client_id, secret))
            id_token = str(tokens.get("id_token", ""))
            return id_token, await checker.check(id_token)
        except (InvalidToken, RefusedExchange):
            raise not_signed_in() from None
        except ProviderAway:
            raise unavailable() from None

    async def leave(self, request: Request) -> Response:
        found = authenticated(request)
        query = {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": self._settings.public_url + "/",
            "state": secrets.token_urlsafe(32),
        }
        if found is not None and found.session is not None:
            await self._endings.end([own_mark(self._settings.cookie_key, found.session)])
            if found.session.id_token:
                query["id_token_hint"] = found.session.id_token
        try:
            there = await self._endpoint("end_session_endpoint", query)
        except Problem:
            there = "/"  # the provider is away or knows no sign-out: ours is enough
        response = RedirectResponse(there, 303)
        sessions: SessionCookie = request.app.state.sessions
        sessions.clear(response)
        return response

    async def lock(self, request: Request) -> Response:
        """The browser's session is over, and its cookie remembers that somebody must prove who they are."""
        session, sessions = _session_of(request), request.app.state.sessions
        if session is None:
            return Response(status_code=204)  # another tab was faster
        await self._endings.end([own_mark(self._settings.cookie_key, session)])
        response = Response(status_code=204)
        sessions.set(response, replace(session, locked=True), time())
        return response

    def session(self, request: Request) -> Response:
        """What a page needs to go on under a session that was begun meanwhile: whose it is, if anybody's, and its
        token."""
        session = _session_of(request)
        return JSONResponse({"who": reader_mark(request), "csrf": session.csrf if session else ""})

    async def _endpoint(self, name: str, query: dict[str, str]) -> str:
        if self._provider is None:
            raise unavailable()
        try:
            address = (await self._provider.metadata()).get(name)
        except ProviderAway:
            raise unavailable() from None
        if not address:
            raise unavailable()
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _session_of(request: Request) -> Session | None:
    found = authenticated(request)
    return found.session if found is not None else None


def _check_proof(verified: Verified, since: int) -> None:
    """Who was asked to prove again who they are did so just now, where the provider tells when."""
    proved = verified.claims.get("auth_time")
    if since and isinstance(proved, int | float) and proved < since - LEEWAY_SECONDS:
        raise not_signed_in()


def _challenge(verifier: str) -> dict[str, str]:
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


def not_signed_in() -> Problem:
    detail = N_("La connexion n'a pas abouti ou a trop duré. Recommencez depuis la page de connexion.")
    return Problem(400, "sign-in-failed", N_("Connexion non aboutie"), detail)

"""The gate in front of every route: closed unless a route is listed as anonymous.

It stands before routing and before the body is read, so that a stranger costs little and
learns nothing; `confirm` repeats the rule behind routing, on the route that was chosen.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from math import ceil
from time import time
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observability.metrics import HTTP_REFUSED
from chassis.web.forms import SAFE_METHODS, check_token, comes_from_elsewhere
from chassis.web.identity.authenticator import Authenticated, Authenticator
from chassis.web.identity.cookie import Session, SessionCookie
from chassis.web.identity.current import authenticated
from chassis.web.problems import Problem, cross_site, respond, too_many, unauthenticated, wants_page
from chassis.web.rates import Limiter, client_of
from chassis.web.routes import AnonymousRoutes, Route, exists, template_of

SIGN_IN_PATH = "/auth/sign-in"


@dataclass(frozen=True)
class Guard:
    """What the gate goes by."""

    authenticator: Authenticator
    sessions: SessionCookie
    anonymous: AnonymousRoutes
    unlimited: AnonymousRoutes
    """Anonymous routes without a rate limit: probes and static files."""
    turns: AnonymousRoutes
    """Anonymous routes that write a page of a form of many, and are limited as reading is."""
    reads: Limiter
    writes: Limiter
    public_url: str


class Gate:
    """Pure ASGI: finds who asks, refuses who may not pass."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            refusal = await self._refusal(request)
        except Problem as problem:
            refusal = respond(request, problem)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, self._renewing(request, send))

    async def _refusal(self, request: Request) -> Response | None:
        guard, scope = self._guard, request.scope
        if guard.unlimited.allows(request.method, scope["path"]):
            return None
        safe = request.method in SAFE_METHODS
        if not safe and "authorization" not in request.headers and comes_from_elsewhere(request, guard.public_url):
            HTTP_REFUSED.labels("cross_site").inc()
            raise cross_site()
        anonymous = guard.anonymous.allows(request.method, scope["path"])
        if anonymous:
            self._limit(request, often=safe or guard.turns.allows(request.method, scope["path"]))
        scope["maillage.authenticated"] = await self._who(request, anonymous=anonymous)
        if anonymous or scope["maillage.authenticated"] is not None or not exists(request.app, scope):
            return None
        return _ask_to_sign_in(request)

    def _limit(self, request: Request, *, often: bool) -> None:
        limiter = self._guard.reads if often else self._guard.writes
        wait = limiter.take(client_of(request.scope))
        if wait:
            HTTP_REFUSED.labels("too_many").inc()
            raise too_many(ceil(wait))

    async def _who(self, request: Request, *, anonymous: bool) -> Authenticated | None:
        try:
            return await self._guard.authenticator.authenticate(request)
        except Problem:
            if anonymous:
                return None  # an open page stays open whatever credentials come along
            HTTP_REFUSED.labels("unauthenticated").inc()
            raise

    def _renewing(self, request: Request, send: Send) -> Send:
        found = authenticated(request)
        if found is None or found.session is None or _watches(request):
            return send
        return _with_renewed_cookie(self._guard.sessions, found.session, send)


def _watches(request: Request) -> bool:
    """Whether a page left open asks, rather than somebody in front of it: that keeps no session alive."""
    return request.headers.get("accept") == "text/event-stream"


def _with_renewed_cookie(sessions: SessionCookie, session: Session, send: Send) -> Send:
    now = time()
    renewed = session.renewed(now)
    if renewed is None:
        return send
    header = (b"set-cookie", sessions.header(renewed, now).encode())

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start" and not _sets_cookie(message, sessions.name):
            message["headers"] = [*message.get("headers", []), header]
        await send(message)

    return send_with_cookie


def _sets_cookie(message: Message, name: str) -> bool:
    start = f"{name}=".encode()
    return any(key == b"set-cookie" and value.startswith(start) for key, value in message.get("headers", []))


def _ask_to_sign_in(request: Request) -> Response:
    HTTP_REFUSED.labels("unauthenticated").inc()
    if request.method == "GET" and wants_page(request) and "hx-request" not in request.headers:
        return RedirectResponse(f"{SIGN_IN_PATH}?return_to={quote(_local(request), safe='')}", 303)
    return respond(request, unauthenticated())


def _local(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


async def confirm(request: Request) -> AsyncIterator[None]:
    """Behind routing: this very route is anonymous or somebody is signed in; forms carry their token. Files sent with a
    form are let go of when it is answered, whoever refused it."""
    try:
        await _admit(request)
        yield
    finally:
        await request.close()


async def _admit(request: Request) -> None:
    anonymous: AnonymousRoutes = request.app.state.anonymous
    route = Route("GET" if request.method == "HEAD" else request.method, template_of(request.scope))
    if authenticated(request) is None and route not in anonymous.routes:
        raise unauthenticated()
    if request.method not in SAFE_METHODS and route not in request.app.state.by_address:
        await check_token(request)

"""Around every request: ids, trace, metrics, one log line, security headers, size limit."""

import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from time import perf_counter

from fastapi import Request
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observability.context import bound
from chassis.observability.logs import get_logger
from chassis.observability.metrics import HTTP_REFUSED, HTTP_SECONDS
from chassis.observability.traces import request_span
from chassis.web.problems import passes, respond, too_large, unavailable, unexpected
from chassis.web.routes import Route, template_of
from chassis.web.translations import LANGUAGE_COOKIE, preferred, speaking

log = get_logger(__name__)

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9._-]{8,64}$")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other is a stranger's invention, and must not become a metric."""
_UNTOLD = frozenset({"/live", "/ready", "/metrics"})
"""Asked every few seconds by machines: measured, not logged."""
_HUSHED = "maillage.untold"


async def untold(request: Request) -> None:
    """Dependency of routes whose very use nobody else may learn of: no log line, no metric, no name in traces."""
    request.scope[_HUSHED] = True


class Observed:
    """Pure ASGI, around all that may fail: what happened is told once, and nothing escapes as a bare error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def _language(self, scope: Scope) -> str:
        """What the reader chose or their browser prefers."""
        return preferred(_given(scope, b"accept-language"), Request(scope).cookies.get(LANGUAGE_COOKIE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given(scope, b"x-request-id", _REQUEST_ID) or secrets.token_hex(16)
        traceparent = _given(scope, b"traceparent")
        with (
            bound(request_id=request_id),
            speaking(self._language(scope)),
            request_span(scope["method"], traceparent) as span,
        ):
            status = await self._answer(scope, receive, send, request_id)
            if span is not None and _HUSHED not in scope:
                span.update_name(f"{scope['method']} {template_of(scope)}")
                span.set_attributes({"http.route": template_of(scope), "http.response.status_code": status})

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> int:
        began, status = perf_counter(), 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        except Exception as error:
            if status:
                raise
            await _tell_error(scope, receive, send_marked, error)
        finally:
            _tell(scope, status, perf_counter() - began)
        return status


def _given(scope: Scope, name: bytes, pattern: re.Pattern[bytes] | None = None) -> str | None:
    value: bytes | None = next((value for key, value in scope["headers"] if key == name), None)
    if value is None or (pattern is not None and not pattern.match(value)):
        return None
    return value.decode("latin-1")


async def _tell_error(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    away = passes(error)
    if not away:
        log.error("a request failed", route=None if _HUSHED in scope else template_of(scope), exc_info=error)
    response = respond(Request(scope, receive), unavailable() if away else unexpected())
    await response(scope, receive, send)


@cache
def _seconds(method: str, route: str, status: int) -> Histogram:
    return HTTP_SECONDS.labels(method, route, str(status))


def _tell(scope: Scope, status: int, seconds: float) -> None:
    if _HUSHED in scope:
        return
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = template_of(scope)
    _seconds(method, route, status).observe(seconds)
    if route not in _UNTOLD:
        log.info(
            "request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1),
            problem=scope.get("maillage.problem"),
        )  # fmt: skip


def security_headers(*, form_targets: Iterable[str] = (), pictures: Iterable[str] = ()) -> list[tuple[bytes, bytes]]:
    """What every answer says to the browser.

    `form_targets` are the origins a form may end up at after redirects, `pictures` those of the map's pictures.
    """
    ours = " 'self'; ".join(("script-src", "worker-src", "style-src", "font-src", "manifest-src", ""))
    shown = "; ".join(" ".join([source, "'self'", *pictures]) for source in ("img-src", "connect-src"))
    form_action = " ".join(["form-action 'self'", *form_targets])
    policy = f"default-src 'none'; {ours}{shown}; base-uri 'none'; frame-ancestors 'none'; {form_action}"
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (b"cache-control", b"no-store"),
    ]


class Secured:
    """Pure ASGI, outermost so that errors carry them too: security headers, unless the answer says otherwise."""

    def __init__(self, app: ASGIApp, headers: list[tuple[bytes, bytes]]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message.get("headers", [])}
                missing = [header for header in self._headers if header[0] not in present]
                message["headers"] = [*message.get("headers", []), *missing]
            await send(message)

        await self._app(scope, receive, send_secured if scope["type"] == "http" else send)


class Limited:
    """Pure ASGI: bodies of at most `limit` bytes, declared or counted as they come; `larger`: more on some routes.

    Our own rather than FastAPI's `max_body_size`, whose refusal is plain text.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[Route, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = [(route.method, re.compile(route.pattern), size) for route, size in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._of(scope)
        declared = _given(scope, b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > limit:
            HTTP_REFUSED.labels("too_large").inc()
            await respond(Request(scope, receive), too_large(limit))(scope, receive, send)
            return
        await self._app(scope, self._counted(receive, limit), send)

    def _of(self, scope: Scope) -> int:
        found = (
            size
            for method, pattern, size in self._larger
            if method == scope["method"] and pattern.fullmatch(scope["path"])
        )
        return next(found, self._limit)

    @staticmethod
    def _counted(receive: Receive, limit: int) -> Receive:
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                HTTP_REFUSED.labels("too_large").inc()
                raise too_large(limit)
            return message

        return receive_counted

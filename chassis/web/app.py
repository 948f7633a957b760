"""One way to make a service's HTTP application: closed by default, observed, in French."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware import Middleware

from chassis.progress import Progress
from chassis.settings import Settings
from chassis.web import assets, problems, translations
from chassis.web.edge import Limited, Observed, Secured, security_headers
from chassis.web.forms import form_cookie
from chassis.web.gate import Gate, Guard, confirm
from chassis.web.health import Readiness, health_router
from chassis.web.identity.authenticator import Authenticator, Grants
from chassis.web.identity.back_channel import back_channel_router
from chassis.web.identity.bearer import TokenChecker
from chassis.web.identity.cookie import SessionCookie
from chassis.web.identity.endings import Endings, Over
from chassis.web.identity.provider import Provider
from chassis.web.identity.sign_in import sign_in_router
from chassis.web.language import language_router
from chassis.web.pages import Pages, chassis_folder, contracts_folder
from chassis.web.rates import READS, WRITES, Limiter, Rate
from chassis.web.routes import AnonymousRoutes, Route

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

LARGEST_BODY = 256 * 1024
"""Bytes a request may send."""
NOTHING_LARGER: Mapping[str, int] = MappingProxyType({})

PROBES = ("GET /live", "GET /ready", "GET /metrics", "GET /static/{digest}/{name}")
"""Open to everybody and without a rate limit."""

BACK_CHANNEL = "POST /auth/back-channel-logout"
"""The identity provider itself sends there, for many agents at once when their day ends."""
SIGN_IN = (
    "GET /auth/sign-in",
    "GET /auth/callback",
    "GET /auth/session",
    "GET /auth/language",
    "POST /auth/lock",
    "POST /auth/sign-out",
    BACK_CHANNEL,
)
"""Where one comes to be signed in, or is told that one is not."""

_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
"""FastAPI's own telemetry records addresses and exception messages; ours does not."""


def create_app(
    service: str,
    settings: Settings,
    routers: Sequence[APIRouter],
    *,
    anonymous: Sequence[str],
    by_address: Sequence[str] = (),
    turns: Sequence[str] = (),
    grants: Grants,
    endings: Endings,
    readiness: Readiness,
    progress: Sequence[Progress] = (),
    lifespan: Lifespan | None = None,
    errors: Mapping[type[Exception], problems.ProblemOf] | None = None,
    templates: Sequence[Path] = (),
    reads: Rate = READS,
    writes: Rate = WRITES,
    largest_body: int = LARGEST_BODY,
    larger_bodies: Mapping[str, int] = NOTHING_LARGER,
    provider: Provider | None = None,
) -> FastAPI:
    """The application of `service` (its package's name).

    `anonymous` lists, as `METHOD /template`, the routes open without signing in; every other
    one answers 401 to strangers. A form sent to those of `by_address` needs no token of ours: who knows the
    address may, and no browser adds anything to it. Those of `turns` are limited as reading is.
    `grants` reads the replica of the directory's grants, `endings` knows what sessions are over before their time,
    `readiness` says whether the database answers, `errors` maps a service's typed errors to
    problems, `templates` are its template folders. `larger_bodies` gives the routes (`METHOD /template`)
    to which more than `largest_body` bytes may be sent. Raises ValueError when `anonymous` names
    a route that does not exist or would open another one.
    """
    provider = provider or (Provider(settings.oidc_issuer) if settings.oidc_issuer else None)
    secure = settings.public_url.startswith("https://")
    sessions = SessionCookie(settings.cookie_key, secure=secure)
    openapi = f"/{service}/openapi.json"
    open_routes = AnonymousRoutes(map(Route.parse, (*anonymous, *PROBES, *SIGN_IN, f"GET {openapi}")))
    tokens = TokenChecker(provider, settings.oidc_audience) if provider is not None else None
    over = Over(settings.cookie_key, endings)
    guard = Guard(
        Authenticator(tokens, sessions, grants, over),
        sessions,
        open_routes,
        AnonymousRoutes(map(Route.parse, PROBES)),
        AnonymousRoutes(map(Route.parse, (*turns, BACK_CHANNEL))),
        Limiter(reads),
        Limiter(writes),
        settings.public_url,
    )
    app = FastAPI(
        title=f"Maillage: {service}",
        openapi_url=openapi,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        lifespan=lifespan,
        middleware=[
            Middleware(
                Secured,
                security_headers(form_targets=_origins(settings.oidc_issuer), pictures=_origins(settings.map_tiles)),
            ),
            Middleware(Observed),
            Middleware(Limited, largest_body, {Route.parse(route): size for route, size in larger_bodies.items()}),
            Middleware(Gate, guard),
        ],
    )
    _furnish(app, settings, sessions, open_routes, templates)
    app.state.over = over
    app.state.by_address = frozenset(map(Route.parse, (*by_address, BACK_CHANNEL)))
    problems.install(app, errors or {})
    # Routes are tried in this order: what is asked most stands first.
    for router in (
        *routers,
        health_router(readiness, progress),
        assets.router,
        sign_in_router(settings, provider, endings),
        back_channel_router(settings, provider, endings),
        language_router(settings),
    ):
        app.include_router(router, dependencies=[Depends(confirm)])
    open_routes.check(app)
    return app


def _furnish(
    app: FastAPI,
    settings: Settings,
    sessions: SessionCookie,
    anonymous: AnonymousRoutes,
    templates: Sequence[Path],
) -> None:
    translations.load([chassis_folder(), contracts_folder(), *{folder.parent for folder in templates}])
    app.state.settings = settings
    app.state.ending = asyncio.Event()
    app.state.sessions = sessions
    app.state.anonymous = anonymous
    app.state.form_cookie = form_cookie(settings.cookie_key, secure=settings.public_url.startswith("https://"))
    app.state.pages = Pages(templates, zone=settings.zone)


def _origins(*addresses: str) -> list[str]:
    return ["{0.scheme}://{0.netloc}".format(urlsplit(address)) for address in addresses if address]

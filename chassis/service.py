"""A service: what its composition root puts together, and the roles one process may take."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request

from chassis import agents, ended_sessions, ending, failpoints, freshness
from chassis.actor import Actor
from chassis.consumer import ConsumePolicy, Consumer
from chassis.database import Database
from chassis.due_dates import Clock, OnDue
from chassis.ended_sessions import EndedSessions
from chassis.handlers import Handlers
from chassis.observability import logs, traces
from chassis.operating import Ends
from chassis.progress import Progress
from chassis.relay import Relay, RelayPolicy
from chassis.sealing import Keyring, MasterKey
from chassis.settings import Settings
from chassis.web.app import create_app
from chassis.web.identity.provider import Provider
from chassis.web.operations import More, Operated, nothing_more, operations_router
from chassis.web.problems import ProblemOf
from chassis.web.rates import Rate

log = structlog.get_logger(__name__)

ROLES = ("serve", "consume", "relay", "clock")
"""Roles every service has, each scaled alone; a service may add its own."""


class Parts:
    """What capabilities are built from. `app` acts for people, `worker` for the service itself."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings = settings
        self.now = now
        self.app = Database(
            settings.database_url.get_secret_value(), size=settings.pool_size, application="maillage-app"
        )
        self.worker = Database(
            settings.worker_database_url.get_secret_value(),
            size=settings.pool_size,
            application="maillage-worker",
        )
        self.keyring = Keyring(MasterKey(settings.master_key, settings.master_key_id))

    async def open(self) -> None:
        await self.app.open()
        await self.worker.open()

    async def close(self) -> None:
        await asyncio.gather(self.app.close(), self.worker.close())

    async def grants(self, subject: str) -> Actor | None:
        """The actor behind an OIDC subject, from this service's replica."""
        async with self.worker.transaction() as tx:
            return await agents.actor_of(tx, subject)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


CurrentParts = Annotated[Parts, Depends(_parts)]
"""Parameter of a route that needs a database or the keys."""


@dataclass(frozen=True)
class Extra:
    """A role of one service alone, such as `send`."""

    run: Callable[[], Awaitable[None]]
    progress: Progress


@dataclass(frozen=True)
class Service:
    """Everything one service is made of."""

    name: str
    """Its package, database, Kafka user, consumer group and path."""
    parts: Parts
    routers: Sequence[APIRouter]
    anonymous: Sequence[str]
    handlers: Handlers
    by_address: Sequence[str] = ()
    """Anonymous routes whose very address is the permission: programs send a form there that no page of ours gave."""
    turns: Sequence[str] = ()
    """Anonymous routes that turn the page of a form of many: they may come as often as reading does."""
    on_due: Mapping[str, OnDue] = field(default_factory=dict)
    errors: Mapping[type[Exception], ProblemOf] = field(default_factory=dict)
    templates: Sequence[Path] = ()
    larger_bodies: Mapping[str, int] = field(default_factory=dict)
    """Routes (`METHOD /template`) that take more bytes than others."""
    extras: Mapping[str, Extra] = field(default_factory=dict)
    operations: More = nothing_more
    """What those who run the platform read of this service beyond what they read of all."""
    gather_in: float = 0.0
    gather_out: float = 0.0
    """Seconds events may gather before they are taken in, or sent on, where nobody waits for what comes of them: what
    is done at once costs less, and leaves the processors to those who answer somebody."""

    @property
    def all_handlers(self) -> Handlers:
        """The service's own subscriptions, and those every service has."""
        handlers = Handlers()
        handlers.include(agents.replica_handlers())
        handlers.include(freshness.handlers())
        handlers.include(ended_sessions.handlers())
        handlers.include(self.handlers)
        return handlers

    def application(
        self,
        roles: Sequence[str] = ROLES,
        progress: Sequence[Progress] = (),
        provider: Provider | None = None,
    ) -> FastAPI:
        """Its HTTP side. Without the role `serve` only the health of the process is told.

        `provider` stands for the identity provider of the settings, in tests.
        """
        parts, serves = self.parts, "serve" in roles
        app = create_app(
            self.name,
            parts.settings,
            (self._operations(), *self.routers) if serves else (),
            anonymous=self.anonymous if serves else (),
            by_address=self.by_address if serves else (),
            turns=self.turns,
            grants=parts.grants,
            endings=EndedSessions(parts.worker, self.name, parts.now),
            readiness=parts.app.ready,
            progress=progress,
            errors=self.errors,
            templates=self.templates,
            larger_bodies=self.larger_bodies,
            lifespan=self._lifespan,
            writes=Rate(parts.settings.anonymous_writes_burst, parts.settings.anonymous_writes_per_second),
            provider=provider,
        )
        app.state.parts = parts
        return app

    def _operations(self) -> APIRouter:
        handlers = self.all_handlers
        ends = Ends(self.parts.settings, handlers.topics)
        return operations_router(Operated(self.name, self.parts.worker, handlers, ends, self.operations))

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self.parts.open()
        try:
            yield
        finally:
            await self.parts.close()


async def run(service: Service, roles: Sequence[str]) -> None:
    """Run roles of a service in this process until SIGTERM or SIGINT.

    A part that ends by an error ends the process: whoever supervises it starts it again.
    """
    settings, parts = service.parts.settings, service.parts
    logs.configure(service.name, log_format=settings.log_format, level=settings.log_level)
    traces.configure(service.name, settings.otlp_endpoint)
    failpoints.arm(settings.failpoints)
    await parts.open()
    work, progress = _work(service, roles)
    _spare_the_collector()
    application = service.application(roles, progress)
    server = _Server(
        uvicorn.Config(
            application,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=10,
            # The application's own would close the databases before the other parts have finished.
            lifespan="off",
        )
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve(), name="http")
    working = [asyncio.create_task(_coroutine(part), name=name) for name, part in work.items()]
    log.info("service_started", role="+".join(roles))
    await asyncio.wait([serving, *working, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    ending.limit()
    # Answers without an end are ended, the others finished meanwhile; what they write, the next relay takes.
    application.state.ending.set()
    server.should_exit = True
    for task in working:
        task.cancel()
    outcomes = await asyncio.gather(serving, *working, return_exceptions=True)
    await parts.close()
    log.info("service_stopped")
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def _spare_the_collector() -> None:
    """What a process is made of is never garbage: looking through it again and again slows a consumer by a third."""
    gc.collect()
    gc.freeze()
    # A batch is thousands of objects that die together, without cycles.
    gc.set_threshold(50_000, 20, 20)


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling: the process has other parts to stop too."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def _work(service: Service, roles: Sequence[str]) -> tuple[dict[str, Callable[[], Awaitable[None]]], list[Progress]]:
    parts = service.parts
    work: dict[str, Callable[[], Awaitable[None]]] = {}
    progress: list[Progress] = []
    for role in roles:
        if role == "consume":
            part: Consumer | Relay | Clock | Extra = Consumer(
                service.name,
                parts.settings,
                parts.worker,
                service.all_handlers,
                policy=ConsumePolicy(gather=service.gather_in),
            )
        elif role == "relay":
            part = Relay(parts.settings, RelayPolicy(gather=service.gather_out))
        elif role == "clock":
            part = Clock(parts.worker, service.on_due, parts.now)
        elif role in service.extras:
            part = service.extras[role]
        else:
            continue
        work[role] = part.run
        progress.append(part.progress)
    return work, progress


async def _coroutine(part: Callable[[], Awaitable[None]]) -> None:
    await part()

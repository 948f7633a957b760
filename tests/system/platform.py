"""The platform as it is shipped: real processes on databases and topics of their own, for tests that kill them."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from chassis.database import Database
from deploy.local import databases, ports
from deploy.local.addresses import ServiceDatabase
from deploy.local.child import Child
from deploy.local.credentials import SERVICES
from deploy.local.part import Program
from deploy.local.problems import Problem
from tests.identity import grant
from tests.system.servers import Servers

AGENT, STRANGER, EVERYWHERE = "agent-accueil", "agent-ailleurs", "responsable-partout"
TERRITORY, ELSEWHERE = "saint-brieuc", "arcachon"
COMMUNES = {TERRITORY: ["22278", "22187", "22215"], ELSEWHERE: ["33009", "33527"]}
GRANTS = {
    AGENT: [("reception", TERRITORY), ("social_worker", TERRITORY)],
    STRANGER: [("reception", ELSEWHERE)],
    EVERYWHERE: [("manager", "*"), ("operator", "*")],
}
PATIENCE = 240.0
"""Seconds a condition may take on a busy machine; nothing is measured."""


NO_CONNECTION_KEPT = httpx.Limits(max_keepalive_connections=0)
"""A process that is killed must not be asked on a connection it had open."""


def _client() -> httpx.AsyncClient:
    """A client that keeps no cookie: different people ask through it."""
    nobody = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(timeout=60, limits=NO_CONNECTION_KEPT, cookies=nobody)


class Died(AssertionError):
    """A process ended that nobody had killed."""


@dataclass(repr=False)
class Process:
    """One process of a service; `roles` as its command takes them."""

    service: str
    roles: str
    child: Child
    port: int
    expected_to_die: bool = False

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.port}"

    async def ready(self) -> None:
        """Waits until it answers, whatever it stands on does; or until its failpoint struck, which may be sooner."""
        try:
            await ports.listening(self.child, self.port)
        except Problem:
            if not self.expected_to_die:
                raise
            await self.killed()

    async def killed(self) -> None:
        """Waits until it has died by SIGKILL, at its failpoint; fails when it ended otherwise."""
        async with asyncio.timeout(PATIENCE):
            assert await self.child.wait() == -signal.SIGKILL, self.child.last_line()

    async def kill(self) -> None:
        self.expected_to_die = True
        await self.child.kill()

    async def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self.expected_to_die = True
        await self.child.stop()
        return await self.child.wait()

    def freeze(self) -> None:
        self.child.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.child.signal(signal.SIGCONT)

    async def metric(self, name: str) -> float:
        """The sum of a metric over its labels, as the process tells it now."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{self.url}/metrics")).text
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return sum(sample.value for sample in samples if sample.name == name)


@dataclass(repr=False)
class Platform:
    """Four services' databases, their topics under one prefix, a mail server, and the processes started so far."""

    servers: Servers
    folder: Path
    prefix: str
    databases: Mapping[str, ServiceDatabase]
    mail: Program
    processes: list[Process] = field(default_factory=list)
    http: httpx.AsyncClient = field(default_factory=_client)
    """Asks the processes: one client, since making one costs more than a request."""

    # Processes --------------------------------------------------------------------------

    async def start(
        self,
        service: str,
        roles: str = "all",
        *,
        script: Path | None = None,
        port: int | None = None,
        **settings: str,
    ) -> Process:
        """Starts `python -m <service> <roles>` and waits until it answers.

        `settings` are the service's own, by name (`failpoints="relay.acknowledged=3"`). `script` runs in place of
        the module, with the same arguments behind its name: for variants broken on purpose.
        """
        port = port or ports.free_port()
        program = ["-m", service] if script is None else [str(script), service]
        child = Child(
            f"{service} {roles}",
            [sys.executable, *program, roles],
            self.folder / "logs" / f"{service}-{roles}-{len(self.processes)}.log",
            self.environment(service, http_port=str(port), **settings),
        )
        process = Process(service, roles, child, port, expected_to_die="failpoints" in settings)
        self.processes.append(process)
        await child.start()
        await process.ready()
        return process

    async def again(self, process: Process) -> Process:
        """Starts a process that has ended once more, at the same address and without a failpoint."""
        return await self.start(process.service, process.roles, port=process.port)

    async def start_all(self, *services: str) -> list[Process]:
        """Each service in one process, with all its roles."""
        return await asyncio.gather(*(self.start(service) for service in services or SERVICES))

    async def command(self, service: str, *arguments: str, **settings: str) -> str:
        """Runs `python -m <service> <arguments>` to its end; returns what it printed. Fails when it failed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            service,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment(service, **settings)},
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, f"{service} {arguments[0]}: {errors.decode()[-600:]}"
        return output.decode()

    def environment(self, service: str, **settings: str) -> dict[str, str]:
        """What a process of `service` is told: the shipped composition, on this platform's databases and topics."""
        database = self.databases[service]
        own = {
            "database_url": database.app_url,
            "worker_database_url": database.worker_url,
            "topic_prefix": self.prefix,
            "session_timeout_seconds": "6",
            "log_format": "json",
            **({"smtp_url": f"smtp://{ports.LOOPBACK}:{self.mail.port}"} if service == "notifications" else {}),
            **settings,
        }
        told = {f"MAILLAGE_{name.upper()}": value for name, value in own.items()}
        return self.servers.stack.service_environment(service) | told

    def running(self, service: str | None = None) -> list[Process]:
        return [one for one in self.processes if one.child.running and service in (None, one.service)]

    async def stop(self, *services: str) -> None:
        """Stops every running process of these services (of all when none is named)."""
        chosen = [one for one in self.running() if not services or one.service in services]
        await asyncio.gather(*(process.stop() for process in chosen))

    async def until(self, condition: Callable[[], Awaitable[object]], what: str, seconds: float = PATIENCE) -> None:
        """Waits for a condition. Fails when it does not come, or when a process ends that nobody killed."""
        try:
            async with asyncio.timeout(seconds):
                while not await condition():
                    self.check_alive()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"never came: {what}; logged: {self.complaints()}") from None

    def check_alive(self) -> None:
        """Raises Died when a process ended by itself."""
        for process in self.processes:
            status = process.child.process.returncode if process.child.process else None
            if status is not None and not process.expected_to_die:
                said = process.child.last_line()
                raise Died(f"{process.child.name} ended with {status}: {said}; logged: {self.complaints()}")

    def complaints(self) -> dict[str, int]:
        """What the processes warned of, counted by service, event, error and place in the code: never a value."""
        found: Counter[str] = Counter()
        for log in sorted((self.folder / "logs").glob("*.log")):
            for line in log.read_text(errors="replace").splitlines():
                with contextlib.suppress(ValueError):
                    entry = json.loads(line)
                    if isinstance(entry, dict) and entry.get("level") in ("warning", "error", "critical"):
                        found[_complaint(entry)] += 1
        return dict(found)

    def hung(self) -> str:
        """Where processes hung that did not end in time: what they dump then is no JSON, and names places in code."""
        logs = sorted((self.folder / "logs").glob("*.log"))
        said = {log.name: log.read_text(errors="replace").splitlines() for log in logs}
        told = {name: [line for line in lines if not line.startswith("{")] for name, lines in said.items()}
        return "\n".join("\n".join([name, *lines[-60:]]) for name, lines in told.items() if lines)

    # Databases --------------------------------------------------------------------------

    async def fetch(self, service: str, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows, read above row-level security."""
        connection = await asyncpg.connect(self.databases[service].admin_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def count(self, service: str, table: str, condition: str = "true") -> int:
        [row] = await self.fetch(service, f"SELECT count(*) FROM {table} WHERE {condition}")
        return int(row[0])

    async def execute(self, service: str, statements: str) -> None:
        connection = await asyncpg.connect(self.databases[service].admin_url)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def holding(self, service: str, table: str) -> AsyncIterator[None]:
        """Nobody writes to that table meanwhile: who wants to is caught in mid-transaction."""
        connection = await asyncpg.connect(self.databases[service].admin_url)
        try:
            await connection.execute(f"BEGIN; LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            yield
        finally:
            await connection.close()

    async def caught(self, service: str) -> bool:
        """Whether a transaction of the service waits for somebody's lock."""
        rows = await self.fetch(
            service,
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        return bool(rows)

    async def back_up(self, service: str) -> str:
        """A copy of a service's database as it is now, by its name. The service must be stopped."""
        name = f"{self.databases[service].name}_backup"
        async with self._server() as server:
            await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.databases[service].name}"')
        return name

    async def put_back(self, service: str, backup: str) -> None:
        """The service's database is again what it was at `back_up`. The service must be stopped."""
        name = self.databases[service].name
        async with self._server() as server:
            await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            await databases.make_database(server, name, service, prefix=self.servers.databases.run, template=backup)
            await server.execute(f'DROP DATABASE "{backup}"')

    async def cut_connections(self) -> int:
        """Terminates every connection of the services; returns how many."""
        async with self._server() as server:
            rows = await server.fetch(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = ANY($1) AND application_name LIKE 'maillage%'""",
                [database.name for database in self.databases.values()],
            )
        return len(rows)

    @contextlib.asynccontextmanager
    async def _server(self) -> "AsyncIterator[asyncpg.Connection]":
        connection = await asyncpg.connect(self.servers.postgres.url())
        try:
            yield connection
        finally:
            await connection.close()

    # Mails ------------------------------------------------------------------------------

    def mails(self) -> list[EmailMessage]:
        """Every mail the gateway accepted, in no order."""
        files = list((self.folder / "mail").glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def _complaint(entry: Mapping[str, Any]) -> str:
    said = [entry.get("service"), entry.get("event"), entry.get("error"), *entry.get("frames", [])[-2:]]
    return " ".join(str(part) for part in said if part)


async def appoint(databases: Mapping[str, ServiceDatabase], grants: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Gives every service's replica these agents at once, as the directory's events would in a moment."""
    for service, database in databases.items():
        worker = Database(database.worker_url)
        await worker.open()
        try:
            for subject, held in grants.items():
                await grant(worker, subject, held)
            if service == "intake":
                await _draw_territories(worker)
        finally:
            await worker.close()


async def _draw_territories(worker: Database) -> None:
    async with worker.transaction() as tx:
        for territory, communes in COMMUNES.items():
            await tx.execute(
                """INSERT INTO territories (territory_id, name, communes, valid_from, retired, sequence)
                   VALUES ($1, $1, $2, '2020-01-01', false, 1) ON CONFLICT DO NOTHING""",
                territory,
                communes,
            )


@contextlib.asynccontextmanager
async def made(
    servers: Servers, grants: Mapping[str, Sequence[tuple[str, str]]] | None = None
) -> AsyncIterator[Platform]:
    """A platform without any process yet: fresh databases and topics.

    With `grants`, every service knows these agents and the two territories from the start.
    """
    prefix = f"t{secrets.token_hex(3)}-"
    folder = servers.stack.state.folder / prefix.strip("-")
    port = ports.free_port()
    command = [sys.executable, "-m", "deploy.local.mail", str(port), str(folder / "mail")]
    mail = Program(Child("mail", command, folder / "logs" / "mail.log"), port)
    # One after another: Alembic migrates one database at a time.
    made_databases = {service: await servers.databases.make(service) for service in SERVICES}
    platform = Platform(servers, folder, prefix, made_databases, mail)
    try:
        await mail.start()
        await asyncio.gather(servers.broker.make_topics(prefix), mail.ready())
        if grants:
            await appoint(made_databases, grants)
        yield platform
    finally:
        await _clean_up(platform)


async def _clean_up(platform: Platform) -> None:
    for process in platform.processes:
        process.thaw()
    await platform.http.aclose()
    await asyncio.gather(*(process.kill() for process in platform.running()))
    await platform.mail.stop()
    for database in platform.databases.values():
        await platform.servers.databases.drop(database)
    await platform.servers.broker.drop_topics(platform.prefix)
    shutil.rmtree(platform.folder, ignore_errors=True)


def case_id(request_id: UUID) -> UUID:
    """The dossier of a request (architecture, "Events")."""
    from uuid import uuid5

    return uuid5(request_id, "case")

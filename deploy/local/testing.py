"""Real PostgreSQL and Kafka for tests: given by the environment, or in containers, or embedded.

`tests/conftest.py` turns this into fixtures. One server of each per process that runs tests; a fresh database
(from a migrated template) and fresh topics (by prefix) for whoever asks.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.local import databases, jars, layout
from deploy.local.addresses import ServiceDatabase, addresses
from deploy.local.broker import ADMIN, Administration, Kafka
from deploy.local.credentials import Secrets
from deploy.local.postgres import Postgres

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "confluentinc/cp-kafka:8.1.0"


class Source(Enum):
    """Where a real part comes from, in the order of preference."""

    ENVIRONMENT = "environment"
    CONTAINER = "container"
    EMBEDDED = "embedded"


def choose(address: str | None, engine_answers: bool) -> Source:
    """An address given by the environment wins; then a container engine; the embedded stack always works."""
    if address:
        return Source.ENVIRONMENT
    return Source.CONTAINER if engine_answers else Source.EMBEDDED


def container_engine_answers() -> bool:
    """Whether a container engine answers here and now (asked without its library, which leaks a socket on no)."""
    host = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    family = socket.AF_UNIX if host.scheme == "unix" else socket.AF_INET
    address = host.path if host.scheme == "unix" else (host.hostname, host.port or 2375)
    with contextlib.suppress(OSError), socket.socket(family) as engine:
        engine.settimeout(2)
        engine.connect(address)
        engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
        return b" 200 " in engine.recv(64)
    return False


@contextlib.contextmanager
def temporary_state() -> Iterator[layout.State]:
    """A state folder of its own, traversable by the user PostgreSQL runs as, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="maillage-"))
    folder.chmod(0o711)
    try:
        yield layout.State(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def postgres_server(source: Source, address: str | None, state: layout.State) -> AsyncIterator[str]:
    """The superuser's URL of a PostgreSQL that lasts as long as the context."""
    if source is Source.ENVIRONMENT:
        assert address
        yield address
    elif source is Source.CONTAINER:
        from testcontainers.postgres import PostgresContainer

        with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
            yield container.get_connection_url()
    else:
        server = Postgres(state.folder / "postgres", state.log("postgres"), secrets.token_urlsafe(24), durable=False)
        await server.start()
        try:
            await server.ready()
            yield server.url()
        finally:
            await server.stop()


@dataclass(frozen=True)
class Broker:
    """A Kafka for tests, and who may connect to it; `passwords` is empty on a broker without users."""

    administration: Administration
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def bootstrap(self) -> str:
        return self.administration.bootstrap

    @property
    def has_access_rules(self) -> bool:
        return self.administration.username is not None

    def settings(self, user: str) -> dict[str, str]:
        """What `chassis.settings.Settings` needs to connect as `user` (a service, a partner or admin)."""
        if not self.has_access_rules:
            return {"kafka_bootstrap": self.bootstrap}
        admin = {ADMIN: self.administration.password or ""}
        return {
            "kafka_bootstrap": self.bootstrap,
            "kafka_username": user,
            "kafka_password": {**self.passwords, **admin}[user],
        }

    async def make_topics(self, prefix: str, partitions: int | None = None) -> None:
        """Every topic of the contracts under `prefix`, with the contracts' access rules."""
        from contracts.topics import TOPICS
        from deploy.local import topics

        def make() -> None:
            client = self.administration.client()
            topics.create_topics(client, [topics.new_topic(topic, prefix, partitions) for topic in TOPICS.values()])
            if self.has_access_rules:
                topics.allow(client, topics.access_rules(TOPICS.values(), self.passwords, prefix))

        await asyncio.to_thread(make)

    async def make_topic(self, name: str, partitions: int = 1) -> str:
        """A topic of the test's own, by its full name; only `admin` may use it."""
        from confluent_kafka.cimpl import NewTopic

        from deploy.local import topics

        await asyncio.to_thread(topics.create_topics, self.administration.client(), [NewTopic(name, partitions, 1)])
        return name

    async def drop_topics(self, prefix: str) -> None:
        """Deletes every topic under `prefix`: hundreds of idle partitions would slow the broker down."""

        def drop() -> None:
            client = self.administration.client()
            names = [name for name in client.list_topics(timeout=20).topics if name.startswith(prefix)]
            if names:
                for future in client.delete_topics(names).values():
                    future.result()

        await asyncio.to_thread(drop)


@contextlib.asynccontextmanager
async def kafka_broker(source: Source, environment: Mapping[str, str], state: layout.State) -> AsyncIterator[Broker]:
    """A broker that lasts as long as the context, with one user per service when it has users."""
    if source is Source.ENVIRONMENT:
        yield await _with_users(
            Administration(
                environment["MAILLAGE_TEST_KAFKA_BOOTSTRAP"],
                environment.get("MAILLAGE_TEST_KAFKA_USERNAME"),
                environment.get("MAILLAGE_TEST_KAFKA_PASSWORD"),
            )
        )
    elif source is Source.CONTAINER:
        from testcontainers.kafka import KafkaContainer

        with KafkaContainer(KAFKA_IMAGE).with_kraft() as container:
            yield await _with_users(Administration(container.get_bootstrap_server()))
    else:
        folder = await asyncio.to_thread(jars.install, layout.cache())
        broker = Kafka(state.folder / "kafka", folder, state.log("kafka"), secrets.token_urlsafe(24))
        await broker.start()
        try:
            await broker.ready()
            yield await _with_users(Administration(broker.bootstrap, ADMIN, broker.admin_password))
        finally:
            await broker.stop()


async def _with_users(administration: Administration) -> Broker:
    from deploy.local import topics

    if administration.username is None:
        return Broker(administration, {})
    passwords = Secrets().kafka_passwords
    await asyncio.to_thread(topics.set_users, administration.client(), passwords)
    return Broker(administration, passwords)


@dataclass
class Databases:
    """Fresh service databases on one server, each a copy of a template migrated once per run."""

    server_url: str = field(repr=False)
    # Roles and databases are the cluster's: on a shared server two runs must not meet.
    run: str = field(default_factory=lambda: f"t{secrets.token_hex(3)}_")
    passwords: Mapping[str, str] = field(default_factory=lambda: Secrets().database_passwords, repr=False)
    _templates: dict[str, "asyncio.Task[str]"] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)
    _roles: "asyncio.Task[None] | None" = None

    async def make(self, service: str) -> ServiceDatabase:
        """A database as `service` finds it after its migrations, without a row of anybody else's."""
        template = await self.template(service)
        name = f"{self.run}{service}_{len(self._made)}"
        self._made.append(name)
        async with self._admin() as admin:
            await databases.make_database(admin, name, service, prefix=self.run, template=template)
        return addresses(self.server_url, name, service, self.passwords, self.run)

    async def empty(self, service: str) -> ServiceDatabase:
        """A database of `service` before any migration, extensions included."""
        return await self._unmigrated(service, f"{self.run}{service}_empty_{len(self._made)}")

    async def drop(self, database: ServiceDatabase) -> None:
        """Drops it, whoever is still connected."""
        async with self._admin() as admin:
            await admin.execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')

    async def template(self, service: str) -> str:
        """The name of the migrated template of `service`, made by whoever asks first."""
        if service not in self._templates:
            self._templates[service] = asyncio.create_task(self._make_template(service))
        return await asyncio.shield(self._templates[service])

    async def _make_template(self, service: str) -> str:
        from chassis import migrations

        database = await self._unmigrated(service, f"{self.run}{service}_template")
        await migrations.upgrade(database.owner_url, service)
        return database.name

    async def _unmigrated(self, service: str, name: str) -> ServiceDatabase:
        if self._roles is None:
            self._roles = asyncio.create_task(self._make_roles())
        await asyncio.shield(self._roles)
        self._made.append(name)
        async with self._admin() as admin:
            await databases.make_database(admin, name, service, prefix=self.run)
        database = addresses(self.server_url, name, service, self.passwords, self.run)
        await databases.add_extensions(database.admin_url)
        return database

    async def _make_roles(self) -> None:
        async with self._admin() as admin:
            await databases.make_roles(admin, self.passwords, self.run)

    async def clean_up(self) -> None:
        """Drops every database and role of this run: the server may be somebody else's."""
        async with self._admin() as admin:
            for name in self._made:
                await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            for role in self.passwords:
                await admin.execute(f'DROP ROLE IF EXISTS "{self.run}{role}"')

    @contextlib.asynccontextmanager
    async def _admin(self) -> "AsyncIterator[asyncpg.Connection]":
        connection = await asyncpg.connect(self.server_url)
        try:
            yield connection
        finally:
            await connection.close()

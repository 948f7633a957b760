"""The ground both contestants stand on: one PostgreSQL that syncs to disk as in production, one Kafka."""

import base64
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer
from anyio.from_thread import start_blocking_portal

from chassis.database import Connection, connect
from deploy.local import testing
from deploy.local.addresses import ServiceDatabase
from deploy.local.layout import State
from deploy.local.postgres import Postgres
from deploy.local.testing import Broker, Databases

KEY = base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True)
class Ground:
    """Real servers, and what each contestant needs to reach them."""

    databases: Databases
    broker: Broker

    @contextlib.asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[ServiceDatabase]:
        """A database of `service`, migrated, for ours."""
        made = await self.databases.make(service)
        try:
            yield made
        finally:
            await self.databases.drop(made)

    @contextlib.asynccontextmanager
    async def plain_database(self, tables: str) -> AsyncIterator[str]:
        """A database that holds just `tables` (SQL), for a baseline; gives its owner's address."""
        made = await self.databases.empty("intake")
        try:
            owner = await asyncpg.connect(made.owner_url)
            await owner.execute(tables)
            await owner.close()
            yield made.owner_url
        finally:
            await self.databases.drop(made)

    @contextlib.asynccontextmanager
    async def topics(self) -> AsyncIterator[str]:
        """Every topic of the contracts, with its real number of partitions, under the prefix given."""
        prefix = f"bench{secrets.token_hex(3)}-"
        await self.broker.make_topics(prefix)
        try:
            yield prefix
        finally:
            await self.broker.drop_topics(prefix)

    def environment(self, service: str, database: ServiceDatabase, prefix: str) -> dict[str, str]:
        """What a process of `service` is told."""
        settings = {
            "database_url": database.app_url,
            "worker_database_url": database.worker_url,
            "master_key": KEY,
            "cookie_key": KEY,
            "topic_prefix": prefix,
            "log_level": "warning",
            **self.broker.settings(service),
        }
        return {f"MAILLAGE_{name.upper()}": value for name, value in settings.items()}

    def kafka(self, user: str) -> dict[str, Any]:
        """Keyword arguments of an aiokafka client for `user`: baselines reach Kafka as ours does."""
        told = self.broker.settings(user)
        return kafka_options(told["kafka_bootstrap"], told.get("kafka_username"), told.get("kafka_password"))


def kafka_options(bootstrap: str, username: str | None, password: str | None) -> dict[str, Any]:
    """Keyword arguments of an aiokafka client, with SCRAM where the broker has users."""
    if username is None:
        return {"bootstrap_servers": bootstrap}
    return {
        "bootstrap_servers": bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": username,
        "sasl_plain_password": password,
    }


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """Servers of their own, gone afterwards; those of the environment where it names some.

    They live on an event loop of their own, in a thread: contestants run on uvloop, as services do, and uvloop
    cannot start a process as another user.
    """
    with start_blocking_portal() as servers, servers.wrap_async_context_manager(_ground()) as made:
        yield made


@contextlib.asynccontextmanager
async def _ground() -> AsyncIterator[Ground]:
    database, environment = os.environ.get("MAILLAGE_TEST_DATABASE_URL"), os.environ
    source = testing.choose(environment.get("MAILLAGE_TEST_KAFKA_BOOTSTRAP"), engine_answers=False)
    with testing.temporary_state() as state:
        async with _postgres(database, state) as url, testing.kafka_broker(source, environment, state) as broker:
            databases = Databases(url)
            try:
                yield Ground(databases, broker)
            finally:
                await databases.clean_up()


@contextlib.asynccontextmanager
async def _postgres(address: str | None, state: State) -> AsyncIterator[str]:
    """The superuser's address of a server with the settings of the platform, `fsync` included (tests run without)."""
    if address:
        yield address
        return
    server = Postgres(state.folder / "postgres", state.log("postgres"), secrets.token_urlsafe(24))
    await server.start()
    try:
        await server.ready()
        yield server.url()
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection that reads and writes JSON as the services do."""
    connection = await connect(url, "maillage-bench")
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def topic_ends(ground: Ground, topic: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Tells how many records a topic ever got."""
    consumer = AIOKafkaConsumer(topic, **ground.kafka("admin"))
    await consumer.start()

    async def count() -> int:
        return sum((await consumer.end_offsets(consumer.assignment())).values())

    try:
        yield count
    finally:
        await consumer.stop()

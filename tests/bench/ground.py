"""The ground both contestants stand on: one PostgreSQL that syncs to disk as in production, one Kafka."""

import asyncio
import base64
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
from anyio.from_thread import start_blocking_portal
from aiokafka import AIOKafkaConsumer
from chassis.database import Connection, connect
from chassis.kafka import client_options
from chassis.settings import Settings

from deploy.local import testing
from deploy.local.addresses import ServiceDatabase
from deploy.local.layout import State
from deploy.local.postgres import Postgres
from deploy.local.testing import Broker, Databases

KEY = base64.b64encode(bytes(range(32))).decode()
LOOK_SECONDS = 0.005


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

    def settings(self, service: str, database: ServiceDatabase, prefix: str) -> Settings:
        """What a process of `service` would be told."""
        values: dict[str, Any] = {
            "database_url": database.app_url,
            "worker_database_url": database.worker_url,
            "master_key": KEY,
            "cookie_key": KEY,
            "topic_prefix": prefix,
            **self.broker.settings(service),
        }
        return Settings(**values)

    def kafka(self, user: str) -> dict[str, Any]:
        """Keyword arguments of an aiokafka client for `user`: baselines reach Kafka as ours does."""
        values: dict[str, Any] = {"database_url": "", "worker_database_url": "", "master_key": KEY, "cookie_key": KEY}
        return client_options(Settings(**values, **self.broker.settings(user)))


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
async def beside(work: Awaitable[None]) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a contestant beside who watches it, and end it with the block."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(
    condition: Callable[[], Awaitable[bool]], contestant: "asyncio.Task[None]", seconds: float = 120
) -> None:
    """Look until the condition holds. Raises what ended the contestant, TimeoutError when it is stuck."""
    async with asyncio.timeout(seconds):
        while not await condition():
            if contestant.done():
                contestant.result()
                raise RuntimeError("the contestant ended early")
            await asyncio.sleep(LOOK_SECONDS)


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

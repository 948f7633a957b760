"""Fixtures shared by all tests: one PostgreSQL and one Kafka per process of the run, fresh databases and
topics.

postgres            session   `Databases`: make(service), drop, empty, template
service_database    function  `await service_database("intake")` -> ServiceDatabase
module_database     module    the same, kept for the whole module
kept_database       session   one per service for the whole run: `emptied` by each test that uses it
kafka               session   `Broker`: bootstrap, settings(user), make_topics, make_topic, drop_topics
topic_prefix        module    unique prefix; its topics are deleted after the module
topics              module    every topic of the contracts made under `topic_prefix`; gives the prefix
log_stream          function  what is logged during the test, one JSON object a line
"""

import io
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from chassis.observability import logs
from chassis.web.identity import authenticator
from deploy.local import testing
from deploy.local.addresses import ServiceDatabase
from deploy.local.layout import State
from deploy.local.testing import Broker, Databases, Source

# How fast examples are drawn says how busy the machine is, and nothing of what is tested.
settings.register_profile("maillage", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("maillage")

DATABASE = "MAILLAGE_TEST_DATABASE_URL"
BOOTSTRAP = "MAILLAGE_TEST_KAFKA_BOOTSTRAP"

ServiceDatabaseFactory = Callable[[str], Awaitable[ServiceDatabase]]

LONG = ("browser", "system", "faults", "deploy")
"""Folders whose tests take longest: they begin, so that no process is left alone with them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """A file stays on one of the run's processes; files that share a platform or its servers stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return str(Path(file).parent) if Path(file).parent.name in {"browser", "system"} else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def safe_logs() -> None:
    """Logs as in production: structlog's own default would print every local variable of an error, and take a tenth of
    a second for it."""
    logs.configure("tests", stream=sys.stderr)


@pytest.fixture(scope="session")
def run_state() -> Iterator[State]:
    with testing.temporary_state() as state:
        yield state


@pytest.fixture(scope="session")
def container_engine() -> bool:
    wanted = not (os.environ.get(DATABASE) and os.environ.get(BOOTSTRAP))
    return wanted and testing.container_engine_answers()


@pytest.fixture(scope="session")
async def postgres(run_state: State, container_engine: bool) -> AsyncIterator[Databases]:
    address = os.environ.get(DATABASE)
    source = testing.choose(address, container_engine)
    async with testing.postgres_server(source, address, run_state) as url:
        databases = Databases(url)
        yield databases
        if source is Source.ENVIRONMENT:
            await databases.clean_up()


async def _factory(postgres: Databases) -> AsyncIterator[ServiceDatabaseFactory]:
    made: list[ServiceDatabase] = []

    async def make(service: str) -> ServiceDatabase:
        made.append(await postgres.make(service))
        return made[-1]

    yield make
    for database in made:
        await postgres.drop(database)


@pytest.fixture
async def service_database(postgres: Databases) -> AsyncIterator[ServiceDatabaseFactory]:
    async for make in _factory(postgres):
        yield make


@pytest.fixture(scope="module")
async def module_database(postgres: Databases) -> AsyncIterator[ServiceDatabaseFactory]:
    async for make in _factory(postgres):
        yield make


@pytest.fixture(scope="session")
async def kept_database(postgres: Databases) -> AsyncIterator[ServiceDatabaseFactory]:
    """To make a database, and a service on it, costs more than most tests: who leaves the tables as they are shares
    one."""
    kept: dict[str, ServiceDatabase] = {}

    async def keep(service: str) -> ServiceDatabase:
        if service not in kept:
            kept[service] = await postgres.make(service)
        return kept[service]

    yield keep
    for database in kept.values():
        await postgres.drop(database)


_EMPTY = """
SELECT string_agg(format('DELETE FROM %I', tablename), '; ') FROM pg_tables
WHERE schemaname = 'public' AND tablename NOT IN ('communes', 'search_words', 'alembic_version')
"""


async def emptied(database: ServiceDatabase, *more: str) -> ServiceDatabase:
    """The database as its migrations left it; `more` are statements of the service's own. Deleting the few rows of a
    test costs less than truncating every table."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("; ".join((await connection.fetchval(_EMPTY), *more)))
    finally:
        await connection.close()
    return database


@pytest.fixture(scope="module")
def rights_are_read_anew() -> Iterator[None]:
    """What an application remembers for a few seconds of an agent's rights would outlive the test that gave them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authenticator, "REMEMBERED_SECONDS", 0)
        yield


@pytest.fixture(scope="session")
async def kafka(run_state: State, container_engine: bool) -> AsyncIterator[Broker]:
    source = testing.choose(os.environ.get(BOOTSTRAP), container_engine)
    async with testing.kafka_broker(source, os.environ, run_state) as broker:
        yield broker


@pytest.fixture(scope="module")
async def topic_prefix(kafka: Broker) -> AsyncIterator[str]:
    prefix = f"t{secrets.token_hex(3)}-"
    yield prefix
    await kafka.drop_topics(prefix)


@pytest.fixture(scope="module")
async def topics(kafka: Broker, topic_prefix: str) -> str:
    await kafka.make_topics(topic_prefix, partitions=3)
    return topic_prefix


@pytest.fixture
def log_stream() -> Iterator[io.StringIO]:
    """What is logged during the test, as in production: one JSON object a line, of the service `sample`."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    output = io.StringIO()
    logs.configure("sample", stream=output)
    yield output
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)

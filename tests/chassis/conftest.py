"""A writing service and a reading one, each on its own database, over one broker."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from chassis.database import Database
from chassis.settings import Settings
from deploy.local.addresses import ServiceDatabase
from deploy.local.testing import Broker

KEY = base64.b64encode(bytes(32)).decode()


def settings_for(database: ServiceDatabase, broker: Broker, user: str, prefix: str) -> Settings:
    values: dict[str, Any] = {
        "database_url": database.app_url,
        "worker_database_url": database.worker_url,
        "master_key": KEY,
        "cookie_key": KEY,
        "topic_prefix": prefix,
        "session_timeout_seconds": 6,
        **broker.settings(user),
    }
    return Settings(**values)


@dataclass
class Side:
    """A service's database and settings, as its processes have them."""

    settings: Settings
    worker: Database
    app: Database
    admin_url: str


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait for a condition; fail when it does not come, or when a part running beside the test ends."""
    async with asyncio.timeout(seconds):
        while not await condition():
            for task in _beside:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)


_beside: set[asyncio.Task[None]] = set()


@contextlib.asynccontextmanager
async def running(*runs: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run parts of a service beside the test, and end them with it."""
    tasks = [asyncio.ensure_future(run()) for run in runs]
    _beside.update(tasks)
    try:
        yield tasks
    finally:
        _beside.difference_update(tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


SideFactory = Callable[[str], Awaitable[Side]]


@pytest.fixture
async def side(service_database: Any, kafka: Broker, topics: str) -> AsyncIterator[SideFactory]:
    opened: list[Database] = []

    async def make(user: str) -> Side:
        database = await service_database(user)
        settings = settings_for(database, kafka, user, topics)
        worker, app = Database(database.worker_url), Database(database.app_url)
        for one in (worker, app):
            await one.open()
            opened.append(one)
        return Side(settings, worker, app, database.admin_url)

    yield make
    for one in opened:
        await one.close()


@pytest.fixture
def suffix() -> str:
    return uuid4().hex[:8]

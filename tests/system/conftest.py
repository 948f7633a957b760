"""One stack of servers for all system tests, a fresh platform on it for whoever asks.

servers          package    PostgreSQL, Kafka and an issuer of tokens, which tests may kill
platform         function   databases that know a few agents and territories, topics, a mail server; no process yet
empty_platform   function   the same, knowing nobody: the directory is to tell
"""

from collections.abc import AsyncIterator

import pytest

from tests.system import platform as platforms
from tests.system import servers as stacks
from tests.system.platform import GRANTS, Platform
from tests.system.servers import Servers


@pytest.fixture(scope="package")
async def servers() -> AsyncIterator[Servers]:
    async with stacks.running() as started:
        yield started


@pytest.fixture
async def platform(servers: Servers) -> AsyncIterator[Platform]:
    async with platforms.made(servers, GRANTS) as made:
        yield made


@pytest.fixture
async def empty_platform(servers: Servers) -> AsyncIterator[Platform]:
    async with platforms.made(servers) as made:
        yield made

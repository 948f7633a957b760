"""One stack of servers for all system tests, a fresh platform on it for whoever asks."""

from collections.abc import AsyncIterator

import pytest

from tests.system import platform as platforms
from tests.system import servers as stacks
from tests.system.platform import Platform
from tests.system.servers import Servers


@pytest.fixture(scope="package")
async def servers() -> AsyncIterator[Servers]:
    async with stacks.running() as started:
        yield started


@pytest.fixture
async def platform(servers: Servers) -> AsyncIterator[Platform]:
    async with platforms.made(servers) as made:
        yield made

"""One stack of servers for all system tests, a fresh platform on it for whoever asks.

servers          package    PostgreSQL, Kafka and an issuer of tokens, which tests may kill
platform         function   databases that know a few agents and territories, topics, a mail server; no process yet
empty_platform   function   the same, knowing nobody: the directory is to tell
lived_in         package    a platform with its four services running and a town founded on it, for tests that kill
                            nothing and go by what they themselves have made there
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from joserfc.jwk import ECKey

from deploy.local.credentials import SERVICES
from tests.system import platform as platforms
from tests.system import servers as stacks
from tests.system import town as towns
from tests.system.platform import GRANTS, Platform, Process
from tests.system.servers import Servers
from tests.system.town import Town


@dataclass(frozen=True)
class LivedIn:
    """A platform at work. Other tests have left people and dossiers on it."""

    platform: Platform
    town: Town
    software: ECKey
    """Signs what the partner's software sends."""
    processes: dict[str, Process]

    @property
    def intake(self) -> Process:
        return self.processes["intake"]

    @property
    def cases(self) -> Process:
        return self.processes["cases"]

    @property
    def directory(self) -> Process:
        return self.processes["directory"]


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


@pytest.fixture(scope="package")
async def lived_in(servers: Servers) -> AsyncIterator[LivedIn]:
    async with platforms.made(servers) as platform:
        processes = dict(zip(SERVICES, await platform.start_all(), strict=True))
        software = ECKey.generate_key("P-256", {"kid": "essai"})
        town = await towns.found(platform, processes["directory"], {"keys": [software.as_dict(private=False)]})
        await towns.known_everywhere(platform, town, "intake", "cases", "notifications")
        await platforms.appoint(platform.databases, GRANTS)
        yield LivedIn(platform, town, software, processes)

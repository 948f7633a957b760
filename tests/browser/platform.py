"""The whole platform, as `./maillage up` puts it together, in a state folder of its own: what the browser is shown.

Parts and services are those of `deploy.local.stack`, started here without the supervisor so that a test may stop one.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from deploy.local import jars, layout, migrate, oidc, ports, topics
from deploy.local.credentials import Secrets
from deploy.local.stack import Stack, choose_ports
from deploy.local.testing import temporary_state


@dataclass(frozen=True)
class Platform:
    """What runs, behind its one address."""

    stack: Stack

    @property
    def url(self) -> str:
        return self.stack.public_url

    @contextlib.asynccontextmanager
    async def without(self, service: str) -> AsyncIterator[None]:
        """That service is stopped meanwhile."""
        part = self.stack.services[service]
        await part.stop()
        try:
            yield
        finally:
            await part.start()
            await part.ready()


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Platform]:
    """The platform, serving; everything is gone after the context."""
    cache = layout.cache()
    await asyncio.to_thread(jars.install, cache)
    await asyncio.to_thread(oidc.install, cache)
    with temporary_state() as state:
        environment = {"MAILLAGE_PORT": str(ports.free_port())}
        stack = Stack(state, Secrets(), choose_ports(state, environment), environment)
        supplies, services = stack.parts.values(), stack.services.values()
        try:
            await asyncio.gather(*(part.start() for part in supplies))
            await asyncio.gather(*(part.ready() for part in supplies))
            await asyncio.to_thread(topics.apply, stack.administration, stack.secrets.kafka_passwords)
            await migrate.migrate(stack)
            await asyncio.gather(*(part.start() for part in services))
            await asyncio.gather(*(part.ready() for part in services))
            yield Platform(stack)
        finally:
            await asyncio.gather(*(part.stop() for part in services))
            await asyncio.gather(*(part.stop() for part in supplies))

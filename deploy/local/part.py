"""What the supervisor runs: a part of the stack or a service, each behind one child process."""

from dataclasses import dataclass
from typing import Protocol

from deploy.local import ports
from deploy.local.child import Child


class Part(Protocol):
    """Something that can be started again and again on what it kept."""

    @property
    def child(self) -> Child: ...

    async def start(self) -> None:
        """Returns before it serves."""

    async def ready(self) -> None:
        """Waits until it serves. Raises Problem when it ended first or takes too long."""

    async def stop(self) -> None:
        """Returns once it is gone."""


@dataclass
class Program:
    """A part that needs no preparation: it serves once its port answers."""

    child: Child
    port: int

    async def start(self) -> None:
        await self.child.start()

    async def ready(self) -> None:
        await ports.listening(self.child, self.port)

    async def stop(self) -> None:
        await self.child.stop()

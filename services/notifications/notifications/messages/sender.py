"""The role `send`: lanes that send what is due, woken as soon as there is something."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from chassis.database import Connection, connect, is_interruption
from chassis.observability import metrics
from chassis.progress import Progress
from chassis.service import Parts
from notifications.messages import store
from notifications.messages.courier import Courier
from notifications.messages.gateway import Gateway, Later

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """Sizes and delays of a sender, in seconds."""

    lanes: int = 4
    poll: float = 1.0
    """A notification may be missed: the table is read at least this often."""
    measure: float = 5.0
    back_off: float = 0.5
    longest: float = 15.0
    """Between two tries of a lane while the gateway or the database is away."""

    def wait(self, failures: int) -> float:
        """Exponential: seconds before a lane's next try."""
        return min(self.longest, self.back_off * 2.0 ** min(failures - 1, 10))


class Sender:
    """Any number of them may run, in one process or many."""

    def __init__(
        self, parts: Parts, courier: Courier, gateways: Callable[[], Gateway], policy: SendPolicy | None = None
    ) -> None:
        """`gateways` makes the connection of a lane."""
        self._database = parts.worker
        self._url = parts.settings.worker_database_url.get_secret_value()
        self._now = parts.now
        self.courier = courier
        self._gateways = gateways
        self._policy = policy or SendPolicy()
        self._wakes = [asyncio.Event() for _ in range(self._policy.lanes)]
        self.progress = Progress("sender")

    async def run(self) -> None:
        """Send until cancelled; what is in the gateway's hands by then is still noted."""
        async with asyncio.TaskGroup() as parts:
            for wake in self._wakes:
                parts.create_task(self._lane(wake))
            parts.create_task(self._watch())
            parts.create_task(self._measure())

    # What wakes the lanes -----------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            try:
                connection = await connect(self._url, "maillage-sender")
                try:
                    await self._follow(connection)
                finally:
                    connection.terminate()
            except Exception as error:
                if not is_interruption(error):
                    raise
                log.warning("sender_waits_for_database", error=type(error).__name__)
                await asyncio.sleep(self._policy.back_off)

    async def _follow(self, connection: Connection) -> None:
        """Tend whenever the database says that something is new, until the connection is lost."""
        news = asyncio.Event()
        connection.add_termination_listener(lambda *_: news.set())
        await connection.add_listener("deliveries", lambda *_: news.set())
        while not connection.is_closed():
            news.clear()
            await self.tend()
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), self._policy.poll)

    async def tend(self) -> None:
        """Free what waits in vain no longer, take back what a dead sender held, wake the lanes."""
        async with self._database.transaction() as tx:
            await store.release_known(tx)
            recovered = await store.recover(tx, self._now())
        if recovered:
            log.warning("messages_taken_back", count=recovered)
        for wake in self._wakes:
            wake.set()

    async def _measure(self) -> None:
        while True:
            try:
                async with self._database.transaction() as tx:
                    unsent = await store.unsent(tx)
                for channel in {"email", *unsent}:
                    metrics.DELIVERIES_WAITING.labels(channel).set(unsent.get(channel, 0))
            except Exception as error:
                if not is_interruption(error):
                    raise
            await asyncio.sleep(self._policy.measure)

    # A lane -------------------------------------------------------------------------------

    async def _lane(self, wake: asyncio.Event) -> None:
        gateway, failures = self._gateways(), 0
        try:
            while True:
                wake.clear()
                if await self._drain(gateway):
                    failures = 0
                    await wake.wait()
                else:
                    failures += 1
                    await asyncio.sleep(self._policy.wait(failures))
        finally:
            await gateway.close()

    async def _drain(self, gateway: Gateway) -> bool:
        """Send until nothing is due; False when the gateway or the database is away."""
        while True:
            self.progress.working()
            try:
                outcome = await self.courier.send_one(gateway)
            except Exception as error:
                if not is_interruption(error):
                    raise
                log.warning("sender_interrupted", error=type(error).__name__)
                return False
            finally:
                self.progress.done()
            if outcome is None:
                return True
            if isinstance(outcome, Later) and outcome.away:
                return False

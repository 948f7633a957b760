"""The role `send`: lanes that send what is due, woken as soon as there is something."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from random import random

import structlog

from chassis.database import Connection, connect, is_interruption
from chassis.listening import rung
from chassis.observability import metrics
from chassis.progress import Progress
from chassis.service import Parts
from notifications.messages import store
from notifications.messages.channels import Channel, Channels, NotSetUp
from notifications.messages.courier import Courier, Throttled
from notifications.messages.gateway import Gateway, Later

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """Sizes and delays of a sender, in seconds."""

    lanes: int = 4
    """Of each channel: one that is away keeps no other waiting."""
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

    def __init__(self, parts: Parts, courier: Courier, channels: Channels, policy: SendPolicy | None = None) -> None:
        self._database = parts.worker
        self._url = parts.settings.worker_database_url.get_secret_value()
        self._now = parts.now
        self.courier = courier
        self.channels = channels
        self._policy = policy or SendPolicy()
        self._lanes = [(one, asyncio.Event()) for one in channels.values() for _ in range(self._lanes_of(one))]
        self.progress = Progress("sender")

    def _lanes_of(self, channel: Channel) -> int:
        return 1 if isinstance(channel, NotSetUp) else self._policy.lanes

    async def run(self) -> None:
        """Send until cancelled; what is in the gateway's hands by then is still noted."""
        async with asyncio.TaskGroup() as parts:
            for channel, wake in self._lanes:
                parts.create_task(self._lane(channel, wake))
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
            await rung(news, within=self._policy.poll)

    async def tend(self) -> None:
        """Free what waits in vain no longer, take back what a dead sender held, wake the lanes."""
        async with self._database.transaction() as tx:
            await store.release_known(tx)
            recovered = await store.recover(tx, self._now())
        if recovered:
            log.warning("messages_taken_back", count=recovered)
        for _, wake in self._lanes:
            wake.set()

    async def _measure(self) -> None:
        while True:
            try:
                async with self._database.transaction() as tx:
                    unsent = await store.unsent(tx)
                for channel in {*self.channels, *unsent}:
                    metrics.DELIVERIES_WAITING.labels(channel).set(unsent.get(channel, 0))
            except Exception as error:
                if not is_interruption(error):
                    raise
            await asyncio.sleep(self._policy.measure)

    # A lane -------------------------------------------------------------------------------

    async def _lane(self, channel: Channel, wake: asyncio.Event) -> None:
        gateway, failures = channel.gateway(), 0
        try:
            while True:
                wake.clear()
                if await self._drain(channel, gateway):
                    failures = 0
                    await wake.wait()
                else:
                    failures += 1
                    await asyncio.sleep(self._policy.wait(failures))
        finally:
            await gateway.close()

    async def _pause(self, channel: Channel, until: datetime) -> None:
        """Until the gateway allows another: whatever is most urgent by then leaves first. Not all lanes at once, of
        which one would find it: what is not taken meanwhile is not lost, a burst makes up for it."""
        assert channel.rate is not None
        apart = channel.rate.interval.total_seconds() * self._policy.lanes * random()  # noqa: S311 - no secret
        seconds = max(0.0, (until - self._now()).total_seconds())
        await asyncio.sleep(min(self._policy.longest, seconds + apart))

    async def _drain(self, channel: Channel, gateway: Gateway) -> bool:
        """Send until nothing is due; False when the gateway or the database is away."""
        while True:
            self.progress.working()
            try:
                outcome = await self.courier.send_one(channel, gateway)
            except Exception as error:
                if not is_interruption(error):
                    raise
                log.warning("sender_interrupted", error=type(error).__name__)
                return False
            finally:
                self.progress.done()
            if outcome is None:
                return True
            if isinstance(outcome, Throttled):
                await self._pause(channel, outcome.until)
            if isinstance(outcome, Later) and outcome.away:
                return False

"""The role `send`: takes planned messages one by one, hands them to the gateway, notes what became of each.

Sending can't join a transaction. `sending` is committed before the gateway is spoken to and `sent` after its yes; a
process killed in between leaves a row nobody speaks up for, which is sent again when its lease ends, with the same
Message-ID, and counted. That window, and a line lost before the answer, are the only ways to a second mail.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random

import asyncpg
import structlog

from chassis import failpoints, outbox
from chassis.database import Database, connect
from chassis.observability import metrics
from chassis.observability.context import bound
from chassis.progress import Progress
from chassis.service import Parts
from contracts.events import MessageDelivered, MessageFailed
from notifications.messages import store
from notifications.messages.gateway import Accepted, Gateway, Later, Outcome
from notifications.messages.mail import Mail
from notifications.messages.model import TRY_FOR, Delivery, Reason, State, Suppressed, Waits, next_attempt
from notifications.messages.post import Post

log = structlog.get_logger(__name__)

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """Sizes and delays of a sender, in seconds."""

    lanes: int = 4
    lease: float = 60.0
    poll: float = 1.0
    """A notification may be missed: the table is read at least this often."""
    measure: float = 5.0
    back_off: float = 0.5
    longest: float = 15.0
    """Between two tries of a lane while the gateway or the database is away."""


class Sender:
    """Any number of them may run, in one process or many: a message has one sender at a time."""

    def __init__(
        self,
        parts: Parts,
        post: Post,
        gateways: Callable[[], Gateway],
        policy: SendPolicy | None = None,
        chance: Callable[[], float] = random,
    ) -> None:
        self._database: Database = parts.worker
        self._url = parts.settings.worker_database_url.get_secret_value()
        self._now = parts.now
        self._post = post
        self._gateways = gateways
        self._policy = policy or SendPolicy()
        self._chance = chance
        self._name = secrets.token_hex(6)
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
                async with self._news() as news:
                    while True:
                        news.clear()
                        await self.tend()
                        with suppress(TimeoutError):
                            await asyncio.wait_for(news.wait(), self._policy.poll)
            except AWAY as error:
                log.warning("sender_waits_for_database", error=type(error).__name__)
                await asyncio.sleep(self._policy.back_off)

    @asynccontextmanager
    async def _news(self) -> AsyncIterator[asyncio.Event]:
        news = asyncio.Event()
        connection = await connect(self._url, "maillage-sender")
        try:
            connection.add_termination_listener(lambda *_: news.set())
            await connection.add_listener("deliveries", lambda *_: news.set())
            yield news
            # Only a lost connection ends the block by itself; asked of it, it says so.
        finally:
            connection.terminate()

    async def tend(self) -> None:
        """Free what waited in vain no longer, take back what a dead sender held, wake the lanes."""
        async with self._database.transaction() as tx:
            await store.release_known(tx)
            recovered = await store.recover(tx, self._now())
        if recovered:
            log.warning("messages_taken_back", count=recovered)
        for wake in self._wakes:
            wake.set()

    async def _measure(self) -> None:
        while True:
            with suppress(*AWAY):
                async with self._database.transaction() as tx:
                    unsent = await store.unsent(tx)
                for channel in {"email", *unsent}:
                    metrics.DELIVERIES_WAITING.labels(channel).set(unsent.get(channel, 0))
            await asyncio.sleep(self._policy.measure)

    # A lane -------------------------------------------------------------------------------

    async def _lane(self, wake: asyncio.Event) -> None:
        gateway, failures = self._gateways(), 0
        try:
            while True:
                wake.clear()
                try:
                    away = await self._drain(gateway)
                except AWAY as error:
                    log.warning("sender_interrupted", error=type(error).__name__)
                    away = True
                failures = failures + 1 if away else 0
                if away:
                    await asyncio.sleep(min(self._policy.longest, self._policy.back_off * 2.0 ** min(failures - 1, 10)))
                else:
                    await wake.wait()
        finally:
            await gateway.close()

    async def _drain(self, gateway: Gateway) -> bool:
        """Send until nothing is due; True when the gateway was found to be away."""
        while True:
            try:
                outcome = await self.send_one(gateway)
            finally:
                self.progress.done()
            if outcome is None:
                return False
            if isinstance(outcome, Later) and outcome.away:
                return True

    async def send_one(self, gateway: Gateway) -> Outcome | Waits | Suppressed | None:
        """Take the message longest due and do what can be done with it; None when nothing is due."""
        self.progress.working()
        taken = await self._take()
        if not isinstance(taken, tuple):
            return taken
        delivery, mail = taken
        # Cancelled from here on, a sender finishes first: stopping must not double a mail.
        finishing = asyncio.ensure_future(self._finish(delivery, mail, gateway))
        try:
            return await asyncio.shield(finishing)
        except asyncio.CancelledError:
            await finishing
            raise

    async def _take(self) -> tuple[Delivery, Mail] | Later | Waits | Suppressed | None:
        """Take a delivery and make its mail, in one transaction: it comes out as `sending`, or as what stops it."""
        now, delivery = self._now(), None
        try:
            async with self._database.transaction() as tx:
                delivery = await store.pick(tx, now)
                if delivery is None:
                    return None
                prepared = await self._post.prepare(tx, delivery, now)
                if isinstance(prepared, Mail):
                    lease = now + timedelta(seconds=self._policy.lease)
                    await store.begin(tx, delivery, self._name, lease)
                elif isinstance(prepared, Waits):
                    await store.wait(tx, delivery, prepared.reason)
                else:
                    await store.suppress(tx, delivery, prepared.reason, now)
        except AWAY:
            raise
        except Exception as error:
            if delivery is None:
                raise
            return await self._put_off(delivery, now, error)
        self._tell(delivery, prepared)
        return (delivery, prepared) if isinstance(prepared, Mail) else prepared

    async def _put_off(self, delivery: Delivery, now: datetime, error: Exception) -> Later:
        """A fault of ours: this message waits for its remedy, the others go on."""
        log.error("message_not_prepared", message_id=str(delivery.delivery_id), rule=delivery.rule, exc_info=error)
        async with self._database.transaction() as tx:
            until = next_attempt(delivery.attempts + 1, now, self._chance())
            await store.put_off(tx, delivery, type(error).__name__, until)
        return Later(type(error).__name__)

    def _tell(self, delivery: Delivery, prepared: Mail | Waits | Suppressed) -> None:
        if isinstance(prepared, Mail):
            if delivery.in_doubt:
                metrics.RESENDS.labels(delivery.channel).inc()
            return
        state = State.WAITING if isinstance(prepared, Waits) else State.SUPPRESSED
        metrics.DELIVERIES.labels(delivery.rule, delivery.channel, state).inc()
        self._log(delivery, state, prepared.reason)

    def _log(self, delivery: Delivery, state: State, reason: str | None) -> None:
        with bound(event_id=str(delivery.event_id), correlation_id=str(delivery.correlation_id)):
            log.info(
                "message",
                message_id=str(delivery.delivery_id),
                rule=delivery.rule,
                channel=delivery.channel,
                state=state,
                reason=reason,
                attempt=delivery.attempts + 1,
            )

    async def _finish(self, delivery: Delivery, mail: Mail, gateway: Gateway) -> Outcome:
        outcome = await gateway.send(mail)
        if isinstance(outcome, Accepted):
            failpoints.passing(failpoints.SENDER_ACCEPTED)
        while True:
            try:
                await self._note(delivery, outcome)
            except AWAY as error:
                # The gateway has spoken: to forget it now would send the message twice.
                log.warning("outcome_not_noted_yet", error=type(error).__name__)
                await asyncio.sleep(self._policy.back_off)
            else:
                return outcome

    async def _note(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self._now()
        if isinstance(outcome, Accepted):
            await self._settle(delivery, State.SENT, None, now)
        elif not isinstance(outcome, Later):
            await self._settle(delivery, State.FAILED, outcome.reason, now)
        elif now - delivery.event_time > TRY_FOR:
            await self._settle(delivery, State.FAILED, Reason.TOO_LATE, now)
        else:
            await self._postpone(delivery, outcome, now)

    async def _settle(self, delivery: Delivery, state: State, reason: str | None, now: datetime) -> None:
        told = delivery.told(MessageDelivered if state is State.SENT else MessageFailed, now, reason)
        async with self._database.transaction() as tx:
            if await store.settle(tx, delivery, self._name, state, reason, now):
                await outbox.append(tx, told)
        metrics.DELIVERIES.labels(delivery.rule, delivery.channel, state).inc()
        self._log(delivery, state, reason)

    async def _postpone(self, delivery: Delivery, outcome: Later, now: datetime) -> None:
        until = next_attempt(delivery.attempts + 1, now, self._chance())
        async with self._database.transaction() as tx:
            await store.postpone(tx, delivery, self._name, outcome.reason, until, in_doubt=outcome.in_doubt)
        self._log(delivery, State.PLANNED, outcome.reason)

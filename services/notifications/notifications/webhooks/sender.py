"""The lanes of the role `send` that call partners' software.

A subscription has one caller at a time, which makes its first call and hands it back: calls leave in order, and an
address that does not answer keeps nobody else waiting. A process killed in mid-call leaves a lease that runs out; the
call is made again then, under the same id.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import random
from typing import Final

import structlog

from chassis import failpoints, outbox, signatures
from chassis.database import Transaction, is_interruption
from chassis.ending import finished
from chassis.listening import listen
from chassis.observability import metrics
from chassis.sealing import NotOpened
from chassis.service import Parts
from contracts.envelope import derived_id, event
from contracts.events import WebhookDisabled
from notifications.messages.model import next_attempt
from notifications.settings import NotificationsSettings
from notifications.webhooks import store
from notifications.webhooks.caller import Caller
from notifications.webhooks.model import SOURCE, Answer, Reason, Standing, State, body, call_id, fate_of, judge
from notifications.webhooks.store import Call, Subscription

log = structlog.get_logger(__name__)
CHANNEL: Final = "webhooks"


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """Sizes and delays, in seconds."""

    lanes: int = 4
    lease: float = 60
    """How long a caller may be silent: several times what a call may take."""
    poll: float = 1.0


class WebhookSender:
    """Any number of them may run, in one process or many."""

    def __init__(
        self, parts: Parts, caller: Caller, policy: CallPolicy | None = None, chance: Callable[[], float] = random
    ) -> None:
        """`chance` gives the jitter of waits, from 0 to 1."""
        self._database = parts.worker
        self._url = parts.settings.worker_database_url.get_secret_value()
        self._master = parts.keyring.master
        self._now = parts.now
        self._caller = caller
        self._policy = policy or CallPolicy()
        self._chance = chance
        self._wakes = [asyncio.Event() for _ in range(self._policy.lanes)]
        self._tidied: date | None = None

    async def run(self) -> None:
        """Call until cancelled; what a call under way by then comes to is still noted."""
        async with asyncio.TaskGroup() as tasks:
            for wake in self._wakes:
                tasks.create_task(self._lane(wake))
            tasks.create_task(listen(self._url, "maillage-webhooks", CHANNEL, lambda _: self._wake()))
            tasks.create_task(self._tend())

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    async def _tend(self) -> None:
        """A try whose time has come is nobody's news: look from time to time."""
        while True:
            self._wake()
            with _while_the_database_is_away():
                await self._measure()
            await asyncio.sleep(self._policy.poll)

    async def _measure(self) -> None:
        now = self._now()
        async with self._database.transaction() as tx:
            metrics.DELIVERIES_WAITING.labels("webhook").set(await store.waiting(tx))
            if self._tidied != now.date():
                await store.forget(tx, now)
        self._tidied = now.date()

    async def _lane(self, wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            with _while_the_database_is_away():
                while await self.call_one() is not None:
                    pass
            await wake.wait()

    # One call ---------------------------------------------------------------------------------

    async def call_one(self) -> Answer | None:
        """Make the call longest due; None when none is."""
        holder, lease = secrets.token_hex(6), timedelta(seconds=self._policy.lease)
        async with self._database.transaction() as tx:
            taken = await store.take(tx, holder, self._now(), lease)
        # Cancelled from here on, the call is still finished: stopping need not repeat it.
        return await finished(self._make(*taken, holder)) if taken else None

    async def _make(self, subscription: Subscription, call: Call, holder: str) -> Answer:
        answer = await self._answer(subscription, call)
        failpoints.passing(failpoints.WEBHOOK_ANSWERED)
        now = self._now()
        fate = fate_of(answer, call.attempts + 1, test=call.test)
        async with self._database.transaction() as tx:
            await store.note(tx, call, fate, answer, now)
            await self._hand_back(tx, subscription, call, holder, answer, now)
        metrics.DELIVERIES.labels(call.event_type, "webhook", fate).inc()
        log.info(
            "webhook", webhook_id=str(call.webhook_id), event_id=str(call.event_id), state=fate, reason=answer.told
        )
        return answer

    async def _answer(self, subscription: Subscription, call: Call) -> Answer:
        try:
            keys = [self._master.unwrap(key).secret for key in subscription.keys]
        except NotOpened:
            log.error("signing_key_not_opened", webhook_id=str(call.webhook_id))
            return Answer(None, Reason.NO_KEY)
        identity = call_id(call.webhook_id, call.event_id)
        content = body(identity, call.event_type, call.subject, call.event_time, call.data)
        headers = _headers(keys, str(identity), self._now(), content)
        try:
            return await self._caller.call(subscription.url, headers, content)
        except Exception as error:
            # A fault of ours with one address must not end the process, which has others to call and mails to send.
            log.error("webhook_not_called", webhook_id=str(call.webhook_id), error=type(error).__name__)
            return Answer(None, Reason.NO_ANSWER)

    async def _hand_back(
        self, tx: Transaction, subscription: Subscription, call: Call, holder: str, answer: Answer, now: datetime
    ) -> None:
        if call.test and not answer.taken:
            await store.free(tx, subscription.webhook_id, holder)
            return
        after = judge(subscription.standing, answer, now)
        next_at = next_attempt(after.attempts, now, self._chance()) if after.attempts else now
        kept = await store.let_go(tx, subscription.webhook_id, holder, after, next_at)
        if kept and after.state is State.DISABLED is not subscription.standing.state:
            await self._tell(tx, subscription, after, now)

    async def _tell(self, tx: Transaction, subscription: Subscription, after: Standing, now: datetime) -> None:
        sequence = subscription.version + 1
        data = WebhookDisabled(
            webhook_id=subscription.webhook_id,
            organisation_id=subscription.organisation_id,
            reason=str(after.reason),
            manager_ids=await store.whom_to_tell(tx, subscription),
        )
        id = derived_id(subscription.webhook_id, f"disabled:{sequence}")
        await outbox.append(tx, event(data, id=id, source=SOURCE, sequence=sequence, time=now))
        log.warning("webhook_disabled", webhook_id=str(subscription.webhook_id), reason=after.reason)


def callers(settings: NotificationsSettings, parts: Parts) -> WebhookSender:
    """What of the role `send` calls partners' software."""
    caller = Caller(timeout=settings.webhook_timeout_seconds, loopback=settings.webhook_loopback)
    return WebhookSender(parts, caller, CallPolicy(lanes=settings.webhook_lanes))


def _headers(keys: list[bytes], identity: str, at: datetime, content: bytes) -> dict[str, str]:
    """While a key retires both sign (Standard Webhooks: signatures separated by a space)."""
    signed = [signatures.signed(key, identity, at, content) for key in keys]
    return {
        **signed[0],
        signatures.SIGNATURE: " ".join(one[signatures.SIGNATURE] for one in signed),
        "content-type": "application/cloudevents+json; charset=UTF-8",
        "user-agent": "Maillage-Webhooks/1",
        "accept": "*/*",
    }


@contextmanager
def _while_the_database_is_away() -> Iterator[None]:
    """What it interrupts is done again at the next turn: leases run out."""
    try:
        yield
    except Exception as error:
        if not is_interruption(error):
            raise
        log.warning("webhooks_wait_for_database", error=type(error).__name__)

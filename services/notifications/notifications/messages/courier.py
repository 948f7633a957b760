"""One message at a time: taken, handed to the gateway, and what became of it noted.

Sending can't join a transaction. `sending` is committed before the gateway is spoken to and `sent` after its yes; a
process killed in between leaves a row nobody speaks up for, which is sent again when its lease ends, with the same
Message-ID, and counted. That window, and a line lost before the answer, are the only ways to a second mail.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from random import random

import structlog

from chassis import failpoints, outbox
from chassis.consumer import waiting_helps
from chassis.database import is_interruption
from chassis.observability import metrics
from chassis.observability.context import bound
from chassis.service import Parts
from contracts.events import MessageDelivered, MessageFailed
from notifications.messages import store
from notifications.messages.channels import Channel, Parcel
from notifications.messages.gateway import Accepted, Gateway, Later, Outcome
from notifications.messages.model import TRY_FOR, Delivery, Reason, State, Suppressed, Until, Waits, next_attempt
from notifications.messages.post import Post, Prepared

log = structlog.get_logger(__name__)


Unsent = Waits | Until | Suppressed
_STATES = {Waits: State.WAITING, Until: State.PLANNED, Suppressed: State.SUPPRESSED}
"""How a message stands that did not leave."""

FINISH = 10.0
"""Seconds a sender asked to stop waits for the gateway's answer: as long as its process has, less the rest."""


class Courier:
    """Sends for one process. Any number of lanes and of processes may: a message has one sender at a time."""

    def __init__(
        self, parts: Parts, post: Post, *, lease: float, back_off: float = 0.5, chance: Callable[[], float] = random
    ) -> None:
        """`lease` and `back_off` are seconds; `chance` gives the jitter of waits, from 0 to 1."""
        self._database = parts.worker
        self._now = parts.now
        self._post = post
        self._lease = lease
        self._back_off = back_off
        self._chance = chance
        self._name = secrets.token_hex(6)

    async def send_one(self, channel: Channel, gateway: Gateway) -> Outcome | Unsent | None:
        """Take the message of a channel that is longest due, and do what can be done with it; None when none is."""
        taken = await self._take(channel)
        if not isinstance(taken, tuple):
            return taken
        # Cancelled from here on, a sender finishes first: stopping must not double a mail.
        finishing = asyncio.ensure_future(self._finish(*taken, gateway))
        try:
            return await asyncio.shield(finishing)
        except asyncio.CancelledError:
            await asyncio.wait({finishing}, timeout=FINISH)
            finishing.cancel()
            raise

    # Before the gateway -------------------------------------------------------------------

    async def _take(self, channel: Channel) -> tuple[Delivery, Parcel] | Later | Unsent | None:
        """Take a delivery and write it, in one transaction: it comes out as `sending`, or as what stops it."""
        now, delivery = self._now(), None
        try:
            async with self._database.transaction() as tx:
                delivery = await store.pick(tx, channel.name, now)
                if delivery is None:
                    return None
                prepared = await self._post.prepare(tx, delivery, channel, now)
                if isinstance(prepared, Prepared):
                    await store.begin(tx, delivery, self._name, now, now + timedelta(seconds=self._lease))
                elif isinstance(prepared, Waits):
                    await store.wait(tx, delivery, prepared.reason)
                elif isinstance(prepared, Until):
                    await store.keep_until(tx, delivery, prepared)
                else:
                    await store.suppress(tx, delivery, prepared.reason, now)
        except Exception as error:
            if delivery is None or waiting_helps(error):
                raise
            return await self._put_off(delivery, now, error)
        return self._taken(delivery, prepared)

    def _taken(self, delivery: Delivery, prepared: Prepared | Unsent) -> tuple[Delivery, Parcel] | Unsent:
        if not isinstance(prepared, Prepared):
            _tell(delivery, _STATES[type(prepared)], prepared.reason)
            return prepared
        if delivery.in_doubt:
            metrics.RESENDS.labels(delivery.channel).inc()
        return delivery, prepared.parcel

    async def _put_off(self, delivery: Delivery, now: datetime, error: Exception) -> Later:
        """A fault of ours: this message waits for its remedy, the others go on."""
        log.error("message_not_prepared", message_id=str(delivery.delivery_id), rule=delivery.rule, exc_info=error)
        until = next_attempt(delivery.attempts + 1, now, self._chance())
        async with self._database.transaction() as tx:
            await store.put_off(tx, delivery, Reason.NOT_PREPARED, until)
        return Later(Reason.NOT_PREPARED)

    # After it -----------------------------------------------------------------------------

    async def _finish(self, delivery: Delivery, parcel: Parcel, gateway: Gateway) -> Outcome:
        outcome = await gateway.send(parcel)
        if isinstance(outcome, Accepted):
            failpoints.passing(failpoints.SENDER_ACCEPTED)
        while True:
            try:
                await self._note(delivery, outcome)
            except Exception as error:
                if not is_interruption(error):
                    raise
                # The gateway has spoken: to forget it now would send the message twice.
                log.warning("outcome_not_noted_yet", error=type(error).__name__)
                await asyncio.sleep(self._back_off)
            else:
                return outcome

    async def _note(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self._now()
        if isinstance(outcome, Accepted):
            await self._settle(delivery, State.SENT, None, now)
        elif not isinstance(outcome, Later):
            await self._settle(delivery, State.FAILED, outcome.reason, now)
        elif delivery.trying_since is not None and now - delivery.trying_since > TRY_FOR:
            await self._settle(delivery, State.FAILED, Reason.TOO_LATE, now)
        else:
            await self._postpone(delivery, outcome, now)

    async def _settle(self, delivery: Delivery, state: State, reason: str | None, now: datetime) -> None:
        told = delivery.told(MessageDelivered if state is State.SENT else MessageFailed, now, reason)
        async with self._database.transaction() as tx:
            if not await store.settle(tx, delivery, self._name, state, reason, now):
                return
            await outbox.append(tx, told)
        _tell(delivery, state, reason)

    async def _postpone(self, delivery: Delivery, outcome: Later, now: datetime) -> None:
        until = next_attempt(delivery.attempts + 1, now, self._chance())
        async with self._database.transaction() as tx:
            await store.postpone(tx, delivery, self._name, outcome.reason, until, in_doubt=outcome.in_doubt)
        _tell(delivery, State.PLANNED, outcome.reason)


def _tell(delivery: Delivery, state: State, reason: str | None) -> None:
    metrics.DELIVERIES.labels(delivery.rule, delivery.channel, state).inc()
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

"""One message at a time: taken, handed to the gateway, and what became of it noted.

What a channel cannot deliver goes on by the next one, in the transaction that notes why: killed in between, a sender
leaves a row that is asked of the same gateway again, and moves on then.

Sending can't join a transaction. `sending` is committed before the gateway is spoken to and `sent` after its yes; a
process killed in between leaves a row nobody speaks up for, which is sent again when its lease ends, with the same
Message-ID, and counted. That window, and a line lost before the answer, are the only ways to a second mail.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random

import structlog

from chassis import failpoints, outbox
from chassis.consumer import waiting_helps
from chassis.database import Transaction, is_interruption
from chassis.ending import finished
from chassis.observability import metrics
from chassis.observability.context import bound
from chassis.service import Parts
from contracts.events import MessageDelivered, MessageFailed
from notifications.addresses import store as addresses
from notifications.messages import store
from notifications.messages.channels import Channel, Channels, NotSetUp, Parcel
from notifications.messages.gateway import Accepted, Gateway, Later, Outcome, Refused
from notifications.messages.model import (
    TRY_FOR,
    Delivery,
    Ended,
    MovedOn,
    Reason,
    State,
    Step,
    Suppressed,
    Unreachable,
    Until,
    Waits,
    next_attempt,
)
from notifications.messages.post import Post, Prepared

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Throttled:
    """The gateway allows no message before that moment."""

    until: datetime


Unsent = Waits | Until | Suppressed | MovedOn | Ended | Throttled | Later
_STATES = {Waits: State.WAITING, Until: State.PLANNED, Suppressed: State.SUPPRESSED}


class Courier:
    """Sends for one process. Any number of lanes and of processes may: a message has one sender at a time."""

    def __init__(
        self,
        parts: Parts,
        post: Post,
        channels: Channels,
        *,
        lease: float,
        back_off: float = 0.5,
        chance: Callable[[], float] = random,
    ) -> None:
        """`lease` and `back_off` are seconds; `chance` gives the jitter of waits, from 0 to 1."""
        self._database = parts.worker
        self._now = parts.now
        self._post = post
        self._channels = channels
        self._lease = lease
        self._back_off = back_off
        self._chance = chance
        self._name = secrets.token_hex(6)

    async def send_one(self, channel: Channel, gateway: Gateway) -> Outcome | Unsent | None:
        """Take the message of a channel that is longest due, and do what can be done with it; None when none is."""
        taken = await self._take(channel)
        if not isinstance(taken, tuple):
            return taken
        delivery, parcel = taken
        # Cancelled from here on, a sender finishes first: stopping must not double a mail.
        return await finished(self._finish(delivery, channel, parcel, gateway))

    # Before the gateway -------------------------------------------------------------------

    async def _take(self, channel: Channel) -> tuple[Delivery, Parcel] | Unsent | None:
        """Take a delivery and write it, in one transaction: it comes out as `sending`, or as what stops it."""
        now, delivery = self._now(), None
        try:
            async with self._database.transaction() as tx:
                if at := await self._rests(tx, channel, now):
                    return Throttled(at)
                delivery = await store.pick(tx, channel.name, now)
                if delivery is None:
                    return None
                found = await self._judge(tx, delivery, channel, now)
        except Exception as error:
            if delivery is None or waiting_helps(error):
                raise
            return await self._put_off(delivery, now, error)
        if isinstance(found, tuple):
            if delivery.in_doubt:
                metrics.RESENDS.labels(delivery.channel).inc()
        elif not isinstance(found, Throttled | Later):
            _tell(delivery, *_standing(found))
        return found

    async def _rests(self, tx: Transaction, channel: Channel, now: datetime) -> datetime | None:
        """Until when its gateway allows nothing: looked at before a message is written in vain."""
        allowed = await store.allowed_at(tx, channel.name, channel.rate) if channel.rate else None
        return allowed if allowed and allowed > now else None

    async def _judge(
        self, tx: Transaction, delivery: Delivery, channel: Channel, now: datetime
    ) -> tuple[Delivery, Parcel] | Unsent:
        onward = delivery.following()
        if isinstance(onward, MovedOn) and onward.channel != channel.name:
            await store.move_on(tx, delivery, onward.channel, now)
            return onward
        prepared = await self._post.prepare(tx, delivery, channel, now)
        if isinstance(prepared, Prepared):
            return await self._begin(tx, delivery, channel, prepared, now)
        if isinstance(prepared, Unreachable):
            return await self._leave(tx, delivery, Step(channel.name, prepared.reason, now), now)
        if isinstance(prepared, Waits):
            await store.wait(tx, delivery, prepared.reason)
        elif isinstance(prepared, Until):
            await store.keep_until(tx, delivery, prepared)
        else:
            await store.suppress(tx, delivery, prepared.reason, now)
        return prepared

    async def _begin(
        self, tx: Transaction, delivery: Delivery, channel: Channel, prepared: Prepared, now: datetime
    ) -> tuple[Delivery, Parcel] | Throttled:
        if channel.rate and (at := await store.turn(tx, channel.name, channel.rate, now)):
            return Throttled(at)
        begun = await store.begin(tx, delivery, self._name, now, now + timedelta(seconds=self._lease))
        return begun, prepared.parcel

    async def _leave(self, tx: Transaction, delivery: Delivery, step: Step, now: datetime) -> MovedOn | Ended:
        """Its channel is behind it: it goes on by the next one, or somebody learns that nobody was reached."""
        steps, onward = [step], delivery.following(step)
        while isinstance(onward, MovedOn) and isinstance(self._channels[onward.channel], NotSetUp):
            steps.append(Step(onward.channel, Reason.NOT_SET_UP, now))
            onward = delivery.following(*steps)
        if isinstance(onward, MovedOn):
            await store.move_on(tx, delivery, onward.channel, now, steps)
        elif await store.settle(tx, delivery, onward.state, onward.reason, now, steps=steps):
            await outbox.append(tx, delivery.told(MessageFailed, now, onward.reason))
        return onward

    async def _put_off(self, delivery: Delivery, now: datetime, error: Exception) -> Later:
        """A fault of ours: this message waits for its remedy, the others go on."""
        log.error("message_not_prepared", message_id=str(delivery.delivery_id), rule=delivery.rule, exc_info=error)
        until = next_attempt(delivery.attempts + 1, now, self._chance())
        async with self._database.transaction() as tx:
            await store.put_off(tx, delivery, Reason.NOT_PREPARED, until)
        return Later(Reason.NOT_PREPARED)

    # After it -----------------------------------------------------------------------------

    async def _finish(self, delivery: Delivery, channel: Channel, parcel: Parcel, gateway: Gateway) -> Outcome:
        failpoints.passing(failpoints.SENDER_ASKING)
        outcome = await gateway.send(parcel)
        if isinstance(outcome, Accepted):
            failpoints.passing(failpoints.SENDER_ACCEPTED)
        elif isinstance(outcome, Refused):
            failpoints.passing(failpoints.SENDER_REFUSED)
        while True:
            try:
                await self._note(delivery, channel, outcome)
            except Exception as error:
                if not is_interruption(error):
                    raise
                # The gateway has spoken: to forget it now would send the message twice.
                log.warning("outcome_not_noted_yet", error=type(error).__name__)
                await asyncio.sleep(self._back_off)
            else:
                return outcome

    async def _note(self, delivery: Delivery, channel: Channel, outcome: Outcome) -> None:
        now = self._now()
        async with self._database.transaction() as tx:
            standing = await self._noted(tx, delivery, channel, outcome, now)
        _tell(delivery, *standing)

    async def _noted(
        self, tx: Transaction, delivery: Delivery, channel: Channel, outcome: Outcome, now: datetime
    ) -> tuple[State, str | None]:
        if isinstance(outcome, Accepted):
            reference, parts = outcome.reference, outcome.parts
            if await store.settle(tx, delivery, State.SENT, None, now, reference=reference, parts=parts):
                await outbox.append(tx, delivery.told(MessageDelivered, now, None))
            return State.SENT, None
        if isinstance(outcome, Later) and not self._too_late(delivery, now):
            await self._postpone(tx, delivery, channel, outcome, now)
            return State.PLANNED, outcome.reason
        reason = outcome.reason if isinstance(outcome, Refused) else Reason.TOO_LATE
        if isinstance(outcome, Refused) and outcome.dead:
            await addresses.stop(tx, delivery.delivery_id, now)
        step = Step(delivery.channel, reason, now, tried=True)
        return _standing(await self._leave(tx, delivery, step, now))

    @staticmethod
    def _too_late(delivery: Delivery, now: datetime) -> bool:
        return delivery.trying_since is not None and now - delivery.trying_since > TRY_FOR

    async def _postpone(
        self, tx: Transaction, delivery: Delivery, channel: Channel, outcome: Later, now: datetime
    ) -> None:
        # A gateway that is away says nothing about this message: once it is back, what is most urgent leaves first.
        tries = 1 if outcome.away and not outcome.in_doubt else delivery.attempts
        until = next_attempt(tries, now, self._chance())
        if outcome.after:
            until = max(until, now + outcome.after)
            if channel.rate:
                await store.rest(tx, channel.name, channel.rate, now + outcome.after)
        await store.postpone(tx, delivery, outcome.reason, until, in_doubt=outcome.in_doubt)


def _standing(found: Waits | Until | Suppressed | MovedOn | Ended) -> tuple[State, str | None]:
    """How a message stands that did not leave."""
    if isinstance(found, Ended):
        return found.state, found.reason
    if isinstance(found, MovedOn):
        return State.PLANNED, None
    return _STATES[type(found)], found.reason


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
            attempt=delivery.attempts,
        )

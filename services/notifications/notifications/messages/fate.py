"""What is heard of messages after they left: delivered, bounced, returned."""

from datetime import datetime
from uuid import UUID

from chassis import outbox
from chassis.database import Transaction
from contracts.events import MessageDelivered, MessageFailed
from notifications.messages import store
from notifications.messages.model import Delivery, MovedOn, State, Step

_BEFORE = {
    State.DELIVERED: {State.SENDING, State.PLANNED, State.SENT},
    State.BOUNCED: {State.SENDING, State.PLANNED, State.SENT},
    State.RETURNED: {State.SENDING, State.PLANNED, State.SENT, State.DELIVERED},
}
"""Fate → the states it follows. A gateway may be heard before its own yes is noted."""


async def learn(
    tx: Transaction,
    *,
    channel: str,
    fate: State,
    at: datetime,
    delivery_id: UUID | None = None,
    reference: str | None = None,
    attempt: int | None = None,
    reason: str | None = None,
) -> bool:
    """Note what became of a message that left by a channel, known by its id or by its gateway's own `reference`.

    Told again, out of order, or about a channel or an `attempt` that is behind it, it changes nothing: returns whether
    it did. What did not arrive goes on by the next channel of its chain, if there is one; else MessageFailed tells it.
    """
    heard = await store.heard_of(tx, channel, delivery_id, reference, _BEFORE[fate])
    if heard is None:
        return False
    delivery, state = heard
    if attempt not in (None, delivery.attempts):
        return False
    if fate is State.DELIVERED:
        await _arrived(tx, delivery, state, at)
    else:
        await _came_back(tx, delivery, Step(channel, reason or fate, at, tried=True), fate, at)
    return True


async def _arrived(tx: Transaction, delivery: Delivery, state: State, at: datetime) -> None:
    await store.settle(tx, delivery, State.DELIVERED, None, at, before=[state])
    if state is not State.SENT:
        await outbox.append(tx, delivery.told(MessageDelivered, at, None))


async def _came_back(tx: Transaction, delivery: Delivery, step: Step, fate: State, at: datetime) -> None:
    onward = delivery.following(step)
    if isinstance(onward, MovedOn):
        await store.move_on(tx, delivery, onward.channel, at, [step])
    elif await store.settle(tx, delivery, fate, step.reason, at, steps=[step], before=_BEFORE[fate]):
        await outbox.append(tx, delivery.told(MessageFailed, at, step.reason))

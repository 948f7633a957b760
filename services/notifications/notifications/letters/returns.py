"""A letter that came back."""

from uuid import UUID

from chassis.service import Parts
from notifications.letters import store
from notifications.messages import fate
from notifications.messages.model import State


async def came_back(parts: Parts, delivery_id: UUID, by: str) -> None:
    """Its address is not written to again, and its message did not arrive: known twice, it comes to the same."""
    now = parts.now()
    async with parts.worker.transaction() as tx:
        if await store.returned(tx, delivery_id, by, now):
            await fate.learn(
                tx, channel="letter", delivery_id=delivery_id, fate=State.RETURNED, reason="returned", at=now
            )

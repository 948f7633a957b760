"""Territories, as the directory tells them."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import TerritoryPublished
from notifications.territories import store


def handlers() -> Handlers:
    """Replica: a higher sequence wins."""
    made = Handlers()

    @made.on(TerritoryPublished, replica=True)
    async def published(tx: Transaction, received: Sequence[Received[TerritoryPublished]]) -> None:
        await store.keep(tx, [(one.data, one.envelope.sequence) for one in received])

    return made

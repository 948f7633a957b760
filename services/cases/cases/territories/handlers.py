"""Territories, as the directory tells them."""

from collections.abc import Sequence

from cases.territories import store
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import TerritoryPublished


def handlers() -> Handlers:
    """What is kept of territories."""
    handlers = Handlers()

    @handlers.on(TerritoryPublished, replica=True)
    async def territories_published(tx: Transaction, received: Sequence[Received[TerritoryPublished]]) -> None:
        await store.keep(tx, [(one.data.territory_id, one.data.name, one.envelope.sequence) for one in received])

    return handlers

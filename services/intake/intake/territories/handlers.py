"""What the directory publishes becomes a replica."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import OrganisationPublished, TerritoryPublished
from intake.territories import store


def territory_handlers() -> Handlers:
    """Subscriptions to territories and organisations."""
    handlers = Handlers()

    @handlers.on(TerritoryPublished, replica=True)
    async def territories_published(tx: Transaction, received: Sequence[Received[TerritoryPublished]]) -> None:
        await store.keep_territories(tx, [(one.data, one.envelope.sequence) for one in received])

    @handlers.on(OrganisationPublished, replica=True)
    async def organisations_published(tx: Transaction, received: Sequence[Received[OrganisationPublished]]) -> None:
        await store.keep_organisations(tx, [(one.data, one.envelope.sequence) for one in received])

    return handlers

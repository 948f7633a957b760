"""What the directory publishes about organisations."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import OrganisationPublished
from notifications.organisations.store import store


def handlers() -> Handlers:
    """Replica: a higher sequence wins."""
    made = Handlers()

    @made.on(OrganisationPublished, replica=True)
    async def published(tx: Transaction, received: Sequence[Received[OrganisationPublished]]) -> None:
        await store(tx, [(one.data, one.envelope.sequence) for one in received])

    return made

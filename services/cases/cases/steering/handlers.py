"""Where there are territories, months are published."""

from collections.abc import Sequence

from cases.steering import publishing
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.service import Parts
from contracts.events import TerritoryPublished


def handlers(parts: Parts) -> Handlers:
    """What begins the publishing, beside what is kept of territories."""
    handlers = Handlers()

    @handlers.on(TerritoryPublished, replica=True)
    async def territories_published(tx: Transaction, received: Sequence[Received[TerritoryPublished]]) -> None:
        await publishing.begin_once(tx, parts.now(), parts.settings.zone)

    return handlers

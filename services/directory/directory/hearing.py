"""The directory hears what it tells.

After its database was put back to a backup it thus learns again what it had told since: without that, its next
versions would be older than those the others hold, and go unheard. Agents come back the same way, by the chassis.
"""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import OfferPublished, OrganisationPublished, TerritoryPublished
from directory.aggregates import latest
from directory.offers import store as offers
from directory.organisations import store as organisations
from directory.territories import store as territories

handlers = Handlers()


@handlers.on(TerritoryPublished, replica=True)
async def territories_told(tx: Transaction, received: Sequence[Received[TerritoryPublished]]) -> None:
    await territories.adopt(tx, latest(received))


@handlers.on(OrganisationPublished, replica=True)
async def organisations_told(tx: Transaction, received: Sequence[Received[OrganisationPublished]]) -> None:
    await organisations.adopt(tx, latest(received))


@handlers.on(OfferPublished, replica=True)
async def offers_told(tx: Transaction, received: Sequence[Received[OfferPublished]]) -> None:
    await offers.adopt(tx, latest(received))

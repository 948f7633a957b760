"""The directory hears what it tells.

After its database was put back to a backup it thus learns again what it had told since: without that, its next
versions would be older than those the others hold, and go unheard. Agents come back the same way, by the chassis.

Offers take the address and hours of their site when it is heard of: who stewards the premises of others may not write
what is offered there. Of a site that comes back after a restore, they were told themselves.
"""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import OfferPublished, OrganisationPublished, SitePublished, TerritoryPublished
from directory.aggregates import latest
from directory.offers import store as offers
from directory.offers.acts import follow as following
from directory.organisations import store as organisations
from directory.sites import store as sites
from directory.territories import store as territories

handlers = Handlers()


@handlers.on(TerritoryPublished, replica=True)
async def territories_told(tx: Transaction, received: Sequence[Received[TerritoryPublished]]) -> None:
    await territories.adopt(tx, latest(received))


@handlers.on(OrganisationPublished, replica=True)
async def organisations_told(tx: Transaction, received: Sequence[Received[OrganisationPublished]]) -> None:
    await organisations.adopt(tx, latest(received))


@handlers.on(SitePublished, replica=True)
async def sites_told(tx: Transaction, received: Sequence[Received[SitePublished]]) -> None:
    heard = latest(received)
    adopted = await sites.adopt(tx, heard)
    known = {one.state.site_id for one in heard} - adopted
    await following(tx, known, at=max(one.envelope.time for one in received))


@handlers.on(OfferPublished, replica=True)
async def offers_told(tx: Transaction, received: Sequence[Received[OfferPublished]]) -> None:
    await offers.adopt(tx, latest(received))

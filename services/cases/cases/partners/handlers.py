"""Organisations and their offers, as the directory tells them."""

from collections.abc import Sequence

from cases.partners import store
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import OfferPublished, OrganisationPublished


def handlers() -> Handlers:
    """What is kept of partners. Replicas: a higher sequence wins."""
    handlers = Handlers()

    @handlers.on(OrganisationPublished, replica=True)
    async def organisations_published(tx: Transaction, received: Sequence[Received[OrganisationPublished]]) -> None:
        await store.keep_organisations(tx, [(one.data, one.envelope.sequence) for one in received])

    @handlers.on(OfferPublished, replica=True)
    async def offers_published(tx: Transaction, received: Sequence[Received[OfferPublished]]) -> None:
        await store.keep_offers(tx, [(one.data, one.envelope.sequence) for one in received])

    return handlers

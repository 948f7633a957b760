"""Offers in PostgreSQL."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OfferPublished
from directory.aggregates import Versioned
from directory.register import Register
from directory.search import findable
from directory.vocabulary import words

_OFFERS = Register(
    OfferPublished,
    "offers",
    ("words",),
    lambda offer: {"words": words(offer.themes, offer.legal_access)},
    written=findable.refresh,
    due=findable.due,
)
find, those, every = _OFFERS.find, _OFFERS.those, _OFFERS.every
create, change, keep, adopt = _OFFERS.create, _OFFERS.change, _OFFERS.keep, _OFFERS.adopt
take_in = _OFFERS.take_in

Offers = list[Versioned[OfferPublished]]


async def in_function_of(tx: Transaction, organisation_id: UUID) -> Offers:
    """What an organisation still offers, taken for change."""
    rows = await tx.fetch(
        f"{_OFFERS.state} WHERE organisation_id = $1 AND NOT retired ORDER BY offer_id FOR UPDATE", organisation_id
    )
    return [_OFFERS.read(row) for row in rows]


async def made_at(tx: Transaction, site_ids: Collection[UUID]) -> Offers:
    """What is offered at these sites."""
    found = await those(tx, await findable.held_at(tx, site_ids))
    return [one for one in found.values() if not one.state.retired]


async def of_organisations(tx: Transaction, organisation_ids: Sequence[UUID]) -> dict[UUID, list[OfferPublished]]:
    """Offers in function by organisation, each list by name."""
    rows = await tx.fetch(
        f"{_OFFERS.state} WHERE organisation_id = ANY($1::uuid[]) AND NOT retired ORDER BY sort_name, offer_id",
        organisation_ids,
    )
    found: dict[UUID, list[OfferPublished]] = {}
    for row in rows:
        found.setdefault(row["organisation_id"], []).append(_OFFERS.read(row).state)
    return found

"""What an agreement opens in the directory starts and ends with it.

Only the fields the agreement decides are touched, on the offer as it stands when it is taken for change: what somebody
edited meanwhile stays.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OfferPublished
from contracts.events.partners import Capacity
from directory.aggregates import publish_all
from directory.agreements import store
from directory.agreements.model import Agreement, Opening, Phase
from directory.offers import store as offers
from directory.provenance import told, typed


def opened(offer: OfferPublished, opening: Opening, agreement: Agreement, today: date) -> OfferPublished:
    """The offer while the agreement is in force: a permanence lasts as long as it, places are kept in the others."""
    if opening.how == "permanence":
        dates = {"starts_on": agreement.terms.starts_on, "ends_on": agreement.last_day}
        return offer.model_copy(update=dates | {"agreement_id": agreement.agreement_id})
    return _with_places(offer, opening.places, today).model_copy(update={"agreement_id": agreement.agreement_id})


def closed(offer: OfferPublished, opening: Opening | None, ended_on: date, today: date) -> OfferPublished:
    """The offer once its agreement opens it no more: a permanence is retired, another goes on without its places."""
    if opening is not None and opening.how == "permanence":
        return offer.model_copy(update={"ends_on": ended_on, "retired": True})
    return _with_places(offer, None, today).model_copy(update={"agreement_id": None})


def _with_places(offer: OfferPublished, places: int | None, today: date) -> OfferPublished:
    before = offer.capacity
    if (before.reserved if before else None) == places:
        return offer
    capacity = (before or Capacity(on=today)).model_copy(update={"reserved": places, "on": today})
    said = (capacity.reserved, capacity.left, capacity.waiting_days) != (None, None, None)
    return offer.model_copy(update={"capacity": capacity if said else None})


async def follow(tx: Transaction, agreement: Agreement, *, at: datetime, today: date) -> tuple[UUID, ...]:
    """Make the offers what the agreement says of them now, and publish those that change. Returns those it opens, or
    has just ended."""
    wanted = {one.offer_id for one in agreement.terms.opens} if agreement.phase is Phase.IN_FORCE else set()
    theirs = await store.opened_by(tx, agreement.agreement_id)
    known = await offers.those(tx, {*wanted, *theirs}, changing=True)
    before = [one.state for one in known.values() if _is_free(one.state, agreement)]
    after = [_now(one, agreement, today, holds=one.offer_id in wanted) for one in before]
    states = [told(one, state, typed(today, None)) for one, state in zip(before, after, strict=True)]
    await publish_all(tx, await offers.keep(tx, states), at=at)
    return tuple(sorted(one.offer_id for one in before))


def _now(offer: OfferPublished, agreement: Agreement, today: date, *, holds: bool) -> OfferPublished:
    opening = agreement.opening_of(offer.offer_id)
    if holds and opening is not None:
        return opened(offer, opening, agreement, today)
    return closed(offer, opening, agreement.ended_on or today, today)


def _is_free(offer: OfferPublished, agreement: Agreement) -> bool:
    """Neither retired nor opened by another agreement since the text was written."""
    return not offer.retired and offer.agreement_id in (None, agreement.agreement_id)


def elsewhere(found: Collection[OfferPublished], agreement_id: UUID) -> list[str]:
    """Names of offers that another agreement opens already."""
    return [one.name for one in found if one.agreement_id not in (None, agreement_id)]

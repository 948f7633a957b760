"""What stewards do with offers, and how an offer follows the premises it is made at."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.envelope import new_id
from contracts.events import OfferPublished, SitePublished
from directory import contacts, scope
from directory.aggregates import NotKept, Versioned, publish, publish_all, saying, still_editable
from directory.author import Author
from directory.contacts import Contact
from directory.offers import store
from directory.offers.model import NewOffer, at_places, sites_of
from directory.organisations import acts as organisations
from directory.provenance import told
from directory.sites import store as sites
from directory.sites.model import UnknownSite
from directory.territories import store as territories


async def create(tx: Transaction, by: Author, offer: NewOffer) -> OfferPublished:
    """Raises OutOfScope, UnknownTerritory, UnknownOrganisation and UnknownSite."""
    said = offer.named(new_id(), by.today)
    scope.check(by.actor, said.territory_ids)
    await territories.check_known(tx, said.territory_ids)
    await organisations.check_known(tx, said.organisation_id)
    state = await _at_places(tx, told(None, said, by.source))
    await store.create(tx, state)
    await publish(tx, Versioned(state, 1), id=new_id(), at=by.at)
    return state


async def edit(
    tx: Transaction, by: Author, offer_id: UUID, expected: int, wanted: Callable[[OfferPublished], OfferPublished]
) -> Versioned[OfferPublished]:
    """Raises NotKept, Retired, Outdated, OutOfScope, UnknownTerritory and UnknownSite."""
    known = still_editable(await store.find(tx, offer_id), expected).state
    state = told(known, wanted(known), by.source)
    scope.check(by.actor, known.territory_ids, state.territory_ids)
    await territories.check_known(tx, set(state.territory_ids) - set(known.territory_ids))
    changed = await store.change(tx, await _at_places(tx, state, sites_of([known])), expected)
    await publish(tx, changed, id=new_id(), at=by.at)
    return changed


async def retire(tx: Transaction, by: Author, offer_id: UUID, expected: int) -> Versioned[OfferPublished]:
    """Raises what `edit` raises."""
    return await edit(tx, by, offer_id, expected, saying(retired=True))


async def set_contacts(tx: Transaction, by: Author, offer_id: UUID, given: Sequence[Contact]) -> None:
    """Replace those for professionals. Raises NotKept and OutOfScope."""
    known = await store.find(tx, offer_id)
    if known is None:
        raise NotKept
    scope.check(by.actor, known.state.territory_ids)
    await contacts.keep(tx, {offer_id: given})


async def sites_at(tx: Transaction, *made: OfferPublished) -> dict[UUID, SitePublished]:
    """Where offers are made, by id."""
    return {key: one.state for key, one in (await sites.those(tx, sites_of(made))).items()}


async def _at_places(tx: Transaction, offer: OfferPublished, before: Collection[UUID] = ()) -> OfferPublished:
    """With the address and hours of its first place. Raises UnknownSite for one that is not in function, unless the
    offer was there `before`."""
    found = await sites_at(tx, offer)
    for index, place in enumerate(offer.places):
        site = found.get(place.site_id)
        if place.site_id not in before and (site is None or site.retired):
            raise UnknownSite(f"places.{index}.site_id")
    return at_places(offer, found)


async def follow(tx: Transaction, site_ids: Collection[UUID], *, at: datetime) -> None:
    """Offers made at these sites take their address and hours as they now are."""
    made = await store.made_at(tx, site_ids)
    found = await sites_at(tx, *(one.state for one in made))
    moved = [one.state.offer_id for one in made if at_places(one.state, found) != one.state]
    known = await store.those(tx, moved, changing=True)
    await publish_all(tx, await store.keep(tx, [at_places(one.state, found) for one in known.values()]), at=at)

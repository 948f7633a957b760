"""A field typed here, of which a source says something else: an operator decides whose word stands."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from chassis.database import Transaction
from contracts.envelope import new_id
from contracts.events import OfferPublished
from contracts.events.partners import Source
from directory.aggregates import NotKept, publish, still_editable
from directory.author import Author
from directory.imports import store
from directory.imports.store import Noticed
from directory.offers import store as offers
from directory.offers.model import at_places, sites_of
from directory.organisations import store as organisations
from directory.sites import store as sites

KEPT: Final[Mapping[str, Any]] = {"organisation": organisations, "site": sites, "offer": offers}


async def accept(tx: Transaction, by: Author, aggregate_id: UUID, field: str) -> None:
    """The source's word stands, and is followed from now on. Raises NotKept and Retired."""
    one = await _difference(tx, aggregate_id, field)
    found = await KEPT[one.kind].find(tx, aggregate_id)
    known = still_editable(found, found.version if found else 0)
    told = {**known.state.told, field: Source(source=one.source, on=one.said_on)}
    state = type(known.state).model_validate(known.state.model_dump() | {field: one.theirs, "told": told})
    if isinstance(state, OfferPublished):
        held_at = await sites.those(tx, sites_of([state]))
        state = at_places(state, {identity: site.state for identity, site in held_at.items()})
    await publish(tx, await KEPT[one.kind].change(tx, state, known.version), id=new_id(), at=by.at)
    await store.decided(tx, one)


async def keep(tx: Transaction, by: Author, aggregate_id: UUID, field: str) -> None:
    """Ours stands, until the source says something else again. Raises NotKept."""
    await store.kept(tx, await _difference(tx, aggregate_id, field), by.actor.agent_id, by.at)


async def _difference(tx: Transaction, aggregate_id: UUID, field: str) -> Noticed:
    found = await store.difference(tx, aggregate_id, field)
    if found is None:
        raise NotKept
    return found

"""What operators do to territories: each act changes the state, what it is made of, and tells the others."""

from datetime import datetime

from chassis.database import Transaction
from contracts.envelope import new_id
from contracts.events import TerritoryPublished
from directory.aggregates import Versioned, publish, still_editable
from directory.territories import store
from directory.territories.model import NewTerritory, Territory


async def create(tx: Transaction, territory: NewTerritory, at: datetime) -> TerritoryPublished:
    """A new one, at version 1. Raises TerritoryExists and CommuneTaken."""
    state = territory.named(territory.territory_id)
    await store.create(tx, state)
    await store.define(tx, state.territory_id, territory.definition)
    await publish(tx, Versioned(state, 1), id=new_id(), at=at)
    return state


async def edit(
    tx: Transaction, territory_id: str, territory: Territory, expected: int, at: datetime
) -> Versioned[TerritoryPublished]:
    """Say it anew. Raises NotKept, Retired, Outdated and CommuneTaken."""
    still_editable(await store.find(tx, territory_id), expected)
    changed = await store.change(tx, territory.named(territory_id), expected)
    await store.define(tx, territory_id, territory.definition)
    await publish(tx, changed, id=new_id(), at=at)
    return changed


async def retire(tx: Transaction, territory_id: str, expected: int, at: datetime) -> Versioned[TerritoryPublished]:
    """Its communes are free for another one from then on. Raises NotKept, Retired and Outdated."""
    known = still_editable(await store.find(tx, territory_id), expected)
    changed = await store.change(tx, known.state.model_copy(update={"retired": True}), expected)
    await store.settled(tx, territory_id)
    await publish(tx, changed, id=new_id(), at=at)
    return changed

"""What stewards do with organisations."""

from collections.abc import Callable, Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.envelope import new_id
from contracts.events import OrganisationPublished
from directory import contacts, scope
from directory.aggregates import NotKept, Versioned, publish, publish_all, saying, still_editable
from directory.author import Author
from directory.contacts import Contact
from directory.offers import store as offers
from directory.organisations import store
from directory.organisations.model import Organisation, StillHasAgents, UnknownOrganisation, check_may_write
from directory.provenance import told
from directory.territories import store as territories


async def create(tx: Transaction, by: Author, organisation: Organisation) -> OrganisationPublished:
    """Raises OutOfScope, KeysAreOperators and UnknownTerritory."""
    state = told(None, organisation.named(new_id()), by.source)
    check_may_write(by.actor, None, state)
    await territories.check_known(tx, state.territory_ids)
    await store.create(tx, state)
    await publish(tx, Versioned(state, 1), id=new_id(), at=by.at)
    return state


async def edit(
    tx: Transaction,
    by: Author,
    organisation_id: UUID,
    expected: int,
    wanted: Callable[[OrganisationPublished], OrganisationPublished],
) -> Versioned[OrganisationPublished]:
    """Raises NotKept, Retired, Outdated, OutOfScope, KeysAreOperators and UnknownTerritory."""
    known = still_editable(await store.find(tx, organisation_id), expected).state
    state = told(known, wanted(known), by.source)
    check_may_write(by.actor, known, state)
    await territories.check_known(tx, set(state.territory_ids) - set(known.territory_ids))
    changed = await store.change(tx, state, expected)
    await publish(tx, changed, id=new_id(), at=by.at)
    return changed


async def retire(tx: Transaction, by: Author, organisation_id: UUID, expected: int) -> Versioned[OrganisationPublished]:
    """Its offers go with it; its agents must have gone before. Raises StillHasAgents, and what `edit` raises."""
    if await store.has_agents(tx, organisation_id):
        raise StillHasAgents
    changed = await edit(tx, by, organisation_id, expected, saying(retired=True))
    left = [one.state for one in await offers.in_function_of(tx, organisation_id)]
    gone = [told(one, one.model_copy(update={"retired": True}), by.source) for one in left]
    await publish_all(tx, await offers.keep(tx, gone), at=by.at)
    return changed


async def set_contacts(tx: Transaction, by: Author, organisation_id: UUID, given: Sequence[Contact]) -> None:
    """Replace those for professionals. Raises NotKept and OutOfScope."""
    known = await store.find(tx, organisation_id)
    if known is None:
        raise NotKept
    scope.check(by.actor, known.state.territory_ids)
    await contacts.keep(tx, {organisation_id: given})


async def check_known(tx: Transaction, organisation_id: UUID) -> None:
    """Raises UnknownOrganisation unless it is in function."""
    found = await store.find(tx, organisation_id)
    if found is None or found.state.retired:
        raise UnknownOrganisation

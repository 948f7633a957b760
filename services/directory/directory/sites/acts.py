"""What stewards do with sites."""

from collections.abc import Callable
from uuid import UUID

from chassis.database import Transaction
from contracts.envelope import new_id
from contracts.events import SitePublished
from directory import scope
from directory.aggregates import Versioned, publish, saying, still_editable
from directory.author import Author
from directory.offers import store as offers
from directory.organisations import acts as organisations
from directory.provenance import told
from directory.sites import store
from directory.sites.model import Site, SiteInUse


async def create(tx: Transaction, by: Author, site: Site) -> SitePublished:
    """Raises OutOfScope and UnknownOrganisation."""
    state = told(None, site.named(new_id()), by.source)
    await _check(tx, by, state)
    await store.create(tx, state)
    await publish(tx, Versioned(state, 1), id=new_id(), at=by.at)
    return state


async def edit(
    tx: Transaction, by: Author, site_id: UUID, expected: int, wanted: Callable[[SitePublished], SitePublished]
) -> Versioned[SitePublished]:
    """Raises NotKept, Retired, Outdated, OutOfScope, UnknownOrganisation and SiteInUse."""
    known = still_editable(await store.find(tx, site_id), expected).state
    state = told(known, wanted(known), by.source)
    await _check(tx, by, state, known)
    changed = await store.change(tx, state, expected)
    await publish(tx, changed, id=new_id(), at=by.at)
    return changed


async def retire(tx: Transaction, by: Author, site_id: UUID, expected: int) -> Versioned[SitePublished]:
    """Raises what `edit` raises."""
    if await offers.made_at(tx, [site_id]):
        raise SiteInUse
    return await edit(tx, by, site_id, expected, saying(retired=True))


async def _check(tx: Transaction, by: Author, wanted: SitePublished, known: SitePublished | None = None) -> None:
    places = [one.commune for one in (wanted, known) if one]
    scope.check(by.actor, *await store.territories_around(tx, *places))
    if wanted.organisation_id and wanted.organisation_id != (known and known.organisation_id):
        await organisations.check_known(tx, wanted.organisation_id)

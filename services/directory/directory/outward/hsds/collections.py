"""The lists of the standard that are made of what the directory keeps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol
from uuid import UUID

from asyncpg import Record

from chassis.database import Transaction
from directory.outward.hsds import store
from directory.outward.hsds.organizations import listed_organization, organization
from directory.outward.hsds.pieces import offer_at
from directory.outward.hsds.services import Around, at_location, listed_at_location, listed_service, service
from directory.outward.hsds.store import Chosen, Listing


class Told(Protocol):
    """Makes of rows what is told of each."""

    async def __call__(
        self, tx: Transaction, rows: Sequence[Record], around: Around, *, full: bool
    ) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Collection:
    """Which entries, and the list of a single one; what each is told as, and its id."""

    listing: Callable[[Transaction, Chosen, date], Awaitable[Listing]]
    single: Callable[[UUID, date], Listing]
    told: Told
    identity: Callable[[Record], UUID]


async def _services(tx: Transaction, rows: Sequence[Record], around: Around, *, full: bool) -> Sequence[Any]:
    tell = service if full else listed_service
    return [tell(entry, around) for entry in await store.entries(tx, rows)]


async def _held(tx: Transaction, rows: Sequence[Record], around: Around, *, full: bool) -> Sequence[Any]:
    tell = at_location if full else listed_at_location
    return [tell(entry, place, site, around) for entry, place, site in await store.places(tx, rows)]


async def _organizations(tx: Transaction, rows: Sequence[Record], around: Around, *, full: bool) -> Sequence[Any]:
    found = await store.with_premises(tx, rows)
    return [organization(one, premises, around.zone) if full else listed_organization(one) for one, premises in found]


SERVICES: Final = Collection(store.services, store.one_service, _services, lambda row: row["offer_id"])
HELD: Final = Collection(store.held, store.one_held, _held, lambda row: offer_at(row["offer_id"], row["site_id"]))
ORGANIZATIONS: Final = Collection(
    store.organizations, store.one_organization, _organizations, lambda row: row["organisation_id"]
)

"""What an annuaire lists, as it stands in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OfferPublished, SitePublished
from directory.aggregates import Versioned
from directory.offers import store as offers
from directory.offers.model import sites_of
from directory.organisations import store as organisations
from directory.search.model import Criteria
from directory.search.statement import Statement, conditions
from directory.sites import store as sites


@dataclass(frozen=True, slots=True)
class Listed:
    """Offers by name, whose they are and where they are held. `more`: there are others."""

    offers: tuple[Versioned[OfferPublished], ...]
    organisations: Mapping[UUID, str]
    sites: Mapping[UUID, Versioned[SitePublished]]
    more: bool

    @property
    def digest(self) -> str:
        """Other states, another digest."""
        offered = [(str(one.state.offer_id), one.version) for one in self.offers]
        held = sorted((str(key), one.version) for key, one in self.sites.items())
        return sha256(repr((offered, held, sorted(self.organisations.items()), self.more)).encode()).hexdigest()


async def listed(tx: Transaction, asked: Criteria, today: date, limit: int) -> Listed:
    """Offers in function on that day that meet what is asked, `limit` at most."""
    put = Statement()
    met = " AND ".join(conditions(put, asked, today))
    rows = await tx.fetch(
        f"""SELECT DISTINCT sort_name, offer_id FROM findable WHERE {met}
            ORDER BY sort_name, offer_id LIMIT {put(limit + 1, "bigint")}""",  # noqa: S608 - constants, and parameters
        *put.values,
    )
    ids = [row["offer_id"] for row in rows[:limit]]
    known = await offers.those(tx, ids)
    found = tuple(known[one] for one in ids)
    states = [one.state for one in found]
    names = await organisations.names(tx, [one.organisation_id for one in states])
    return Listed(found, names, await sites.those(tx, sites_of(states)), len(rows) > limit)

"""The whole of a search's answer, given out as it is read.

What answers is found once, as keys of twenty bytes each; offers are then read a few hundred at a time, each time in a
transaction of its own: memory stays flat, the answer is no snapshot, and nobody waits for who downloads slowly.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from struct import Struct
from typing import Final
from uuid import UUID

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.offers import acts
from directory.offers import store as offers
from directory.offers.openings import told_hours
from directory.organisations import store as organisations
from directory.outward.freshness import STILL, tag_of
from directory.search import statement
from directory.search.model import Criteria
from directory.search.needs import understand
from directory.search.statement import RANKED, Statement, meeting

MOST: Final = 150_000
"""Offers of one download."""
_AT_ONCE: Final = 200
"""Offers of one transaction: read in some hundredths of a second."""
_KEY: Final = Struct(">16sI")
_EVERY: Final = """
SELECT count(*) AS count, bit_xor(hash_record_extended(ROW (offer_id, place, changed_at), 0)) AS digest,
    string_agg(uuid_send(offer_id) || int4send(place::int), '' ORDER BY sort_name, offer_id) AS keys
FROM (
    SELECT DISTINCT ON (sort_name, offer_id) sort_name, offer_id, place, changed_at FROM {tables} WHERE {met}
    ORDER BY sort_name, offer_id, place LIMIT {most}) AS found
"""


Sites = Mapping[UUID, SitePublished]


class TooMany(Exception):
    """More offers answer than one download may hold."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer where it answers, and everywhere else it is held."""

    offer: OfferPublished
    organisation: str
    place: OfferPlace | None
    sites: Sites

    @property
    def site(self) -> SitePublished | None:
        return self.sites.get(self.place.site_id) if self.place else None

    @property
    def hours(self) -> str | None:
        return told_hours(self.offer, self.place, self.site)


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of what answers, in order, and what changes with any of it."""

    keys: bytes
    tag: str


async def find(tx: Transaction, asked: Criteria, since: datetime | None, now: datetime) -> Found:
    """Best first where all answers can be ranked, as on the pages of a search; else by name. `since`: only what changed
    on or after that instant. Raises TooMany."""
    need = await understand(tx, asked.text)
    put = Statement()
    met = meeting(put, asked, need, now.date())
    if since:
        met += f" AND f.changed_at >= {put(since - STILL, 'timestamptz')}"
    await tx.execute(statement.OWN_PLAN)
    text = _EVERY.format(tables=statement.tables(asked), met=met, most=put(MOST + 1, "bigint"))
    row = await tx.fetchrow(text, *put.values)
    assert row
    if row["count"] > MOST:
        raise TooMany
    keys: bytes = row["keys"] or b""
    if not since and row["count"] <= RANKED:
        keys = await _ranked(tx, asked, now) or keys
    return Found(keys, tag_of(row["count"], row["digest"]))


async def _ranked(tx: Transaction, asked: Criteria, now: datetime) -> bytes:
    """Nothing where there may be others."""
    made = statement.composed(asked, await understand(tx, asked.text), None, RANKED, now)
    rows = await tx.fetch(made.text, *made.values)
    return (
        b""
        if any(row["more"] for row in rows)
        else b"".join(_KEY.pack(row["offer_id"].bytes, row["place"]) for row in rows)
    )


async def read(parts: Parts, actor: Actor, found: Found) -> AsyncIterator[Sequence[Shown]]:
    """A few hundred at a time. What is withdrawn meanwhile is left out."""
    for start in range(0, len(found.keys), _KEY.size * _AT_ONCE):
        keys = list(_KEY.iter_unpack(found.keys[start : start + _KEY.size * _AT_ONCE]))
        async with parts.app.transaction(actor) as tx:
            known = await offers.those(tx, [UUID(bytes=key) for key, _ in keys])
            states = [one.state for one in known.values()]
            names = await organisations.names(tx, [one.organisation_id for one in states])
            sites = await acts.sites_at(tx, *states)
        yield list(_shown(keys, {key.bytes: one.state for key, one in known.items()}, names, sites))


def _shown(
    keys: Sequence[tuple[bytes, int]], known: dict[bytes, OfferPublished], names: dict[UUID, str], sites: Sites
) -> Iterator[Shown]:
    for key, number in keys:
        offer = known[key]
        if not offer.retired:
            place = offer.places[number] if number < len(offer.places) else None
            yield Shown(offer, names[offer.organisation_id], place, sites)

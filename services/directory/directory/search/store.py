"""Searching: what a need means, the page it asks for, and why each offer is on it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Record

from chassis.database import Transaction
from contracts.events import OfferPublished
from directory.aggregates import Versioned
from directory.offers import store as offers
from directory.search import statement
from directory.search.model import Criteria, Cursor, Found, Page, Reason
from directory.search.needs import Need, understand

_NAMES = """
SELECT offer_id, organisation.name AS organisation, site
FROM unnest($1::uuid[], $2::uuid[]) AS page (offer_id, site_id) JOIN offers USING (offer_id)
LEFT JOIN organisations AS organisation USING (organisation_id)
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('site_id', site_id, 'name', name, 'address', address, 'postal_code', postal_code,
        'locality', locality, 'commune', commune, 'accessibility', accessibility, 'phone', phone) AS site
    FROM sites WHERE sites.site_id = page.site_id) AS held ON true
"""


async def search(tx: Transaction, asked: Criteria, after: Cursor | None, limit: int, now: datetime) -> Page:
    """Offers in function that meet what is asked, best first; those after a place in that order."""
    need = await understand(tx, asked.text)
    await tx.execute(statement.OWN_PLAN)
    rows: list[Record] = []
    for cut in statement.CUTS:
        made = statement.composed(asked, need, after, limit, now, cut)
        rows = await tx.fetch(made.text, *made.values)
        if not (rows[0]["crowded"] if rows else after):
            break
    return await _page(tx, rows, need, asked, limit)


async def _page(tx: Transaction, rows: Sequence[Record], need: Need, asked: Criteria, limit: int) -> Page:
    if not rows:
        return Page((), None)
    shown = rows[:limit]
    states = await offers.those(tx, [row["offer_id"] for row in shown])
    told = await tx.fetch(_NAMES, [row["offer_id"] for row in shown], [row["site_id"] for row in shown])
    names = {row["offer_id"]: row for row in told}
    found = [_found(row, states[row["offer_id"]], names[row["offer_id"]], need, asked) for row in shown]
    following = _place(shown[-1]) if len(rows) > limit else None
    return Page(found, following, rows[0]["count"], rows[0]["more"], rows[0]["facets"])


def _place(row: Record) -> Cursor:
    return Cursor(row["score"], row["sort_name"], row["offer_id"])


def _found(row: Record, offer: Versioned[OfferPublished], told: Record, need: Need, asked: Criteria) -> Found:
    why, place = tuple(_reasons(row, need, asked)), _place(row)
    point = {"latitude": row["latitude"], "longitude": row["longitude"]}
    site = None if told["site"] is None else told["site"] | point
    where = (site, row["kilometres"], row["hours"])
    return Found(offer.state, offer.version, told["organisation"], why, place, *where)


def _reasons(row: Record, need: Need, asked: Criteria) -> Iterator[Reason]:
    yield from _said(row["hits"], need)
    if row["kilometres"] is not None and row["on_site"]:
        yield Reason("kilometres", row["kilometres"])
    if row["open_now"]:
        yield Reason("open_now")
    elif row["opens_at"]:
        yield Reason("opens_at", row["opens_at"])
    if asked.age is not None and (row["age_from"] or row["age_to"]):
        yield Reason("age", (row["age_from"], row["age_to"]))
    yield from (Reason(name) for name in ("free", "remote", "agreed") if row[name])
    if row["places_left"] is not None:
        yield Reason("places_left", row["places_left"])


def _said(hits: Sequence[float], need: Need) -> Iterator[Reason]:
    """Where it answers: each thing said once, where it tells most."""
    told = set[str]()
    for one, said, themed in zip(need.sought, hits[::2], hits[1::2], strict=True):
        kind = _WHERE.get(said) or ("theme" if themed else None)
        if kind and one.said not in told:
            told.add(one.said)
            yield Reason(kind, one.said)


_WHERE: dict[Any, str] = {statement.NAMED: "named", statement.TOLD: "told", statement.MAYBE: "maybe"}

"""Entries of the standard as they stand in PostgreSQL, listed in the order of their ids.

A list is chosen by the conditions asked and no others, as a search is. Pages go by number, as the standard wants: those
before are passed over in an index. Who follows `Link` instead is led by the last id seen, at the same cost everywhere,
and misses nothing when entries come or go meanwhile.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from chassis.database import Transaction
from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.offers import store as offers
from directory.offers.model import sites_of
from directory.organisations import store as organisations
from directory.outward.freshness import STILL
from directory.outward.hsds.services import Entry
from directory.outward.hsds.taxonomies import Taxonomy, Term
from directory.search.model import Criteria
from directory.search.needs import understand
from directory.search.statement import OWN_PLAN, Statement, meeting, within
from directory.sites import store as sites

_SERVICE: Final = """
SELECT offer_id, coalesce(f.changed_at, o.changed_at) AS changed_at, coalesce(f.days @> {today}, false) AS in_time
FROM ({chosen}) AS chosen JOIN offers AS o USING (offer_id) LEFT JOIN findable AS f USING (offer_id)
WHERE coalesce(f.place, 0) = 0 ORDER BY offer_id
"""
_HELD: Final = """
SELECT offer_id, place, site_id, changed_at, days @> {today} AS in_time
FROM ({chosen}) AS chosen JOIN findable USING (offer_id, place) ORDER BY offer_id, place
"""
_ORGANISATION: Final = """
SELECT organisation_id, greatest(changed_at, (SELECT max(changed_at) FROM sites WHERE sites.organisation_id =
    chosen.organisation_id)) AS changed_at
FROM ({chosen}) AS chosen JOIN organisations USING (organisation_id) ORDER BY organisation_id
"""
_PREMISES: Final = """
SELECT site_id FROM sites WHERE organisation_id = ANY($1::uuid[]) AND NOT retired ORDER BY organisation_id, site_id
"""


_OFFER: Final = {"offer_id": "uuid"}
_PLACE: Final = {"offer_id": "uuid", "place": "bigint"}
_WHO: Final = {"organisation_id": "uuid"}


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening on that day of the week (ISO: Monday is 1), not before, not after, by the clock of `zone`."""

    day: int | None
    start: time | None
    end: time | None
    zone: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries. `criteria`: as in a search; `near`: a latitude, a longitude and kilometres; `since`: changed on or
    after that instant, what is withdrawn included; `ages`: made for nobody younger than the one, or older than the
    other."""

    criteria: Criteria | None = None
    near: tuple[float, float, float] | None = None
    organisation_id: UUID | None = None
    term: Term | None = None
    taxonomy: Taxonomy | None = None
    since: datetime | None = None
    ages: tuple[float | None, float | None] = (None, None)
    opening: Opening | None = None

    @property
    def by_what_is_offered(self) -> bool:
        return any((self.criteria, self.near, self.term, self.taxonomy, any(self.ages), self.opening))


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: `chosen` selects the `keys` of its entries, `told` what else a page needs of each."""

    put: Statement
    chosen: str
    keys: Mapping[str, str]
    told: str
    today: date


@dataclass(frozen=True, slots=True)
class Span:
    """Which of a list: after those keys, or after that many."""

    limit: int
    passed: int = 0
    after: Sequence[Any] = field(default_factory=tuple)


async def count(tx: Transaction, listing: Listing) -> int:
    """How many there are."""
    await tx.execute(OWN_PLAN)
    found: int = await tx.fetchval(f"SELECT count(*) FROM ({listing.chosen}) AS chosen", *listing.put.values)  # noqa: S608
    return found


async def page(tx: Transaction, listing: Listing, span: Span) -> Sequence[Record]:
    """Keys, with `changed_at` and what else `told` adds."""
    put = Statement([*listing.put.values])
    names = ", ".join(listing.keys)
    beyond = ", ".join(put(value, kind) for value, kind in zip(span.after, listing.keys.values(), strict=False))
    where = f"WHERE ({names}) > ({beyond})" if beyond else ""
    chosen = f"""SELECT {names} FROM ({listing.chosen}) AS every {where}
        ORDER BY {names} OFFSET {put(span.passed, "bigint")} LIMIT {put(span.limit, "bigint")}"""  # noqa: S608
    today = put(listing.today, "date") if "{today}" in listing.told else ""
    await tx.execute(OWN_PLAN)
    return await tx.fetch(listing.told.format(chosen=chosen, today=today), *put.values)


async def services(tx: Transaction, chosen: Chosen, today: date) -> Listing:
    """Offers; those withdrawn as well where changes alone are asked for."""
    put = Statement()
    text = await _offered(tx, put, chosen, today, "offer_id", "f.place = 0")
    if chosen.since and not chosen.by_what_is_offered:
        of = f"AND organisation_id = {put(chosen.organisation_id, 'uuid')}" if chosen.organisation_id else ""
        since = put(chosen.since - STILL, "timestamptz")
        text = f"{text} UNION ALL SELECT offer_id FROM offers WHERE retired AND changed_at >= {since} {of}"  # noqa: S608
    return Listing(put, text, _OFFER, _SERVICE, today)


async def held(tx: Transaction, chosen: Chosen, today: date) -> Listing:
    """Offers at their places."""
    put = Statement()
    text = await _offered(tx, put, chosen, today, "offer_id, place", "f.site_id IS NOT NULL")
    return Listing(put, text, _PLACE, _HELD, today)


async def organizations(_: Transaction, chosen: Chosen, today: date) -> Listing:
    """Organisations; those withdrawn as well where changes alone are asked for."""
    put = Statement()
    met = list(_organised(put, chosen)) or ["true"]
    text = f"SELECT organisation_id FROM organisations AS f WHERE {' AND '.join(met)}"  # noqa: S608
    return Listing(put, text, _WHO, _ORGANISATION, today)


def one_service(identity: UUID, today: date) -> Listing:
    """The offer of that id, withdrawn or not."""
    return _one("SELECT offer_id FROM offers WHERE offer_id =", identity, _OFFER, _SERVICE, today)


def one_held(identity: UUID, today: date) -> Listing:
    """The offer at a place of that id."""
    chosen = (
        "SELECT offer_id, place FROM findable WHERE site_id IS NOT NULL AND directory_offer_at(offer_id, site_id) ="
    )
    return _one(chosen, identity, _PLACE, _HELD, today)


def one_organization(identity: UUID, today: date) -> Listing:
    """The organisation of that id, withdrawn or not."""
    chosen = "SELECT organisation_id FROM organisations WHERE organisation_id ="
    return _one(chosen, identity, _WHO, _ORGANISATION, today)


def _one(chosen: str, identity: UUID, keys: Mapping[str, str], told: str, today: date) -> Listing:
    put = Statement()
    return Listing(put, f"{chosen} {put(identity, 'uuid')}", keys, told, today)


async def _offered(tx: Transaction, put: Statement, chosen: Chosen, today: date, keys: str, each: str) -> str:
    met = [each] if not chosen.by_what_is_offered or "place" in keys else []
    if chosen.criteria:
        met.append(meeting(put, chosen.criteria, await understand(tx, chosen.criteria.text), today))
    met += _also(put, chosen, today)
    table = "findable AS f JOIN offers AS o USING (offer_id)" if any("o." in one for one in met) else "findable AS f"
    distinct = "DISTINCT" if chosen.by_what_is_offered else ""
    return f"SELECT {distinct} {keys} FROM {table} WHERE {' AND '.join(met)}"  # noqa: S608


def _also(put: Statement, chosen: Chosen, today: date) -> Iterator[str]:
    if chosen.near:
        latitude, longitude, kilometres = chosen.near
        yield from within(put, (latitude, longitude), kilometres)
    if chosen.organisation_id:
        yield f"o.organisation_id = {put(chosen.organisation_id, 'uuid')}"
    if chosen.since:
        yield _changed(put, chosen.since, today)
    if chosen.term:
        yield f"{chosen.term.taxonomy.has} @> ARRAY[{put(chosen.term.code, 'text')}]"
    youngest, oldest = chosen.ages
    if youngest is not None:
        yield f"f.age_from >= {put(youngest, 'double precision')}"
    if oldest is not None:
        yield f"f.age_to <= {put(oldest, 'double precision')}"
    if chosen.opening:
        yield _opened(put, chosen.opening)
    if chosen.taxonomy:
        yield f"cardinality(array_remove({chosen.taxonomy.has}, NULL)) > 0"


def _opened(put: Statement, asked: Opening) -> str:
    """Of the few timetables that there are, those with such an opening."""
    zone = put(asked.zone, "text")
    begins, ends = (f"{end}(one) AT TIME ZONE {zone}" for end in ("lower", "upper"))
    met = [
        *([f"extract(isodow FROM {begins}) = {put(asked.day, 'integer')}"] if asked.day else []),
        *([f"({begins})::time >= {put(asked.start, 'time')}"] if asked.start else []),
        *([f"({ends})::time <= {put(asked.end, 'time')}"] if asked.end else []),
    ]
    return f"""f.timetable_id IN (SELECT timetable_id FROM timetables, unnest(openings) AS one
        WHERE {" AND ".join(met)})"""  # noqa: S608 - constants


def _changed(put: Statement, since: datetime, today: date) -> str:
    """Written, begun or over since then; a little before as well, as who wrote then may have ended later."""
    first, last = put((since - timedelta(days=1)).date(), "date"), put(today, "date")
    dated = f"lower(f.days) BETWEEN {first} AND {last} OR upper(f.days) BETWEEN {first} AND {last}"
    return f"(f.changed_at >= {put(since - STILL, 'timestamptz')} OR {dated})"


def _organised(put: Statement, chosen: Chosen) -> Iterator[str]:
    if chosen.since:
        since = put(chosen.since - STILL, "timestamptz")
        moved = f"organisation_id IN (SELECT organisation_id FROM sites WHERE changed_at >= {since})"  # noqa: S608
        yield f"(changed_at >= {since} OR {moved})"
    else:
        yield "NOT retired"
    if chosen.term:
        yield f"f.themes @> ARRAY[{put(chosen.term.code, 'text')}]"
    if chosen.taxonomy:
        yield "cardinality(f.themes) > 0"
    if chosen.criteria and chosen.criteria.text:
        yield f"strpos(directory_fold(name), directory_fold({put(chosen.criteria.text, 'text')})) > 0"


async def entries(tx: Transaction, rows: Sequence[Record]) -> list[Entry]:
    """Offers of a page, in its order."""
    known = {key: one.state for key, one in (await offers.those(tx, {row["offer_id"] for row in rows})).items()}
    states = [known[row["offer_id"]] for row in rows]
    whose = await _organisations(tx, states)
    where = await _sites(tx, sites_of(states))
    return [
        Entry(state, row["changed_at"], row["in_time"], whose.get(state.organisation_id), where)
        for state, row in zip(states, rows, strict=True)
    ]


async def places(tx: Transaction, rows: Sequence[Record]) -> list[tuple[Entry, OfferPlace, SitePublished]]:
    """Offers at places of a page, in its order."""
    found = zip(rows, await entries(tx, rows), strict=True)
    return [(entry, *here) for row, entry in found for here in entry.places if here[0].site_id == row["site_id"]]


async def with_premises(
    tx: Transaction, rows: Sequence[Record]
) -> list[tuple[OrganisationPublished, Sequence[SitePublished]]]:
    """Organisations of a page with their own premises, in its order."""
    ids = [row["organisation_id"] for row in rows]
    known = await organisations.those(tx, ids)
    theirs = await _sites(tx, [row["site_id"] for row in await tx.fetch(_PREMISES, ids)])
    return [(known[one].state, [site for site in theirs.values() if site.organisation_id == one]) for one in ids]


async def _organisations(tx: Transaction, of: Collection[OfferPublished]) -> dict[UUID, OrganisationPublished]:
    found = await organisations.those(tx, {one.organisation_id for one in of})
    return {key: one.state for key, one in found.items()}


async def _sites(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, SitePublished]:
    return {key: one.state for key, one in (await sites.those(tx, ids)).items()}

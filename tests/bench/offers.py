"""A country's directory, all invented, made by the database itself: what the search is measured on.

Each offer is one of the sample offers (`relevance/offers.toml`), held in a commune drawn by its inhabitants: the
largest towns have most offers, and common themes are common. A place has three offers, an organisation three places.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

from chassis.database import Connection, Transaction
from contracts import communes
from directory.search import vocabulary
from directory.search.findable import refresh
from directory.vocabulary import words
from tests.bench.needs import samples

_BATCH: Final = 2_000
_TOWNS = """
CREATE TEMP TABLE towns (code text, name text, department text, epci text, latitude float8, longitude float8,
    until bigint)
"""
_SAMPLES = "CREATE TEMP TABLE samples (n bigint, said jsonb, themes text[], publics text[], words text)"
_NUMBERS = """
CREATE FUNCTION pg_temp.id(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(what || n)::uuid;
CREATE FUNCTION pg_temp.drawn(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN hashint8(n)::bigint & 2147483647;
CREATE UNIQUE INDEX ON towns (until); CREATE UNIQUE INDEX ON samples (n);
ANALYZE towns; ANALYZE samples;
"""
_MADE = """
CREATE TEMP TABLE held AS
SELECT n, town.* FROM generate_series(0, {offers} / 3) AS n CROSS JOIN LATERAL (
    SELECT * FROM towns WHERE until > pg_temp.drawn(n) % (SELECT max(until) FROM towns) ORDER BY until LIMIT 1) AS town;
INSERT INTO sites (site_id, name, address, postal_code, locality, commune, latitude, longitude, accessibility)
SELECT pg_temp.id('site', n), 'Lieu exemple ' || n, n % 90 || ' rue Exemple', code, name, code,
    latitude + (n % 7 - 3) * 0.004, longitude + (n % 5 - 2) * 0.004,
    CASE WHEN n % 2 = 0 THEN '{{wheelchair}}'::text[] ELSE '{{}}' END FROM held;
INSERT INTO organisations (organisation_id, name, kind, themes, territory_ids)
SELECT pg_temp.id('organisation', held.n / 3), said ->> 'structure', 'association', '{{}}', '{{}}'
FROM held JOIN samples ON samples.n = pg_temp.drawn(held.n) % {samples} WHERE held.n % 3 = 0;
INSERT INTO offers (offer_id, organisation_id, name, description, themes, territory_ids, publics, age_from, age_to,
    fees, reception, languages, area, places, capacity, agreement_id, updated_on, words)
SELECT pg_temp.id('offer', o), pg_temp.id('organisation', o / 9), (said ->> 'name') || ' – ' || held.name,
    said ->> 'description', samples.themes, '{{}}', publics, (said ->> 'age_from')::int, (said ->> 'age_to')::int,
    said ->> 'fees', ARRAY(SELECT jsonb_array_elements_text(said -> 'reception')),
    CASE o % 10 WHEN 0 THEN '{{ar,en}}'::text[] WHEN 1 THEN '{{lsf}}' ELSE '{{}}' END,
    ARRAY[CASE said ->> 'area' WHEN 'commune' THEN code WHEN 'epci' THEN coalesce(epci, code)
        WHEN 'departement' THEN department ELSE CASE WHEN o % 20 = 0 THEN 'france' ELSE department END END],
    jsonb_build_array(jsonb_build_object('site_id', pg_temp.id('site', o / 3), 'hours', said ->> 'opening_hours')),
    CASE WHEN o % 3 > 0 THEN jsonb_build_object('left', o % 4, 'on', current_date) END,
    CASE WHEN o % 25 = 0 THEN pg_temp.id('agreement', o) END, current_date - (o % 900)::int, samples.words
FROM generate_series(0, {offers} - 1) AS o JOIN held ON held.n = o / 3
JOIN samples ON samples.n = pg_temp.drawn(o + 7) % {samples};
DROP TABLE towns, samples, held;
"""


async def fill(admin: Connection, count: int) -> None:
    """`count` offers with their places and organisations, of which nothing is found yet. `admin`: a superuser's."""
    await admin.execute("SET session_replication_role = replica")
    await admin.execute(f"{_TOWNS}; {_SAMPLES}")
    said = [(at, dict(one), one["themes"], one["publics"], words(one["themes"])) for at, one in enumerate(samples())]
    await admin.copy_records_to_table("towns", records=list(_towns()))
    await admin.executemany("INSERT INTO samples VALUES ($1, $2, $3, $4, $5)", said)
    await admin.execute(_NUMBERS)
    await admin.execute(_MADE.format(offers=count, samples=len(said)))
    await admin.execute("SET session_replication_role = DEFAULT")
    await admin.execute("VACUUM ANALYZE offers, sites, organisations")


def _towns() -> Iterator[tuple[Any, ...]]:
    """Communes where somebody lives, each until a number that grows by its inhabitants."""
    until = 0
    for one in communes.every():
        if one.population and one.part_of is None and one.latitude is not None:
            until += one.population
            yield (one.code, one.name, one.department, one.epci, one.latitude, one.longitude, until)


async def make_findable(admin: Connection, *, at_once: bool = False) -> None:
    """Everything found, as an import does, a few thousand at a time. `at_once`: its indexes made afterwards, and in
    the order of the only one that is there."""
    indexes = await _without_indexes(admin) if at_once else []
    ids = [row["offer_id"] for row in await admin.fetch("SELECT offer_id FROM offers ORDER BY offer_id")]
    for start in range(0, len(ids), _BATCH):
        async with admin.transaction():
            await refresh(cast("Transaction", admin), ids[start : start + _BATCH])
    await admin.execute("SET maintenance_work_mem = '512MB'")
    for made in indexes:
        await admin.execute(made)
    async with admin.transaction():
        await vocabulary.count(cast("Transaction", admin))
    await admin.execute("VACUUM ANALYZE findable, timetables, search_words")


async def _without_indexes(admin: Connection) -> list[str]:
    """Drop the indexes of what is searched but its key; returns what makes them again."""
    found = await admin.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'findable' AND indexname <> 'findable_pkey'"
    )
    await admin.execute(f"DROP INDEX {', '.join(row['indexname'] for row in found)}")
    return [row["indexdef"] for row in found]

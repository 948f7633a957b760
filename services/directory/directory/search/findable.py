"""What is searched, kept current: made from offers, sites and organisations where they are written.

`refresh` belongs in the transaction that changes them. An import only says what is `due`, and `catch_up` makes it in
transactions of its own, one at a time. Whoever makes rows says so by a lock, so that those made of what was there a
moment before never replace newer ones: those who refresh share it, who catches up has it alone.
"""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from chassis.database import Database, Transaction
from contracts import communes
from directory.search import timetables, vocabulary

_BATCH: Final = 2_000
_LONGEST: Final = 600
"""Characters of a description that are searched."""

_OF = "SELECT offer_id FROM offers WHERE organisation_id = ANY($1::uuid[])"
# Behind policies no index can look inside a column of `offers`; what is found says where it is held.
_AT = """
SELECT offer_id FROM findable WHERE site_id = ANY($1::uuid[])
UNION SELECT offer_id FROM findable_due JOIN offers USING (offer_id), jsonb_to_recordset(places) AS place (site_id uuid)
WHERE place.site_id = ANY($1::uuid[])
"""
# One that is being made stays due until it is made: who changes it meanwhile waits, and has it made again.
_DUE = """
INSERT INTO findable_due SELECT unnest($1::uuid[]) AS offer_id ORDER BY offer_id
ON CONFLICT (offer_id) DO UPDATE SET offer_id = excluded.offer_id
"""
_TAKE_DUE = f"""
DELETE FROM findable_due WHERE offer_id IN (SELECT offer_id FROM findable_due LIMIT {_BATCH} FOR UPDATE SKIP LOCKED)
RETURNING offer_id
"""  # noqa: S608 - constants only
_ONE_AT_A_TIME: Final = 5_720_117
_SHARE = f"SELECT pg_advisory_xact_lock_shared({_ONE_AT_A_TIME})"
_ALONE = f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"
_COMMUNES = """
SELECT DISTINCT commune FROM offers, jsonb_to_recordset(places) AS place (site_id uuid) JOIN sites USING (site_id)
WHERE offer_id = ANY($1::uuid[]) AND latitude IS NULL AND commune IS NOT NULL
"""
_FORGET = "DELETE FROM findable WHERE offer_id = ANY($1::uuid[])"
_MAKE = f"""
INSERT INTO findable (offer_id, place, site_id, sort_name, search, area, themes, publics, age_from, age_to, free,
    remote, on_site, languages, accessibility, places_left, agreed, commune, latitude, longitude, hours, closed,
    days, sure_on)
SELECT o.offer_id, coalesce(number - 1, 0), p.site_id, o.sort_name,
    setweight(to_tsvector('public.maillage_french', o.name), 'A')
    || setweight(to_tsvector('public.maillage_french', coalesce(left(o.description, {_LONGEST}), '')), 'B')
    || setweight(to_tsvector('public.maillage_french', o.words), 'C')
    || setweight(to_tsvector('public.maillage_french',
        concat_ws(' ', organisation.name, o.audience, coalesce(s.locality, o.address))), 'D')
    || array_to_tsvector(ARRAY(SELECT 'theme:' || theme FROM unnest(o.themes) AS theme))
    || array_to_tsvector(CASE WHEN o.legal_access IS NULL THEN '{{}}' ELSE
        ARRAY['law:', 'law:by:' || (o.legal_access ->> 'profession')] || ARRAY(SELECT 'law:on:' || subject
            FROM jsonb_array_elements_text(coalesce(nullif(o.legal_access -> 'subjects', '[]'), '["any"]')) AS subject)
        END),
    coalesce(nullif(o.area, '{{}}'), lands.codes, ARRAY[directory_department(s.commune)], '{{}}')
    || ARRAY(SELECT 'territory:' || id FROM unnest(o.territory_ids) AS id)
    || directory_squares(point.latitude, point.longitude),
    o.themes, o.publics, o.age_from, o.age_to, o.fees IS NOT DISTINCT FROM 'gratuit', 'a-distance' = ANY (o.reception),
    'en-presentiel' = ANY (o.reception) OR 'a-distance' <> ALL (o.reception),
    o.languages, coalesce(s.accessibility, '{{}}'), (o.capacity ->> 'left')::bigint, o.agreement_id IS NOT NULL,
    s.commune, point.latitude, point.longitude,
    coalesce(p.hours, s.hours, CASE WHEN s.site_id IS NULL THEN o.opening_hours END),
    CASE WHEN o.closures = '[]' AND coalesce(p.closures, '[]') = '[]' AND coalesce(s.closures, '[]') = '[]' THEN '{{}}'
        ELSE directory_closed(o.closures || coalesce(p.closures, '[]') || coalesce(s.closures, '[]'),
            directory_zone(directory_department(s.commune))) END,
    daterange(o.starts_on, o.ends_on, '[]'), greatest((o.assured ->> 'on')::date, o.updated_on)
FROM offers AS o
LEFT JOIN organisations AS organisation USING (organisation_id)
LEFT JOIN LATERAL ROWS FROM (jsonb_to_recordset(o.places) AS (site_id uuid, hours text, closures jsonb))
    WITH ORDINALITY AS p (site_id, hours, closures, number) ON true
LEFT JOIN sites AS s ON s.site_id = p.site_id AND NOT s.retired
LEFT JOIN unnest($2::text[], $3::float8[], $4::float8[]) AS centre (commune, latitude, longitude)
    ON centre.commune = s.commune
CROSS JOIN LATERAL (VALUES (coalesce(s.latitude, centre.latitude), coalesce(s.longitude, centre.longitude)))
    AS point (latitude, longitude)
CROSS JOIN LATERAL (
    SELECT CASE WHEN '*' = ANY (o.territory_ids) THEN ARRAY['{communes.FRANCE}'] ELSE (
        SELECT array_agg(DISTINCT held.commune) FROM territory_communes AS held
        WHERE held.territory_id = ANY (o.territory_ids) AND validity @> current_date) END AS codes) AS lands
WHERE o.offer_id = ANY($1::uuid[]) AND NOT o.retired
"""  # noqa: S608 - constants only


async def refresh(tx: Transaction, offer_ids: Sequence[UUID]) -> None:
    """Make again what is found of these offers."""
    if offer_ids:
        await tx.execute(_SHARE)
    for start in range(0, len(offer_ids), _BATCH):
        await _refresh(tx, offer_ids[start : start + _BATCH])


async def refresh_of(tx: Transaction, organisation_ids: Sequence[UUID]) -> None:
    """Of those of these organisations."""
    await refresh(tx, [row["offer_id"] for row in await tx.fetch(_OF, organisation_ids)])


async def held_at(tx: Transaction, site_ids: Collection[UUID]) -> list[UUID]:
    """Offers at these sites; some may be retired since."""
    return [row["offer_id"] for row in await tx.fetch(_AT, list(site_ids))]


async def refresh_at(tx: Transaction, site_ids: Sequence[UUID]) -> None:
    """Of those held at these sites."""
    await refresh(tx, await held_at(tx, site_ids))


async def due(tx: Transaction, offer_ids: Sequence[UUID]) -> None:
    """Have `catch_up` make what is found of these offers, once the transaction is committed."""
    if offer_ids:
        await tx.execute(_DUE, offer_ids)


async def due_of(tx: Transaction, organisation_ids: Sequence[UUID]) -> None:
    """Of those of these organisations."""
    await due(tx, [row["offer_id"] for row in await tx.fetch(_OF, organisation_ids)])


async def due_at(tx: Transaction, site_ids: Sequence[UUID]) -> None:
    """Of those held at these sites."""
    await due(tx, await held_at(tx, site_ids))


async def catch_up(database: Database) -> None:
    """Make all that is due, some thousands in a transaction."""
    made = True
    while made:
        async with database.transaction(repeatable=True) as tx:
            made = await make_due(tx)


async def make_due(tx: Transaction) -> bool:
    """Make some thousands of what is due; whether there were any."""
    await tx.execute(_ALONE)
    offer_ids = [row["offer_id"] for row in await tx.fetch(_TAKE_DUE)]
    if offer_ids:
        await _refresh(tx, offer_ids)
    return bool(offer_ids)


async def refresh_all(tx: Transaction) -> None:
    """Of every offer, and every word of the lexicon."""
    await tx.execute(_SHARE)
    await vocabulary.learn(tx, sorted(vocabulary.of_lexicon()))
    await refresh(tx, [row["offer_id"] for row in await tx.fetch("SELECT offer_id FROM offers")])


async def _refresh(tx: Transaction, offer_ids: Sequence[UUID]) -> None:
    await tx.execute(_FORGET, offer_ids)
    await tx.execute(_MAKE, offer_ids, *await _centres(tx, offer_ids))
    await timetables.add(tx, offer_ids)
    await vocabulary.learn_of(tx, offer_ids)


async def _centres(
    tx: Transaction, offer_ids: Sequence[UUID]
) -> tuple[list[str], list[float | None], list[float | None]]:
    """Where the communes are whose sites do not say where they are."""
    codes = [row["commune"] for row in await tx.fetch(_COMMUNES, offer_ids)]
    found = [one for code in codes if (one := communes.find(code)) is not None and one.latitude is not None]
    return [one.code for one in found], [one.latitude for one in found], [one.longitude for one in found]

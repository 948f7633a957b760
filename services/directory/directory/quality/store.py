"""How entries stand, corrections and probable duplicates, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from chassis.database import Transaction
from directory.aggregates import NotKept
from directory.quality.model import ALIKE, ENOUGH, OFFER, ORGANISATION, USUAL_MONTHS, WEIGHTS, Confirmation, Kind
from directory.quality.score import Score
from directory.rows import Rows

CONFIRMATIONS: Final = Rows(Confirmation, "confirmations", "organisation_id")

# How entries stand -------------------------------------------------------------------------------

_SURE: Final = "greatest((assured ->> 'on')::date, updated_on)"
_OF: Final = dict.fromkeys((ORGANISATION, OFFER, "known"), "organisation_id = $1")
_BETWEEN: Final = {
    kind: f"{key} > $1 AND {key} <= $2"
    for kind, key in ((ORGANISATION, "organisation_id"), (OFFER, "offer_id"), ("known", "aggregate_id"))
}


def _standing(which: Mapping[str, str]) -> str:
    return f"""
INSERT INTO entry_quality AS known (aggregate_id, kind, organisation_id, name, territory_ids, sure_on, stale_on)
SELECT aggregate_id, kind, organisation_id, name, territory_ids, sure_on,
    (coalesce(sure_on, DATE '1900-01-01') + make_interval(months => coalesce(every_months, {USUAL_MONTHS})::int))::date
FROM (
    SELECT organisation_id AS aggregate_id, '{ORGANISATION}' AS kind, organisation_id, name, territory_ids,
        {_SURE} AS sure_on
    FROM organisations WHERE NOT retired AND {which[ORGANISATION]}
    UNION ALL
    SELECT offer_id, '{OFFER}', organisation_id, name, territory_ids, {_SURE}
    FROM offers WHERE NOT retired AND {which[OFFER]}
) AS entry LEFT JOIN confirmations USING (organisation_id)
ON CONFLICT (aggregate_id) DO UPDATE SET organisation_id = excluded.organisation_id, name = excluded.name,
    territory_ids = excluded.territory_ids, sure_on = excluded.sure_on, stale_on = excluded.stale_on
WHERE (known.organisation_id, known.name, known.territory_ids, known.sure_on, known.stale_on) IS DISTINCT FROM
    (excluded.organisation_id, excluded.name, excluded.territory_ids, excluded.sure_on, excluded.stale_on)
"""  # noqa: S608 - constants


def _gone(which: Mapping[str, str]) -> str:
    return f"""
DELETE FROM entry_quality AS known WHERE {which["known"]}
AND NOT EXISTS (SELECT FROM organisations WHERE organisation_id = known.aggregate_id AND NOT retired)
AND NOT EXISTS (SELECT FROM offers WHERE offer_id = known.aggregate_id AND NOT retired)
"""  # noqa: S608 - constants


# Of the many ids that follow one, no more than are wanted are read, whichever table holds them.
_LAST_OF: Final = f"""
SELECT id FROM (
    {
    " UNION ALL ".join(
        f"(SELECT {key} AS id FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT $2)"
        for table, key in (
            ("organisations", "organisation_id"),
            ("offers", "offer_id"),
            ("entry_quality", "aggregate_id"),
        )
    )
}
) AS following ORDER BY id OFFSET $2 - 1 LIMIT 1
"""  # noqa: S608 - constants
_LAST: Final = UUID(int=2**128 - 1)
_SCORED: Final = """
UPDATE entry_quality AS known SET score = said.score, lacking = said.lacking
FROM jsonb_populate_recordset(NULL::entry_quality, $1) AS said
WHERE known.aggregate_id = said.aggregate_id
AND (known.score, known.lacking) IS DISTINCT FROM (said.score, said.lacking)
"""


async def stand(tx: Transaction, organisation_id: UUID) -> None:
    """Make again how an organisation's entries stand; scores stay."""
    await tx.execute(_gone(_OF), organisation_id)
    await tx.execute(_standing(_OF), organisation_id)


async def stand_after(tx: Transaction, after: UUID, limit: int) -> UUID | None:
    """The same of `limit` ids at most, those that follow one. Returns the last, or None when all are done."""
    last: UUID | None = await tx.fetchval(_LAST_OF, after, limit)
    await tx.execute(_gone(_BETWEEN), after, last or _LAST)
    await tx.execute(_standing(_BETWEEN), after, last or _LAST)
    return last


async def keep_scores(tx: Transaction, scores: dict[UUID, Score]) -> None:
    """Of offers whose standing is known."""
    rows = [
        {"aggregate_id": str(identity), "score": one.value, "lacking": one.lacking} for identity, one in scores.items()
    ]
    await tx.execute(_SCORED, rows)


async def offers_after(tx: Transaction, after: UUID, limit: int) -> list[UUID]:
    """The next offers that stand, by id."""
    rows = await tx.fetch(
        "SELECT aggregate_id FROM entry_quality WHERE kind = $3 AND aggregate_id > $1 ORDER BY aggregate_id LIMIT $2",
        after,
        limit,
        OFFER,
    )
    return [row["aggregate_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class Entry:
    """How an entry stands. `score` is None for an organisation, and until the night after an offer is made."""

    aggregate_id: UUID
    kind: Kind
    organisation_id: UUID
    name: str
    sure_on: date | None
    stale_on: date
    score: float | None
    lacking: Sequence[str]


_ENTRY: Final = "SELECT aggregate_id, kind, organisation_id, name, sure_on, stale_on, score, lacking FROM entry_quality"
_ON: Final = "AND ($1::text IS NULL OR territory_ids && ARRAY[$1, '*'])"


async def stale(
    tx: Transaction, territory_id: str | None, today: date, after: tuple[date, UUID] | None, limit: int
) -> list[Entry]:
    """Those to be checked again, the longest unsure first."""
    rows = await tx.fetch(
        f"""{_ENTRY} WHERE stale_on <= $2 {_ON}
            AND ($3::date IS NULL OR (stale_on, aggregate_id) > ($3, $4))
            ORDER BY stale_on, aggregate_id LIMIT $5""",
        territory_id,
        today,
        *(after or (None, None)),
        limit,
    )
    return [Entry(**row) for row in rows]


async def lowest(
    tx: Transaction, territory_id: str | None, after: tuple[float, UUID] | None, limit: int
) -> list[Entry]:
    """Offers by their score, the lowest first."""
    rows = await tx.fetch(
        f"""{_ENTRY} WHERE score IS NOT NULL {_ON}
            AND ($2::float8 IS NULL OR (score, aggregate_id) > ($2, $3))
            ORDER BY score, aggregate_id LIMIT $4""",
        territory_id,
        *(after or (None, None)),
        limit,
    )
    return [Entry(**row) for row in rows]


# Asking ------------------------------------------------------------------------------------------


async def confirmation(tx: Transaction, organisation_id: UUID, *, changing: bool = False) -> Confirmation:
    """How an organisation is asked; one nobody spoke of yet is asked never."""
    try:
        return await CONFIRMATIONS.find(tx, organisation_id, changing=changing)
    except NotKept:
        return Confirmation(organisation_id, version=0)


async def keep_confirmation(tx: Transaction, one: Confirmation) -> Confirmation:
    """Write it, as new or over the version it was read at. Raises Outdated."""
    if one.version == 0:
        await tx.execute(
            "INSERT INTO confirmations (organisation_id) VALUES ($1) ON CONFLICT DO NOTHING", one.organisation_id
        )
        return await CONFIRMATIONS.change(tx, replace(one, version=1))
    return await CONFIRMATIONS.change(tx, one)


async def by_link(tx: Transaction, hashed: str, *, changing: bool = False) -> Confirmation:
    """The one whose last link that is. Raises NotKept."""
    lock = " FOR UPDATE" if changing else ""
    row = await tx.fetchrow(f"{CONFIRMATIONS.select} WHERE link_hash = $1{lock}", hashed)
    if row is None:
        raise NotKept
    return CONFIRMATIONS.read(row)


async def never_asked(tx: Transaction, territory_id: str) -> list[tuple[UUID, date | None]]:
    """Organisations of a territory that can be written to and of whom nobody said how often, with the day their entry
    was last sure."""
    rows = await tx.fetch(
        f"""SELECT organisation_id, {_SURE} AS sure_on FROM organisations AS one
            WHERE NOT retired AND email IS NOT NULL AND $1 = ANY (territory_ids)
            AND NOT EXISTS (SELECT FROM confirmations WHERE organisation_id = one.organisation_id)
            ORDER BY sure_on NULLS FIRST, organisation_id""",  # noqa: S608
        territory_id,
    )
    return [(row["organisation_id"], row["sure_on"]) for row in rows]


async def begin_asking(tx: Transaction, organisation_ids: Sequence[UUID], every_months: int) -> None:
    """Those of whom nobody said it yet are asked that often."""
    await tx.execute(
        """INSERT INTO confirmations (organisation_id, every_months)
           SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING""",
        organisation_ids,
        every_months,
    )


# Corrections -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an organisation says a field should be, and what it was then."""

    correction_id: UUID
    kind: Kind
    aggregate_id: UUID
    organisation_id: UUID
    field: str
    before: Any
    after: Any
    proposed_at: datetime
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    accepted: bool | None = None


_PROPOSAL: Final = """SELECT correction_id, kind, aggregate_id, organisation_id, field, before, after, proposed_at,
    decided_at, decided_by, accepted FROM corrections"""


async def propose(tx: Transaction, proposals: Sequence[Proposal]) -> None:
    """Keep them for a steward; of a field, the last one said stands."""
    await tx.execute(
        """INSERT INTO corrections AS known
               (correction_id, kind, aggregate_id, organisation_id, field, before, after, proposed_at)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::jsonb[],
               $8::timestamptz[])
           ON CONFLICT (aggregate_id, field) WHERE decided_at IS NULL
           DO UPDATE SET correction_id = excluded.correction_id, before = excluded.before, after = excluded.after,
               proposed_at = excluded.proposed_at""",
        *(
            [getattr(one, name) for one in proposals]
            for name in (
                "correction_id", "kind", "aggregate_id", "organisation_id", "field", "before", "after", "proposed_at",
            )
        ),
    )  # fmt: skip


async def waiting(tx: Transaction, after: tuple[datetime, UUID] | None, limit: int) -> list[Proposal]:
    """Those nobody has decided, oldest first."""
    rows = await tx.fetch(
        f"""{_PROPOSAL} WHERE decided_at IS NULL
            AND ($1::timestamptz IS NULL OR (proposed_at, correction_id) > ($1, $2))
            ORDER BY proposed_at, correction_id LIMIT $3""",
        *(after or (None, None)),
        limit,
    )
    return [Proposal(**row) for row in rows]


async def waiting_of(tx: Transaction, organisation_id: UUID) -> list[Proposal]:
    """Those of one organisation."""
    rows = await tx.fetch(f"{_PROPOSAL} WHERE organisation_id = $1 AND decided_at IS NULL", organisation_id)
    return [Proposal(**row) for row in rows]


async def take_proposal(tx: Transaction, correction_id: UUID) -> Proposal:
    """One that waits, taken for change. Raises NotKept."""
    row = await tx.fetchrow(f"{_PROPOSAL} WHERE correction_id = $1 AND decided_at IS NULL FOR UPDATE", correction_id)
    if row is None:
        raise NotKept
    return Proposal(**row)


async def decided(tx: Transaction, one: Proposal, *, accepted: bool, at: datetime, by: UUID | None) -> None:
    await tx.execute(
        "UPDATE corrections SET decided_at = $2, decided_by = $3, accepted = $4 WHERE correction_id = $1",
        one.correction_id,
        at,
        by,
        accepted,
    )


# Duplicates --------------------------------------------------------------------------------------

CROWD: Final = 20
"""More entries than that with the same telephone, word or address are a switchboard, a fashion or a large building."""
_ORGANISATIONS: Final = """
SELECT o.organisation_id AS id, o.territory_ids, o.source, o.sort_name, o.siret, o.phone, lower(o.email) AS email,
    s.commune, nullif(btrim(directory_fold(s.address)), '') AS street
FROM organisations AS o LEFT JOIN sites AS s USING (site_id) WHERE NOT o.retired
"""
_OFFERS: Final = """
SELECT o.offer_id AS id, o.territory_ids, o.source, o.sort_name, whose.siret, o.phone, lower(o.email) AS email,
    s.commune, nullif(btrim(directory_fold(s.address)), '') AS street
FROM offers AS o JOIN organisations AS whose ON whose.organisation_id = o.organisation_id
LEFT JOIN sites AS s ON s.site_id = (o.places -> 0 ->> 'site_id')::uuid WHERE NOT o.retired
"""


def _finding(kind: Kind, entries: str) -> str:
    """Pairs of entries that share something rare, and what else they share: work grows with the number of entries, not
    with its square. $1: when the search began; $2: which part of what may be shared, of $3."""
    weights = " + ".join(
        f"CASE WHEN {_SAME[reason]} THEN {weight} ELSE 0 END" for reason, weight in WEIGHTS[kind].items()
    )
    reasons = ", ".join(f"CASE WHEN {_SAME[reason]} THEN '{reason}' END" for reason in WEIGHTS[kind])
    return f"""
WITH entry AS MATERIALIZED ({entries}),
mark AS (
    SELECT id, 's' || siret AS said FROM entry WHERE siret IS NOT NULL
    UNION ALL SELECT id, 'p' || phone FROM entry WHERE phone IS NOT NULL
    UNION ALL SELECT id, 'e' || email FROM entry WHERE email IS NOT NULL
    UNION ALL SELECT id, 'n' || commune || sort_name FROM entry WHERE commune IS NOT NULL
    UNION ALL SELECT DISTINCT id, 'w' || commune || word
        FROM entry, regexp_split_to_table(sort_name, '[^a-z0-9]+') AS word
        WHERE commune IS NOT NULL AND length(word) > 3
    UNION ALL SELECT id, 'a' || commune || street FROM entry WHERE commune IS NOT NULL AND street IS NOT NULL),
shared AS MATERIALIZED (
    SELECT id, said FROM (SELECT id, said, count(*) OVER (PARTITION BY said) AS times FROM mark
        WHERE abs(hashtext(said) % $3) = $2) AS counted
    WHERE times BETWEEN 2 AND {CROWD}),
pair AS (SELECT DISTINCT one.id AS first_id, other.id AS second_id
    FROM shared AS one JOIN shared AS other ON other.said = one.said AND other.id > one.id),
weighed AS MATERIALIZED (
    SELECT first_id, second_id, {weights} AS weight, a.territory_ids || b.territory_ids AS territory_ids,
        array_remove(ARRAY[{reasons}], NULL) AS reasons
    FROM pair JOIN entry AS a ON a.id = first_id JOIN entry AS b ON b.id = second_id
    WHERE (a.source = b.source) IS NOT TRUE)
INSERT INTO duplicates (first_id, second_id, kind, reasons, weight, territory_ids, found_at)
SELECT first_id, second_id, '{kind}', reasons, weight, territory_ids, $1 FROM weighed WHERE weight >= {ENOUGH}
ON CONFLICT (first_id, second_id) DO UPDATE SET reasons = excluded.reasons, weight = excluded.weight,
    territory_ids = excluded.territory_ids, found_at = excluded.found_at
"""  # noqa: S608 - constants


_SAME: Final = {
    "siret": "a.siret = b.siret",
    "name": f"a.commune = b.commune AND similarity(a.sort_name, b.sort_name) >= {ALIKE}",
    "email": "a.email = b.email",
    "phone": "a.phone = b.phone",
    "address": "a.commune = b.commune AND a.street = b.street",
}
FINDING: Final = {ORGANISATION: _finding(ORGANISATION, _ORGANISATIONS), OFFER: _finding(OFFER, _OFFERS)}


_PER_PART: Final = 50_000
"""Entries whose pairs are found in one transaction: some seconds of work, whatever the size of the directory."""


async def parts_of_pairs(tx: Transaction, kind: Kind) -> int:
    """In how many parts their duplicates are to be found."""
    count: int = await tx.fetchval(f"SELECT count(*) FROM {kind}s WHERE NOT retired")  # noqa: S608 - one of two words
    return 1 + count // _PER_PART


async def find_duplicates(tx: Transaction, kind: Kind, since: datetime, *, part: int, of: int) -> None:
    """Propose the pairs of entries in function that look the same by something in that part (from 0) of what entries
    may share. What was dismissed stays dismissed."""
    # Of a table filled a moment ago the planner knows nothing: row by row, what it takes for few is minutes.
    await tx.execute("SET LOCAL enable_nestloop = off")
    await tx.execute(FINDING[kind], since, part, of)


async def forget_duplicates(tx: Transaction, kind: Kind, since: datetime) -> None:
    """Those that no part has found again since then are no longer proposed."""
    await tx.execute("DELETE FROM duplicates WHERE kind = $1 AND found_at < $2 AND dismissed_at IS NULL", kind, since)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that look the same, and why; the more it weighs, the likelier."""

    first_id: UUID
    second_id: UUID
    kind: Kind
    reasons: Sequence[str]
    weight: int


_PAIR: Final = "SELECT first_id, second_id, kind, reasons, weight FROM duplicates"


async def likeliest(tx: Transaction, after: tuple[int, UUID, UUID] | None, limit: int) -> list[Pair]:
    """Those nobody has decided, the likeliest first."""
    rows = await tx.fetch(
        f"""{_PAIR} WHERE dismissed_at IS NULL
            AND ($1::bigint IS NULL OR (-weight, first_id, second_id) > (-$1, $2, $3))
            AND ($1::bigint IS NULL OR weight <= $1)
            ORDER BY weight DESC, first_id, second_id LIMIT $4""",
        *(after or (None, None, None)),
        limit,
    )
    return [Pair(**row) for row in rows]


async def take_pair(tx: Transaction, first_id: UUID, second_id: UUID) -> Pair:
    """One that waits, taken for change. Raises NotKept."""
    row = await tx.fetchrow(
        f"{_PAIR} WHERE (first_id, second_id) = ($1, $2) AND dismissed_at IS NULL FOR UPDATE", first_id, second_id
    )
    if row is None:
        raise NotKept
    return Pair(**row)


async def dismiss(tx: Transaction, pair: Pair, at: datetime, by: UUID | None) -> None:
    await tx.execute(
        "UPDATE duplicates SET dismissed_at = $3, dismissed_by = $4 WHERE (first_id, second_id) = ($1, $2)",
        pair.first_id,
        pair.second_id,
        at,
        by,
    )


async def merged(tx: Transaction, gone_id: UUID, into_id: UUID, at: datetime, by: UUID | None) -> None:
    """Say where a retired entry went; it is proposed with nothing any more."""
    await tx.execute("INSERT INTO merged_entries VALUES ($1, $2, $3, $4)", gone_id, into_id, at, by)
    await tx.execute("DELETE FROM duplicates WHERE $1 IN (first_id, second_id)", gone_id)


async def merged_into(tx: Transaction, aggregate_id: UUID) -> UUID | None:
    """Where a retired entry went, when it was merged."""
    found: UUID | None = await tx.fetchval("SELECT into_id FROM merged_entries WHERE aggregate_id = $1", aggregate_id)
    return found

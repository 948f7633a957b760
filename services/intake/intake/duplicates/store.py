"""SQL of suspected duplicates: traits, the search across people, suspicions and what is decided of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Transaction
from intake.duplicates.model import Known, known

# Traits ---------------------------------------------------------------------------------------------------------

_PEOPLE = """
SELECT p.person_id, p.given_name, p.family_name, p.birth_date, p.recorded_at, r.request_id, r.territory_id,
    r.organisation_id,
    coalesce((SELECT jsonb_agg(jsonb_build_array(kind, value)) FROM contact_points AS c
        WHERE c.person_id = p.person_id AND value IS NOT NULL), '[]') AS contacts
FROM persons AS p
JOIN LATERAL (
    SELECT request_id, territory_id, organisation_id FROM request_people JOIN requests USING (request_id)
    WHERE person_id = p.person_id ORDER BY received_at LIMIT 1
) AS r ON true
WHERE p.person_id = ANY($1::uuid[]) AND p.sealed IS NULL
ORDER BY p.person_id
"""

_LEARN = """
INSERT INTO traits (person_id, given_name, family_name, birth_date, names, keys, request_id, territory_id,
    organisation_id, recorded_at)
SELECT person_id, given_name, family_name, birth_date, names, keys, request_id, territory_id, organisation_id,
    recorded_at
FROM jsonb_populate_recordset(NULL::traits, $1)
ON CONFLICT (person_id) DO UPDATE SET given_name = excluded.given_name, family_name = excluded.family_name,
    birth_date = excluded.birth_date, names = excluded.names, keys = excluded.keys
"""


async def people(tx: Transaction, person_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """What is known of people now, with `contacts` ([kind, value] each) and the request they came with."""
    return await tx.fetch(_PEOPLE, person_ids)


async def learn(tx: Transaction, traits: Sequence[dict[str, Any]]) -> None:
    """Keep what people are recognised by."""
    await tx.execute(_LEARN, traits)


# The search -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody the search found, as far as whoever asks may know of them. `known` holds of their phone numbers and
    addresses those that were asked for."""

    person_id: UUID
    given_name: str | None
    family_name: str | None
    birth_date: str | None
    request_id: UUID
    territory_id: str | None
    organisation_id: UUID | None
    recorded_at: datetime
    known: Known


async def alike(tx: Transaction, keys: Sequence[str], typed: str | None, most: int) -> list[Candidate]:
    """Whom the actor may know of and who shares a key, or is called as `typed` begins; the likeliest first."""
    return [_candidate(row) for row in await tx.fetch("SELECT * FROM people_alike($1, $2, $3)", keys, typed, most)]


def _candidate(row: asyncpg.Record) -> Candidate:
    fields = dict(row)
    shared = frozenset(key for key in fields.pop("shared") if key[0] in "tm")
    named = known(fields["given_name"], fields["family_name"], fields["birth_date"])
    return Candidate(**fields, known=Known(named.given_name, named.family_name, named.birth_date, shared))


_TRACE = """
WITH forgotten AS (DELETE FROM cell_searches WHERE at < now() - interval '1 year')
INSERT INTO cell_searches (search_id, agent_id, found) VALUES ($1, $2, $3)
"""


async def trace(tx: Transaction, search_id: UUID, agent_id: UUID, found: Sequence[UUID]) -> None:
    """Keep for a year that an agent of the cell searched, and whom they were shown."""
    await tx.execute(_TRACE, search_id, agent_id, found)


# Suspicions -----------------------------------------------------------------------------------------------------

_SUSPECT = """
WITH found AS (
    SELECT DISTINCT ON (person_id, other_id) * FROM jsonb_to_recordset($1) AS f (suspicion_id uuid, person_id uuid,
        other_id uuid, points integer, reasons text[], found_at timestamptz)
), unlikely AS (
    -- A closer look, or a corrected name, showed otherwise: nobody had decided anything yet.
    DELETE FROM suspicions AS s WHERE state = 'open'
        AND (s.person_id = ANY($2::uuid[]) OR s.other_id = ANY($2::uuid[]))
        AND NOT EXISTS (SELECT FROM found WHERE found.suspicion_id = s.suspicion_id)
)
INSERT INTO suspicions (suspicion_id, person_id, other_id, territory_id, organisation_id, other_territory_id,
    other_organisation_id, points, reasons, found_at)
SELECT suspicion_id, found.person_id, other_id, one.territory_id, one.organisation_id, other.territory_id,
    other.organisation_id, points, reasons, found_at
FROM found JOIN traits AS one ON one.person_id = found.person_id JOIN traits AS other ON other.person_id = other_id
WHERE NOT EXISTS (
    -- Who is related is known to be somebody else.
    SELECT FROM relations AS r WHERE (r.person_id, r.other_id) IN ((found.person_id, found.other_id),
        (found.other_id, found.person_id)))
ORDER BY suspicion_id
ON CONFLICT (person_id, other_id) DO UPDATE SET points = excluded.points, reasons = excluded.reasons,
    version = suspicions.version + 1
WHERE suspicions.state = 'open' AND (suspicions.points, suspicions.reasons) <> (excluded.points, excluded.reasons)
"""


async def suspect(tx: Transaction, found: Sequence[dict[str, Any]], looked_at: Sequence[UUID]) -> None:
    """Keep whom people look like, and drop what was suspected of those `looked_at` and is no more.

    What somebody decided stays decided.
    """
    await tx.execute(_SUSPECT, found, looked_at)


PAGE = 50

_ITEM = """
SELECT s.suspicion_id, s.version, s.state, s.points, s.reasons, s.found_at, s.person_id, s.other_id, s.decided_at,
    s.decided_by, s.because
FROM suspicions AS s
"""

WAITING = f"""{_ITEM} WHERE s.state = 'open' AND ($1::uuid IS NULL OR (s.found_at, s.suspicion_id) < (
    SELECT found_at, suspicion_id FROM suspicions WHERE suspicion_id = $1))
ORDER BY s.found_at DESC, s.suspicion_id DESC LIMIT $2
"""  # noqa: S608 - constants only

_DECIDED = f"""{_ITEM} WHERE s.state <> 'open' AND s.decided_at >= $1
ORDER BY s.decided_at DESC, s.suspicion_id DESC LIMIT $2
"""

_ONE = f"{_ITEM} WHERE s.suspicion_id = $1"

_SIDES = """
SELECT p.person_id, p.given_name, p.family_name, p.birth_date, p.language, p.recorded_at,
    (SELECT o.person_id FROM persons AS o WHERE o.person_id = p.merged_into) AS merged_into,
    coalesce((SELECT jsonb_agg(jsonb_build_object('kind', kind, 'value', value, 'safe_to_write', safe_to_write,
        'neutral', neutral, 'never', never, 'hours', hours) ORDER BY contact_point_id)
        FROM contact_points AS c WHERE c.person_id = p.person_id), '[]') AS contact_points,
    coalesce((SELECT jsonb_agg(jsonb_build_object('request_id', r.request_id, 'reference', r.reference,
        'role', rp.role, 'state', r.state, 'channel', r.channel, 'programme', r.programme, 'commune', r.commune,
        'received_at', r.received_at,
        'merged_into', (SELECT o.request_id FROM requests AS o WHERE o.request_id = r.merged_into))
        ORDER BY r.received_at)
        FROM request_people AS rp JOIN requests AS r USING (request_id) WHERE rp.person_id = p.person_id), '[]')
        AS requests
FROM persons AS p WHERE p.person_id = ANY($1::uuid[])
ORDER BY p.recorded_at, p.person_id
"""


async def waiting(tx: Transaction, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Suspicions the actor may decide and nobody has, newest first, from the one after `after` on."""
    return await tx.fetch(WAITING, after, limit)


async def count_waiting(tx: Transaction) -> int:
    """How many suspicions the actor may decide and nobody has. Beyond a page they are not counted."""
    count: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT FROM suspicions WHERE state = 'open' LIMIT $1) AS waiting", PAGE + 1
    )
    return count


async def decided(tx: Transaction, since: datetime, limit: int) -> list[asyncpg.Record]:
    """Suspicions decided since then that the actor may decide too, the last decision first."""
    return await tx.fetch(_DECIDED, since, limit)


async def one(tx: Transaction, suspicion_id: UUID) -> asyncpg.Record | None:
    """A suspicion the actor may decide."""
    return await tx.fetchrow(_ONE, suspicion_id)


async def sides(tx: Transaction, person_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """People as they are put beside each other, the first recorded first."""
    return await tx.fetch(_SIDES, person_ids)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two people who may be the same, taken to be decided. `person_id` was recorded after `other_id`."""

    suspicion_id: UUID
    person_id: UUID
    other_id: UUID
    state: str
    decided_at: datetime | None
    kept: dict[str, Any] | None


async def take(tx: Transaction, suspicion_id: UUID, expected: int) -> Suspicion | None:
    """Begin to decide: the version goes up, other deciders wait. None when the actor may not, or it is not at
    `expected`."""
    row = await tx.fetchrow(
        """UPDATE suspicions SET version = version + 1 WHERE suspicion_id = $1 AND version = $2
           RETURNING suspicion_id, person_id, other_id, state, decided_at, kept""",
        suspicion_id,
        expected,
    )
    return Suspicion(**row) if row else None


async def decide(
    tx: Transaction,
    suspicion_id: UUID,
    state: str,
    *,
    at: datetime | None,
    by: UUID | None,
    because: str | None,
    kept: dict[str, Any] | None,
) -> None:
    """Keep what was decided, by whom and why."""
    await tx.execute(
        """UPDATE suspicions SET state = $2, decided_at = $3, decided_by = $4, because = $5, kept = $6
           WHERE suspicion_id = $1""",
        suspicion_id,
        state,
        at,
        by,
        because,
        kept,
    )


# Merging --------------------------------------------------------------------------------------------------------

_SURVIVORS = """
WITH RECURSIVE followed AS (
    SELECT person_id AS start, person_id, merged_into FROM persons WHERE person_id = ANY($1::uuid[])
    UNION ALL SELECT start, p.person_id, p.merged_into
    FROM followed AS f JOIN persons AS p ON p.person_id = f.merged_into
)
SELECT start, person_id FROM followed WHERE merged_into IS NULL
"""


async def survivors(tx: Transaction, person_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whom people were merged into, at the end of the chain: themselves, if into nobody. Absent when the actor does
    not see who it is."""
    return {row["start"]: row["person_id"] for row in await tx.fetch(_SURVIVORS, person_ids)}


_GROUP = """
WITH RECURSIVE one AS (
    SELECT unnest($1::uuid[]) AS person_id
    UNION SELECT p.person_id FROM one JOIN persons AS p ON p.merged_into = one.person_id
)
SELECT person_id FROM one
"""


async def group(tx: Transaction, survivors: Sequence[UUID]) -> list[UUID]:
    """These people, and whoever was merged into them that the actor sees."""
    return [row["person_id"] for row in await tx.fetch(_GROUP, survivors)]


async def hold(tx: Transaction, person_ids: Sequence[UUID]) -> list[UUID]:
    """Keep other writers of these people waiting. Returns those there are, the first recorded first."""
    rows = await tx.fetch(
        "SELECT person_id, recorded_at FROM persons WHERE person_id = ANY($1::uuid[]) ORDER BY person_id FOR UPDATE",
        person_ids,
    )
    return [row["person_id"] for row in sorted(rows, key=lambda row: (row["recorded_at"], row["person_id"]))]


async def merge_person(tx: Transaction, person_id: UUID, into: UUID | None) -> None:
    """Say whom somebody was found to be the same as; None: nobody."""
    await tx.execute("UPDATE persons SET merged_into = $2 WHERE person_id = $1", person_id, into)


async def put_rules(
    tx: Transaction, person_id: UUID, never_by: Sequence[str], rules: dict[str, dict[str, Any]]
) -> None:
    """Replace how somebody may be reached: by contact point, {safe_to_write, neutral, never, hours}."""
    await tx.execute("UPDATE persons SET never_by = $2 WHERE person_id = $1", person_id, never_by)
    await tx.execute(
        """UPDATE contact_points AS c SET safe_to_write = (rule ->> 'safe_to_write')::boolean,
               neutral = (rule ->> 'neutral')::boolean, never = (rule ->> 'never')::boolean, hours = rule -> 'hours'
           FROM jsonb_each($2) AS r (contact_point_id, rule)
           WHERE c.person_id = $1 AND c.contact_point_id = r.contact_point_id::uuid""",
        person_id,
        rules,
    )


_CONCERNING = """
SELECT rp.person_id, r.request_id FROM request_people AS rp JOIN requests AS r USING (request_id)
WHERE rp.person_id = ANY($1::uuid[]) AND rp.role IN ('self', 'concerned') AND r.state <> 'withdrawn'
    AND r.merged_into IS NULL
ORDER BY r.received_at, r.request_id
"""


async def requests_about(tx: Transaction, person_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Requests about each of these people, neither withdrawn nor merged, the oldest first."""
    found: dict[UUID, list[UUID]] = {person_id: [] for person_id in person_ids}
    for row in await tx.fetch(_CONCERNING, person_ids):
        found[row["person_id"]].append(row["request_id"])
    return found


async def merge_request(tx: Transaction, request_id: UUID, into: UUID | None) -> int | None:
    """Say which request this one is the same as; None: it stands alone. Returns its new version; None when the actor
    does not see it."""
    version: int | None = await tx.fetchval(
        "UPDATE requests SET merged_into = $2, version = version + 1 WHERE request_id = $1 RETURNING version",
        request_id,
        into,
    )
    return version

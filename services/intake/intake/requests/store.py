"""SQL of requests: the worklist, one request whole, and what becomes of it."""

from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from uuid import UUID

import asyncpg

from chassis.database import Transaction
from contracts.references import new_reference

PAGE = 50

_ITEM = """
    r.request_id, r.version, r.reference, r.state, r.channel, r.received_at, r.territory_id, r.commune,
    c.name AS commune_name, r.programme, r.themes, r.urgency, r.requester_role, r.concerned_minor, r.promised_on,
    r.promise_missed, r.answered_at, r.case_id,
    (SELECT other.request_id FROM requests AS other WHERE other.request_id = r.merged_into) AS merged_into,
    (SELECT nullif(concat_ws(' ', p.given_name, p.family_name), '')
     FROM request_people AS rp JOIN persons AS p USING (person_id)
     WHERE rp.request_id = r.request_id AND rp.role IN ('self', 'concerned')) AS concerned_name
    FROM requests AS r JOIN communes AS c ON c.code = r.commune
"""

_NEWEST = f"""
SELECT {_ITEM}
WHERE ($1::text IS NULL OR r.territory_id = $1)
    AND ($2::uuid IS NULL OR (r.received_at, r.request_id) < (
        SELECT received_at, request_id FROM requests WHERE request_id = $2))
ORDER BY r.received_at DESC, r.request_id DESC LIMIT $3
"""  # noqa: S608 - constants only

_LATE = f"""
SELECT {_ITEM}
WHERE r.state = 'received' AND r.promised_on < $2 AND ($1::text IS NULL OR r.territory_id = $1)
ORDER BY r.promised_on, r.request_id LIMIT $3
"""

_ONE = f"""
SELECT r.place, r.summary, r.programme_version, r.household_id, r.answer, r.working_days, r.received_by,
    r.organisation_id, f.programme AS refused_programme, f.reasons, {_ITEM} LEFT JOIN refusals AS f USING (request_id)
WHERE r.request_id = $1
"""

_PEOPLE = """
SELECT p.person_id, p.version, rp.role, p.given_name, p.family_name, p.birth_date, p.language, p.never_by, p.needs,
    coalesce((SELECT jsonb_agg(jsonb_build_object('contact_point_id', contact_point_id, 'kind', kind, 'value', value,
        'safe_to_write', safe_to_write, 'neutral', neutral, 'never', never, 'hours', hours) ORDER BY contact_point_id)
        FROM contact_points AS cp WHERE cp.person_id = p.person_id), '[]') AS contact_points,
    coalesce((SELECT jsonb_agg(jsonb_build_object('consent_id', consent_id, 'kind', kind, 'programme', programme,
        'given_how', given_how, 'given_at', given_at, 'given_by', given_by, 'withdrawn_at', withdrawn_at)
        ORDER BY given_at, consent_id) FROM consents AS c WHERE c.person_id = p.person_id), '[]') AS consents
FROM request_people AS rp JOIN persons AS p USING (person_id)
WHERE rp.request_id = $1
ORDER BY array_position(ARRAY['self', 'concerned', 'requester', 'parental_authority'], rp.role),
    p.person_id
"""


async def newest(
    tx: Transaction, territory_id: str | None, after: UUID | None, limit: int = PAGE
) -> list[asyncpg.Record]:
    """Requests the actor sees, newest first, from the one after `after` on."""
    return await tx.fetch(_NEWEST, territory_id, after, limit)


async def late(tx: Transaction, territory_id: str | None, today: date, limit: int) -> list[asyncpg.Record]:
    """Requests whose promised day has passed without an answer, the longest waiting first."""
    return await tx.fetch(_LATE, territory_id, today, limit)


async def count_late(tx: Transaction, territory_id: str | None, today: date) -> int:
    """How many there are of those."""
    count: int = await tx.fetchval(
        """SELECT count(*) FROM requests
           WHERE state = 'received' AND promised_on < $2 AND ($1::text IS NULL OR territory_id = $1)""",
        territory_id,
        today,
    )
    return count


async def one(tx: Transaction, request_id: UUID) -> asyncpg.Record | None:
    """A request as the actor may see it: `reasons` is null for who may not read why something was refused."""
    return await tx.fetchrow(_ONE, request_id)


async def people(tx: Transaction, request_id: UUID) -> list[asyncpg.Record]:
    """Who takes part in a request, each with contact points and consents; the person concerned comes first."""
    return await tx.fetch(_PEOPLE, request_id)


async def withdraw(tx: Transaction, request_id: UUID) -> int | None:
    """The new version; None when there is no such request, or it was withdrawn before."""
    version: int | None = await tx.fetchval(
        """UPDATE requests SET state = 'withdrawn', version = version + 1
           WHERE request_id = $1 AND state <> 'withdrawn' RETURNING version""",
        request_id,
    )
    return version


async def waiting(tx: Transaction, request_id: UUID) -> asyncpg.Record | None:
    """received_at, promised_on and department of a request that waits for an answer, its other writers kept waiting;
    requester_id: who asked for themself."""
    return await tx.fetchrow(
        """SELECT received_at, promised_on, (SELECT department FROM communes WHERE code = commune) AS department,
               (SELECT person_id FROM request_people AS rp
                WHERE rp.request_id = requests.request_id AND rp.role = 'self') AS requester_id
           FROM requests WHERE request_id = $1 AND state = 'received' FOR UPDATE""",
        request_id,
    )


async def answer(
    tx: Transaction, request_id: UUID, text: str, at: datetime, working_days: int, agent_id: UUID | None
) -> int:
    """Keep the answer to a request that waits for one. Returns the new version."""
    version: int = await tx.fetchval(
        """UPDATE requests SET state = 'answered', version = version + 1, answer = $2, answered_at = $3,
               answered_by = $4, working_days = $5
           WHERE request_id = $1 RETURNING version""",
        request_id,
        text,
        at,
        agent_id,
        working_days,
    )
    return version


async def miss_promise(tx: Transaction, request_id: UUID) -> int | None:
    """The new version; None when an answer came, or the request was withdrawn."""
    version: int | None = await tx.fetchval(
        """UPDATE requests SET promise_missed = true, version = version + 1
           WHERE request_id = $1 AND state = 'received' RETURNING version""",
        request_id,
    )
    return version


async def attach_cases(tx: Transaction, opened: Sequence[tuple[UUID, UUID]]) -> None:
    """Remember the dossiers opened for requests: (request, case)."""
    await tx.execute(
        """UPDATE requests SET case_id = opened.case_id
           FROM unnest($1::uuid[], $2::uuid[]) AS opened (request_id, case_id)
           WHERE requests.request_id = opened.request_id""",
        [request_id for request_id, _ in opened],
        [case_id for _, case_id in opened],
    )


async def id_of_reference(tx: Transaction, reference: str) -> UUID | None:
    """The request of that reference, when the actor may see it."""
    found: UUID | None = await tx.fetchval("SELECT request_id FROM requests WHERE reference = $1", reference)
    return found


async def free_reference(tx: Transaction, random: Random) -> str:
    """The first reference `random` draws that no request has."""
    while True:
        reference = new_reference(random)
        if not await tx.fetchval("SELECT true FROM requests WHERE reference = $1", reference):
            return reference

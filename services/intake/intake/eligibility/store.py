"""SQL of eligibility: what a request says that a programme's rules look at."""

from uuid import UUID

import asyncpg

from chassis.database import Transaction

_FACTS = """
WITH concerned AS (
    SELECT p.person_id, p.birth_date FROM request_people AS rp JOIN persons AS p USING (person_id)
    WHERE rp.request_id = $1 AND rp.role IN ('self', 'concerned') LIMIT 1),
agreed AS (
    SELECT c.kind, c.given_by FROM consents AS c JOIN concerned USING (person_id)
    WHERE c.withdrawn_at IS NULL AND (c.programme IS NULL OR c.programme = $2))
SELECT r.programme, r.requester_role, r.concerned_minor, r.territory_id, r.themes,
    (SELECT person_id FROM concerned) AS person_id,
    (SELECT birth_date FROM concerned) AS birth_date,
    ARRAY(SELECT kind FROM agreed WHERE given_by IS NULL) AS agreed,
    ARRAY(SELECT given_by FROM agreed WHERE kind = 'programme' AND given_by IS NOT NULL) AS agreed_for_them,
    (SELECT reasons FROM refusals AS f WHERE f.request_id = $1 AND f.programme = $2) AS reasons,
    (SELECT coalesce(jsonb_object_agg(name, value), '{}') FROM answers
     WHERE request_id = $1 AND programme = $2) AS answers
FROM requests AS r WHERE r.request_id = $1
"""


async def asked_for(tx: Transaction, request_id: UUID) -> str | None:
    """The programme a request runs under; None when there is no request the actor may see."""
    programme: str | None = await tx.fetchval("SELECT programme FROM requests WHERE request_id = $1", request_id)
    return programme


async def facts(tx: Transaction, request_id: UUID, programme: str) -> asyncpg.Record | None:
    """What the rules of a programme look at, as far as the actor may read it; None without the request."""
    return await tx.fetchrow(_FACTS, request_id, programme)


async def answers(tx: Transaction, request_id: UUID) -> list[asyncpg.Record]:
    """programme, name, value of what was answered, as far as the actor may read it."""
    return await tx.fetch(
        "SELECT programme, name, value FROM answers WHERE request_id = $1 ORDER BY programme, name", request_id
    )

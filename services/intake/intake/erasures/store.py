"""SQL of erasures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Transaction
from contracts.events import PersonErasureDone

_ASK = """
INSERT INTO erasures (erasure_id, person_id, territory_id, asked_at, recorded_by)
SELECT $1, $2, (SELECT territory_id FROM request_people JOIN requests USING (request_id) WHERE person_id = $2
    ORDER BY received_at DESC LIMIT 1), $3, $4
WHERE EXISTS (SELECT FROM persons WHERE person_id = $2)
ON CONFLICT DO NOTHING
"""

_LISTED = """
SELECT e.*, coalesce((SELECT jsonb_agg(jsonb_build_object('person_id', a.person_id, 'service', a.service,
        'done_at', a.done_at, 'kept', a.kept) ORDER BY a.done_at, a.service)
    FROM erasure_answers AS a WHERE a.person_id = ANY (e.person_ids)), '[]') AS answers,
    coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_object('request_id', r.request_id, 'reference', r.reference))
    FROM request_people AS rp JOIN requests AS r USING (request_id) WHERE rp.person_id = e.person_id), '[]') AS requests
FROM erasures AS e ORDER BY e.state = 'asked' DESC, coalesce(e.decided_at, e.asked_at) DESC, e.erasure_id
LIMIT 200
"""


async def ask(tx: Transaction, erasure_id: UUID, person_id: UUID, at: datetime, by: UUID) -> None:
    """Note that a person the actor sees asks to be erased; asked twice, it is one."""
    await tx.execute(_ASK, erasure_id, person_id, at, by)


async def sees(tx: Transaction, person_id: UUID) -> bool:
    """Whether the actor sees that person."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM persons WHERE person_id = $1)", person_id))


async def listed(tx: Transaction) -> list[asyncpg.Record]:
    """Erasures the actor decides of, those that wait first, with what the services answered."""
    return await tx.fetch(_LISTED)


async def decides(tx: Transaction, erasure_id: UUID) -> bool:
    """Whether the actor decides of it."""
    return bool(await tx.fetchval("SELECT true FROM erasures WHERE erasure_id = $1", erasure_id))


async def take(tx: Transaction, erasure_id: UUID, version: int) -> asyncpg.Record | None:
    """Begin to decide, other deciders waiting: its person and state; None when it is not at that version."""
    return await tx.fetchrow(
        """UPDATE erasures SET version = version + 1 WHERE erasure_id = $1 AND version = $2
           RETURNING person_id, state""",
        erasure_id,
        version,
    )


async def decide(tx: Transaction, erasure_id: UUID, decision: dict[str, Any]) -> None:
    """Keep what was decided: state, ground, visa, decided_at, decided_by, person_ids."""
    await tx.execute(
        """UPDATE erasures SET state = $2, ground = $3, visa = $4, decided_at = $5, decided_by = $6, person_ids = $7
           WHERE erasure_id = $1""",
        erasure_id,
        *(decision[name] for name in ("state", "ground", "visa", "decided_at", "decided_by", "person_ids")),
    )


_ALONE = """
SELECT request_id FROM request_people AS mine WHERE person_id = $1 AND NOT EXISTS (
    SELECT FROM request_people AS o WHERE o.request_id = mine.request_id AND o.person_id <> $1)
ORDER BY request_id
"""


async def requests_alone(tx: Transaction, person_id: UUID) -> list[UUID]:
    """Requests that name this person and nobody else."""
    return list(dict.fromkeys(row["request_id"] for row in await tx.fetch(_ALONE, person_id)))


async def drop(tx: Transaction, person_id: UUID, alone: Sequence[UUID]) -> None:
    """Drop a person and all that hangs on them; of their own requests the words too, and the code that follows them.
    What is left of those is that somebody asked something on a day."""
    await tx.execute("DELETE FROM answers WHERE request_id = ANY($1::uuid[])", alone)
    await tx.execute(
        """UPDATE requests SET summary = NULL, answer = NULL, tracking_hash = uuid_send(gen_random_uuid())
           WHERE request_id = ANY($1::uuid[])""",
        alone,
    )
    await tx.execute("DELETE FROM persons WHERE person_id = $1", person_id)


async def answered(tx: Transaction, answers: Sequence[PersonErasureDone]) -> None:
    """Note which services are done. The first answer stands."""
    await tx.executemany(
        """INSERT INTO erasure_answers (person_id, service, done_at, kept) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        [(one.person_id, one.service, one.done_at, list(one.kept)) for one in answers],
    )

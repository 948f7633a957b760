"""SQL of people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Transaction

_INTRODUCED = """
WITH introduced AS (SELECT * FROM jsonb_to_recordset($1) AS one (person_id uuid, sequence bigint, language text,
    sealed jsonb, recorded_at timestamptz, contact_points jsonb)),
adopted AS (
    INSERT INTO persons (person_id, version, language, sealed, recorded_at)
    SELECT person_id, sequence, language, sealed, recorded_at FROM introduced
    ON CONFLICT (person_id) DO UPDATE SET version = excluded.version, language = excluded.language,
        sealed = excluded.sealed
    WHERE persons.sealed IS NOT NULL AND excluded.version > persons.version
    RETURNING person_id
)
INSERT INTO contact_points (contact_point_id, person_id, kind, sealed, safe_to_write, neutral, never, hours)
SELECT point.contact_point_id, person_id, point.kind, point.value, point.safe_to_write, point.neutral,
    coalesce(point.never, false), coalesce(point.hours, '[]')
FROM introduced JOIN adopted USING (person_id),
    jsonb_to_recordset(contact_points) AS point (contact_point_id uuid, kind text, value jsonb, safe_to_write boolean,
        neutral boolean, never boolean, hours jsonb)
ON CONFLICT (contact_point_id) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed,
    safe_to_write = excluded.safe_to_write, neutral = excluded.neutral, never = excluded.never,
    hours = excluded.hours
"""

_ONE = """
SELECT person_id, version, given_name, family_name, birth_date, language, never_by, needs,
    coalesce((SELECT jsonb_agg(jsonb_build_object('contact_point_id', contact_point_id, 'kind', kind, 'value', value,
        'safe_to_write', safe_to_write, 'neutral', neutral, 'never', never, 'hours', hours) ORDER BY contact_point_id)
        FROM contact_points AS cp WHERE cp.person_id = p.person_id), '[]') AS contact_points
FROM persons AS p WHERE person_id = $1 AND sealed IS NULL
"""


async def adopt(tx: Transaction, introduced: Sequence[dict[str, Any]]) -> None:
    """Keep people met in a case, as they came: the newest state of each, sealed."""
    newest = {one["person_id"]: one for one in sorted(introduced, key=lambda one: one["sequence"])}
    await tx.execute(_INTRODUCED, list(newest.values()))


async def one(tx: Transaction, person_id: UUID) -> asyncpg.Record | None:
    """A person the actor sees, with their contact points."""
    return await tx.fetchrow(_ONE, person_id)


async def bump(tx: Transaction, person_id: UUID) -> int | None:
    """The person's next version, which serialises whoever writes about them; None when the actor sees nobody."""
    version: int | None = await tx.fetchval(
        "UPDATE persons SET version = version + 1 WHERE person_id = $1 AND sealed IS NULL RETURNING version", person_id
    )
    return version


async def change(tx: Transaction, person_id: UUID, state: dict[str, Any]) -> None:
    """Replace what is known of a person; `state` without contact points, which are dropped for new ones."""
    await tx.execute(
        """UPDATE persons SET given_name = $2, family_name = $3, birth_date = $4, language = $5, never_by = $6,
               needs = $7
           WHERE person_id = $1""",
        person_id,
        *(state[name] for name in ("given_name", "family_name", "birth_date", "language", "never_by", "needs")),
    )
    await tx.execute("DELETE FROM contact_points WHERE person_id = $1", person_id)

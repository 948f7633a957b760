"""SQL of households and relations. A household nobody changed yet has version 1, and no row of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Transaction
from intake.households.model import Membership, Relation

_HOUSEHOLDS = """
SELECT m.household_id, coalesce(h.version, 1) AS version, jsonb_agg(jsonb_build_object('person_id', m.person_id,
    'name', nullif(concat_ws(' ', p.given_name, p.family_name), ''), 'since', m.since, 'until', m.until)
    ORDER BY m.since, m.person_id) AS members
FROM household_members AS m JOIN persons AS p USING (person_id) LEFT JOIN households AS h USING (household_id)
WHERE m.household_id = ANY($1::uuid[])
GROUP BY m.household_id, h.version ORDER BY max(m.since) DESC, m.household_id
"""


async def households(tx: Transaction, household_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Households with those of their members whom the actor sees."""
    return [dict(row) for row in await tx.fetch(_HOUSEHOLDS, household_ids)]


async def of_person(tx: Transaction, person_id: UUID) -> list[UUID]:
    """Households somebody is or was in."""
    rows = await tx.fetch("SELECT DISTINCT household_id FROM household_members WHERE person_id = $1", person_id)
    return [row["household_id"] for row in rows]


async def see(tx: Transaction, person_ids: Sequence[UUID]) -> bool:
    """Whether the actor sees all of them."""
    distinct = list(set(person_ids))
    count: int = await tx.fetchval("SELECT count(*) FROM persons WHERE person_id = ANY($1::uuid[])", distinct)
    return count == len(distinct)


async def take(tx: Transaction, household_id: UUID, expected: int) -> int | None:
    """The household's next version; None when it is not at `expected`."""
    version: int | None = await tx.fetchval(
        "UPDATE households SET version = version + 1 WHERE household_id = $1 AND version = $2 RETURNING version",
        household_id,
        expected,
    )
    if version is None and expected == 1:
        version = await tx.fetchval(
            "INSERT INTO households VALUES ($1, 2) ON CONFLICT DO NOTHING RETURNING version", household_id
        )
    return version


async def put(tx: Transaction, household_id: UUID, members: Sequence[Membership]) -> None:
    """Replace the members the actor sees; the others stay."""
    columns: list[Any] = [[getattr(one, name) for one in members] for name in ("person_id", "since", "until")]
    await tx.execute(
        """DELETE FROM household_members WHERE household_id = $1
           AND (person_id, since) NOT IN (SELECT * FROM unnest($2::uuid[], $3::date[]))""",
        household_id,
        *columns[:2],
    )
    await tx.execute(
        """INSERT INTO household_members (household_id, person_id, since, until)
           SELECT $1, * FROM unnest($2::uuid[], $3::date[], $4::date[])
           ON CONFLICT (household_id, person_id, since) DO UPDATE SET until = excluded.until""",
        household_id,
        *columns,
    )


# Relations ------------------------------------------------------------------------------------------------------

_RELATIONS = """
SELECT relation_id, r.version, r.person_id, r.other_id, kind, parental_authority, since, until,
    (SELECT nullif(concat_ws(' ', given_name, family_name), '') FROM persons AS p
     WHERE p.person_id = CASE WHEN r.person_id = $1 THEN r.other_id ELSE r.person_id END) AS name
FROM relations AS r WHERE r.person_id = $1 OR r.other_id = $1 ORDER BY relation_id
"""


async def relations(tx: Transaction, person_id: UUID) -> list[dict[str, Any]]:
    """Somebody's relations; `name` is that of the other one."""
    return [dict(row) for row in await tx.fetch(_RELATIONS, person_id)]


async def relate(tx: Transaction, relation_id: UUID, relation: Relation) -> bool:
    """Record a relation; False when those two have a living one of that kind."""
    made = await tx.fetchval(
        """INSERT INTO relations (relation_id, version, person_id, other_id, kind, parental_authority, since, until)
           VALUES ($1, 1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true""",
        relation_id,
        relation.person_id,
        relation.other_id,
        relation.kind,
        relation.parental_authority,
        relation.since,
        relation.until,
    )
    return bool(made)


async def relation(tx: Transaction, relation_id: UUID) -> asyncpg.Record | None:
    """A relation the actor sees, taken to be changed."""
    return await tx.fetchrow("SELECT * FROM relations WHERE relation_id = $1 FOR UPDATE", relation_id)


async def change(tx: Transaction, relation_id: UUID, relation: Relation) -> int:
    """Keep what changes of a relation: authority and dates. Returns the new version."""
    version: int = await tx.fetchval(
        """UPDATE relations SET version = version + 1, parental_authority = $2, since = $3, until = $4
           WHERE relation_id = $1 RETURNING version""",
        relation_id,
        relation.parental_authority,
        relation.since,
        relation.until,
    )
    return version


async def forget(tx: Transaction, relation_id: UUID) -> None:
    """A relation recorded by mistake."""
    await tx.execute("DELETE FROM relations WHERE relation_id = $1", relation_id)

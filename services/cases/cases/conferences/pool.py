"""Coordinators as they are found: SQL across dossiers, which the service itself reads, never an agent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cases.conferences.coordinators import Candidate, SetAside
from chassis.database import Transaction

# Whoever follows somebody of the dossier, here or elsewhere, is their social worker; who once did has not forgotten.
_TIES = """
SELECT agent_id, person_id FROM referents JOIN case_people USING (case_id)
WHERE agent_id = ANY($1::uuid[]) AND person_id = ANY($2::uuid[]) AND role IN ('concerned', 'household')
    AND case_id <> $3
UNION SELECT agent_id, person_id FROM coordinator_ties
WHERE agent_id = ANY($1::uuid[]) AND person_id = ANY($2::uuid[])
"""
_FORMER_REFERENTS = """
SELECT DISTINCT (details ->> 'agent_id')::uuid AS agent_id FROM timeline
WHERE case_id = $1 AND kind = 'agent_assigned' AND details ->> 'as' = 'referent'
"""
# One who was named and has not begun yet is as little free as one whose conference is under way.
_UNDER_WAY = """
SELECT coordinator_id, count(*) AS under_way FROM cases
WHERE coordinator_id = ANY($1::uuid[]) AND status = 'open' AND case_id <> $2 AND (
    NOT EXISTS (SELECT FROM conferences WHERE conferences.case_id = cases.case_id)
    OR EXISTS (SELECT FROM conferences WHERE conferences.case_id = cases.case_id
        AND phase NOT IN ('followed_up', 'stopped')))
GROUP BY coordinator_id
"""


async def ties(
    tx: Transaction, agent_ids: Sequence[UUID], person_ids: Sequence[UUID], case_id: UUID
) -> Mapping[UUID, frozenset[UUID]]:
    """Agent → those of the people whom they follow in another dossier, or declared a tie to."""
    rows = await tx.fetch(_TIES, agent_ids, person_ids, case_id)
    found: dict[UUID, frozenset[UUID]] = {}
    for row in rows:
        found[row["agent_id"]] = found.get(row["agent_id"], frozenset()) | {row["person_id"]}
    return found


async def under_way(tx: Transaction, agent_ids: Sequence[UUID], case_id: UUID) -> Mapping[UUID, int]:
    """Agent → how many conferences they coordinate or are to, this dossier's aside."""
    return {row["coordinator_id"]: row["under_way"] for row in await tx.fetch(_UNDER_WAY, agent_ids, case_id)}


async def candidates(
    tx: Transaction, case_id: UUID, territory_id: str | None, now: datetime, agent_id: UUID | None = None
) -> list[Candidate]:
    """Every coordinator in function, or one agent, and what is known of them in view of a dossier."""
    agents = await tx.fetch(
        """SELECT agent_id, organisation_id, EXISTS (
               SELECT FROM jsonb_to_recordset(grants) AS held (role text, territory_id text)
               WHERE role = 'coordinator' AND held.territory_id IN ($1, '*')) AS here
           FROM agents WHERE NOT retired AND ($2::uuid IS NULL OR agent_id = $2) AND EXISTS (
               SELECT FROM jsonb_to_recordset(grants) AS held (role text) WHERE role = 'coordinator')""",
        territory_id,
        agent_id,
    )
    ids = [row["agent_id"] for row in agents]
    tied = await _tied(tx, case_id, ids)
    aside = await _set_aside(tx, case_id)
    busy = await under_way(tx, ids, case_id)
    absent = await _absent(tx, ids, now)
    return [
        Candidate(
            agent_id=one,
            organisation_id=row["organisation_id"],
            here=row["here"] or territory_id is None,
            under_way=busy.get(one, 0),
            absent_until=absent.get(one),
            tied=one in tied,
            set_aside=aside.get(one),
        )
        for row, one in zip(agents, ids, strict=True)
    ]


async def _tied(tx: Transaction, case_id: UUID, agent_ids: Sequence[UUID]) -> frozenset[UUID]:
    people = [
        row["person_id"]
        for row in await tx.fetch("SELECT DISTINCT person_id FROM case_people WHERE case_id = $1", case_id)
    ]
    referents = await tx.fetch(f"{_FORMER_REFERENTS} UNION SELECT agent_id FROM referents WHERE case_id = $1", case_id)  # noqa: S608
    return frozenset(await ties(tx, agent_ids, people, case_id)) | {row["agent_id"] for row in referents}


async def _set_aside(tx: Transaction, case_id: UUID) -> dict[UUID, SetAside]:
    rows = await tx.fetch("SELECT agent_id, reason FROM coordinators_set_aside WHERE case_id = $1", case_id)
    return {row["agent_id"]: SetAside(row["reason"]) for row in rows}


async def _absent(tx: Transaction, agent_ids: Sequence[UUID], now: datetime) -> dict[UUID, datetime]:
    rows = await tx.fetch(
        """SELECT agent_id, max(ends_at) AS ends_at FROM absences
           WHERE agent_id = ANY($1::uuid[]) AND begins_at <= $2 AND $2 < ends_at GROUP BY agent_id""",
        agent_ids,
        now,
    )
    return {row["agent_id"]: row["ends_at"] for row in rows}


async def was_objected(tx: Transaction, case_id: UUID) -> bool:
    """Whether the family has objected to somebody already."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM coordinators_set_aside WHERE case_id = $1 AND reason = 'objection')", case_id
        )
    )


async def set_aside(tx: Transaction, case_id: UUID, agent_id: UUID, reason: SetAside, at: datetime) -> None:
    """This agent does not coordinate here; a tie or an objection is not taken back by what is said later."""
    await tx.execute(
        """INSERT INTO coordinators_set_aside (case_id, agent_id, reason, since) VALUES ($1, $2, $3, $4)
           ON CONFLICT (case_id, agent_id) DO UPDATE SET reason = excluded.reason, since = excluded.since
           WHERE coordinators_set_aside.reason NOT IN ('tie', 'objection')""",
        case_id,
        agent_id,
        reason,
        at,
    )


async def tie(tx: Transaction, agent_id: UUID, person_ids: Collection[UUID], at: datetime) -> None:
    """This agent knows these people, whatever dossier they are in."""
    await tx.execute(
        """INSERT INTO coordinator_ties (agent_id, person_id, since)
           SELECT $1, person_id, $3 FROM unnest($2::uuid[]) AS p (person_id) ON CONFLICT DO NOTHING""",
        agent_id,
        list(person_ids),
        at,
    )

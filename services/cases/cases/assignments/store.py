"""SQL of assignments: absences, what an agent refers to, and how much that is."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
from typing import Final
from uuid import UUID

from cases.assignments.model import SOON, Absence, Held, Load
from chassis.database import Transaction

_COLUMNS = ", ".join(one.name for one in fields(Absence))


async def add(tx: Transaction, absence: Absence) -> None:
    """Name a substitute."""
    await tx.execute(f"INSERT INTO absences ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)", *astuple(absence))  # noqa: S608


async def end(tx: Transaction, absence_id: UUID, at: datetime) -> None:
    """They are back: nobody stands in for them from that instant on, nor ever did if it had not begun."""
    await tx.execute("UPDATE absences SET ends_at = $2 WHERE absence_id = $1 AND ends_at > $2", absence_id, at)


async def find(tx: Transaction, absence_id: UUID) -> Absence | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM absences WHERE absence_id = $1", absence_id)  # noqa: S608
    return Absence(**row) if row else None


async def hold(tx: Transaction, *agent_ids: UUID) -> None:
    """One at a time names substitutes among these agents, until the transaction ends."""
    for agent_id in sorted(agent_ids):
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"absence:{agent_id}")


async def away(tx: Transaction, agent_ids: Sequence[UUID], since: datetime) -> list[Absence]:
    """Absences in which one of these agents is away, or stands in, that end after that moment."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM absences
            WHERE (agent_id = ANY($1::uuid[]) OR substitute_id = ANY($1::uuid[])) AND ends_at > $2
                AND ends_at > begins_at
            ORDER BY begins_at, absence_id""",  # noqa: S608
        agent_ids,
        since,
    )
    return [Absence(**row) for row in rows]


async def of_territories(tx: Transaction, territories: Sequence[str] | None, since: datetime) -> list[Absence]:
    """Absences that end after that moment, of agents who are social workers on these territories; None: anywhere."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM absences
            WHERE ends_at > $2 AND ends_at > begins_at AND ($1::text[] IS NULL OR EXISTS (
                SELECT FROM agents, jsonb_to_recordset(grants) AS held (role text, territory_id text)
                WHERE agents.agent_id = absences.agent_id AND role = 'social_worker' AND held.territory_id = ANY ($1)))
            ORDER BY begins_at, absence_id""",  # noqa: S608
        territories,
        since,
    )
    return [Absence(**row) for row in rows]


async def acting_for(tx: Transaction, agent_id: UUID, at: datetime) -> UUID:
    """Who stands in for an agent at that moment: themself, unless a substitute is named."""
    found: UUID | None = await tx.fetchval(
        "SELECT substitute_id FROM absences WHERE agent_id = $1 AND begins_at <= $2 AND $2 < ends_at", agent_id, at
    )
    return found or agent_id


async def in_charge_of(tx: Transaction, case_id: UUID) -> UUID | None:
    """Who is told what falls due: the first referent still in function, else a manager of the territory."""
    found: UUID | None = await tx.fetchval(
        """SELECT agent_id FROM (
               SELECT agent_id, 1 AS rank, since FROM referents JOIN agents USING (agent_id)
               WHERE case_id = $1 AND NOT retired
               UNION ALL
               SELECT agent_id, 2, NULL FROM agents, cases WHERE case_id = $1 AND NOT retired AND EXISTS (
                   SELECT FROM jsonb_to_recordset(grants) AS held (role text, territory_id text)
                   WHERE role = 'manager'
                   AND (cases.territory_id IS NULL OR held.territory_id IN (cases.territory_id, '*')))
           ) AS found ORDER BY rank, since, agent_id LIMIT 1""",
        case_id,
    )
    return found


async def coordinated_by(tx: Transaction, substitute_id: UUID, agent_id: UUID) -> bool:
    """Whether somebody coordinates an open dossier that the other refers to."""
    return bool(
        await tx.fetchval(
            """SELECT EXISTS (SELECT FROM cases JOIN referents USING (case_id)
               WHERE coordinator_id = $1 AND referents.agent_id = $2 AND cases.status = 'open')""",
            substitute_id,
            agent_id,
        )
    )


async def referred_to(tx: Transaction, agent_id: UUID) -> list[UUID]:
    """Open dossiers of an agent that the actor sees."""
    rows = await tx.fetch(
        """SELECT case_id FROM cases JOIN referents USING (case_id)
           WHERE referents.agent_id = $1 AND cases.status = 'open' ORDER BY case_id""",
        agent_id,
    )
    return [row["case_id"] for row in rows]


async def replace(tx: Transaction, case_id: UUID, agent_id: UUID, by: UUID, since: datetime) -> bool:
    """One referent in the place of another, as the same one of the programme's. False: the other was none."""
    return bool(
        await tx.fetchval(
            """WITH gone AS (DELETE FROM referents WHERE case_id = $1 AND agent_id = $2 RETURNING code),
               come AS (INSERT INTO referents (case_id, agent_id, since, code) SELECT $1, $3, $4, code FROM gone
                        ON CONFLICT (case_id, agent_id) DO NOTHING)
               SELECT EXISTS (SELECT FROM gone)""",
            case_id,
            agent_id,
            by,
            since,
        )
    )


NOBODY: Final = UUID(int=0)
"""Whose the dossiers without a referent are, as they are counted."""

LOAD = """
SELECT agent_id, sum(many) FILTER (WHERE due_on = 'infinity')::bigint AS dossiers,
    sum(many) FILTER (WHERE due_on BETWEEN $2 AND $3)::bigint AS soon,
    sum(many) FILTER (WHERE due_on < $2)::bigint AS late
FROM workloads WHERE territory_id = $1 AND (due_on <= $3 OR due_on = 'infinity')
GROUP BY agent_id HAVING sum(many) > 0 ORDER BY dossiers DESC NULLS LAST, agent_id
"""


async def load(tx: Transaction, territory_id: str, today: date) -> list[Load]:
    """What each agent has on a territory, and NOBODY, who has most first."""
    rows = await tx.fetch(LOAD, territory_id, today, today + SOON)
    return [Load(row["agent_id"], row["dossiers"] or 0, row["soon"] or 0, row["late"] or 0) for row in rows]


_NEAR = """
CROSS JOIN LATERAL (
    SELECT min(due_on) AS next_due, count(*) FILTER (WHERE due_on < $2) AS late_tasks
    FROM tasks WHERE tasks.case_id = held.case_id AND state = 'open'
) AS near
"""
_OF_AGENT = f"""
SELECT case_id, reference, programme, opened_at, next_due, late_tasks FROM (
    SELECT held.case_id, next_due, late_tasks FROM referents AS held {_NEAR}
    WHERE territory_id = $1 AND agent_id = $4 AND status = 'open'
    ORDER BY next_due NULLS LAST, opened_at, case_id LIMIT $3
) AS first JOIN cases USING (case_id) ORDER BY next_due NULLS LAST, opened_at, case_id
"""  # noqa: S608 - constants only
# « IS FALSE » as in the index: of « NOT » the planner believes that it keeps what is not filled in.
_OF_NOBODY = f"""
SELECT case_id, reference, programme, opened_at, next_due, late_tasks FROM (
    SELECT * FROM cases WHERE territory_id = $1 AND status = 'open' AND referred IS FALSE
    ORDER BY opened_at, case_id LIMIT $3
) AS held {_NEAR} ORDER BY opened_at, case_id
"""  # noqa: S608


async def of_agent(tx: Transaction, territory_id: str, agent_id: UUID, today: date, limit: int) -> list[Held]:
    """Open dossiers of a territory that an agent refers to, first what is due first."""
    return [Held(**row) for row in await tx.fetch(_OF_AGENT, territory_id, today, limit, agent_id)]


async def of_nobody(tx: Transaction, territory_id: str, today: date, limit: int) -> list[Held]:
    """Open dossiers of a territory that nobody refers to, the oldest first."""
    return [Held(**row) for row in await tx.fetch(_OF_NOBODY, territory_id, today, limit)]


async def social_workers(tx: Transaction, territory_id: str) -> dict[UUID, UUID | None]:
    """Agents who are social workers on a territory, and the organisation of each."""
    rows = await tx.fetch(
        """SELECT agent_id, organisation_id FROM agents WHERE NOT retired AND EXISTS (
               SELECT FROM jsonb_to_recordset(grants) AS held (role text, territory_id text)
               WHERE role = 'social_worker' AND held.territory_id IN ($1, '*'))""",
        territory_id,
    )
    return {row["agent_id"]: row["organisation_id"] for row in rows}


async def organisations(tx: Transaction, agent_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """The organisation each of these agents belongs to."""
    rows = await tx.fetch("SELECT agent_id, organisation_id FROM agents WHERE agent_id = ANY($1::uuid[])", agent_ids)
    return {row["agent_id"]: row["organisation_id"] for row in rows}


async def references(tx: Transaction, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The references of those dossiers that the actor sees."""
    rows = await tx.fetch("SELECT case_id, reference FROM cases WHERE case_id = ANY($1::uuid[])", case_ids)
    return {row["case_id"]: row["reference"] for row in rows}

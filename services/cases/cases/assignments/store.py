"""SQL of assignments: absences, what an agent refers to, and how much that is."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import date, datetime
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


LOAD = """
WITH here AS (SELECT case_id FROM cases WHERE territory_id = $1 AND status = 'open'),
referring AS (
    SELECT agent_id, count(*) AS dossiers FROM referents WHERE case_id IN (SELECT case_id FROM here) GROUP BY agent_id
), near AS (
    SELECT agent_id, count(*) FILTER (WHERE due_on >= $2) AS soon, count(*) FILTER (WHERE due_on < $2) AS late
    FROM tasks WHERE state = 'open' AND due_on <= $3 AND case_id IN (SELECT case_id FROM here) GROUP BY agent_id
)
SELECT agent_id, coalesce(dossiers, 0) AS dossiers, coalesce(soon, 0) AS soon, coalesce(late, 0) AS late
FROM referring FULL JOIN near USING (agent_id) ORDER BY dossiers DESC, agent_id
"""


async def load(tx: Transaction, territory_id: str, today: date) -> list[Load]:
    """What each agent has on a territory, who has most first."""
    rows = await tx.fetch(LOAD, territory_id, today, today + SOON)
    return [Load(row["agent_id"], row["dossiers"], row["soon"], row["late"]) for row in rows]


_HELD = """
SELECT case_id, reference, programme, opened_at, next_due, late_tasks FROM cases
CROSS JOIN LATERAL (
    SELECT min(due_on) AS next_due, count(*) FILTER (WHERE due_on < $2) AS late_tasks
    FROM tasks WHERE tasks.case_id = cases.case_id AND state = 'open'
) AS near
WHERE territory_id = $1 AND status = 'open' AND
"""
_FIRST_DUE = "ORDER BY next_due NULLS LAST, opened_at, case_id LIMIT $3"
_BY_AGENT = f"{_HELD} case_id IN (SELECT case_id FROM referents WHERE agent_id = $4 AND status = 'open') {_FIRST_DUE}"  # noqa: S608
_BY_NOBODY = f"{_HELD} NOT EXISTS (SELECT FROM referents WHERE referents.case_id = cases.case_id) {_FIRST_DUE}"


async def held(tx: Transaction, territory_id: str, agent_id: UUID | None, today: date, limit: int) -> list[Held]:
    """Open dossiers of a territory that an agent refers to, or nobody; first what is due first."""
    query, who = (_BY_AGENT, [agent_id]) if agent_id else (_BY_NOBODY, [])
    return [Held(**row) for row in await tx.fetch(query, territory_id, today, limit, *who)]


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


async def unassigned(tx: Transaction, territory_id: str) -> int:
    """Open dossiers of a territory that nobody refers to."""
    return int(
        await tx.fetchval(
            """SELECT count(*) FROM cases WHERE territory_id = $1 AND status = 'open'
               AND NOT EXISTS (SELECT FROM referents WHERE referents.case_id = cases.case_id)""",
            territory_id,
        )
    )

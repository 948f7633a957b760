"""SQL of an agent's calendar: meetings of conferences and follow-ups of the dossiers they lead or refer to, as far as
the actor may read them. Appointments have their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.database import Transaction

MOST = 1000
"""Rows of one kind in one calendar."""
_DOSSIERS = """
SELECT case_id, reference FROM cases WHERE coordinator_id = $1
UNION SELECT cases.case_id, reference FROM referents JOIN cases USING (case_id) WHERE agent_id = $1
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting: of a family in the dossier of that reference, or of a territory."""

    case_id: UUID
    about: str
    meeting_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A follow-up, and whether it has been recorded."""

    case_id: UUID
    about: str
    due_on: date
    recorded: bool


async def meetings(tx: Transaction, agent_id: UUID, since: datetime, until: datetime) -> list[Held]:
    """Family conferences that meet between two moments; not those that were stopped."""
    rows = await tx.fetch(
        f"""SELECT case_id, reference AS about, meeting_at FROM ({_DOSSIERS}) AS own JOIN conferences USING (case_id)
            WHERE meeting_at >= $2 AND meeting_at < $3 AND phase <> 'stopped'
            ORDER BY meeting_at, case_id LIMIT {MOST}""",  # noqa: S608 - constants only
        agent_id,
        since,
        until,
    )
    return [Held(**row) for row in rows]


async def territorial(tx: Transaction, agent_id: UUID, since: datetime, until: datetime) -> list[Held]:
    """Conferences of territories the agent leads that meet between two moments."""
    rows = await tx.fetch(
        f"""SELECT case_id, coalesce(name, territory_id) AS about, meeting_at
            FROM territorial_conferences LEFT JOIN territories USING (territory_id)
            WHERE facilitator_id = $1 AND meeting_at >= $2 AND meeting_at < $3 AND phase <> 'stopped'
            ORDER BY meeting_at, case_id LIMIT {MOST}""",  # noqa: S608
        agent_id,
        since,
        until,
    )
    return [Held(**row) for row in rows]


async def follow_ups(tx: Transaction, agent_id: UUID, first: date, last: date) -> list[Due]:
    """Follow-ups of family conferences due on these days, both included."""
    rows = await tx.fetch(
        f"""SELECT case_id, reference AS about, due_on, recorded_on IS NOT NULL AS recorded
            FROM ({_DOSSIERS}) AS own JOIN follow_ups USING (case_id)
            WHERE due_on BETWEEN $2 AND $3 ORDER BY due_on, case_id LIMIT {MOST}""",  # noqa: S608
        agent_id,
        first,
        last,
    )
    return [Due(**row) for row in rows]


async def colleagues(tx: Transaction, territories: Sequence[str] | None) -> list[UUID]:
    """Agents in function who work on dossiers of these territories; None: of any."""
    rows = await tx.fetch(
        """SELECT agent_id FROM agents WHERE NOT retired AND EXISTS (
               SELECT FROM jsonb_to_recordset(grants) AS held (role text, territory_id text)
               WHERE role IN ('social_worker', 'coordinator', 'manager')
                   AND ($1::text[] IS NULL OR held.territory_id = ANY ($1)))
           ORDER BY agent_id""",
        territories,
    )
    return [row["agent_id"] for row in rows]

"""SQL of appointments: each is loaded and saved whole; beside it the time it takes of its agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from cases.appointments.model import Appointment
from cases.appointments.slots import Busy
from cases.dossiers.model import Case
from chassis.database import Transaction


class Taken(Exception):
    """An agent is somewhere else at that time."""


async def of_case(tx: Transaction, case_id: UUID) -> list[Appointment]:
    """Appointments of a dossier that the actor may read, the latest first."""
    rows = await tx.fetch(
        "SELECT state FROM appointments WHERE case_id = $1 ORDER BY starts_at DESC, appointment_id", case_id
    )
    return [Appointment.model_validate(row["state"]) for row in rows]


async def find(tx: Transaction, case_id: UUID, appointment_id: UUID) -> Appointment | None:
    """That appointment of that dossier."""
    state = await tx.fetchval(
        "SELECT state FROM appointments WHERE appointment_id = $1 AND case_id = $2", appointment_id, case_id
    )
    return Appointment.model_validate(state) if state else None


async def save(tx: Transaction, appointment: Appointment) -> None:
    """Write an appointment in the transaction that holds its dossier, and take its agents' time.

    Raises Taken, nothing being written, when one of them is somewhere else: the database decides, whoever books at the
    same moment and in whichever dossier.
    """
    try:
        async with tx.transaction():
            await _write(tx, appointment)
            await _engage(tx, appointment)
    except asyncpg.ExclusionViolationError:
        raise Taken from None


async def _write(tx: Transaction, appointment: Appointment) -> None:
    await tx.execute(
        """INSERT INTO appointments (appointment_id, case_id, status, starts_at, state) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (appointment_id) DO UPDATE
           SET status = excluded.status, starts_at = excluded.starts_at, state = excluded.state""",
        appointment.appointment_id,
        appointment.case_id,
        appointment.status,
        appointment.starts_at,
        appointment.model_dump(mode="json"),
    )


async def _engage(tx: Transaction, appointment: Appointment) -> None:
    await tx.execute("DELETE FROM engagements WHERE appointment_id = $1", appointment.appointment_id)
    # In one order, so that two who book the same agents do not wait for each other.
    await tx.execute(
        """INSERT INTO engagements (appointment_id, agent_id, starts_at, ends_at, taken)
           SELECT $1, agent_id, $3, $4, $5 FROM unnest($2::uuid[]) AS a (agent_id) ORDER BY agent_id""",
        appointment.appointment_id,
        appointment.agents,
        appointment.starts_at,
        appointment.ends_at,
        appointment.taken,
    )


async def busy(
    tx: Transaction, agents: Sequence[UUID], since: datetime, until: datetime, but: UUID
) -> list[tuple[UUID, Busy]]:
    """When these agents are taken, by anything else than appointment `but`."""
    rows = await tx.fetch(
        """SELECT agent_id, starts_at, ends_at FROM engagements
           WHERE agent_id = ANY($1::uuid[]) AND tstzrange(starts_at, ends_at) && tstzrange($2, $3) AND taken
               AND appointment_id <> $4
           ORDER BY starts_at""",
        agents,
        since,
        until,
        but,
    )
    return [(row["agent_id"], (row["starts_at"], row["ends_at"])) for row in rows]


async def workers(tx: Transaction, case: Case) -> list[UUID]:
    """Agents in function who work on a dossier: what `Case.roles_of` says of each, asked of all at once."""
    rows = await tx.fetch(
        """SELECT agent_id FROM agents WHERE NOT retired AND EXISTS (
               SELECT FROM jsonb_to_recordset(grants) AS held (role text, territory_id text)
               WHERE role IN ('social_worker', 'manager') AND ($1::text IS NULL OR held.territory_id IN ($1, '*'))
                   OR role = 'social_worker' AND agent_id = ANY($2::uuid[])
                   OR role = 'coordinator' AND agent_id = $3)
           ORDER BY agent_id""",
        case.territory_id,
        [*case.referent_ids, *case.substitute_ids],
        case.coordinator_id,
    )
    return [row["agent_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class Dated:
    """An appointment of somebody's agenda, and its dossier's reference."""

    appointment: Appointment
    reference: str


async def agenda(tx: Transaction, agent_id: UUID, since: datetime, until: datetime, limit: int) -> list[Dated]:
    """Appointments of an agent between two moments, in order, of the dossiers the actor still works on."""
    rows = await tx.fetch(
        """SELECT state, reference FROM engagements
           JOIN appointments USING (appointment_id) JOIN cases USING (case_id)
           WHERE agent_id = $1 AND engagements.starts_at >= $2 AND engagements.starts_at < $3
           ORDER BY engagements.starts_at, appointment_id LIMIT $4""",
        agent_id,
        since,
        until,
        limit,
    )
    return [Dated(Appointment.model_validate(row["state"]), row["reference"]) for row in rows]

"""SQL of follow-ups."""

from uuid import UUID

from cases.follow_ups.model import FollowUp
from chassis.database import Transaction


async def find(tx: Transaction, conference_id: UUID) -> FollowUp | None:
    """The follow-up of a ratified conference."""
    row = await tx.fetchrow("SELECT state FROM follow_ups WHERE conference_id = $1", conference_id)
    return FollowUp.model_validate(row["state"]) if row else None


async def save(tx: Transaction, follow_up: FollowUp) -> None:
    """Write a follow-up in the transaction that holds its dossier."""
    await tx.execute(
        """INSERT INTO follow_ups (conference_id, case_id, due_on, recorded_on, state) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (conference_id) DO UPDATE
           SET due_on = excluded.due_on, recorded_on = excluded.recorded_on, state = excluded.state""",
        follow_up.conference_id,
        follow_up.case_id,
        follow_up.due_on,
        follow_up.recorded_on,
        follow_up.model_dump(mode="json"),
    )

"""SQL of conferences: each is loaded and saved whole."""

from collections.abc import Sequence
from uuid import UUID

from cases.conferences.model import Conference
from chassis.database import Transaction


async def latest(tx: Transaction, case_id: UUID) -> Conference | None:
    """The dossier's conference: the one under way, else the last one."""
    row = await tx.fetchrow(
        "SELECT state FROM conferences WHERE case_id = $1 ORDER BY conference_id DESC LIMIT 1", case_id
    )
    return Conference.model_validate(row["state"]) if row else None


async def under_way(tx: Transaction, case_id: UUID) -> Conference | None:
    """The dossier's conference, when it is neither stopped nor followed up."""
    conference = await latest(tx, case_id)
    return None if conference is None or conference.over else conference


async def save(tx: Transaction, conference: Conference) -> None:
    """Write a conference in the transaction that holds its dossier."""
    await tx.execute(
        """INSERT INTO conferences (conference_id, case_id, phase, meeting_at, state) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (conference_id) DO UPDATE
           SET phase = excluded.phase, meeting_at = excluded.meeting_at, state = excluded.state""",
        conference.conference_id,
        conference.case_id,
        conference.phase,
        conference.meeting_at,
        conference.model_dump(mode="json"),
    )


async def of_consenting(tx: Transaction, person_id: UUID) -> Sequence[UUID]:
    """Dossiers with a conference under way about this person."""
    rows = await tx.fetch(
        """SELECT case_id FROM conferences JOIN case_people USING (case_id)
           WHERE person_id = $1 AND role = 'concerned' AND phase NOT IN ('followed_up', 'stopped')""",
        person_id,
    )
    return [row["case_id"] for row in rows]

"""What people want to be told, and how: decisions are added, never changed, so that each stays as evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction


@dataclass(frozen=True, slots=True)
class Decision:
    """`about`: a kind of message, or a channel. `recorded_by`: who wrote it down, `how`: by what they were told."""

    about: str
    wanted: bool
    decided_at: datetime
    recorded_by: str
    how: str


_DECIDE = """
INSERT INTO preferences (preference_id, person_id, about, wanted, decided_at, recorded_by, how)
SELECT $1, $2, $3, $4, $5, $6, $7
WHERE $4 IS DISTINCT FROM (
    SELECT wanted FROM preferences WHERE person_id = $2 AND about = $3 ORDER BY place DESC LIMIT 1
)
ON CONFLICT DO NOTHING
"""


async def decide(tx: Transaction, preference_id: UUID, person_id: UUID, decision: Decision) -> bool:
    """Keep a decision, unless it is the one that stands already; returns whether it changed something."""
    status = await tx.execute(
        _DECIDE,
        preference_id,
        person_id,
        decision.about,
        decision.wanted,
        decision.decided_at,
        decision.recorded_by,
        decision.how,
    )
    return bool(status.endswith(" 1"))


async def decisions(tx: Transaction, person_id: UUID) -> Sequence[Decision]:
    """A person's decisions, the newest first: the first one about something stands."""
    rows = await tx.fetch(
        """SELECT about, wanted, decided_at, recorded_by, how FROM preferences
           WHERE person_id = $1 ORDER BY place DESC""",
        person_id,
    )
    return [Decision(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message was for, and by which rule."""

    person_id: UUID
    rule: str


async def recipient(tx: Transaction, delivery_id: UUID) -> Recipient | None:
    """Whom a message was for; None for one that is not known."""
    row = await tx.fetchrow(
        "SELECT recipient_id AS person_id, rule FROM deliveries WHERE delivery_id = $1", delivery_id
    )
    return Recipient(**row) if row else None


_WHO_DECLINED = """
WITH RECURSIVE upward AS (
    SELECT $1::uuid AS person_id
    UNION SELECT into_id FROM upward JOIN same_people USING (person_id) WHERE into_id IS NOT NULL
), everybody AS (
    SELECT person_id FROM upward
    UNION SELECT same_people.person_id FROM everybody JOIN same_people ON into_id = everybody.person_id
), newest AS (
    SELECT DISTINCT ON (person_id) person_id, wanted FROM everybody JOIN preferences USING (person_id)
    WHERE about = $2 ORDER BY person_id, preferences.place DESC
)
SELECT person_id FROM newest WHERE NOT wanted ORDER BY person_id
"""


async def who_declined(tx: Transaction, person_id: UUID, about: str) -> Sequence[UUID]:
    """Under which of their names a person declined something: those found to be the same as they."""
    return [row["person_id"] for row in await tx.fetch(_WHO_DECLINED, person_id, about)]

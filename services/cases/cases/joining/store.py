"""SQL of what was found to be the same: people, and the dossiers that were joined."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Transaction


async def keep_people(tx: Transaction, people: Sequence[tuple[UUID, UUID | None, int]]) -> None:
    """Keep who is the same as whom: (person, into or None, sequence). An older sequence changes nothing."""
    newest = {person: (into, sequence) for person, into, sequence in sorted(people, key=lambda one: one[2])}
    await tx.execute(
        """INSERT INTO same_people (person_id, into_id, sequence)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
           ON CONFLICT (person_id) DO UPDATE SET into_id = excluded.into_id, sequence = excluded.sequence
           WHERE excluded.sequence > same_people.sequence""",
        list(newest),
        [into for into, _ in newest.values()],
        [sequence for _, sequence in newest.values()],
    )


_UNDER_WAY = """
SELECT EXISTS (SELECT FROM conferences WHERE case_id = $1 AND phase NOT IN ('followed_up', 'stopped'))
    OR EXISTS (SELECT FROM measures WHERE case_id = $1 AND phase NOT IN ('refused', 'ended'))
    OR EXISTS (SELECT FROM orientations WHERE case_id = $1 AND state IN ('proposed', 'under_study'))
    OR EXISTS (SELECT FROM appointments WHERE case_id = $1 AND status IN ('proposed', 'booked'))
    OR EXISTS (SELECT FROM tasks WHERE case_id = $1 AND state = 'open')
    OR EXISTS (SELECT FROM shares WHERE case_id = $1 AND ended_at IS NULL)
    OR EXISTS (SELECT FROM step_records WHERE case_id = $1)
    OR EXISTS (
        SELECT FROM due_dates WHERE state = 'waiting' AND subject IN (
            SELECT conference_id FROM conferences WHERE case_id = $1
            UNION ALL SELECT measure_id FROM measures WHERE case_id = $1))
"""


async def under_way(tx: Transaction, case_id: UUID) -> bool:
    """Whether something that was begun goes on, late or not: a conference or its follow-up, a measure, an orientation,
    an appointment, a task; or a step was recorded, or another organisation reads along."""
    return bool(await tx.fetchval(_UNDER_WAY, case_id))


async def join(tx: Transaction, case_id: UUID, into: UUID) -> None:
    """From now on the dossier goes on in the other."""
    await tx.execute("INSERT INTO joined_cases VALUES ($1, $2) ON CONFLICT DO NOTHING", case_id, into)


async def separate(tx: Transaction, case_id: UUID, out_of: UUID) -> bool:
    """The dossier stands alone again; False when it did not go on in that other one."""
    return bool(
        await tx.fetchval(
            "DELETE FROM joined_cases WHERE case_id = $1 AND into_id = $2 RETURNING true", case_id, out_of
        )
    )


SAME = """
pairs AS (
    SELECT person_id AS one, into_id AS other FROM same_people WHERE into_id IS NOT NULL
    UNION ALL SELECT into_id, person_id FROM same_people WHERE into_id IS NOT NULL
), same AS (
    SELECT person_id FROM here UNION SELECT other FROM same JOIN pairs ON one = person_id
)
"""
"""Of a recursive WITH whose `here` names people: they, and whoever was found to be one of them, as `same`."""

_OF_ONE_PERSON = f"""
WITH RECURSIVE here AS (SELECT person_id FROM case_people WHERE case_id = $1 AND role = 'concerned'), {SAME}
SELECT DISTINCT c.case_id, c.reference, c.programme, c.status, c.opened_at
FROM same JOIN case_people AS p USING (person_id) JOIN cases AS c USING (case_id)
WHERE p.role = 'concerned' AND c.case_id <> $1
    AND (SELECT count(*) FROM same) > (SELECT count(*) FROM here)
ORDER BY c.opened_at, c.case_id
"""  # noqa: S608 - constants only


async def of_one_person(tx: Transaction, case_id: UUID) -> list[dict[str, Any]]:
    """Other dossiers about whom was found to be the same person, as far as the actor works on them."""
    return [dict(row) for row in await tx.fetch(_OF_ONE_PERSON, case_id)]

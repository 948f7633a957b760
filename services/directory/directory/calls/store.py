"""Calls, projects and what is said of them, in PostgreSQL."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from chassis.database import Transaction
from directory.calls.model import Call, Project, Reading
from directory.rows import Rows

CALLS: Final = Rows(Call, "calls", "call_id")
PROJECTS: Final = Rows(Project, "projects", "project_id")
_READINGS: Final = TypeAdapter(Reading)


async def page(tx: Transaction, *, after: UUID | None, limit: int) -> list[Call]:
    """Calls not retired, the last to close first; after the one named `after`."""
    rows = await tx.fetch(
        f"""{CALLS.select} WHERE NOT retired AND ($1::uuid IS NULL OR (closes_on, call_id) < (
                SELECT closes_on, call_id FROM calls WHERE call_id = $1))
            ORDER BY closes_on DESC, call_id DESC LIMIT $2""",  # noqa: S608 - constants
        after,
        limit,
    )
    return [CALLS.read(row) for row in rows]


async def projects(tx: Transaction, call_id: UUID) -> list[Project]:
    """Projects in answer to a call that the actor may read, oldest first."""
    rows = await tx.fetch(f"{PROJECTS.select} WHERE call_id = $1 ORDER BY deposited_at, project_id", call_id)
    return [PROJECTS.read(row) for row in rows]


async def granted(tx: Transaction, call_id: UUID) -> dict[str, int]:
    """Cents granted, by territory. Whoever grants holds the call's row: the sum cannot change under them."""
    rows = await tx.fetch(
        """SELECT territory_id, sum(granted_cents)::bigint AS cents FROM projects
           WHERE call_id = $1 AND state = 'granted' GROUP BY territory_id""",
        call_id,
    )
    return {row["territory_id"]: row["cents"] for row in rows}


async def keep_reading(tx: Transaction, project: Project, reading: Reading) -> None:
    """What one person says of a project; saying it again replaces it."""
    given = _READINGS.dump_python(reading)
    await tx.execute(
        """INSERT INTO project_readings (project_id, call_id, agent_id, scores, opinion, comment, given_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (project_id, agent_id) DO UPDATE SET
               scores = excluded.scores, opinion = excluded.opinion, comment = excluded.comment,
               given_at = excluded.given_at""",
        project.project_id,
        project.call_id,
        *(given[name] for name in ("agent_id", "scores", "opinion", "comment", "given_at")),
    )


async def readings(tx: Transaction, project_ids: Sequence[UUID]) -> dict[UUID, list[Reading]]:
    """What was said of these projects, oldest first, where the actor may read it."""
    rows = await tx.fetch(
        """SELECT project_id, agent_id, scores, opinion, comment, given_at FROM project_readings
           WHERE project_id = ANY($1::uuid[]) ORDER BY given_at, agent_id""",
        project_ids,
    )
    found: dict[UUID, list[Reading]] = {one: [] for one in project_ids}
    for row in rows:
        found[row["project_id"]].append(_READINGS.validate_python(dict(row)))
    return found

"""SQL of tasks and actions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from cases.tasks.model import Kind, State, Task
from chassis.database import Transaction
from contracts.sealed import Sealed

_NAMES = tuple(one.name for one in fields(Task))
_COLUMNS = ", ".join(_NAMES)
_OF_TASK = ", ".join(f"tasks.{name}" for name in _NAMES)
_SAVE = f"""
INSERT INTO tasks ({_COLUMNS}) VALUES ({", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))})
ON CONFLICT (task_id) DO UPDATE SET agent_id = excluded.agent_id, due_on = excluded.due_on, state = excluded.state,
    ended_on = excluded.ended_on
"""  # noqa: S608 - constants only


async def save(tx: Transaction, task: Task) -> None:
    """Write a task in the transaction that holds its dossier."""
    values = {name: getattr(task, name) for name in _NAMES}
    await tx.execute(_SAVE, *(values | {"what": task.what.model_dump(mode="json")}).values())


def _task(row: Any) -> Task:
    found = {name: row[name] for name in _NAMES}
    typed = {"kind": Kind(row["kind"]), "state": State(row["state"]), "what": Sealed.model_validate(row["what"])}
    return Task(**(found | typed))


async def find(tx: Transaction, task_id: UUID) -> Task | None:
    """A task this actor may see."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM tasks WHERE task_id = $1", task_id)  # noqa: S608
    return _task(row) if row else None


async def of_case(tx: Transaction, case_id: UUID, kind: Kind) -> list[Task]:
    """Tasks, or actions, of a dossier: what is open first, the earliest day first."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM tasks WHERE case_id = $1 AND kind = $2
            ORDER BY state <> 'open', due_on, task_id""",  # noqa: S608
        case_id,
        kind,
    )
    return [_task(row) for row in rows]


async def still_open(tx: Transaction, case_id: UUID, agent_id: UUID | None = None) -> list[Task]:
    """What is still to be done in a dossier, by that agent or anybody."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM tasks WHERE case_id = $1 AND state = 'open' AND ($2::uuid IS NULL OR agent_id = $2)
            ORDER BY task_id""",  # noqa: S608
        case_id,
        agent_id,
    )
    return [_task(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Mine:
    """A task of the actor's, and the reference of its dossier."""

    task: Task
    reference: str


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind this task."""

    due_on: date
    task_id: UUID


# The actor's own, and those of the agents they stand in for, each in order: the late come first by their day.
MINE = f"""
SELECT found.* FROM unnest(acting_as()) AS one (working) CROSS JOIN LATERAL (
    SELECT {_OF_TASK}, cases.reference FROM tasks JOIN cases USING (case_id)
    WHERE tasks.agent_id = working AND tasks.state = 'open'
    AND (due_on, task_id) > (coalesce($1::date, '-infinity'), $2::uuid) ORDER BY due_on, task_id LIMIT $3
) AS found ORDER BY due_on, task_id LIMIT $3
"""  # noqa: S608


async def mine(tx: Transaction, after: After | None, limit: int) -> Sequence[Mine]:
    """What the actor has to do, in any dossier, the earliest day first."""
    page = (after.due_on, after.task_id) if after else (None, None)
    return [Mine(_task(row), row["reference"]) for row in await tx.fetch(MINE, *page, limit)]

"""Tasks as agents see them, opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cases.tasks import store
from cases.tasks.model import Kind, Task
from chassis.database import Transaction
from chassis.sealing import Keyring, Opened


@dataclass(frozen=True, slots=True)
class Shown:
    """A task, what it says, and whether it is late. `reference` is its dossier's, in a list of several dossiers."""

    task: Task
    what: Opened
    late: bool
    reference: str = ""


async def of_dossier(tx: Transaction, keyring: Keyring, case_id: UUID, kind: Kind, today: date) -> list[Shown]:
    """Tasks, or actions, of a dossier that the actor may read."""
    return await _opened(tx, keyring, [store.Mine(one, "") for one in await store.of_case(tx, case_id, kind)], today)


async def mine(tx: Transaction, keyring: Keyring, after: store.After | None, limit: int, today: date) -> list[Shown]:
    """What the actor has to do in any dossier, late first."""
    return await _opened(tx, keyring, await store.mine(tx, after, limit), today)


async def _opened(tx: Transaction, keyring: Keyring, found: Sequence[store.Mine], today: date) -> list[Shown]:
    texts = await keyring.open(tx, [one.task.what for one in found])
    return [
        Shown(one.task, text, one.task.late(today), one.reference)
        for one, text in zip(found, texts, strict=True)
        if text is not None
    ]


def shown(one: Shown) -> dict[str, Any]:
    """A task in JSON."""
    task = one.task
    return {
        "task_id": task.task_id,
        "case_id": task.case_id,
        "kind": task.kind,
        "what": str(one.what),
        "agent_id": task.agent_id,
        "who": task.who,
        "due_on": task.due_on,
        "state": task.state,
        "ended_on": task.ended_on,
        "late": one.late,
    }

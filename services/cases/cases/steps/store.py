"""SQL of what was recorded of steps: rows are added, and never changed."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from cases.steps.model import Record, Records, State
from chassis.database import Transaction
from contracts.sealed import Sealed

_NAMES = tuple(one.name for one in fields(Record))
_COLUMNS = ", ".join(_NAMES)
_ADD = f"INSERT INTO step_records ({_COLUMNS}) VALUES ({', '.join(f'${n}' for n in range(1, len(_NAMES) + 1))})"  # noqa: S608
_LAST = f"SELECT DISTINCT ON (step) {_COLUMNS} FROM step_records WHERE case_id = $1 ORDER BY step, position DESC"  # noqa: S608


async def add(tx: Transaction, record: Record) -> None:
    """Write what was recorded, in the transaction that holds its dossier."""
    values = {name: getattr(record, name) for name in _NAMES}
    sealed = record.sealed.model_dump(mode="json") if record.sealed else None
    await tx.execute(_ADD, *(values | {"sealed": sealed}).values())


async def of_case(tx: Transaction, case_id: UUID) -> Records:
    """What was recorded last of each step of a dossier, as far as the actor may read it."""
    return {row["step"]: _record(row) for row in await tx.fetch(_LAST, case_id)}


def _record(row: Any) -> Record:
    sealed = Sealed.model_validate(row["sealed"]) if row["sealed"] else None
    return Record(**dict(row) | {"state": State(row["state"]), "sealed": sealed})

"""The steps of a dossier as agents see them, opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from cases.dossiers.model import Case
from cases.steps import deadlines, model, store
from cases.steps.answers import in_words
from cases.steps.model import Record, Records, State
from chassis.database import Transaction
from chassis.sealing import Keyring, Opened
from contracts.programme import Programme, Step


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as it stands. `first`: what must be done before it. `answers`: those that can be read; `unreadable`: what
    stands for the sealed ones where they can't be."""

    step: Step
    state: State
    applies: bool
    first: Sequence[str]
    record: Record | None
    answers: Mapping[str, Any]
    unreadable: str

    @property
    def said(self) -> list[tuple[str, str]]:
        """Questions and answers, in words."""
        return in_words(self.step, self.answers)

    @property
    def next(self) -> bool:
        """Whether nothing keeps it from being recorded."""
        return self.state is State.TO_DO and self.applies and not self.first


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that runs."""

    label: str
    due_on: date
    late: bool


async def of_dossier(tx: Transaction, keyring: Keyring, case_id: UUID, programme: Programme) -> list[Shown]:
    """The steps of a dossier, in order; none for a programme that has a life cycle of its own."""
    if not programme.stepwise:
        return []
    records = await store.of_case(tx, case_id)
    current = [_current(step, records) for step in programme.steps]
    opened = await keyring.open(tx, [record.sealed if record else None for record in current])
    return [
        _shown(programme, step, records, record, secret)
        for step, record, secret in zip(programme.steps, current, opened, strict=True)
    ]


def _current(step: Step, records: Records) -> Record | None:
    return records.get(step.code) if model.state_of(step, records) is not State.TO_DO else None


def _shown(programme: Programme, step: Step, records: Records, record: Record | None, opened: Opened | None) -> Shown:
    readable = opened is not None and opened.readable
    secret = orjson.loads(str(opened)) if readable else {}
    return Shown(
        step,
        model.state_of(step, records),
        model.applies(step, records),
        [one.label for one in model.first(programme, step, records)],
        record,
        {**record.answers, **secret} if record else {},
        "" if readable or opened is None else str(opened),
    )


def due(programme: Programme, case: Case, found: Sequence[Shown], zone: ZoneInfo, today: date) -> list[Due]:
    """What falls due by the steps of an open dossier, the earliest first."""
    records = {one.step.code: one.record for one in found if one.record}
    starts = deadlines.running(programme, records, case.opened_at, zone) if case.open else {}
    days = [(programme.deadline(code), start) for code, start in starts.items()]
    shown = [(one.label, one.schedule(start, zone).due_on) for one, start in days]
    return [Due(label, day, day < today) for label, day in sorted(shown, key=lambda one: one[1])]


def shown(one: Shown) -> dict[str, Any]:
    """A step in JSON. Amounts in cents; `by`: as whom it is recorded."""
    return {
        "step": one.step.code,
        "label": one.step.label,
        "by": model.recorders(one.step),
        "optional": one.step.optional,
        "state": one.state,
        "applies": one.applies,
        "first": one.first,
        "form": [field.model_dump(mode="json") for field in one.step.form],
        "day": one.record.day if one.record else None,
        "recorded_by": one.record.recorded_by if one.record else None,
        "answers": one.answers,
    }

"""The steps of a dossier, as its programme states them: recorded in order, each with its day and what its form asks.

It holds no clear text: free text and what is sensitive are sealed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any
from uuid import UUID

from cases.dossiers.model import WORKERS, Refused
from chassis.web.money import euros
from chassis.web.translations import translate as _
from contracts.programme import Answers, Programme, Step, StepField
from contracts.sealed import Sealed


class State(StrEnum):
    """`TO_DO`, recorded, says that what was recorded before is taken back."""

    TO_DO = "to_do"
    DONE = "done"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Record:
    """What was recorded of a step. `answers`: those that are not sealed, by question; amounts in cents."""

    record_id: UUID
    case_id: UUID
    step: str
    state: State
    day: date
    answers: Mapping[str, Any]
    sealed: Sealed | None
    recorded_by: UUID
    recorded_at: datetime


Records = Mapping[str, Record]
"""Step → what was recorded of it last: that alone counts."""


def state_of(step: Step, records: Records) -> State:
    return records[step.code].state if step.code in records else State.TO_DO


def applies(step: Step, records: Records) -> bool:
    """Whether there is anything to do: a refused aid is not paid."""
    if step.only_if is None:
        return True
    earlier = records.get(step.only_if.step)
    return earlier is not None and earlier.state is State.DONE and step.only_if.holds(earlier.answers)


def first(programme: Programme, step: Step, records: Records) -> list[Step]:
    """What must be done before a step, and is not: an optional step may be passed over, no other."""
    earlier = takewhile(lambda one: one.code != step.code, programme.steps)
    return [
        one
        for one in earlier
        if not one.optional and applies(one, records) and state_of(one, records) is not State.DONE
    ]


def recorders(step: Step) -> tuple[str, ...]:
    """As whom it is recorded: who carries it out. What the family or the desk does, whoever works on the dossier
    records."""
    return tuple(role for role in step.by if role in WORKERS) or WORKERS


def must_be_answered(step: Step, answers: Answers) -> None:
    """Raises Refused for what a choice makes obligatory and is not there, or is there and is not asked with it."""
    faults = [fault for field in step.form if (fault := _unfit(field, answers))]
    if faults:
        raise Refused(*faults)


def _unfit(field: StepField, answers: Answers) -> str | None:
    given, asked = field.name in answers, field.asked(answers)
    if given and not asked:
        return _("Laissez vide, avec cette réponse : {question}.").format(question=field.label)
    if field.required and asked and not given:
        return _("Indiquez : {question}.").format(question=field.label)
    return None


def must_be_recordable(programme: Programme, records: Records, new: Record, today: date) -> None:
    """Raises Refused, with all that keeps a step from being recorded, corrected or taken back so."""
    step = programme.step(new.step)
    faults = (*_by_itself(step, records, new, today), *_together(programme, {**records, step.code: new}, step))
    if faults:
        raise Refused(*faults)


def _by_itself(step: Step, records: Records, new: Record, today: date) -> Iterator[str]:
    if new.day > today:
        yield _("Cette date est à venir : une étape s'enregistre une fois faite.")
    if new.state is State.SET_ASIDE and not step.optional:
        yield _("« {step} » n'est pas facultative : elle ne se met pas de côté.").format(step=step.label)
    if new.state is State.TO_DO and state_of(step, records) is State.TO_DO:
        yield _("« {step} » n'est pas enregistrée.").format(step=step.label)


def _together(programme: Programme, records: Records, changed: Step) -> Iterator[str]:
    """What would no longer hold among all that is done."""
    for step in programme.steps:
        if state_of(step, records) is not State.DONE:
            continue
        missing = first(programme, step, records)
        if step == changed:
            yield from (_("Enregistrez d'abord : {step}.").format(step=one.label) for one in missing)
        if step == changed and not applies(step, records):
            yield _("« {step} » est sans objet, d'après ce qui est enregistré avant.").format(step=step.label)
        if step != changed and (missing or not applies(step, records)):
            yield _("« {step} » est enregistrée et en dépend : annulez-la d'abord.").format(step=step.label)
        yield from _too_early(programme, step, records)
        yield from _too_much(programme, step, records, changed)


def _too_early(programme: Programme, step: Step, records: Records) -> Iterator[str]:
    for one in takewhile(lambda one: one.code != step.code, programme.steps):
        if not one.optional and state_of(one, records) is State.DONE and records[one.code].day > records[step.code].day:
            said = _("« {step} » ne peut pas avoir eu lieu avant « {earlier} » : vérifiez les dates.")
            yield said.format(step=step.label, earlier=one.label)


def _too_much(programme: Programme, step: Step, records: Records, changed: Step) -> Iterator[str]:
    """Amounts above the one they may not pass: what is paid, above what was granted."""
    for field, limit, cents in _limits(programme, step, records):
        if records[step.code].answers.get(field.name, 0) <= cents:
            continue
        if step == changed:
            said = _("« {amount} » ne peut pas dépasser « {limit} » ({euros}).")
            yield said.format(amount=field.label, limit=limit, euros=euros(cents))
        else:
            said = _("« {step} » est enregistrée avec un montant plus grand : corrigez-la d'abord.")
            yield said.format(step=step.label)


def _limits(programme: Programme, step: Step, records: Records) -> Iterator[tuple[StepField, str, int]]:
    """The fields of a step that may not pass an amount recorded before: its question, and how much it is in cents."""
    for field in step.form:
        earlier = records.get(field.at_most.step) if field.at_most else None
        if field.at_most and earlier and earlier.state is State.DONE and field.at_most.question in earlier.answers:
            questions = {one.name: one.label for one in programme.step(earlier.step).form}
            yield field, questions[field.at_most.question], earlier.answers[field.at_most.question]

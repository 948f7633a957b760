"""The steps on the dossier's page: where it stands, what falls due, and the forms of those the reader records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.dossiers.view import Dossier
from cases.steps import model, view
from cases.steps.answers import day_of, prefix_of
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.money import euros
from chassis.web.translations import translate as _
from contracts.programme import Programme, StepField


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a step's form as a page shows it. `value`: what was recorded."""

    field: StepField
    name: str
    value: Any
    hint: str | None
    required: bool

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(choice.value, choice.label) for choice in self.field.options]


async def section(tx: Transaction, parts: Parts, read: Dossier, programme: Programme | None) -> dict[str, Any]:
    """What the template shows; nothing for a programme that has a life cycle of its own."""
    if not read.works_here or programme is None or not programme.stepwise:
        return {"steps": []}
    zone = parts.settings.zone
    found = await view.of_dossier(tx, parts.keyring, read.case.case_id, programme)
    today = parts.now().astimezone(zone).date()
    return {
        "steps": found,
        "steps_due": view.due(programme, read.case, found, zone, today),
        "step_forms": [(one, day_of(one.step.code), _questions(one)) for one in found if _may_record(read, one)],
        "step_today": today.isoformat(),
    }


def _may_record(read: Dossier, one: view.Shown) -> bool:
    theirs = not read.roles.isdisjoint(model.recorders(one.step))
    return read.case.open and theirs and (one.next or one.record is not None)


def _questions(one: view.Shown) -> list[Question]:
    return [_question(one, field, one.answers.get(field.name)) for field in one.step.form]


def _question(one: view.Shown, field: StepField, value: Any) -> Question:
    name = f"{prefix_of(one.step.code)}{field.name}"
    required = field.required and field.when is None
    return Question(field, name, _as_typed(field, value), _hint(one, field), required)


def _as_typed(field: StepField, value: Any) -> Any:
    if value is None:
        return ""
    if field.type == "yes_no":
        return "yes" if value else "no"
    return euros(value) if field.type == "amount" else value


def _hint(one: view.Shown, field: StepField) -> str | None:
    """The programme's own, and which answer to another question it goes with."""
    if field.when is None:
        return field.hint
    asked: Mapping[str, StepField] = {other.name: other for other in one.step.form}
    named = [each.label for each in asked[field.when.question].options if each.value in field.when.answered]
    with_it = _("Avec la réponse : {answers}.").format(answers=", ".join(named))
    return f"{with_it} {field.hint}" if field.hint else with_it

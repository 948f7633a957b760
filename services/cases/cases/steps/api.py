"""HTTP of steps: those of a dossier as they stand, and what is recorded of one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase
from cases.measures.money import Cents
from cases.programmes import programme_of
from cases.steps import acts, answers, view
from cases.steps.model import State
from cases.typed import Day
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import FieldProblem, invalid
from chassis.web.validation import sentence
from contracts.programme import Step

router = APIRouter(prefix="/cases", tags=["steps"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]
_PREFIX = "answer_"


class Recorded(BaseModel):
    """A step is done, set aside, or to do after all. `day`: today unless said. `answers`: by question of its form;
    amounts in cents."""

    model_config = ConfigDict(extra="forbid")
    state: State
    day: Day | None = None
    answers: Annotated[dict[Annotated[str, Field(max_length=64)], Any], Field(max_length=100)] = {}


class Answered(BaseModel):
    """Answers, each under its question's name behind a prefix: a question may be called as it likes."""

    model_config = ConfigDict(extra="forbid")


@router.get("/{case_id}/steps")
async def steps(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The steps of a dossier, in order, each with what was recorded of it last; and what falls due by them."""
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        programme = programme_of(case, parts.settings.programmes)
        found = await view.of_dossier(tx, parts.keyring, case_id, programme)
    zone = parts.settings.zone
    due = view.due(programme, case, found, zone, parts.now().astimezone(zone).date())
    body = {"items": [view.shown(one) for one in found], "due": [{"label": d.label, "due_on": d.due_on} for d in due]}
    return as_json(body, {"ETag": etag(case.version)})


@router.put("/{case_id}/steps/{step}")
async def record(step: str, body: Recorded, edit: Editing) -> Response:
    """Record a step, or correct what was recorded of it."""
    async with edit.work() as work:
        _, stated = acts.step_of(work.case, edit.parts, step)
        given = _checked(stated if body.state is State.DONE else stated.model_copy(update={"form": ()}), body.answers)
        made = await acts.record(work, step, body.state, body.day or work.today, given)
        return changed(created(work, status=200, record_id=made.record_id))


def _checked(step: Step, given: dict[str, Any]) -> dict[str, Any]:
    """Answers of the right types. Raises Problem."""
    try:
        values = answers.form_of(step, Answered, _PREFIX, Cents).model_validate(
            {f"{_PREFIX}{name}": value for name, value in given.items()}
        )
    except ValidationError as wrong:
        faults = wrong.errors(include_url=False, include_input=False)
        raise invalid(*(FieldProblem(_pointer(fault), sentence(fault)) for fault in faults)) from None
    return answers.kept(values, _PREFIX)


def _pointer(fault: Any) -> str:
    name, *rest = map(str, fault["loc"])
    return "/".join(("#", "answers", name.removeprefix(_PREFIX), *rest))

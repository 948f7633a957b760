"""Pages and forms of tasks: those of a dossier on its page, and the actor's own in a list."""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.tasks import acts, view
from cases.tasks.model import State
from cases.typed import Day, Text
from chassis.web.idempotency import Idempotency
from chassis.web.pages import render
from contracts.references import readable

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#taches"


def my_tasks(request: Request, found: Sequence[view.Shown], following: str | None) -> Response:
    """What the reader has to do, in all dossiers."""
    next_url = f"/cases/tasks?{urlencode({'after': following})}" if following else None
    rows = [(readable(one.reference), one) for one in found]
    return render(request, "cases/tasks.html", headers={"Vary": "Accept"}, rows=rows, next_url=next_url)


class TaskForm(BaseModel):
    task_what: Text
    task_due_on: Day
    task_agent: UUID


class EndForm(EditForm):
    task_id: UUID


class MoveForm(EditForm):
    moved_task: UUID
    moved_to: Day


@router.post("/task")
async def set_task(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: TaskForm) -> None:
        await acts.set_task(work, form.task_what, form.task_agent, form.task_due_on)

    return await sent.add(key, TaskForm, act, _PLACE)


@router.post("/task-done")
async def done(sent: SentForm) -> Response:
    return await sent.edit(EndForm, lambda work, form: acts.end(work, form.task_id, State.DONE), _PLACE)


@router.post("/task-cancelled")
async def cancelled(sent: SentForm) -> Response:
    return await sent.edit(EndForm, lambda work, form: acts.end(work, form.task_id, State.CANCELLED), _PLACE)


@router.post("/task-moved")
async def moved(sent: SentForm) -> Response:
    return await sent.edit(MoveForm, lambda work, form: acts.move(work, form.moved_task, form.moved_to, None), _PLACE)

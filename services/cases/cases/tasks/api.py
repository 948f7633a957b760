"""HTTP of tasks: those of a dossier, and those of the actor in all dossiers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.tasks import acts, pages, view
from cases.tasks.model import Kind, State
from cases.tasks.store import After
from cases.typed import Day, Text
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import FieldProblem, invalid, wants_page

PAGE = 50
"""Tasks of one page of a list."""

router = APIRouter(prefix="/cases", tags=["tasks"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]


class ToDo(BaseModel):
    """What is to be done, by when, and by which agent of the dossier; without one: whoever says so."""

    model_config = ConfigDict(extra="forbid")
    what: Text
    due_on: Day
    agent_id: UUID | None = None


class Moved(BaseModel):
    """Another day, another agent, or both."""

    model_config = ConfigDict(extra="forbid")
    due_on: Day | None = None
    agent_id: UUID | None = None


@router.get("/tasks")
async def my_tasks(
    request: Request, actor: Worker, parts: CurrentParts, after: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """What the actor has to do, and those they stand in for, the late first, as JSON or as a page."""
    today = parts.now().astimezone(parts.settings.zone).date()
    async with parts.app.transaction(actor) as tx:
        found = await view.mine(tx, parts.keyring, _after(after), PAGE + 1, today)
    following = _next(found)
    if wants_page(request):
        return pages.my_tasks(request, found[:PAGE], following)
    items = [view.shown(one) | {"reference": one.reference} for one in found[:PAGE]]
    return as_json({"items": items, "next": following}, headers={"Vary": "Accept"})


def _next(found: list[view.Shown]) -> str | None:
    last = found[PAGE - 1].task if len(found) > PAGE else None
    return f"{last.due_on}.{last.task_id}" if last else None


def _after(cursor: str) -> After | None:
    if not cursor:
        return None
    day, _, task_id = cursor.partition(".")
    try:
        return After(date.fromisoformat(day), UUID(task_id))
    except ValueError:
        raise invalid(FieldProblem("#", "Reprenez le lien de la page précédente.", "after")) from None


@router.get("/{case_id}/tasks")
async def tasks(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The tasks of a dossier, what is open first."""
    today = parts.now().astimezone(parts.settings.zone).date()
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        found = await view.of_dossier(tx, parts.keyring, case_id, Kind.TASK, today)
    return as_json({"items": [view.shown(one) for one in found]}, {"ETag": etag(case.version)})


@router.post("/{case_id}/tasks", status_code=201)
async def set_task(body: ToDo, creation: Creating) -> Response:
    """Say what is to be done, by whom and by when."""

    async def create(work: Work) -> Answer:
        task = await acts.set_task(work, body.what, body.agent_id or work.agent_id, body.due_on)
        return created(work, task_id=task.task_id)

    return await creation.once(create)


@router.put("/{case_id}/tasks/{task_id}")
async def move(task_id: UUID, body: Moved, edit: Editing) -> Response:
    """Give a task, or an action of the plan, another day or to another agent."""
    async with edit.work() as work:
        await acts.move(work, task_id, body.due_on, body.agent_id)
        return changed(created(work, status=200, task_id=task_id))


@router.post("/{case_id}/tasks/{task_id}/done")
async def done(task_id: UUID, edit: Editing) -> Response:
    """A task, or an action of the plan, is done."""
    async with edit.work() as work:
        await acts.end(work, task_id, State.DONE)
        return changed(created(work, status=200, task_id=task_id))


@router.post("/{case_id}/tasks/{task_id}/cancel")
async def cancel(task_id: UUID, edit: Editing) -> Response:
    """A task, or an action of the plan, need not be done any more."""
    async with edit.work() as work:
        await acts.end(work, task_id, State.CANCELLED)
        return changed(created(work, status=200, task_id=task_id))

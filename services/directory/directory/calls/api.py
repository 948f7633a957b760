"""Calls and projects over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import JSONResponse, Response

from chassis.actor import Actor
from chassis.contents import LARGEST_BODY
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.files import sent
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.preconditions import IfMatch, etag
from directory.answers import PAGE, created
from directory.calls import acts, store, view
from directory.calls.model import Call, Project
from directory.calls.said import (
    CallSaid,
    DecisionSaid,
    NewProjectSaid,
    PaymentsSaid,
    ProjectSaid,
    ReadingSaid,
    ReportSaid,
)
from directory.calls.store import CALLS, PROJECTS
from directory.files import acts as files
from directory.typed import Title
from directory.work import Agent, Work

CALLS_PATH: Final = "/directory/calls"
PROJECTS_PATH: Final = "/directory/projects"
LARGER_BODIES = {
    f"POST {PROJECTS_PATH}/{{project_id}}/files": LARGEST_BODY,
    "POST /directory/project/{project_id}/file": LARGEST_BODY,
}
router = APIRouter(tags=["calls"])


@router.get(CALLS_PATH)
async def calls(actor: Agent, parts: CurrentParts, after: UUID | None = None) -> dict[str, Any]:
    """Calls, the last to close first. `next` goes into `after` for the following page."""
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, after=after, limit=PAGE + 1)
    last = found[PAGE - 1].call_id if len(found) > PAGE else None
    return {"calls": [CALLS.plain(one) for one in found[:PAGE]], "next": last}


@router.post(CALLS_PATH, status_code=201)
async def write(said: CallSaid, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        call = await acts.write(Work(tx, parts, actor), said)
        return Answer(201, {"call_id": str(call.call_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(actor), key, make), CALLS_PATH, "call_id")


@router.get(f"{CALLS_PATH}/{{call_id}}")
async def call(call_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """The call; for who runs it, also what is left of it and what a sharing by score proposes."""
    async with parts.app.transaction(actor) as tx:
        seen = await view.of_call(Work(tx, parts, actor), call_id)
    return JSONResponse(seen.plain, headers={"ETag": etag(seen.call.version)})


@router.put(f"{CALLS_PATH}/{{call_id}}")
async def rewrite(call_id: UUID, said: CallSaid, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    async with parts.app.transaction(actor) as tx:
        return _call(await acts.rewrite(Work(tx, parts, actor), call_id, said, expected))


@router.delete(f"{CALLS_PATH}/{{call_id}}")
async def retire(call_id: UUID, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    async with parts.app.transaction(actor) as tx:
        return _call(await acts.retire(Work(tx, parts, actor), call_id, expected))


@router.get(f"{CALLS_PATH}/{{call_id}}/projects")
async def projects(call_id: UUID, actor: Agent, parts: CurrentParts) -> dict[str, Any]:
    """Its projects that the actor may read: their own organisation's, or all for who reads the call."""
    async with parts.app.transaction(actor) as tx:
        found = await store.projects(tx, call_id)
    return {"projects": [PROJECTS.plain(one) for one in found]}


@router.post(f"{CALLS_PATH}/{{call_id}}/projects", status_code=201)
async def deposit(call_id: UUID, said: NewProjectSaid, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        project = await acts.deposit(Work(tx, parts, actor), call_id, said)
        return Answer(201, {"project_id": str(project.project_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(actor), key, make), PROJECTS_PATH, "project_id")


@router.get(f"{PROJECTS_PATH}/{{project_id}}")
async def project(project_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """The project; for who reads the call, also what was said of it, by whom."""
    async with parts.app.transaction(actor) as tx:
        seen = await view.of_project(Work(tx, parts, actor), project_id)
    return JSONResponse(seen.plain, headers={"ETag": etag(seen.project.version)})


@router.put(f"{PROJECTS_PATH}/{{project_id}}")
async def change(project_id: UUID, said: ProjectSaid, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    return await _changed(parts, actor, lambda work: acts.change(work, project_id, said, expected))


@router.post(f"{PROJECTS_PATH}/{{project_id}}/files")
async def attach(
    project_id: UUID,
    title: Annotated[Title, Form()],
    file: Annotated[UploadFile, File()],
    actor: Agent,
    parts: CurrentParts,
    expected: IfMatch,
) -> Response:
    """A document of the project, kept here (`multipart/form-data`)."""
    put = await files.put(parts, await sent(file), acts.documenting(parts, actor, project_id, expected))
    return await _changed(parts, actor, lambda work: acts.attach(work, project_id, title, put, expected))


@router.delete(f"{PROJECTS_PATH}/{{project_id}}/files/{{file_id}}")
async def detach(project_id: UUID, file_id: UUID, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    return await _changed(parts, actor, lambda work: acts.detach(work, project_id, file_id, expected))


@router.post(f"{PROJECTS_PATH}/{{project_id}}/withdrawal")
async def withdraw(project_id: UUID, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    return await _changed(parts, actor, lambda work: acts.withdraw(work, project_id, expected))


@router.put(f"{PROJECTS_PATH}/{{project_id}}/reading")
async def read(project_id: UUID, said: ReadingSaid, actor: Agent, parts: CurrentParts) -> Response:
    """The actor's own points and opinion: nobody else writes them, so that no version is asked for."""
    return await _changed(parts, actor, lambda work: acts.read(work, project_id, said))


@router.post(f"{PROJECTS_PATH}/{{project_id}}/decision")
async def decide(
    project_id: UUID, said: DecisionSaid, actor: Agent, parts: CurrentParts, expected: IfMatch
) -> Response:
    return await _changed(parts, actor, lambda work: acts.decide(work, project_id, said, expected))


@router.put(f"{PROJECTS_PATH}/{{project_id}}/payments")
async def pay(project_id: UUID, said: PaymentsSaid, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    return await _changed(parts, actor, lambda work: acts.pay(work, project_id, said, expected))


@router.post(f"{PROJECTS_PATH}/{{project_id}}/report")
async def report(project_id: UUID, said: ReportSaid, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    return await _changed(parts, actor, lambda work: acts.receive_report(work, project_id, said, expected))


async def _changed(parts: Parts, actor: Actor, act: Callable[[Work], Awaitable[Project]]) -> Response:
    async with parts.app.transaction(actor) as tx:
        changed = await act(Work(tx, parts, actor))
    return JSONResponse(PROJECTS.plain(changed), headers={"ETag": etag(changed.version)})


def _call(call: Call) -> Response:
    return JSONResponse(CALLS.plain(call), headers={"ETag": etag(call.version)})

"""HTTP of a dossier's shared plan. Its actions are moved and ended as tasks are: `/cases/{case_id}/tasks/{task_id}`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from cases.answers import as_json, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.plans import acts, model, store
from cases.programmes import programme_of
from cases.tasks import view
from cases.tasks.model import Kind
from cases.typed import Day, Text
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag

router = APIRouter(prefix="/cases/{case_id}/plan", tags=["plans"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]


class Action(BaseModel):
    """What is done, who carries it out (a person of the dossier, or a referent), by when, and which agent checks."""

    model_config = ConfigDict(extra="forbid")
    what: Text
    who: UUID
    by_when: Day
    checked_by: UUID


@router.get("")
async def plan(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The shared plan; `missing`: what keeps it from beginning."""
    today = parts.now().astimezone(parts.settings.zone).date()
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        programme = programme_of(case, parts.settings.programmes)
        lacking = model.missing(case, programme, await store.referents(tx, case_id))
        found = await view.of_dossier(tx, parts.keyring, case_id, Kind.ACTION, today)
    return as_json({"actions": [view.shown(one) for one in found], "missing": lacking}, {"ETag": etag(case.version)})


@router.post("/actions", status_code=201)
async def add_action(body: Action, creation: Creating) -> Response:
    """Agree on an action of the plan."""

    async def create(work: Work) -> Answer:
        action = await acts.add_action(work, body.what, body.who, body.by_when, body.checked_by)
        return created(work, task_id=action.task_id)

    return await creation.once(create)

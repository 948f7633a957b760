"""HTTP of a follow-up: contacts made, and what became of the plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.answers import changed, created
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.work import Work
from cases.follow_ups import acts, model, sharing
from cases.follow_ups.model import FollowUp
from cases.typed import Day
from chassis.web.idempotency import Answer
from contracts.events.cases import KnownFollowUpOutcome

router = APIRouter(prefix="/cases/{case_id}/follow-up", tags=["follow-ups"])


class Contacted(BaseModel):
    """Somebody of the conference who was asked about the plan."""

    model_config = ConfigDict(extra="forbid")
    person_id: UUID
    contacted_on: Day


class Outcome(BaseModel):
    """What became of an action."""

    model_config = ConfigDict(extra="forbid")
    action_id: UUID
    outcome: KnownFollowUpOutcome


class Recorded(BaseModel):
    model_config = ConfigDict(extra="forbid")
    contacts: Annotated[tuple[Contacted, ...], Field(max_length=100)] = ()
    outcomes: Annotated[tuple[Outcome, ...], Field(max_length=100)] = ()


class Settled(BaseModel):
    model_config = ConfigDict(extra="forbid")
    outcome: KnownFollowUpOutcome


class Moved(BaseModel):
    """Another day for an action, and who agreed to it."""

    model_config = ConfigDict(extra="forbid")
    by_when: Day
    agreed: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()


class Shared(BaseModel):
    """What the family group agreed to share of what came of the plan, among its members."""

    model_config = ConfigDict(extra="forbid")
    sentence: Annotated[str, Field(min_length=1, max_length=sharing.LONGEST)]


@router.post("")
async def record(body: Recorded, creation: Creating) -> Response:
    """Record contacts and outcomes. `recorded` says whether the follow-up is closed, `missing` what keeps it open."""
    contacts = [model.Contact(person_id=one.person_id, contacted_on=one.contacted_on) for one in body.contacts]
    outcomes = {one.action_id: one.outcome for one in body.outcomes}

    async def create(work: Work) -> Answer:
        follow_up = await acts.record(work, contacts, outcomes)
        return created(work, status=200, **_state(follow_up))

    return await creation.once(create)


@router.put("/actions/{action_id}/outcome")
async def settle(action_id: UUID, body: Settled, edit: Editing) -> Response:
    """What became, after the follow-up, of an action it left unfinished."""
    async with edit.work() as work:
        return changed(created(work, status=200, **_state(await acts.settle(work, action_id, body.outcome))))


@router.put("/actions/{action_id}/by-when")
async def move(action_id: UUID, body: Moved, edit: Editing) -> Response:
    """Another day for an action that is not done yet."""
    async with edit.work() as work:
        follow_up = await acts.move(work, action_id, body.by_when, body.agreed)
        return changed(created(work, status=200, **_state(follow_up)))


@router.put("/shared")
async def share(body: Shared, edit: Editing) -> Response:
    """The group agreed to share this sentence, once the follow-up is recorded."""
    async with edit.work() as work:
        return changed(created(work, status=200, **_state(await sharing.agree(work, body.sentence))))


@router.delete("/shared")
async def share_no_more(edit: Editing) -> Response:
    """The group shares nothing any more."""
    async with edit.work() as work:
        return changed(created(work, status=200, **_state(await sharing.take_back(work))))


def _state(follow_up: FollowUp) -> dict[str, object]:
    return {
        "recorded": follow_up.recorded_on is not None,
        "contacted": len(follow_up.contacted),
        "missing": list(model.missing(follow_up)),
        "due_on": follow_up.due_on.isoformat(),
        "shared": follow_up.shared is not None,
    }

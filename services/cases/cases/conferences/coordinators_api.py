"""HTTP of who coordinates: those proposed, one who declines, one whom the family objects to."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.conferences import neutrality, replacing
from cases.conferences.coordinators import Candidate, DeclineReason
from cases.dossiers.changes import Editing
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.identity import require

router = APIRouter(prefix="/cases/{case_id}/coordinators", tags=["conferences"])
Manager = Annotated[Actor, Depends(require("manager"))]


class Declined(BaseModel):
    """Why the coordinator declines; `tied_to`: whom of the dossier they know."""

    model_config = ConfigDict(extra="forbid")
    reason: DeclineReason
    tied_to: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()


@router.get("")
async def proposed(case_id: UUID, actor: Manager, parts: CurrentParts) -> Response:
    """Who may coordinate this dossier: independent people, those present first, then those who have least to do."""
    found = await neutrality.proposed(parts, actor, case_id)
    return as_json({"items": [_shown(one) for one in found]})


def _shown(candidate: Candidate) -> dict[str, Any]:
    return {
        "agent_id": candidate.agent_id,
        "under_way": candidate.under_way,
        "here": candidate.here,
        "absent_until": candidate.absent_until,
    }


@router.post("/decline")
async def decline(body: Declined, edit: Editing) -> Response:
    """The coordinator declines; what was prepared stays for who takes over."""
    async with replacing.standing_down(edit.parts, edit.actor, edit.case_id, edit.version) as work:
        await replacing.decline(work, body.reason, body.tied_to)
        return changed(created(work, status=200))


@router.post("/objection")
async def object_to(edit: Editing) -> Response:
    """The family objects to the coordinator, which it may once."""
    async with replacing.standing_down(edit.parts, edit.actor, edit.case_id, edit.version) as work:
        await replacing.object_to(work)
        return changed(created(work, status=200))

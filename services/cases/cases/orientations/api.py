"""HTTP of a dossier's orientations: proposing, withdrawing, and the link by which they are answered."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.orientations import acts, model, view
from cases.orientations.acts import Proposal
from cases.typed import Name, Text
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.translations import N_
from chassis.web.validation import FieldError

router = APIRouter(prefix="/cases/{case_id}/orientations", tags=["orientations"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]
UNSAFE = N_("Dites que la personne peut être jointe ainsi sans danger, ou n'indiquez pas où la joindre.")


class Proposed(BaseModel):
    """What is asked of an offer. `reach`: how to reach the person, only where `reach_is_safe`; `override`: why the
    organisation is told about them without a recorded agreement."""

    model_config = ConfigDict(extra="forbid")
    offer_id: UUID
    asked: Text
    first_name: Name | None = None
    reach: Name | None = None
    reach_is_safe: bool = False
    override: Text | None = None

    @model_validator(mode="after")
    def _safe(self) -> "Proposed":
        if self.reach and not self.reach_is_safe:
            raise FieldError(UNSAFE)
        return self

    @property
    def proposal(self) -> Proposal:
        return Proposal(self.offer_id, self.asked, self.first_name, self.reach, self.override)


@router.get("")
async def orientations(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The orientations of a dossier, newest first."""
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        found = await view.of_dossier(tx, parts.keyring, case_id, parts.now())
    items = [view.shown_in_dossier(one) for one in found]
    return as_json({"items": items, "version": case.version}, {"ETag": etag(case.version)})


@router.post("", status_code=201)
async def propose(body: Proposed, creation: Creating) -> Response:
    """Orient the person to an offer. `sentence` says what the organisation learns of them, `link_sent` whether it was
    written to."""

    async def create(work: Work) -> Answer:
        proposed = await acts.propose(work, body.proposal)
        orientation = proposed.orientation
        return created(
            work,
            orientation_id=orientation.orientation_id,
            state=orientation.state,
            answer_by=orientation.answer_by.isoformat(),
            ground=orientation.ground,
            sentence=model.ground_sentence(orientation.ground),
            link_sent=proposed.link_sent,
        )

    return await creation.once(create)


@router.post("/{orientation_id}/withdraw")
async def withdraw(orientation_id: UUID, edit: Editing) -> Response:
    """No answer is expected any more."""
    async with edit.work() as work:
        withdrawn = await acts.withdraw(work, orientation_id)
        return changed(created(work, status=200, orientation_id=orientation_id, state=withdrawn.state))


@router.post("/{orientation_id}/link")
async def send_link(orientation_id: UUID, edit: Editing) -> Response:
    """Send the organisation a new link; the one before it no longer works."""
    async with edit.work() as work:
        await acts.send_link(work, orientation_id)
        return changed(created(work, status=200, orientation_id=orientation_id))


@router.delete("/{orientation_id}/link")
async def revoke_link(orientation_id: UUID, edit: Editing) -> Response:
    """The link no longer works."""
    async with edit.work() as work:
        await acts.revoke_link(work, orientation_id)
        return changed(created(work, status=200, orientation_id=orientation_id))

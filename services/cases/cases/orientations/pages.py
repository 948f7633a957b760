"""Forms of a dossier's orientations, on its page: the same acts as the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints, model_validator
from starlette.responses import Response

from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.orientations import acts
from cases.orientations.acts import Proposal
from cases.orientations.api import UNSAFE
from cases.typed import NAME_LENGTH, TEXT_LENGTH, Text
from chassis.web.idempotency import Idempotency
from chassis.web.validation import FieldError

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#orientations"
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH)]


class OrientationForm(BaseModel):
    orientation_offer: UUID
    orientation_asked: Text
    orientation_first_name: _Short = ""
    orientation_reach: _Short = ""
    orientation_reach_safe: bool = False
    orientation_override: Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT_LENGTH)] = ""

    @model_validator(mode="after")
    def _safe(self) -> "OrientationForm":
        if self.orientation_reach and not self.orientation_reach_safe:
            raise FieldError(UNSAFE)
        return self

    @property
    def proposal(self) -> Proposal:
        return Proposal(
            self.orientation_offer,
            self.orientation_asked,
            self.orientation_first_name or None,
            self.orientation_reach or None,
            self.orientation_override or None,
        )


class ChosenForm(EditForm):
    """One orientation of the dossier."""

    orientation_id: UUID


@router.post("/orientation")
async def propose(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: OrientationForm) -> None:
        await acts.propose(work, form.proposal)

    return await sent.add(key, OrientationForm, act, _PLACE)


@router.post("/orientation-withdraw")
async def withdraw(sent: SentForm) -> Response:
    return await sent.edit(ChosenForm, lambda work, form: acts.withdraw(work, form.orientation_id), _PLACE)


@router.post("/orientation-link")
async def send_link(sent: SentForm) -> Response:
    return await sent.edit(ChosenForm, lambda work, form: acts.send_link(work, form.orientation_id), _PLACE)


@router.post("/orientation-revoke")
async def revoke_link(sent: SentForm) -> Response:
    return await sent.edit(ChosenForm, lambda work, form: acts.revoke_link(work, form.orientation_id), _PLACE)

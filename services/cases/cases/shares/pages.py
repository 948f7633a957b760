"""Pages and forms of shares: on the dossier's page, and for the organisation they are with."""

from collections.abc import Sequence
from typing import Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from cases import words
from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.shares import acts, view
from cases.shares.acts import Sharing
from cases.shares.model import LegalGround, Part
from cases.shares.typed import override_of
from cases.typed import Text
from chassis.web.idempotency import Idempotency
from chassis.web.pages import render
from contracts.events.data import TerritoryId
from contracts.references import readable

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#partages"


def received(request: Request, found: Sequence[view.Shown], following: str | None) -> Response:
    """What other organisations share with the reader's."""
    next_url = f"/cases/shared?before={following}" if following else None
    rows = [(readable(one.share.reference), one) for one in found]
    return render(request, "cases/shared.html", headers={"Vary": "Accept"}, rows=rows, next_url=next_url, words=words)


def read(request: Request, one: view.Read) -> Response:
    """What the reader's organisation may read of a dossier."""
    reference = readable(one.shown.share.reference)
    context: dict[str, Any] = {"one": one, "share": one.shown.share, "reference": reference, "words": words}
    return render(request, "cases/share.html", headers={"Vary": "Accept"}, **context)


class _With(BaseModel):
    """Another organisation, why, and on what ground. Of the forms of one page, each begins its fields with its name."""

    organisation: UUID
    why: Text
    ground: LegalGround | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _with_reason(self) -> Self:
        assert self.sharing
        return self

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.organisation, self.why, override_of(self.ground, self.reason))


class ShareForm(_With):
    model_config = ConfigDict(alias_generator="share_{}".format)
    parts: list[Part] = Field(min_length=1)


class TransferForm(_With):
    model_config = ConfigDict(alias_generator="transfer_{}".format)
    territory: TerritoryId
    confirmed: Literal["yes"]


class EndForm(EditForm):
    share_id: UUID


@router.post("/share")
async def share(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: ShareForm) -> None:
        await acts.share(work, form.sharing, sorted(set(form.parts)))

    return await sent.add(key, ShareForm, act, _PLACE)


@router.post("/share-ended")
async def end(sent: SentForm) -> Response:
    return await sent.edit(EndForm, lambda work, form: acts.end(work, form.share_id), _PLACE)


@router.post("/transfer")
async def transfer(sent: SentForm, key: Idempotency) -> Response:
    """Another organisation takes the dossier over; it is carried out within moments."""

    async def act(work: Work, form: TransferForm) -> None:
        await acts.transfer(work, form.sharing, form.territory)

    return await sent.add(key, TransferForm, act, _PLACE)

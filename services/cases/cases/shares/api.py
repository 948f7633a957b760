"""HTTP of shares: what goes out of a dossier, and what the actor's organisation receives."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.shares import acts, pages, store, view
from cases.shares.acts import SHARERS, Sharing
from cases.shares.model import Part
from cases.shares.typed import Override
from cases.typed import Text
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import wants_page
from contracts.events.data import TerritoryId

PAGE = 50
"""Shares of one page of a list."""

router = APIRouter(prefix="/cases", tags=["shares"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]
Receiver = Annotated[Actor, Depends(require(*SHARERS))]


class WithOrganisation(BaseModel):
    """With whom, and why. `override`: where the person's agreement to share with them is not recorded."""

    model_config = ConfigDict(extra="forbid")
    organisation_id: UUID
    why: Text
    override: Override | None = None

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.organisation_id, self.why, self.override.override if self.override else None)


class Shared(WithOrganisation):
    """What the organisation may read besides the dossier's reference and programme."""

    parts: Annotated[frozenset[Part], Field(min_length=1)]


class Transferred(WithOrganisation):
    """Where the dossier goes."""

    territory_id: TerritoryId


@router.get("/shared")
async def received(request: Request, actor: Receiver, parts: CurrentParts, before: UUID | None = None) -> Response:
    """What other organisations share with the actor's, the newest first, as JSON or as a page."""
    if actor.organisation_id is None:
        raise NoSuchCase
    async with parts.app.transaction(actor) as tx:
        found = await view.received(tx, parts, actor.organisation_id, before, PAGE + 1)
    following = str(found[PAGE - 1].share.share_id) if len(found) > PAGE else None
    if wants_page(request):
        return pages.received(request, found[:PAGE], following)
    items = [view.shown(one) | {"reference": one.share.reference} for one in found[:PAGE]]
    return as_json({"items": items, "next": following}, headers={"Vary": "Accept"})


@router.get("/shared/{share_id}")
async def read(request: Request, share_id: UUID, actor: Receiver, parts: CurrentParts) -> Response:
    """What the actor's organisation may read of a dossier, as JSON or as a page."""
    async with parts.app.transaction(actor) as tx:
        share = await store.find(tx, share_id)
        if share is None or share.organisation_id != actor.organisation_id:
            raise NoSuchCase
        one = await view.read(tx, parts, share)
    if wants_page(request):
        return pages.read(request, one)
    return as_json(view.read_shown(one), headers={"Vary": "Accept"})


@router.get("/{case_id}/shares")
async def shares(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """What is or was shared of a dossier, with whom and why."""
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        found = await view.of_dossier(tx, parts, case_id)
    return as_json({"items": [view.shown(one) for one in found]}, {"ETag": etag(case.version)})


@router.post("/{case_id}/shares", status_code=201)
async def share(body: Shared, creation: Creating) -> Response:
    """Let another organisation read some of the dossier."""

    async def create(work: Work) -> Answer:
        made = await acts.share(work, body.sharing, sorted(body.parts))
        return created(work, share_id=made.share_id, ground=made.ground)

    return await creation.once(create)


@router.delete("/{case_id}/shares/{share_id}")
async def end(share_id: UUID, edit: Editing) -> Response:
    """The organisation reads nothing of the dossier any more."""
    async with edit.work() as work:
        await acts.end(work, share_id)
        return changed(created(work, status=200, share_id=share_id))


@router.post("/{case_id}/transfer", status_code=202)
async def transfer(body: Transferred, creation: Creating) -> Response:
    """Let another organisation take the dossier over on its territory. It is carried out within moments."""

    async def create(work: Work) -> Answer:
        made = await acts.transfer(work, body.sharing, body.territory_id)
        return created(work, status=202, share_id=made.share_id, ground=made.ground)

    return await creation.once(create)

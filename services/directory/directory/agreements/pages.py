"""Agreements as pages, and the same as JSON for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.identity import require
from directory.aggregates import NotKept
from directory.agreements import api, store
from directory.agreements.model import Phase
from directory.agreements.store import Wanted
from directory.answers import PAGE
from directory.organisations import store as organisations

READERS = ("reception", "social_worker", "coordinator", "manager", "operator")
router = APIRouter(prefix=api.PATH, tags=["agreements"])
Reader = Annotated[Actor, Depends(require(*READERS))]


@router.get("")
async def listed(
    actor: Reader,
    parts: CurrentParts,
    phase: Annotated[list[Phase] | None, Query()] = None,
    territory: str | None = None,
    party: UUID | None = None,
    after: UUID | None = None,
) -> Response:
    """Those that end first, first. `next` goes into `after` for the following page."""
    wanted = Wanted(phase, territory or None, party)
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, wanted, after=after, limit=PAGE + 1)
    last = str(found[PAGE - 1].agreement.agreement_id) if len(found) > PAGE else None
    return JSONResponse({"agreements": [api.member(one) for one in found[:PAGE]], "next": last})


@router.get("/{agreement_id}")
async def one(request: Request, agreement_id: UUID, actor: Reader, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        kept = await store.find(tx, agreement_id)
        if kept is None:
            raise NotKept
        names = await organisations.names(tx, kept.agreement.text.party_ids)
    return api.shown(kept, names)

"""HTTP of the people of a dossier."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, EmailStr, model_validator
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.people import acts, store
from cases.people.acts import AddedRole
from cases.people.introduction import Introduction
from cases.typed import Day, Name
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events.people import KnownOwnAgreement

router = APIRouter(prefix="/cases/{case_id}/people", tags=["people"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]
WHO = N_("Donnez un nom, ou une personne déjà connue : l'un des deux.")


class Added(BaseModel):
    """Somebody the actor knows from another dossier (`person_id`), or met here for the first time (`name`)."""

    model_config = ConfigDict(extra="forbid")
    role: AddedRole
    person_id: UUID | None = None
    name: Name | None = None
    email: EmailStr | None = None
    safe_to_write: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "Added":
        if (self.person_id is None) == (self.name is None):
            raise FieldError(WHO)
        return self

    @property
    def somebody(self) -> UUID | Introduction:
        return self.person_id or Introduction(self.name or "", self.email, self.safe_to_write)


class Said(BaseModel):
    """What a protected adult says themself, and when."""

    model_config = ConfigDict(extra="forbid")
    agreement: KnownOwnAgreement
    said_on: Day


@router.post("", status_code=201)
async def add(body: Added, creation: Creating) -> Response:
    """Give somebody a place in the dossier."""

    async def create(work: Work) -> Answer:
        return created(work, person_id=await acts.add(work, body.somebody, body.role))

    return await creation.once(create)


@router.delete("/{person_id}")
async def remove(person_id: UUID, edit: Editing) -> Response:
    """Take somebody out of the dossier."""
    async with edit.work() as work:
        await acts.remove(work, person_id)
        return changed(created(work, status=200))


@router.get("/own-agreements")
async def own_agreements(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """What protected adults of the dossier said themselves."""
    async with parts.app.transaction(actor) as tx:
        if await dossiers.find(tx, case_id) is None:
            raise NoSuchCase
        found = await store.own_agreements(tx, case_id)
    return as_json({"items": found})


@router.put("/{person_id}/own-agreement")
async def say_own_agreement(person_id: UUID, body: Said, edit: Editing) -> Response:
    """Record what a protected adult says themself, whoever else agrees for them."""
    async with edit.work() as work:
        await acts.record_own_agreement(work, person_id, body.agreement, body.said_on)
        return changed(created(work, status=200))

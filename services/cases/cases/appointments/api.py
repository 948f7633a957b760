"""HTTP of a dossier's appointments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.appointments import acts, store, view
from cases.appointments.acts import Asked, Moved
from cases.appointments.model import LONGEST, SHORTEST, Help, Party, Place
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.typed import LocalMoment, Name, NoteText, Text
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag

router = APIRouter(prefix="/cases/{case_id}/appointments", tags=["appointments"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]
Minutes = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
Some = Annotated[tuple[UUID, ...], Field(max_length=20)]


class Booked(BaseModel):
    """An appointment to book, or only to propose. `starts_at` without an offset is read on the clock of the
    deployment. `about` stays in the dossier."""

    model_config = ConfigDict(extra="forbid")
    starts_at: LocalMoment
    minutes: Minutes
    place: Place
    where: Name | None = None
    about: NoteText | None = None
    agents: Some
    people: Some = ()
    proposed: bool = False
    answers_request: bool = False

    @property
    def asked(self) -> Asked:
        return Asked(
            starts_at=self.starts_at,
            minutes=self.minutes,
            place=self.place,
            agents=self.agents,
            people=self.people,
            where=self.where,
            about=self.about,
            proposed=self.proposed,
            answers_request=self.answers_request,
        )


class MovedTo(BaseModel):
    """Another time; what is left out stays as it is. `by`: who asked for it."""

    model_config = ConfigDict(extra="forbid")
    starts_at: LocalMoment
    by: Party
    minutes: Minutes | None = None
    place: Place | None = None
    where: Name | None = None
    agents: Some | None = None

    @property
    def moved(self) -> Moved:
        return Moved(self.starts_at, self.by, self.minutes, self.place, self.where, self.agents)


class Missed(BaseModel):
    """Who did not come."""

    model_config = ConfigDict(extra="forbid")
    by: Party


class Cancelled(BaseModel):
    """Who cancels; `why` stays in the dossier."""

    model_config = ConfigDict(extra="forbid")
    by: Party
    why: Text | None = None


class Arranged(BaseModel):
    """All that is booked for this appointment; what is not named no longer is."""

    model_config = ConfigDict(extra="forbid")
    arranged: Annotated[frozenset[Help], Field(max_length=len(Help))]


@router.get("")
async def appointments(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The appointments of a dossier, the latest first, with what the people met need and what is still missing."""
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        found = await view.open_all(tx, parts.keyring, await store.of_case(tx, case_id))
    return as_json({"items": [view.shown(one) for one in found]}, {"ETag": etag(case.version)})


@router.post("", status_code=201)
async def book(body: Booked, creation: Creating) -> Response:
    """Book or propose an appointment. An agent who is taken is a refusal that names other times."""

    async def create(work: Work) -> Answer:
        made = await acts.book(work, body.asked)
        return created(work, appointment_id=made.appointment_id, uid=made.uid)

    return await creation.once(create)


@router.post("/{appointment_id}/confirm")
async def confirm(appointment_id: UUID, edit: Editing) -> Response:
    """The person says yes to what was proposed."""
    async with edit.work() as work:
        await acts.confirm(work, appointment_id)
        return _done(work)


@router.post("/{appointment_id}/move")
async def move(appointment_id: UUID, body: MovedTo, edit: Editing) -> Response:
    """Another time, place or agent."""
    async with edit.work() as work:
        await acts.move(work, appointment_id, body.moved)
        return _done(work)


@router.post("/{appointment_id}/kept")
async def keep(appointment_id: UUID, edit: Editing) -> Response:
    """The person was met."""
    async with edit.work() as work:
        await acts.keep(work, appointment_id)
        return _done(work)


@router.post("/{appointment_id}/missed")
async def miss(appointment_id: UUID, body: Missed, edit: Editing) -> Response:
    """The person, or the service, did not come."""
    async with edit.work() as work:
        await acts.miss(work, appointment_id, body.by)
        return _done(work)


@router.post("/{appointment_id}/cancel")
async def cancel(appointment_id: UUID, body: Cancelled, edit: Editing) -> Response:
    """It will not take place."""
    async with edit.work() as work:
        await acts.cancel(work, appointment_id, body.by, body.why)
        return _done(work)


@router.put("/{appointment_id}/arranged")
async def arrange(appointment_id: UUID, body: Arranged, edit: Editing) -> Response:
    """Say what is booked for the people's needs."""
    async with edit.work() as work:
        await acts.arrange(work, appointment_id, body.arranged)
        return _done(work)


def _done(work: Work) -> Response:
    return changed(created(work, status=200))

"""Forms of a dossier's appointments, on its page: the same acts as the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from cases.appointments import acts
from cases.appointments.acts import Asked, Moved
from cases.appointments.api import Minutes
from cases.appointments.booked_elsewhere import attach as attach_booking
from cases.appointments.model import Help, Party, Place
from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.typed import NAME_LENGTH, TEXT_LENGTH, LocalMoment
from chassis.web.idempotency import Idempotency

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#rendez-vous"
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH)]
_Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=TEXT_LENGTH)]


class BookForm(BaseModel):
    appointment_at: LocalMoment
    appointment_minutes: Minutes
    appointment_place: Place
    appointment_where: _Short = ""
    appointment_agents: list[UUID] = Field(default_factory=list, max_length=20)
    appointment_people: list[UUID] = Field(default_factory=list, max_length=20)
    appointment_about: _Long = ""
    appointment_proposed: bool = False
    appointment_answers: bool = False

    @property
    def asked(self) -> Asked:
        return Asked(
            starts_at=self.appointment_at,
            minutes=self.appointment_minutes,
            place=self.appointment_place,
            agents=self.appointment_agents,
            people=self.appointment_people,
            where=self.appointment_where or None,
            about=self.appointment_about or None,
            proposed=self.appointment_proposed,
            answers_request=self.appointment_answers,
        )


class ChosenForm(EditForm):
    """One appointment of the dossier."""

    appointment_id: UUID


class MoveForm(ChosenForm):
    appointment_new_at: LocalMoment
    appointment_moved_by: Party


class MissForm(ChosenForm):
    appointment_missed_by: Party


class CancelForm(ChosenForm):
    appointment_cancelled_by: Party
    appointment_why: _Long = ""


class ArrangeForm(ChosenForm):
    appointment_arranged: list[Help] = Field(default_factory=list)


class AttachForm(BaseModel):
    appointment_booking: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{1,18}$")]


@router.post("/appointment")
async def book(sent: SentForm, key: Idempotency) -> Response:
    return await sent.add(key, BookForm, lambda work, form: acts.book(work, form.asked), _PLACE)


@router.post("/appointment-confirm")
async def confirm(sent: SentForm) -> Response:
    return await sent.edit(ChosenForm, lambda work, form: acts.confirm(work, form.appointment_id), _PLACE)


@router.post("/appointment-move")
async def move(sent: SentForm) -> Response:
    async def act(work: Work, form: MoveForm) -> None:
        await acts.move(work, form.appointment_id, Moved(form.appointment_new_at, form.appointment_moved_by))

    return await sent.edit(MoveForm, act, _PLACE)


@router.post("/appointment-kept")
async def keep(sent: SentForm) -> Response:
    return await sent.edit(ChosenForm, lambda work, form: acts.keep(work, form.appointment_id), _PLACE)


@router.post("/appointment-missed")
async def miss(sent: SentForm) -> Response:
    async def act(work: Work, form: MissForm) -> None:
        await acts.miss(work, form.appointment_id, form.appointment_missed_by)

    return await sent.edit(MissForm, act, _PLACE)


@router.post("/appointment-cancel")
async def cancel(sent: SentForm) -> Response:
    async def act(work: Work, form: CancelForm) -> None:
        await acts.cancel(work, form.appointment_id, form.appointment_cancelled_by, form.appointment_why or None)

    return await sent.edit(CancelForm, act, _PLACE)


@router.post("/appointment-arranged")
async def arrange(sent: SentForm) -> Response:
    async def act(work: Work, form: ArrangeForm) -> None:
        await acts.arrange(work, form.appointment_id, form.appointment_arranged)

    return await sent.edit(ArrangeForm, act, _PLACE)


@router.post("/appointment-attach")
async def attach(sent: SentForm, key: Idempotency) -> Response:
    return await sent.add(key, AttachForm, lambda work, form: attach_booking(work, form.appointment_booking), _PLACE)

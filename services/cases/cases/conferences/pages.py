"""Forms of a conference, on the dossier's page: the same acts as the API, step by step."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import BaseModel, EmailStr, Field
from starlette.responses import Response

from cases.conferences import acts
from cases.conferences.life import Declaration
from cases.conferences.model import Phase, Role, Stop
from cases.dossiers.pages import back
from cases.dossiers.work import changing
from cases.follow_ups import acts as follow_ups
from cases.follow_ups.model import Contact
from cases.people.introduction import Introduction
from chassis.service import CurrentParts
from chassis.web.identity import CurrentActor
from contracts.events.cases import KnownFollowUpOutcome

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#conference"
Text = Annotated[str, Field(min_length=1, max_length=2_000)]


class _Form(BaseModel):
    version: int


class OpenForm(_Form):
    no_tie: bool = False
    no_social_worker: bool = False


class QuestionForm(_Form):
    question: Text


class InviteForm(_Form):
    guest_name: Annotated[str, Field(max_length=200)] = ""
    guest_email: EmailStr | None = None
    guest_safe_to_write: bool = False
    guest_person: UUID | None = None
    guest_role: Role
    guest_requested_by: UUID | None = None

    @property
    def who(self) -> UUID | Introduction:
        if self.guest_person is not None and not self.guest_name:
            return self.guest_person
        return Introduction(self.guest_name, self.guest_email, self.guest_safe_to_write)


class SafetyForm(_Form):
    safety_person: UUID
    safety_safe: bool
    safety_met_on: date | None = None


class UninviteForm(_Form):
    uninvited: UUID


class MandatedForm(_Form):
    mandated: bool


class ConditionForm(_Form):
    condition: Text


class ScheduleForm(_Form):
    meeting_at: datetime


class PhaseForm(_Form):
    phase: Phase
    present: list[UUID] = []


class ActionForm(_Form):
    action_what: Text
    action_who: UUID
    action_by_when: date
    action_checked_by: UUID
    action_respects: list[UUID] = []
    action_feasible: bool = False


class RatifyForm(_Form):
    ratified_by: list[UUID] = []


class FollowUpForm(_Form):
    contact_person: UUID | None = None
    contact_on: date | None = None
    outcome_action: UUID | None = None
    outcome: KnownFollowUpOutcome | None = None


class StopForm(_Form):
    stop_reason: Stop


@router.post("/conference")
async def open_conference(
    case_id: UUID, form: Annotated[OpenForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.open_conference(work, Declaration(form.no_social_worker, form.no_tie))
    return back(case_id, _PLACE)


@router.post("/question")
async def ask(
    case_id: UUID, form: Annotated[QuestionForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.ask(work, form.question)
    return back(case_id, _PLACE)


@router.post("/invitee")
async def invite(
    case_id: UUID, form: Annotated[InviteForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.invite(work, form.who, form.guest_role, form.guest_requested_by)
    return back(case_id, _PLACE)


@router.post("/uninvite")
async def uninvite(
    case_id: UUID, form: Annotated[UninviteForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.uninvite(work, form.uninvited)
    return back(case_id, _PLACE)


@router.post("/safety")
async def check_safety(
    case_id: UUID, form: Annotated[SafetyForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.check_safety(work, form.safety_person, safe=form.safety_safe, met_on=form.safety_met_on)
    return back(case_id, _PLACE)


@router.post("/mandated-service")
async def say_mandated(
    case_id: UUID, form: Annotated[MandatedForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.say_mandated(work, form.mandated)
    return back(case_id, _PLACE)


@router.post("/condition")
async def state_condition(
    case_id: UUID, form: Annotated[ConditionForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.state_condition(work, form.condition)
    return back(case_id, _PLACE)


@router.post("/schedule")
async def schedule(
    case_id: UUID, form: Annotated[ScheduleForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    """The browser's field has no zone: it is the deployment's."""
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.schedule(work, form.meeting_at.replace(tzinfo=form.meeting_at.tzinfo or parts.settings.zone))
    return back(case_id, _PLACE)


@router.post("/phase")
async def advance(
    case_id: UUID, form: Annotated[PhaseForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.advance(work, form.phase, None, form.present)
    return back(case_id, _PLACE)


@router.post("/action")
async def plan_action(
    case_id: UUID, form: Annotated[ActionForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.plan_action(
            work,
            form.action_what,
            who=form.action_who,
            by_when=form.action_by_when,
            checked_by=form.action_checked_by,
            respects=form.action_respects,
            feasible=form.action_feasible,
        )
    return back(case_id, _PLACE)


@router.post("/ratify")
async def ratify(
    case_id: UUID, form: Annotated[RatifyForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.ratify(work, form.ratified_by)
    return back(case_id, _PLACE)


@router.post("/follow-up")
async def follow_up(
    case_id: UUID, form: Annotated[FollowUpForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    """One contact, one outcome, or both at a time."""
    async with changing(parts, actor, case_id, form.version) as work:
        contacts = []
        if form.contact_person is not None:
            contacts = [Contact(person_id=form.contact_person, contacted_on=form.contact_on or work.today)]
        outcomes = {form.outcome_action: form.outcome} if form.outcome_action and form.outcome else {}
        await follow_ups.record(work, contacts, outcomes)
    return back(case_id, _PLACE)


@router.post("/stop")
async def stop(case_id: UUID, form: Annotated[StopForm, Form()], actor: CurrentActor, parts: CurrentParts) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.stop(work, form.stop_reason)
    return back(case_id, _PLACE)

"""Forms of a conference, on the dossier's page: the same acts as the API, step by step."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, EmailStr, Field, StringConstraints, model_validator
from starlette.responses import RedirectResponse, Response

from cases.conferences import acts, replacing
from cases.conferences.coordinators import DeclineReason
from cases.conferences.life import Declaration
from cases.conferences.model import MeetingPart, Role, StopReason
from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.follow_ups import acts as follow_ups
from cases.follow_ups.model import Contact
from cases.people.introduction import Introduction
from cases.typed import NAME_LENGTH, Day, LocalMoment, Text
from chassis.web.idempotency import Idempotency
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events.cases import KnownFollowUpOutcome

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#conference"


class IndependenceForm(EditForm):
    no_tie: bool = False
    no_social_worker: bool = False
    continues: bool = False

    @property
    def declared(self) -> Declaration:
        return Declaration(self.no_social_worker, self.no_tie)


class QuestionForm(EditForm):
    question: Text


class InviteForm(BaseModel):
    guest_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH)] = ""
    guest_email: EmailStr | None = None
    guest_safe_to_write: bool = False
    guest_person: UUID | None = None
    guest_role: Role
    guest_requested_by: UUID | None = None
    guest_parental_authority: bool = False
    guest_other_parent: bool | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "InviteForm":
        if (self.guest_person is None) == (not self.guest_name):
            raise FieldError(N_("Donnez le nom d'une nouvelle personne, ou choisissez-en une du dossier."))
        return self

    @property
    def who(self) -> UUID | Introduction:
        if self.guest_person is not None:
            return self.guest_person
        return Introduction(self.guest_name, self.guest_email, self.guest_safe_to_write)


class SafetyForm(EditForm):
    safety_person: UUID
    safety_safe: bool
    safety_met_on: Day | None = None


class UninviteForm(EditForm):
    uninvited: UUID


class DescribeForm(EditForm):
    described_person: UUID
    described_parental_authority: bool = False
    described_other_parent: bool | None = None


class ViolenceForm(EditForm):
    violence: bool


class OtherParentForm(EditForm):
    other_parent_contacted: bool
    other_parent_decided_by: Literal["manager", "cell"]
    other_parent_why: Text


class DeclineForm(EditForm):
    decline_reason: DeclineReason
    decline_tied_to: list[UUID] = Field(default_factory=list)


class ObjectionForm(EditForm):
    """The family objects to who coordinates: nothing to fill in."""


class MandatedForm(EditForm):
    mandated: bool
    mandated_by: list[UUID] = Field(default_factory=list)


class ConditionForm(BaseModel):
    condition: Text
    condition_stated_on: Day | None = None


class ScheduleForm(EditForm):
    meeting_at: LocalMoment


class PhaseForm(EditForm):
    phase: MeetingPart
    present: list[UUID] = Field(default_factory=list)


class ActionForm(BaseModel):
    action_what: Text
    action_who: UUID
    action_by_when: Day
    action_checked_by: UUID
    action_respects: list[UUID] = Field(default_factory=list)
    action_feasible: bool = False

    async def plan(self, work: Work, action_id: UUID | None = None) -> None:
        await acts.plan_action(
            work,
            self.action_what,
            who=self.action_who,
            by_when=self.action_by_when,
            checked_by=self.action_checked_by,
            respects=self.action_respects,
            feasible=self.action_feasible,
            action_id=action_id,
        )


class ChangedActionForm(ActionForm, EditForm):
    action_id: UUID


class DroppedActionForm(EditForm):
    action_id: UUID


class RatifyForm(EditForm):
    ratified_by: list[UUID] = Field(default_factory=list)


class FollowUpForm(BaseModel):
    contact_person: UUID | None = None
    contact_on: Day | None = None
    outcome_action: UUID | None = None
    outcome: KnownFollowUpOutcome | None = None


class SettleForm(EditForm):
    settled_action: UUID
    settled_outcome: KnownFollowUpOutcome


class MoveForm(EditForm):
    moved_action: UUID
    moved_by_when: Day
    moved_agreed: list[UUID] = Field(default_factory=list)


class StopForm(EditForm):
    stop_reason: StopReason


class ExcludeForm(EditForm):
    exclusion: Annotated[str, StringConstraints(min_length=1, max_length=64)]


@router.post("/conference")
async def open_conference(sent: SentForm) -> Response:
    async def act(work: Work, form: IndependenceForm) -> None:
        await acts.open_conference(work, form.declared, continues=form.continues)

    return await sent.edit(IndependenceForm, act, _PLACE)


@router.post("/independence")
async def declare(sent: SentForm) -> Response:
    """Whoever takes over declares their own independence."""
    return await sent.edit(IndependenceForm, lambda work, form: acts.declare(work, form.declared), _PLACE)


@router.post("/question")
async def ask(sent: SentForm) -> Response:
    return await sent.edit(QuestionForm, lambda work, form: acts.ask(work, form.question), _PLACE)


@router.post("/invitee")
async def invite(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: InviteForm) -> None:
        await acts.invite(
            work,
            form.who,
            form.guest_role,
            form.guest_requested_by,
            parental_authority=form.guest_parental_authority,
            other_parent=form.guest_other_parent,
        )

    return await sent.add(key, InviteForm, act, _PLACE)


@router.post("/uninvite")
async def uninvite(sent: SentForm) -> Response:
    return await sent.edit(UninviteForm, lambda work, form: acts.uninvite(work, form.uninvited), _PLACE)


@router.post("/safety")
async def check_safety(sent: SentForm) -> Response:
    async def act(work: Work, form: SafetyForm) -> None:
        await acts.check_safety(work, form.safety_person, safe=form.safety_safe, met_on=form.safety_met_on)

    return await sent.edit(SafetyForm, act, _PLACE)


@router.post("/mandated-service")
async def say_mandated(sent: SentForm) -> Response:
    async def act(work: Work, form: MandatedForm) -> None:
        # A form names one service at a time; the others stay.
        before = (await acts.conference_of(work, "coordinator")).mandated_by if form.mandated else frozenset()
        await acts.say_mandated(work, form.mandated, {*before, *form.mandated_by})

    return await sent.edit(MandatedForm, act, _PLACE)


@router.post("/describe")
async def describe(sent: SentForm) -> Response:
    async def act(work: Work, form: DescribeForm) -> None:
        await acts.describe(
            work,
            form.described_person,
            parental_authority=form.described_parental_authority,
            other_parent=form.described_other_parent,
        )

    return await sent.edit(DescribeForm, act, _PLACE)


@router.post("/violence")
async def record_violence(sent: SentForm) -> Response:
    return await sent.edit(ViolenceForm, lambda work, form: acts.record_violence(work, form.violence), _PLACE)


@router.post("/other-parent")
async def decide_on_other_parent(sent: SentForm) -> Response:
    async def act(work: Work, form: OtherParentForm) -> None:
        await acts.decide_on_other_parent(
            work,
            may_be_contacted=form.other_parent_contacted,
            decided_by=form.other_parent_decided_by,
            why=form.other_parent_why,
        )

    return await sent.edit(OtherParentForm, act, _PLACE)


@router.post("/decline")
async def decline(sent: SentForm) -> Response:
    """Who declines no longer sees the dossier: they are back at their list."""

    async def do(form: DeclineForm) -> None:
        async with replacing.standing_down(sent.parts, sent.actor, sent.case_id, form.version) as work:
            await replacing.decline(work, form.decline_reason, form.decline_tied_to)

    answer = await sent.done(DeclineForm, do, _PLACE)
    return RedirectResponse("/cases", 303) if answer.status_code == 303 else answer


@router.post("/objection")
async def object_to(sent: SentForm) -> Response:
    async def do(form: ObjectionForm) -> None:
        async with replacing.standing_down(sent.parts, sent.actor, sent.case_id, form.version) as work:
            await replacing.object_to(work)

    return await sent.done(ObjectionForm, do, "#charge")


@router.post("/condition")
async def state_condition(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: ConditionForm) -> None:
        await acts.state_condition(work, form.condition, form.condition_stated_on)

    return await sent.add(key, ConditionForm, act, _PLACE)


@router.post("/schedule")
async def schedule(sent: SentForm) -> Response:
    async def act(work: Work, form: ScheduleForm) -> None:
        zone = form.meeting_at.tzinfo or work.parts.settings.zone
        await acts.schedule(work, form.meeting_at.replace(tzinfo=zone))

    return await sent.edit(ScheduleForm, act, _PLACE)


@router.post("/phase")
async def advance(sent: SentForm) -> Response:
    async def act(work: Work, form: PhaseForm) -> None:
        await acts.advance(work, form.phase, None, form.present)

    return await sent.edit(PhaseForm, act, _PLACE, in_private_time=True)


@router.post("/action")
async def plan_action(sent: SentForm, key: Idempotency) -> Response:
    return await sent.add(key, ActionForm, lambda work, form: form.plan(work), _PLACE)


@router.post("/action-change")
async def change_action(sent: SentForm) -> Response:
    return await sent.edit(ChangedActionForm, lambda work, form: form.plan(work, form.action_id), _PLACE)


@router.post("/action-drop")
async def drop_action(sent: SentForm) -> Response:
    return await sent.edit(DroppedActionForm, lambda work, form: acts.drop_action(work, form.action_id), _PLACE)


@router.post("/ratify")
async def ratify(sent: SentForm) -> Response:
    return await sent.edit(RatifyForm, lambda work, form: acts.ratify(work, form.ratified_by), _PLACE)


@router.post("/follow-up")
async def follow_up(sent: SentForm, key: Idempotency) -> Response:
    """One contact, one outcome, or both at a time."""

    async def act(work: Work, form: FollowUpForm) -> None:
        contacts = []
        if form.contact_person is not None:
            contacts = [Contact(person_id=form.contact_person, contacted_on=form.contact_on or work.today)]
        outcomes = {form.outcome_action: form.outcome} if form.outcome_action and form.outcome else {}
        await follow_ups.record(work, contacts, outcomes)

    return await sent.add(key, FollowUpForm, act, _PLACE)


@router.post("/plan-action-outcome")
async def settle(sent: SentForm) -> Response:
    async def act(work: Work, form: SettleForm) -> None:
        await follow_ups.settle(work, form.settled_action, form.settled_outcome)

    return await sent.edit(SettleForm, act, _PLACE)


@router.post("/plan-action-date")
async def move(sent: SentForm) -> Response:
    async def act(work: Work, form: MoveForm) -> None:
        await follow_ups.move(work, form.moved_action, form.moved_by_when, form.moved_agreed)

    return await sent.edit(MoveForm, act, _PLACE)


@router.post("/stop")
async def stop(sent: SentForm) -> Response:
    return await sent.edit(StopForm, lambda work, form: acts.stop(work, form.stop_reason), _PLACE, in_private_time=True)


@router.post("/exclude")
async def exclude(sent: SentForm) -> Response:
    return await sent.edit(
        ExcludeForm, lambda work, form: acts.exclude(work, form.exclusion), _PLACE, in_private_time=True
    )

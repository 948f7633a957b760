"""Pages of conferences of territories: the list, the guided path, the screen of the meeting, the plan to print."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from cases import words
from cases.dossiers.forms import EditForm, SentTo, refused
from cases.dossiers.model import WORKERS, Refused
from cases.dossiers.pages import Refusal, Typed
from cases.follow_ups.model import Contact
from cases.partners import store as partners
from cases.territorial import acts, life, view, wording
from cases.territorial.model import ROUTES, Course, FindingKind, Level, Phase, Round, Territorial
from cases.territorial.view import Seen
from cases.territorial.work import Work, by_manager, changing
from cases.territories import store as territories
from cases.typed import Day, LocalMoment, Name, Text
from chassis import freshness
from chassis.actor import EVERYWHERE, Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor, require
from chassis.web.pages import render
from chassis.web.translations import translate as _
from contracts import communes
from contracts.events.cases import KnownFollowUpOutcome, agreement_id_of

PATH: Final = "/cases/territorial-conferences"
_NONE: Final = Refusal("", 200, (), {}, Typed())
_ON_SCREEN: Final = frozenset({"attendance", "workshop", "contribution", "pitch"})
"""Forms of the meeting's own screen."""
SHOWN: Final = 1_000
"""Organisations offered in one list."""

router = APIRouter(prefix=PATH, tags=["pages"], include_in_schema=False)
Worker = Annotated[Actor, Depends(require(*WORKERS))]
Manager = Annotated[Actor, Depends(require("manager"))]


async def listing(
    request: Request, tx: Transaction, actor: Actor, found: Sequence[Territorial], refusal: Refusal = _NONE
) -> Response:
    """Conferences as a list, and the form that opens one."""
    called = await territories.names(tx)
    held = actor.territories("manager")
    managed = called if EVERYWHERE in held else {one: called.get(one, one) for one in held}
    return render(
        request,
        "cases/territorial_list.html",
        status=refusal.status,
        headers={"Vary": "Accept"},
        rows=[(one, called.get(one.territory_id, one.territory_id)) for one in found],
        managed=sorted(managed.items(), key=lambda one: one[1]),
        courses=_choices(wording.COURSES),
        path=PATH,
        wording=wording,
        refusal=refusal,
        typed=refusal.typed,
        errors=refusal.errors,
    )


async def conference(
    request: Request,
    tx: Transaction,
    parts: Parts,
    seen: Seen,
    headers: dict[str, str] | None = None,
    refusal: Refusal = _NONE,
) -> Response:
    """One conference: where it stands, what is missing before the next step, and the forms of this step."""
    on_screen = refusal.step in _ON_SCREEN
    template = "cases/territorial_meeting.html" if on_screen else "cases/territorial.html"
    context = _context(seen, refusal) | await _invitable(tx, parts, seen) | {"today": parts.now().date()}
    return render(request, template, status=refusal.status, headers=headers, **context)


def _context(seen: Seen, refusal: Refusal = _NONE) -> dict[str, Any]:
    one = seen.conference
    partner_choices = [(str(id), name) for id, name in seen.names.items()]
    return {
        "seen": seen,
        "conference": one,
        "version": seen.version,
        "base": f"{PATH}/{one.case_id}",
        "path_steps": _path(one),
        "agreement_id": agreement_id_of(one.conference_id),
        "partner_choices": partner_choices,
        "present_choices": [choice for choice in partner_choices if UUID(choice[0]) in one.present],
        "axis_choices": [(str(axis.axis_id), axis.title) for axis in one.axes],
        "action_choices": [(str(action.action_id), action.what) for action in one.actions],
        "workshop_choices": [(str(workshop.workshop_id), workshop.title) for workshop in one.workshops],
        "findings": _choices(wording.FINDINGS),
        "levels": _choices(wording.LEVELS),
        "rounds": _choices(wording.ROUNDS),
        "outcomes": _choices(words.OUTCOMES),
        "wording": wording,
        "words": words,
        "life": life,
        "refusal": refusal,
        "errors": refusal.errors,
        "typed": refusal.typed,
    }


def _choices(codes: Any) -> list[tuple[str, str]]:
    return [(code, _(text)) for code, text in codes.items()]


def _path(one: Territorial) -> list[tuple[str, Literal["done", "now", "ahead"]]]:
    """Each step of the way, and whether it is behind, at hand or ahead."""
    steps = [*ROUTES[one.course], Phase.RATIFIED, Phase.EVALUATED]
    here = steps.index(one.phase) if one.phase in steps else len(steps)
    return [
        (_(wording.PHASES[step]), "done" if place < here else "now" if place == here else "ahead")
        for place, step in enumerate(steps)
    ]


async def _invitable(tx: Transaction, parts: Parts, seen: Seen) -> dict[str, Any]:
    if not seen.leads or seen.conference.phase not in life.TO_RATIFICATION:
        return {"invitable": []}
    found = await partners.every(tx, SHOWN)
    fresh = await freshness.partners(parts.worker)
    return {
        "invitable": [(str(one), name) for one, name in found if one not in seen.names],
        "partners_fresh": fresh,
        "partners_old": fresh.is_old(parts.now()),
    }


@router.get("/{case_id}/meeting")
async def meeting(request: Request, case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The screen of the meeting that is held: who is there, initiatives, workshops."""
    async with parts.app.transaction(actor) as tx:
        seen = await view.read(tx, parts.keyring, actor, case_id)
    return render(request, "cases/territorial_meeting.html", **_context(seen))


@router.get("/{case_id}/plan")
async def plan(request: Request, case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The ratified plan, to be printed."""
    async with parts.app.transaction(actor) as tx:
        seen = await view.read(tx, parts.keyring, actor, case_id)
    if seen.conference.ratified_at is None:
        raise Refused(_("Le plan se lit et s'imprime une fois ratifié."))
    return render(request, "cases/territorial_plan.html", **_context(seen))


@dataclass(frozen=True, slots=True)
class Sent(SentTo[Work]):
    """A form a manager sent about a conference."""

    request: Request
    case_id: UUID
    actor: Actor
    parts: Parts

    @property
    def address(self) -> str:
        return f"{PATH}/{self.case_id}"

    def changing(self, version: int, **_taken: bool) -> AbstractAsyncContextManager[Work]:
        return changing(self.parts, self.actor, self.case_id, version)

    async def taking(self, tx: Transaction) -> Work:
        return await by_manager(tx, self.parts, self.actor, self.case_id)

    async def again(self, tx: Transaction, refusal: Refusal) -> Response:
        seen = await view.read(tx, self.parts.keyring, self.actor, self.case_id)
        return await conference(self.request, tx, self.parts, seen, refusal=refusal)


def _sent(request: Request, case_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Sent:
    return Sent(request, case_id, actor, parts)


SentForm = Annotated[Sent, Depends(_sent)]


class OpenForm(BaseModel):
    territory: Annotated[str, Field(max_length=64)]
    title: Name
    course: Course
    continues: UUID | None = None


class FindingForm(BaseModel):
    finding_kind: FindingKind
    finding_text: Text


class FindingOutForm(EditForm):
    finding_id: UUID


class PresentForm(EditForm):
    """Nothing to fill in."""


class PartnerForm(EditForm):
    partner: UUID


class ScheduleForm(EditForm):
    meeting_at: LocalMoment


class AttendanceForm(EditForm):
    present: list[UUID] = Field(default_factory=list)
    residents: Annotated[int, Field(ge=0, le=10_000)] = 0


class WorkshopForm(BaseModel):
    workshop_title: Name


class ContributionForm(BaseModel):
    said_in: UUID
    said_by: UUID | None = None
    said_text: Text


class PitchForm(BaseModel):
    pitch_title: Name
    pitch_by: UUID | None = None
    pitch_text: Text


class AxisForm(BaseModel):
    axis_title: Name


class AxisOutForm(EditForm):
    axis_id: UUID


class ActionForm(BaseModel):
    action_axis: UUID
    action_what: Text
    action_level: Level
    action_commune: Annotated[str, Field(max_length=200)] | None = None
    action_owner: UUID
    action_indicator: Name
    action_by_when: Day
    action_checked_by: UUID


class ActionOutForm(EditForm):
    action_id: UUID


class RatifyForm(EditForm):
    ratified_by: list[UUID] = Field(default_factory=list)
    contract: bool = False


class RoundForm(EditForm):
    round: Round
    asked_partner: UUID | None = None
    asked_on: Day | None = None
    outcome_action: UUID | None = None
    outcome: KnownFollowUpOutcome | None = None
    measured: Name | None = None


class MoveForm(EditForm):
    moved_action: UUID
    moved_by_when: Day
    moved_agreed: list[UUID] = Field(default_factory=list)


class GatheringForm(BaseModel):
    gathered_on: Day
    gathered: list[UUID] = Field(default_factory=list)
    gathering_text: Text


class StopForm(EditForm):
    stop_why: Text


@router.post("/forms/open")
async def open_by_form(request: Request, actor: Manager, parts: CurrentParts, key: Idempotency) -> Response:
    made: list[Any] = []

    async def do(form: OpenForm) -> None:
        async def create(tx: Transaction) -> Answer:
            work = await acts.open_conference(
                tx, parts, actor, form.territory, form.title, form.course, continues=form.continues
            )
            return Answer(303, {"case_id": str(work.case_id)})

        made.append((await once(lambda: parts.app.transaction(actor), key, create)).body["case_id"])

    refusal = await refused(request, OpenForm, do)
    if refusal is None:
        return RedirectResponse(f"{PATH}/{made[0]}", 303)
    async with parts.app.transaction(actor) as tx:
        return await listing(request, tx, actor, [], refusal)


@router.post("/{case_id}/forms/finding")
async def find(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: FindingForm) -> None:
        await acts.find(work, form.finding_kind, form.finding_text)

    return await sent.add(key, FindingForm, act, "#diagnostic")


@router.post("/{case_id}/forms/finding-out")
async def take_back(sent: SentForm) -> Response:
    return await sent.edit(FindingOutForm, lambda work, form: acts.take_back(work, form.finding_id), "#diagnostic")


@router.post("/{case_id}/forms/present")
async def present(sent: SentForm) -> Response:
    return await sent.edit(PresentForm, lambda work, _form: acts.present(work), "#diagnostic")


@router.post("/{case_id}/forms/partner")
async def invite(sent: SentForm) -> Response:
    return await sent.edit(PartnerForm, lambda work, form: acts.invite(work, form.partner), "#partenaires")


@router.post("/{case_id}/forms/partner-out")
async def uninvite(sent: SentForm) -> Response:
    return await sent.edit(PartnerForm, lambda work, form: acts.uninvite(work, form.partner), "#partenaires")


@router.post("/{case_id}/forms/schedule")
async def schedule(sent: SentForm) -> Response:
    async def act(work: Work, form: ScheduleForm) -> None:
        zone = form.meeting_at.tzinfo or work.parts.settings.zone
        await acts.schedule(work, form.meeting_at.replace(tzinfo=zone))

    return await sent.edit(ScheduleForm, act, "#reunions")


@router.post("/{case_id}/forms/meet")
async def meet(sent: SentForm) -> Response:
    return await sent.edit(AttendanceForm, lambda work, form: acts.meet(work, form.present, form.residents), "/meeting")


@router.post("/{case_id}/forms/attendance")
async def attend(sent: SentForm) -> Response:
    return await sent.edit(
        AttendanceForm, lambda work, form: acts.attend(work, form.present, form.residents), "/meeting"
    )


@router.post("/{case_id}/forms/workshop")
async def open_workshop(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: WorkshopForm) -> None:
        await acts.open_workshop(work, form.workshop_title)

    return await sent.add(key, WorkshopForm, act, "/meeting#ateliers")


@router.post("/{case_id}/forms/contribution")
async def contribute(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: ContributionForm) -> None:
        await acts.contribute(work, form.said_in, form.said_by, form.said_text)

    return await sent.add(key, ContributionForm, act, "/meeting#ateliers")


@router.post("/{case_id}/forms/pitch")
async def pitch(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: PitchForm) -> None:
        await acts.pitch(work, form.pitch_title, form.pitch_by, form.pitch_text)

    return await sent.add(key, PitchForm, act, "/meeting#initiatives")


@router.post("/{case_id}/forms/axis")
async def write_axis(sent: SentForm, key: Idempotency) -> Response:
    return await sent.add(key, AxisForm, lambda work, form: acts.write_axis(work, form.axis_title), "#plan")


@router.post("/{case_id}/forms/axis-out")
async def drop_axis(sent: SentForm) -> Response:
    return await sent.edit(AxisOutForm, lambda work, form: acts.drop_axis(work, form.axis_id), "#plan")


@router.post("/{case_id}/forms/action")
async def plan_action(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: ActionForm) -> None:
        await acts.plan_action(
            work,
            form.action_what,
            axis_id=form.action_axis,
            level=form.action_level,
            commune=_commune(form.action_commune) if form.action_commune else None,
            organisation_id=form.action_owner,
            indicator=form.action_indicator,
            by_when=form.action_by_when,
            checked_by=form.action_checked_by,
        )

    return await sent.add(key, ActionForm, act, "#plan")


def _commune(typed: str) -> str:
    """The code of a commune by its code or its name; what was typed where there is none such."""
    if communes.find(typed) is not None:
        return typed
    found = communes.search(typed, 1)
    return found[0].code if found and communes.fold(found[0].name) == communes.fold(typed) else typed


@router.post("/{case_id}/forms/action-out")
async def drop_action(sent: SentForm) -> Response:
    return await sent.edit(ActionOutForm, lambda work, form: acts.drop_action(work, form.action_id), "#plan")


@router.post("/{case_id}/forms/ratify")
async def ratify(sent: SentForm) -> Response:
    return await sent.edit(
        RatifyForm, lambda work, form: acts.ratify(work, form.ratified_by, contract=form.contract), "#plan"
    )


@router.post("/{case_id}/forms/round")
async def record(sent: SentForm) -> Response:
    """One partner asked, what became of one action, or both at a time."""

    async def act(work: Work, form: RoundForm) -> None:
        asked, action = form.asked_partner, form.outcome_action
        contacts = [Contact(person_id=asked, contacted_on=form.asked_on or work.today)] if asked else []
        outcomes = {action: form.outcome} if action and form.outcome else {}
        measured = {action: form.measured} if action and form.measured else {}
        await acts.record(work, form.round, contacts, outcomes, measured)

    return await sent.edit(RoundForm, act, "#suivi")


@router.post("/{case_id}/forms/move")
async def move(sent: SentForm) -> Response:
    return await sent.edit(
        MoveForm,
        lambda work, form: acts.move_action(work, form.moved_action, form.moved_by_when, form.moved_agreed),
        "#suivi",
    )


@router.post("/{case_id}/forms/gathering")
async def gather(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: GatheringForm) -> None:
        await acts.gather(work, form.gathered_on, form.gathered, form.gathering_text)

    return await sent.add(key, GatheringForm, act, "#trimestre")


@router.post("/{case_id}/forms/take-over")
async def take_over(sent: SentForm) -> Response:
    return await sent.edit(PresentForm, lambda work, _form: acts.take_over(work))


@router.post("/{case_id}/forms/stop")
async def stop(sent: SentForm) -> Response:
    return await sent.edit(StopForm, lambda work, form: acts.stop(work, form.stop_why))

"""HTTP of a dossier's conference, step by step. What a rule does not allow yet answers 409, with what is missing."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, EmailStr, Field, model_validator
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.conferences import acts, view
from cases.conferences.life import Declaration
from cases.conferences.model import Conference, MeetingPart, Role, StopReason
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Edit, Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import NoSuchCase, Work
from cases.people.introduction import Introduction
from cases.typed import Day, Moment, Name, Text
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import not_found
from chassis.web.translations import N_
from chassis.web.validation import FieldError

router = APIRouter(prefix="/cases/{case_id}/conference", tags=["conferences"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Independence(_Body):
    """The coordinator's declaration of independence."""

    not_their_social_worker: bool
    no_tie_to_anyone: bool

    @property
    def declared(self) -> Declaration:
        return Declaration(self.not_their_social_worker, self.no_tie_to_anyone)


class Opened(_Body):
    """`continues`: it takes up the question and the unfinished actions of the conference followed up."""

    independence: Independence
    continues: bool = False


class Asked(_Body):
    question: Text


class Invited(_Body):
    """Somebody of the dossier (`person_id`), or somebody met only now (`name`)."""

    role: Role
    person_id: UUID | None = None
    name: Name | None = None
    email: EmailStr | None = None
    safe_to_write: bool = False
    neutral: bool = True
    requested_by: UUID | None = None
    parental_authority: bool = False
    other_parent: bool | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Invited":
        if (self.person_id is None) == (self.name is None):
            raise FieldError("Indiquez une personne du dossier, ou le nom d'une nouvelle personne.")
        return self

    @property
    def who(self) -> UUID | Introduction:
        if self.person_id is not None:
            return self.person_id
        return Introduction(self.name or "", self.email, self.safe_to_write, self.neutral)


class Safety(_Body):
    """Whether somebody can safely take part; `met_on`: the day the coordinator met them."""

    safe: bool
    met_on: Day | None = None


class Described(_Body):
    """What a guest is to the person concerned. `other_parent`: null while nobody has said."""

    parental_authority: bool
    other_parent: bool | None


class Violence(_Body):
    """Whether violence, or a protection order, is known."""

    recorded: bool


class OtherParent(_Body):
    """A decision on contacting the other parent although violence is recorded, and why."""

    may_be_contacted: bool
    decided_by: Literal["manager", "cell"]
    why: Text


class Mandated(_Body):
    """Whether a State service, or one mandated by it, is involved; which organisations that is."""

    involved: bool
    organisation_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()


class Stated(_Body):
    """A non-negotiable condition of the mandated service, and the day it was stated (today unless said otherwise)."""

    text: Text
    stated_on: Day | None = None


class Scheduled(_Body):
    meeting_at: Moment


class Advanced(_Body):
    """The part of the meeting that begins; `at`: when it really did; `present`: who is there, for the first part."""

    phase: MeetingPart
    at: Moment | None = None
    present: tuple[UUID, ...] = ()


class Planned(_Body):
    """An action: what, who does it, by when, who checks; `respects`: conditions it was checked against."""

    what: Text
    who: UUID
    by_when: Day
    checked_by: UUID
    respects: tuple[UUID, ...] = ()
    feasible: bool

    @property
    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("who", "by_when", "checked_by", "respects", "feasible")}


class Ratified(_Body):
    ratified_by: Annotated[tuple[UUID, ...], Field(min_length=1)]


class Stopped(_Body):
    reason: StopReason


class Excluded(_Body):
    """Why no conference is possible: a code of the programme's exclusions."""

    exclusion: Annotated[str, Field(min_length=1, max_length=64)]


async def _answer(work: Work, conference: Conference, *, status: int = 200, **members: Any) -> Answer:
    still = await view.missing_now(work.tx, work.parts, work.case, work.actor, conference)
    return created(
        work,
        status=status,
        conference_id=conference.conference_id,
        phase=conference.phase,
        missing=list(still),
        **members,
    )


async def _step(edit: Edit, act: Callable[[Work], Awaitable[Conference]], *, in_private_time: bool = False) -> Response:
    async with edit.work(in_private_time=in_private_time) as work:
        return changed(await _answer(work, await act(work)))


@router.get("")
async def conference(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The conference of the dossier, and what is missing before its next step."""
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        meeting = await view.read(tx, parts, case, actor)
    if meeting is None:
        raise not_found(N_("Aucune conférence n'a commencé dans ce dossier."))
    return as_json(view.shown(meeting) | {"version": case.version}, {"ETag": etag(case.version)})


@router.post("", status_code=201)
async def open_conference(body: Opened, creation: Creating) -> Response:
    """Begin to prepare a conference; the coordinator declares their independence."""

    async def act(work: Work) -> Answer:
        opened = await acts.open_conference(work, body.independence.declared, continues=body.continues)
        return await _answer(work, opened, status=201)

    return await creation.once(act)


@router.put("/independence")
async def declare(body: Independence, edit: Editing) -> Response:
    """The coordinator who takes over declares their independence."""
    return await _step(edit, lambda work: acts.declare(work, body.declared))


@router.post("/question")
async def ask(body: Asked, edit: Editing) -> Response:
    """Put the concern as one open question."""
    return await _step(edit, lambda work: acts.ask(work, body.question))


@router.post("/invitees", status_code=201)
async def invite(body: Invited, creation: Creating) -> Response:
    """Invite somebody."""

    async def act(work: Work) -> Answer:
        changed, person_id = await acts.invite(
            work,
            body.who,
            body.role,
            body.requested_by,
            parental_authority=body.parental_authority,
            other_parent=body.other_parent,
        )
        return await _answer(work, changed, status=201, person_id=person_id)

    return await creation.once(act)


@router.delete("/invitees/{person_id}")
async def uninvite(person_id: UUID, edit: Editing) -> Response:
    """Take an invitation back."""
    return await _step(edit, lambda work: acts.uninvite(work, person_id))


@router.post("/invitees/{person_id}/safety")
async def check_safety(person_id: UUID, body: Safety, edit: Editing) -> Response:
    """Say whether a guest can safely take part."""

    async def act(work: Work) -> Conference:
        return await acts.check_safety(work, person_id, safe=body.safe, met_on=body.met_on)

    return await _step(edit, act)


@router.put("/invitees/{person_id}")
async def describe(person_id: UUID, body: Described, edit: Editing) -> Response:
    """Say what a guest is to the person concerned."""

    async def act(work: Work) -> Conference:
        return await acts.describe(
            work, person_id, parental_authority=body.parental_authority, other_parent=body.other_parent
        )

    return await _step(edit, act)


@router.put("/violence")
async def record_violence(body: Violence, edit: Editing) -> Response:
    """Say whether violence, or a protection order, is known: the other parent is then not contacted."""
    return await _step(edit, lambda work: acts.record_violence(work, body.recorded))


@router.put("/other-parent")
async def decide_on_other_parent(body: OtherParent, edit: Editing) -> Response:
    """A manager records whether the other parent may be contacted all the same."""

    async def act(work: Work) -> Conference:
        return await acts.decide_on_other_parent(
            work, may_be_contacted=body.may_be_contacted, decided_by=body.decided_by, why=body.why
        )

    return await _step(edit, act)


@router.put("/mandated-service")
async def say_mandated(body: Mandated, edit: Editing) -> Response:
    """Say whether a State service, or one mandated by it, is involved."""
    return await _step(edit, lambda work: acts.say_mandated(work, body.involved, body.organisation_ids))


@router.post("/conditions", status_code=201)
async def state_condition(body: Stated, creation: Creating) -> Response:
    """Record a non-negotiable condition."""

    async def act(work: Work) -> Answer:
        changed, condition_id = await acts.state_condition(work, body.text, body.stated_on)
        return await _answer(work, changed, status=201, condition_id=condition_id)

    return await creation.once(act)


@router.post("/schedule")
async def schedule(body: Scheduled, edit: Editing) -> Response:
    """Set the meeting, or move it."""
    return await _step(edit, lambda work: acts.schedule(work, body.meeting_at))


@router.post("/phases")
async def advance(body: Advanced, edit: Editing) -> Response:
    """Begin the next part of the meeting: information sharing, private time, acceptance."""

    async def act(work: Work) -> Conference:
        return await acts.advance(work, body.phase, body.at, body.present)

    return await _step(edit, act, in_private_time=True)


@router.post("/plan/actions", status_code=201)
async def plan_action(body: Planned, creation: Creating) -> Response:
    """Add an action to the plan."""

    async def act(work: Work) -> Answer:
        changed, action_id = await acts.plan_action(work, body.what, **body.fields)
        return await _answer(work, changed, status=201, action_id=action_id)

    return await creation.once(act)


@router.put("/plan/actions/{action_id}")
async def change_action(action_id: UUID, body: Planned, edit: Editing) -> Response:
    """Change an action of the plan."""

    async def act(work: Work) -> Conference:
        return (await acts.plan_action(work, body.what, action_id=action_id, **body.fields))[0]

    return await _step(edit, act)


@router.delete("/plan/actions/{action_id}")
async def drop_action(action_id: UUID, edit: Editing) -> Response:
    """Take an action out of the plan."""
    return await _step(edit, lambda work: acts.drop_action(work, action_id))


@router.post("/ratify")
async def ratify(body: Ratified, edit: Editing) -> Response:
    """The people present ratify the plan; its follow-up begins."""
    async with edit.work() as work:
        changed_conference, follow_up = await acts.ratify(work, body.ratified_by)
        due_on = follow_up.due_on.isoformat()
        return changed(await _answer(work, changed_conference, follow_up_due_on=due_on))


@router.post("/stop")
async def stop(body: Stopped, edit: Editing) -> Response:
    """Stop the conference, at any phase."""
    return await _step(edit, lambda work: acts.stop(work, body.reason), in_private_time=True)


@router.post("/exclude")
async def exclude(body: Excluded, edit: Editing) -> Response:
    """It turns out that no conference is possible: it stops, and an orientation is still to be offered."""
    async with edit.work(in_private_time=True) as work:
        excluded = await acts.exclude(work, body.exclusion)
        return changed(await _answer(work, excluded, then=acts.after_exclusion(work, body.exclusion)))

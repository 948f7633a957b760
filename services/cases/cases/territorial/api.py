"""HTTP of conferences of territories, step by step. What a rule does not allow yet answers 409, and what is missing."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.answers import as_json, changed
from cases.dossiers.model import WORKERS
from cases.follow_ups.api import Outcome
from cases.follow_ups.model import Contact
from cases.territorial import acts, pages, store, view
from cases.territorial.changes import Creating, Editing, answer
from cases.territorial.model import Course, FindingKind, Level, Round
from cases.territorial.work import Work
from cases.typed import Day, Moment, Name, Text
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import wants_page
from contracts.events.data import Commune

MOST = 200
"""Conferences of one list."""

router = APIRouter(prefix=pages.PATH, tags=["territorial conferences"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]
Manager = Annotated[Actor, Depends(require("manager"))]
Organisations = Annotated[tuple[UUID, ...], Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Opened(_Body):
    """`course`: a meeting for each phase, or one sitting. `continues`: the conference of the year before."""

    territory_id: Annotated[str, Field(min_length=1, max_length=64)]
    title: Name
    course: Course
    continues: UUID | None = None
    programme: Annotated[str, Field(max_length=64)] = acts.PROGRAMME


class Found(_Body):
    """A need, a group in difficulty, a risk that it gets worse, or means there are."""

    kind: FindingKind
    text: Text


class Invited(_Body):
    organisation_id: UUID


class Scheduled(_Body):
    meeting_at: Moment


class Attended(_Body):
    """Partners who are there, and how many residents, whom nobody names."""

    organisation_ids: Organisations
    residents: Annotated[int, Field(ge=0, le=10_000)] = 0


class Titled(_Body):
    title: Name


class Said(_Body):
    """What was said in a workshop; without an organisation, by a resident."""

    workshop_id: UUID
    organisation_id: UUID | None = None
    text: Text


class Pitched(_Body):
    """An initiative, of an organisation or of residents."""

    title: Name
    organisation_id: UUID | None = None
    text: Text


class Planned(_Body):
    """An action: what, along which axis, where, who does it, how one will know, by when, and who checks."""

    what: Text
    axis_id: UUID
    level: Level
    commune: Commune | None = None
    organisation_id: UUID
    indicator: Name
    by_when: Day
    checked_by: UUID

    @property
    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields if name != "what"}


class Ratified(_Body):
    """`contract`: an agreement between the partners is to come of it."""

    ratified_by: Organisations
    contract: bool = False


class Asked(_Body):
    """A partner who was asked what became of the plan."""

    organisation_id: UUID
    contacted_on: Day


class Measured(_Body):
    """The value an action's indicator has reached."""

    action_id: UUID
    value: Name


class Recorded(_Body):
    contacts: Annotated[tuple[Asked, ...], Field(max_length=200)] = ()
    outcomes: Annotated[tuple[Outcome, ...], Field(max_length=200)] = ()
    measured: Annotated[tuple[Measured, ...], Field(max_length=200)] = ()


class Moved(_Body):
    """Another day for an action, and which organisations agreed to it."""

    by_when: Day
    agreed: Organisations


class Gathered(_Body):
    """A quarterly meeting of professionals: when, who came, and what came of it."""

    on: Day
    organisation_ids: Organisations
    text: Text


class Stopped(_Body):
    why: Text


@router.get("")
async def conferences(request: Request, actor: Worker, parts: CurrentParts) -> Response:
    """Conferences the actor leads or takes part in for their organisation, the newest first, as JSON or as a page."""
    async with parts.app.transaction(actor) as tx:
        found = [held.conference for held in await store.listed(tx, parts.keyring, MOST)]
        if wants_page(request):
            return await pages.listing(request, tx, actor, found)
    return as_json({"items": [view.listed(one) for one in found]}, {"Vary": "Accept"})


@router.post("", status_code=201)
async def open_conference(body: Opened, actor: Manager, parts: CurrentParts, key: Idempotency) -> Response:
    """Open a conference for a territory one manages."""

    async def create(tx: Transaction) -> Answer:
        return answer(await acts.open_conference(tx, parts, actor, **body.model_dump()))

    return changed(await once(lambda: parts.app.transaction(actor), key, create))


@router.get("/{case_id}")
async def conference(request: Request, case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """One conference, and what is missing before its next step, as JSON or as a page."""
    async with parts.app.transaction(actor) as tx:
        seen = await view.read(tx, parts.keyring, actor, case_id)
        headers = {"ETag": etag(seen.version), "Vary": "Accept"}
        if wants_page(request):
            return await pages.conference(request, tx, parts, seen, headers)
    return as_json(view.shown(seen), headers)


@router.post("/{case_id}/findings", status_code=201)
async def find(body: Found, creation: Creating) -> Response:
    """Say something in the diagnosis that no figure does."""
    return await creation.make("finding_id", lambda work: acts.find(work, body.kind, body.text))


@router.delete("/{case_id}/findings/{finding_id}")
async def take_back(finding_id: UUID, edit: Editing) -> Response:
    """Take something out of the diagnosis."""
    return await edit.step(lambda work: acts.take_back(work, finding_id))


@router.post("/{case_id}/diagnosis")
async def present(edit: Editing) -> Response:
    """Present the diagnosis: its figures are counted now and stay as they are."""
    return await edit.step(acts.present)


@router.put("/{case_id}/partners/{organisation_id}")
async def invite(organisation_id: UUID, edit: Editing) -> Response:
    """Invite an organisation."""
    return await edit.step(lambda work: acts.invite(work, organisation_id))


@router.delete("/{case_id}/partners/{organisation_id}")
async def uninvite(organisation_id: UUID, edit: Editing) -> Response:
    """Take an invitation back."""
    return await edit.step(lambda work: acts.uninvite(work, organisation_id))


@router.post("/{case_id}/schedule")
async def schedule(body: Scheduled, edit: Editing) -> Response:
    """Set the next meeting, or move it."""
    return await edit.step(lambda work: acts.schedule(work, body.meeting_at))


@router.post("/{case_id}/meetings")
async def meet(body: Attended, edit: Editing) -> Response:
    """The next meeting begins: consultation, restitution, or the sitting."""
    return await edit.step(lambda work: acts.meet(work, body.organisation_ids, body.residents))


@router.put("/{case_id}/attendance")
async def attend(body: Attended, edit: Editing) -> Response:
    """Somebody else is at the meeting after all, or is not."""
    return await edit.step(lambda work: acts.attend(work, body.organisation_ids, body.residents))


@router.post("/{case_id}/workshops", status_code=201)
async def open_workshop(body: Titled, creation: Creating) -> Response:
    """Open a workshop."""
    return await creation.make("workshop_id", lambda work: acts.open_workshop(work, body.title))


@router.post("/{case_id}/contributions", status_code=201)
async def contribute(body: Said, creation: Creating) -> Response:
    """Record what a partner or a resident said in a workshop."""
    return await creation.make(
        "contribution_id", lambda work: acts.contribute(work, body.workshop_id, body.organisation_id, body.text)
    )


@router.post("/{case_id}/pitches", status_code=201)
async def pitch(body: Pitched, creation: Creating) -> Response:
    """Record an initiative presented in a few minutes."""
    return await creation.make("pitch_id", lambda work: acts.pitch(work, body.title, body.organisation_id, body.text))


@router.post("/{case_id}/axes", status_code=201)
async def write_axis(body: Titled, creation: Creating) -> Response:
    """Write an axis of the plan."""
    return await creation.make("axis_id", lambda work: acts.write_axis(work, body.title))


@router.delete("/{case_id}/axes/{axis_id}")
async def drop_axis(axis_id: UUID, edit: Editing) -> Response:
    """Take an axis without actions out of the plan."""
    return await edit.step(lambda work: acts.drop_axis(work, axis_id))


@router.post("/{case_id}/actions", status_code=201)
async def plan_action(body: Planned, creation: Creating) -> Response:
    """Add an action to the plan."""
    return await creation.make("action_id", lambda work: acts.plan_action(work, body.what, **body.fields))


@router.put("/{case_id}/actions/{action_id}")
async def change_action(action_id: UUID, body: Planned, edit: Editing) -> Response:
    """Change an action of the plan."""
    return await edit.step(lambda work: acts.plan_action(work, body.what, action_id=action_id, **body.fields))


@router.delete("/{case_id}/actions/{action_id}")
async def drop_action(action_id: UUID, edit: Editing) -> Response:
    """Take an action out of the plan."""
    return await edit.step(lambda work: acts.drop_action(work, action_id))


@router.post("/{case_id}/ratify")
async def ratify(body: Ratified, edit: Editing) -> Response:
    """The partners present ratify the plan; its follow-up begins."""
    return await edit.step(lambda work: acts.ratify(work, body.ratified_by, contract=body.contract))


@router.post("/{case_id}/rounds/{which}")
async def record(which: Round, body: Recorded, edit: Editing) -> Response:
    """Record what partners say of the plan, at its follow-up or its evaluation. `missing` says what keeps it open."""

    async def act(work: Work) -> object:
        return await acts.record(
            work,
            which,
            [Contact(person_id=one.organisation_id, contacted_on=one.contacted_on) for one in body.contacts],
            {one.action_id: one.outcome for one in body.outcomes},
            {one.action_id: one.value for one in body.measured},
        )

    return await edit.step(act)


@router.put("/{case_id}/actions/{action_id}/by-when")
async def move_action(action_id: UUID, body: Moved, edit: Editing) -> Response:
    """Another day for an action of the ratified plan."""
    return await edit.step(lambda work: acts.move_action(work, action_id, body.by_when, body.agreed))


@router.post("/{case_id}/gatherings", status_code=201)
async def gather(body: Gathered, creation: Creating) -> Response:
    """Record a quarterly meeting of professionals."""
    return await creation.make(
        "gathering_id", lambda work: acts.gather(work, body.on, body.organisation_ids, body.text)
    )


@router.put("/{case_id}/facilitator")
async def take_over(edit: Editing) -> Response:
    """Lead the conference from now on."""
    return await edit.step(acts.take_over)


@router.post("/{case_id}/stop")
async def stop(body: Stopped, edit: Editing) -> Response:
    """Stop the conference, at any phase."""
    return await edit.step(lambda work: acts.stop(work, body.why))

"""HTTP of dossiers: lists, one dossier, notes, referents, closing."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from cases.answers import as_json, changed, created
from cases.dossiers import acts, closing, pages, store, view
from cases.dossiers.changes import Creating, Editing
from cases.dossiers.model import WORKERS, Assignment, Case, Status
from cases.dossiers.store import After
from cases.dossiers.work import Work
from cases.followed import readings
from cases.shares.typed import Override
from cases.territorial import store as territorial
from cases.typed import NoteText, Text
from chassis.actor import EVERYWHERE, Actor
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import FieldProblem, forbidden, invalid, wants_page
from chassis.web.translations import N_
from contracts.references import InvalidReference, check_reference

PAGE = 50
"""Dossiers of one page of a list."""
_LISTS_TERRITORIES = ("reception", "social_worker", "manager", "cell")

router = APIRouter(prefix="/cases", tags=["dossiers"])
Reader = Annotated[Actor, Depends(require("reception", *WORKERS, "cell"))]


class Note(BaseModel):
    """A note. `readers`: the roles that may read it; none: its author alone."""

    model_config = ConfigDict(extra="forbid")
    text: NoteText
    readers: tuple[Literal["social_worker", "coordinator", "manager"], ...] = (
        "social_worker",
        "coordinator",
        "manager",
    )


class Assigned(BaseModel):
    """An agent, and as what they work on the dossier; `code`: which of the programme's referents they are.

    `why` and `override`: where they belong to another organisation that could not read the dossier yet.
    """

    model_config = ConfigDict(extra="forbid")
    agent_id: UUID
    role: Assignment
    code: Annotated[str, Field(max_length=64)] | None = None
    why: Text | None = None
    override: Override | None = None

    @property
    def charge(self) -> acts.Charge:
        return acts.Charge(self.code, self.why or "", self.override.override if self.override else None)


class Closed(BaseModel):
    """Why a dossier closes, and what was done in it."""

    model_config = ConfigDict(extra="forbid")
    reason: closing.Reason
    summary: NoteText


class Reopened(BaseModel):
    """Why a closed dossier goes on."""

    model_config = ConfigDict(extra="forbid")
    reason: Text


class LegalDuty(BaseModel):
    """Whether the law requires the dossier to go on."""

    model_config = ConfigDict(extra="forbid")
    holds: bool


class Asked(BaseModel):
    """Which dossiers are asked for. `after`: the `next` of the page before."""

    territory: Annotated[str, Field(max_length=64)] = ""
    status: Status = Status.OPEN
    reference: Annotated[str, Field(max_length=20)] = ""
    after: Annotated[str, Field(max_length=80)] = ""


@router.get("")
async def worklist(request: Request, actor: Reader, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Response:
    """Dossiers the actor may see, newest first, as JSON or as a page."""
    territories = _territories(actor, asked.territory)
    after = _after(asked.after)
    async with parts.app.transaction(actor) as tx:
        if asked.reference:
            found = await store.by_reference(tx, _reference(asked.reference))
        else:
            found = await store.worklist(
                tx,
                status=asked.status,
                territories=territories,
                agent_id=None if asked.territory else actor.agent_id,
                after=after,
                limit=PAGE + 1,
            )
        if wants_page(request):
            return await pages.worklist(request, tx, parts, actor, found[:PAGE], _next(found), asked.model_dump())
    items = [view.listed(case) for case in found[:PAGE]]
    return as_json({"items": items, "next": _next(found)}, headers={"Vary": "Accept"})


def _territories(actor: Actor, asked: str) -> list[str] | None:
    """Territories to list; None: all. Raises a 403 problem for one where the actor holds nothing."""
    if asked:
        if not actor.has(*_LISTS_TERRITORIES, territory_id=asked):
            raise forbidden(N_("Vous n'avez pas de droits sur ce territoire. Choisissez-en un des vôtres."))
        return [asked]
    held = actor.territories(*_LISTS_TERRITORIES)
    return None if EVERYWHERE in held else sorted(held)


def _reference(text: str) -> str:
    try:
        return check_reference(text)
    except InvalidReference:
        sentence = "Cette référence comporte une erreur. Vérifiez ses neuf caractères."
        raise invalid(FieldProblem("#", sentence, "reference")) from None


def _next(found: list[Case]) -> str | None:
    if len(found) <= PAGE:
        return None
    last = found[PAGE - 1]
    return f"{int(last.opened_at.timestamp() * 1_000_000)}.{last.case_id}"


def _after(cursor: str) -> After | None:
    if not cursor:
        return None
    moment, _, case_id = cursor.partition(".")
    try:
        return After(datetime.fromtimestamp(int(moment) / 1_000_000, UTC), UUID(case_id))
    except (ValueError, OverflowError, OSError):
        raise invalid(FieldProblem("#", "Reprenez le lien de la page précédente.", "after")) from None


@router.get("/{case_id}")
async def dossier(
    request: Request, case_id: UUID, actor: Reader, parts: CurrentParts, action: UUID | None = None
) -> Response:
    """One dossier with its timeline, as JSON or as a page, which can show the form that changes an action."""
    async with parts.app.transaction(actor) as tx:
        if await territorial.exists(tx, case_id):
            return RedirectResponse(f"/cases/territorial-conferences/{case_id}", 303)
        read = await view.read(tx, parts.keyring, actor, case_id)
        await readings.note(tx, parts, actor, read.case)
        headers = {"ETag": etag(read.case.version), "Vary": "Accept"}
        if wants_page(request):
            return await pages.dossier(request, tx, parts, actor, read, headers, edited=action)
    return as_json(view.shown(read), headers=headers)


@router.post("/{case_id}/notes", status_code=201)
async def add_note(note: Note, creation: Creating) -> Response:
    """Write a note. What is filed in a dossier may be communicated to the person."""

    async def create(work: Work) -> Answer:
        entry_id = await acts.add_note(work, note.text, note.readers)
        return created(work, entry_id=entry_id)

    return await creation.once(create)


@router.post("/{case_id}/referents", status_code=201)
async def assign(assigned: Assigned, creation: Creating) -> Response:
    """Assign a referent or the coordinator."""

    async def create(work: Work) -> Answer:
        await acts.assign(work, assigned.agent_id, assigned.role, assigned.charge)
        return created(work, agent_id=assigned.agent_id)

    return await creation.once(create)


@router.delete("/{case_id}/referents/{agent_id}")
async def release(agent_id: UUID, edit: Editing) -> Response:
    """An agent no longer works on the dossier."""
    async with edit.work() as work:
        await acts.release(work, agent_id)
        return changed(created(work, status=200))


@router.put("/{case_id}/legal-duty")
async def legal_duty(duty: LegalDuty, edit: Editing) -> Response:
    """Say whether the law requires the dossier to go on, whatever is withdrawn."""
    async with edit.work() as work:
        await acts.say_legal_duty(work, duty.holds)
        return changed(created(work, status=200))


@router.post("/{case_id}/close")
async def close(closed: Closed, edit: Editing) -> Response:
    """Close a dossier."""
    async with edit.work() as work:
        await closing.close(work, closed.reason, closed.summary)
        return changed(created(work, status=200))


@router.post("/{case_id}/reopen")
async def reopen(reopened: Reopened, edit: Editing) -> Response:
    """A closed dossier goes on."""
    async with edit.work() as work:
        await closing.reopen(work, reopened.reason)
        return changed(created(work, status=200))

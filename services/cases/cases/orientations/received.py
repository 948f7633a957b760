"""What an organisation is asked, in the workspace: its agents read the question, never the dossier, and answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import RedirectResponse, Response

from cases import words
from cases.answers import as_json
from cases.dossiers.model import Refused
from cases.dossiers.work import NoSuchCase, Outdated
from cases.orientations import answering, model, store, view
from cases.orientations.answering import Given
from cases.orientations.model import PROPOSERS, AnswerState, Orientation, State
from cases.orientations.view import Asked
from cases.telling import NotTheirs
from cases.typed import Version
from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.identity import CurrentActor, require
from chassis.web.pages import render
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import wants_page
from chassis.web.translations import translate as _
from chassis.web.validation import sentence
from contracts.events.cases import KnownOrientationRefusal

PAGE = 50
"""Orientations of one page of the list."""
router = APIRouter(prefix="/cases/orientations", tags=["orientations"])
Receiver = Annotated[Actor, Depends(require(*PROPOSERS))]


class Answered(BaseModel):
    """An answer; a refusal has a reason."""

    model_config = ConfigDict(extra="forbid")
    answer: AnswerState
    reason: KnownOrientationRefusal | None = None


class AnswerForm(BaseModel):
    """The form of an answer, here and behind a link."""

    version: Version
    answer: AnswerState
    reason: KnownOrientationRefusal | None = None

    @property
    def given(self) -> Given:
        # A reason chosen before « oui » was is no reason: the form always offers one.
        return Given(self.answer, self.reason if self.answer is State.REFUSED else None, self.version)


@router.get("")
async def received(
    request: Request, actor: Receiver, parts: CurrentParts, after: Annotated[UUID | None, Query()] = None
) -> Response:
    """What the actor's organisation is or was asked, newest first, as JSON or as a page."""
    async with parts.app.transaction(actor) as tx:
        found = await store.received(tx, actor.organisation_id, after, PAGE + 1) if actor.organisation_id else []
        asked = await view.open_all(tx, parts.keyring, found[:PAGE])
    following = found[PAGE - 1].orientation_id if len(found) > PAGE else None
    if wants_page(request):
        next_url = f"{router.prefix}?after={following}" if following else None
        return render(
            request, "cases/orientations_received.html", headers={"Vary": "Accept"}, asked=asked, next_url=next_url
        )
    return as_json({"items": [view.shown(one) for one in asked], "next": following}, {"Vary": "Accept"})


@router.get("/{orientation_id}")
async def one(request: Request, orientation_id: UUID, actor: Receiver, parts: CurrentParts) -> Response:
    """One orientation: for the organisation that is asked, and for those who work on the dossier."""
    asked, works_here = await _read(parts, actor, orientation_id)
    if wants_page(request):
        return page(request, "cases/orientation.html", asked, works_here=works_here, answers=_answers(actor, asked))
    return as_json(view.shown(asked), {"ETag": etag(asked.orientation.version), "Vary": "Accept"})


async def _read(parts: Parts, actor: Actor, orientation_id: UUID) -> tuple[Asked, bool]:
    """An orientation, and whether its dossier is the actor's too. Raises NoSuchCase."""
    async with parts.app.transaction(actor) as tx:
        orientation = await store.find(tx, orientation_id)
        if orientation is None:
            raise NoSuchCase
        [asked] = await view.open_all(tx, parts.keyring, [orientation])
        return asked, await store.works_on(tx, orientation.case_id)


def _answers(actor: Actor, asked: Asked) -> bool:
    return asked.orientation.organisation_id == actor.organisation_id and asked.orientation.open


async def _answer(parts: Parts, actor: Actor, orientation_id: UUID, given: Given) -> Orientation:
    """Raises NoSuchCase, NotTheirs for an agent of another organisation, Outdated or Refused."""
    asked, _works_here = await _read(parts, actor, orientation_id)
    if asked.orientation.organisation_id != actor.organisation_id:
        raise NotTheirs
    async with parts.worker.transaction() as tx:
        work = await answering.from_outside(tx, parts, actor, asked.orientation.case_id)
        return await answering.answer(work, orientation_id, given)


@router.post("/{orientation_id}/answer")
async def answer(
    orientation_id: UUID, body: Answered, actor: Receiver, parts: CurrentParts, version: IfMatch
) -> Response:
    """The organisation answers. `If-Match` names the version of the orientation, not of its dossier."""
    answered = await _answer(parts, actor, orientation_id, Given(body.answer, body.reason, version))
    body_out = {"orientation_id": orientation_id, "version": answered.version, "state": answered.state}
    return as_json(body_out, {"ETag": etag(answered.version)})


@router.post("/{orientation_id}/forms/answer", include_in_schema=False)
async def answer_form(request: Request, orientation_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Response:
    """The same, from the page."""
    sent = await form_of(request)
    if isinstance(sent, AnswerForm):
        try:
            await _answer(parts, actor, orientation_id, sent.given)
        except (Refused, Outdated) as refused:
            status, sentences = refusal_of(refused)
        else:
            return RedirectResponse(f"{router.prefix}/{orientation_id}", 303)
    else:
        status, sentences = 422, sent
    asked, works_here = await _read(parts, actor, orientation_id)
    answers = _answers(actor, asked)
    return page(request, "cases/orientation.html", asked, status, sentences, works_here=works_here, answers=answers)


# Shared with the pages behind a link ------------------------------------------------------------------


async def form_of(request: Request) -> AnswerForm | list[str]:
    """The answer that was filled in, or the sentences that say what is wrong with it."""
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str) and value}
    try:
        return AnswerForm.model_validate(typed)
    except ValidationError as invalid:
        return [sentence(fault) for fault in invalid.errors(include_url=False, include_input=False)]


def refusal_of(error: Refused | Outdated) -> tuple[int, list[str]]:
    """Status and sentences of an answer that was not taken."""
    if isinstance(error, Refused):
        return 409, list(error.missing)
    return 412, [_("Quelqu'un a répondu entre-temps. Relisez, puis répondez de nouveau s'il le faut.")]


def page(
    request: Request,
    template: str,
    asked: Asked,
    status: int = 200,
    sentences: list[str] | None = None,
    **context: Any,
) -> Response:
    """A page that shows an orientation, with the form of its answer."""
    states = [state for state in model.ANSWERS if state != asked.orientation.state]
    return render(
        request,
        template,
        status=status,
        headers={"Vary": "Accept"},
        asked=asked,
        sentences=sentences or [],
        states=[(state.value, _(words.ANSWERS[state])) for state in states],
        refusals=[(code, _(text)) for code, text in words.REFUSALS.items()],
        **context,
    )

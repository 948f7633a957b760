"""Forms of a dossier's page: the act is done, or the page comes again with why it was refused and what was typed."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar, get_origin
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from cases.dossiers import acts, closing, pages, view
from cases.dossiers.model import WORKERS, Refused
from cases.dossiers.pages import Refusal, Typed
from cases.dossiers.work import Outdated, Work, by_agent, changing
from cases.typed import NoteText, Text, Version
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey, once
from chassis.web.identity import CurrentActor
from chassis.web.problems import Problem
from chassis.web.translations import translate as _
from chassis.web.validation import sentence

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_SENT_BEFORE = ("idempotency-mismatch", "idempotency-in-progress")


class EditForm(BaseModel):
    """A form that edits carries the version its reader saw; one that adds, an idempotency key instead."""

    version: Version


F = TypeVar("F", bound=BaseModel)
E = TypeVar("E", bound=EditForm)
W = TypeVar("W")


class SentTo(Generic[W]):
    """A form somebody sent about what their acts take to change."""

    request: Request
    actor: Actor
    parts: Parts

    @property
    def address(self) -> str:
        """Of the page the form is on."""
        raise NotImplementedError

    def changing(self, version: int, **taken: bool) -> AbstractAsyncContextManager[W]:
        """It is taken in that version, in a transaction of its own."""
        raise NotImplementedError

    async def taking(self, tx: Transaction) -> W:
        """It is taken as it is by now."""
        raise NotImplementedError

    async def again(self, tx: Transaction, refusal: Refusal) -> Response:
        """The page with what was refused."""
        raise NotImplementedError

    async def edit(
        self, model: type[E], act: Callable[[W, E], Awaitable[object]], place: str = "", **taken: bool
    ) -> Response:
        """Change what the reader saw, unless somebody else has changed it since."""

        async def do(form: E) -> None:
            async with self.changing(form.version, **taken) as work:
                await act(work, form)

        return await self.done(model, do, place)

    async def add(
        self, key: IdempotencyKey, model: type[F], act: Callable[[W, F], Awaitable[object]], place: str = ""
    ) -> Response:
        """Add to it, once, whatever has happened in it since."""

        async def do(form: F) -> None:
            async def create(tx: Transaction) -> Answer:
                await act(await self.taking(tx), form)
                return Answer(303, {})

            await once(lambda: self.parts.app.transaction(self.actor), key, create)

        return await self.done(model, do, place)

    async def done(self, model: type[F], do: Callable[[F], Awaitable[None]], place: str) -> Response:
        """What was sent is done, or the page says why not."""
        refusal = await refused(self.request, model, do)
        if refusal is None:
            return RedirectResponse(f"{self.address}{place}", 303)
        async with self.parts.app.transaction(self.actor) as tx:
            return await self.again(tx, refusal)


@dataclass(frozen=True, slots=True)
class Sent(SentTo[Work]):
    """A form somebody sent about a dossier."""

    request: Request
    case_id: UUID
    actor: Actor
    parts: Parts

    @property
    def address(self) -> str:
        return f"/cases/{self.case_id}"

    def changing(self, version: int, **taken: bool) -> AbstractAsyncContextManager[Work]:
        return changing(self.parts, self.actor, self.case_id, version, **taken)

    async def taking(self, tx: Transaction) -> Work:
        return await by_agent(tx, self.parts, self.actor, self.case_id)

    async def again(self, tx: Transaction, refusal: Refusal) -> Response:
        read = await view.read(tx, self.parts.keyring, self.actor, self.case_id)
        return await pages.dossier(self.request, tx, self.parts, self.actor, read, refusal=refusal)


async def refused(request: Request, model: type[F], do: Callable[[F], Awaitable[None]]) -> Refusal | None:
    """Do what was sent; or why it was not done, with all that was typed."""
    typed = typed_in(await request.form())

    def because(status: int, sentences: Sequence[str], errors: dict[str, str] | None = None) -> Refusal:
        return Refusal(request.url.path.rsplit("/", 1)[1], status, sentences, errors or {}, typed)

    try:
        form = read_form(model, typed)
    except ValidationError as invalid:
        return because(422, *faults(invalid))
    try:
        await do(form)
    except Refused as refusal:
        return because(409, refusal.missing)
    except Outdated:
        said = _("Quelqu'un a modifié ce dossier entre-temps. Relisez-le, puis renvoyez : votre saisie est gardée.")
        return because(412, (said,))
    except Problem as problem:
        if problem.slug not in _SENT_BEFORE:
            raise
        said = _("Ce formulaire a déjà été envoyé. Vérifiez ce qui est dans le dossier avant de renvoyer.")
        return because(409, (said,))
    return None


def typed_in(form: FormData) -> Typed:
    """What was typed into a form."""
    texts = {name: [one for one in form.getlist(name) if isinstance(one, str)] for name in form}
    return Typed({name: values[0] if len(values) == 1 else values for name, values in texts.items()})


def read_form(model: type[F], typed: Typed) -> F:
    """The form that was filled in. Raises ValidationError; see `faults`."""
    return model.model_validate(_given(model, typed))


def faults(invalid: ValidationError) -> tuple[tuple[str, ...], dict[str, str]]:
    """What is wrong with the whole, and by field."""
    found = invalid.errors(include_url=False, include_input=False)
    errors = {str(fault["loc"][0]): sentence(fault) for fault in found if fault["loc"]}
    return tuple(sentence(fault) for fault in found if not fault["loc"]), errors


def _given(model: type[BaseModel], typed: Typed) -> dict[str, Any]:
    """What was filled in, under the names of the form's fields; a list where one is expected."""
    given: dict[str, Any] = {}
    for field, about in model.model_fields.items():
        name = about.alias or field
        value = typed[name]
        if value and get_origin(about.annotation) is list:
            given[name] = [value] if isinstance(value, str) else value
        elif value:
            given[name] = value if isinstance(value, str) else value[0]
    return given


def _sent(request: Request, case_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Sent:
    return Sent(request, case_id, actor, parts)


SentForm = Annotated[Sent, Depends(_sent)]
"""Parameter of a route that takes a form."""


class NoteForm(BaseModel):
    note_text: NoteText
    note_private: bool = False


class CloseForm(EditForm):
    close_reason: closing.Reason
    close_summary: NoteText


class ReopenForm(EditForm):
    reopen_reason: Text


class LegalDutyForm(EditForm):
    holds: Literal["true", "false"]


@router.post("/note")
async def note(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: NoteForm) -> None:
        await acts.add_note(work, form.note_text, () if form.note_private else WORKERS)

    return await sent.add(key, NoteForm, act, "#chronologie")


@router.post("/close")
async def close(sent: SentForm) -> Response:
    return await sent.edit(CloseForm, lambda work, form: closing.close(work, form.close_reason, form.close_summary))


@router.post("/reopen")
async def reopen(sent: SentForm) -> Response:
    return await sent.edit(ReopenForm, lambda work, form: closing.reopen(work, form.reopen_reason))


@router.post("/legal-duty")
async def legal_duty(sent: SentForm) -> Response:
    return await sent.edit(
        LegalDutyForm, lambda work, form: acts.say_legal_duty(work, form.holds == "true"), "#obligation"
    )

"""Forms of an agreement's page: the same steps as the API, and the text line by line.

Fields are named after their form (`party_signatory`): one page holds them all. A form that is refused comes again
with what was typed and why.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar, get_origin
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.contents import NotTaken
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.files import chosen
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from contracts.events.data import TerritoryId
from directory.aggregates import Outdated
from directory.agreements import acts, editing, view, words
from directory.agreements.acts import Work, changing
from directory.agreements.api import PATH
from directory.agreements.model import (
    Address,
    Approval,
    Denunciation,
    How,
    Kind,
    Line,
    Number,
    Party,
    Progress,
    Refused,
    Renewal,
    Result,
    Review,
    Signature,
    Terms,
    Year,
)
from directory.author import Author, Steward
from directory.files import acts as files
from directory.forms import Fields, faults, fields_of
from directory.territories import store as territories
from directory.typed import Day, Euros, Text

router = APIRouter(prefix=PATH, include_in_schema=False)
_CHANGED: Final = N_("Quelqu'un a modifié cet accord entre-temps. Relisez-le, puis renvoyez : votre saisie est gardée.")
F = TypeVar("F", bound=BaseModel)


class Typed(dict[str, Any]):
    """What was typed, by field; an empty text where nothing was."""

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was refused, the form's name, and what was typed into it."""

    step: str = ""
    status: int = 200
    sentences: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Typed = field(default_factory=Typed)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form somebody sent about an agreement."""

    request: Request
    parts: Parts
    by: Author
    agreement_id: UUID

    def open(self, version: int) -> AbstractAsyncContextManager[Work]:
        """The work, at the version the reader saw."""
        return changing(self.parts, self.by, self.agreement_id, version)

    async def take(self, model: type[F], act: Callable[[Work, F], Awaitable[None]], place: str = "") -> Response:
        """Do it on the version the reader saw, or show the page again."""

        async def do(form: F, version: int) -> None:
            async with self.open(version) as work:
                await act(work, form)

        return await self.attempt(model, do, place)

    async def attempt(self, model: type[F], do: Callable[[F, int], Awaitable[None]], place: str) -> Response:
        """Do what a form says to the version its reader saw, or show the page again."""
        fields, step = await fields_of(self.request), self.request.url.path.rsplit("/", 1)[1]
        typed = Typed({name: fields.text(name) for name in fields})
        try:
            await do(model.model_validate(_given(model, fields, f"{step}_")), fields.version)
        except ValidationError as invalid:
            return await self._again(_refusal(invalid, model, step, typed))
        except Refused as refused:
            return await self._again(Refusal(step, 409, refused.why, {}, typed))
        except NotTaken as refused:
            return await self._again(Refusal(step, 422, (), {f"{step}_content": str(refused)}, typed))
        except Outdated:
            return await self._again(Refusal(step, 412, (translate(_CHANGED),), {}, typed))
        return RedirectResponse(f"{PATH}/{self.agreement_id}{place}", 303)

    async def _again(self, refusal: Refusal) -> Response:
        async with self.parts.app.transaction(self.by.actor) as tx:
            return await shown(self.request, tx, self.by, self.agreement_id, refusal=refusal)


def _sent(agreement_id: UUID, request: Request, by: Steward, parts: CurrentParts) -> Sent:
    return Sent(request, parts, by, agreement_id)


SentForm = Annotated[Sent, Depends(_sent)]


def _given(model: type[BaseModel], fields: Fields, prefix: str) -> dict[str, Any]:
    """What was filled in, under the names of the model's fields."""
    given: dict[str, Any] = {}
    for name, about in model.model_fields.items():
        kind = get_origin(about.annotation)
        if kind is dict:
            given[name] = _by_key(fields, f"{prefix}{name}_")
        elif value := fields.many(prefix + name) if kind is list else fields.text(prefix + name):
            given[name] = value
    return given


def _by_key(fields: Fields, prefix: str) -> dict[str, str]:
    """Fields whose name ends in a key, such as a party's id or an action's number."""
    return {
        name.removeprefix(prefix): fields.text(name) for name in fields if name.startswith(prefix) and fields.text(name)
    }


def _refusal(invalid: ValidationError, model: type[BaseModel], step: str, typed: Typed) -> Refusal:
    """What is wrong with a field of the form stands at it; what is wrong with the text it makes, above."""
    found = faults(invalid)
    own = {name for name in found if name.split("-")[0] in model.model_fields}
    errors = {f"{step}_{name.replace('-', '_', 1)}": found[name] for name in found if name in own}
    return Refusal(step, 422, tuple(found[name] for name in found if name not in own), errors, typed)


async def shown(
    request: Request,
    tx: Transaction,
    by: Author,
    agreement_id: UUID,
    *,
    template: str = "directory/agreement.html",
    search: str = "",
    refusal: Refusal | None = None,
) -> Response:
    """The page of an agreement; after a refusal, with what was typed."""
    refusal = refusal or Refusal()
    page = await view.page(tx, by.actor, agreement_id, by.today, search=search, chosen=_chosen(refusal.typed))
    context = page.context() | {"refusal": refusal, "errors": refusal.errors, "search": search}
    return render(request, template, status=refusal.status, headers={"Vary": "Accept"}, **context)


def _chosen(typed: Typed) -> list[UUID]:
    try:
        return [UUID(typed["party_organisation_id"])]
    except (ValueError, AttributeError, TypeError):
        return []


# A new one ---------------------------------------------------------------------------------------


class NewForm(BaseModel):
    kind: Kind
    title: Line
    territory_ids: list[TerritoryId] = Field(min_length=1)
    starts_on: Day
    ends_on: Day

    @property
    def terms(self) -> Terms:
        return Terms.model_validate(self.model_dump(exclude={"kind"}))


@router.get("/new")
async def new(request: Request, by: Steward, parts: CurrentParts) -> Response:
    async with parts.app.transaction(by.actor) as tx:
        return await _new(request, tx, by, Refusal())


@router.post("/new")
async def open_draft(request: Request, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    """A draft, to be completed on its page."""
    fields = await fields_of(request)

    async def make(tx: Transaction) -> Answer:
        form = NewForm.model_validate(_given(NewForm, fields, "new_"))
        agreement = await acts.open_draft(tx, by, form.kind, form.terms)
        return Answer(303, {"agreement_id": str(agreement.agreement_id)})

    try:
        answer = await once(lambda: parts.app.transaction(by.actor), key, make)
    except ValidationError as invalid:
        typed = Typed({name: fields.text(name) for name in fields})
        typed["new_territory_ids"] = fields.many("new_territory_ids")
        async with parts.app.transaction(by.actor) as tx:
            return await _new(request, tx, by, _refusal(invalid, NewForm, "new", typed))
    return RedirectResponse(f"{PATH}/{answer.body['agreement_id']}", 303)


async def _new(request: Request, tx: Transaction, by: Author, refusal: Refusal) -> Response:
    places = {
        one: name
        for one, name in (await territories.names(tx)).items()
        if by.actor.has("operator", "manager", territory_id=one)
    }
    context: dict[str, Any] = {"refusal": refusal, "errors": refusal.errors, "places": places, "words": words}
    return render(request, "directory/agreement_new.html", status=refusal.status, **context)


# The text, line by line ---------------------------------------------------------------------------


class TextForm(BaseModel):
    title: Line
    about: Text | None = None
    starts_on: Day
    ends_on: Day
    how: How = How.NONE
    months: int | None = None
    notice_months: int = 0
    times: int | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """Parts of the text. Raises ValidationError."""
        renewal = Renewal.model_validate(self.model_dump(include={"how", "months", "notice_months", "times"}))
        return self.model_dump(include={"title", "about", "starts_on", "ends_on"}) | {"renewal": renewal.model_dump()}


class PartyForm(BaseModel):
    organisation_id: UUID
    signatory: Line
    assembly: Line | None = None


class AxisForm(BaseModel):
    title: Line


class ActionForm(BaseModel):
    axis: Number | None = None
    title: Line
    owner_id: UUID
    indicator: Line
    target: Line | None = None
    due_on: Day | None = None


class AmountForm(BaseModel):
    year: Year
    payer_id: UUID
    payee_id: UUID | None = None
    axis: Number | None = None
    territory_id: TerritoryId | None = None
    cents: Annotated[Euros, Field(ge=1)]


class StatedForm(BaseModel):
    sum: Annotated[str, Field(pattern=r"^[a-z]+:")]
    cents: Annotated[Euros, Field(ge=1)]

    @property
    def line(self) -> dict[str, Any]:
        of, _colon, which = self.sum.partition(":")
        return {"of": of, "which": which, "cents": self.cents}


class OpeningForm(BaseModel):
    offer_id: UUID
    how: str
    places: int | None = None


class RemovedForm(BaseModel):
    line: str


@router.post("/{agreement_id}/forms/text")
async def text(sent: SentForm) -> Response:
    async def act(work: Work, form: TextForm) -> None:
        await acts.write(work, editing.said(work.agreement.text, **form.changes))

    return await sent.take(TextForm, act, "#texte")


def _adding(part: str) -> Callable[[Work, BaseModel], Awaitable[None]]:
    async def act(work: Work, form: BaseModel) -> None:
        line = form.line if isinstance(form, StatedForm) else form.model_dump()
        await acts.write(work, editing.added(work.agreement.text, part, line))

    return act


@router.post("/{agreement_id}/forms/party")
async def party(sent: SentForm) -> Response:
    return await sent.take(PartyForm, _adding("parties"), "#parties")


@router.post("/{agreement_id}/forms/axis")
async def axis(sent: SentForm) -> Response:
    return await sent.take(AxisForm, _adding("axes"), "#actions")


@router.post("/{agreement_id}/forms/action")
async def action(sent: SentForm) -> Response:
    return await sent.take(ActionForm, _adding("actions"), "#actions")


@router.post("/{agreement_id}/forms/amount")
async def amount(sent: SentForm) -> Response:
    return await sent.take(AmountForm, _adding("amounts"), "#montants")


@router.post("/{agreement_id}/forms/stated")
async def stated(sent: SentForm) -> Response:
    return await sent.take(StatedForm, _adding("stated"), "#montants")


@router.post("/{agreement_id}/forms/opening")
async def opening(sent: SentForm) -> Response:
    return await sent.take(OpeningForm, _adding("opens"), "#ouvre")


@router.post("/{agreement_id}/forms/removed")
async def removed(sent: SentForm) -> Response:
    async def act(work: Work, form: RemovedForm) -> None:
        await acts.write(work, editing.removed(work.agreement.text, form.line))

    return await sent.take(RemovedForm, act, "#texte")


# Steps -------------------------------------------------------------------------------------------


class Nothing(BaseModel):
    """A button alone."""


class OnForm(BaseModel):
    on: Day


class WhyForm(BaseModel):
    why: Text


class ApprovalForm(BaseModel):
    organisation_id: UUID
    on: Day
    number: Line


class SignatureForm(BaseModel):
    organisation_id: UUID
    on: Day


class AmendmentForm(BaseModel):
    """`on` and `number`: day and number of each deliberating party's approval, by its id."""

    what: Text
    signed_on: Day
    on: dict[UUID, Day] = Field(default_factory=dict)
    number: dict[UUID, Line] = Field(default_factory=dict)

    def approvals(self, terms: Terms) -> list[Approval]:
        return [
            Approval(
                organisation_id=one.organisation_id,
                assembly=one.assembly or "",
                on=self.on[one.organisation_id],
                number=self.number[one.organisation_id],
            )
            for one in terms.deliberating
            if one.organisation_id in self.on and one.organisation_id in self.number
        ]


class DenunciationForm(BaseModel):
    organisation_id: UUID
    on: Day
    last_day: Day
    why: Text


class ReviewForm(BaseModel):
    """`progress` and `value`: of each action, by its number."""

    held_on: Day
    note: Text | None = None
    progress: dict[int, Progress] = Field(default_factory=dict)
    value: dict[int, Line] = Field(default_factory=dict)

    def review(self, year: int) -> Review:
        results = [Result(action=one, progress=now, value=self.value.get(one)) for one, now in self.progress.items()]
        return Review(year=year, held_on=self.held_on, note=self.note, results=tuple(results))


class FileForm(BaseModel):
    title: Line


class DocumentForm(BaseModel):
    title: Line
    link: Address


class DocumentRemovedForm(BaseModel):
    document_id: UUID


@router.post("/{agreement_id}/forms/negotiated")
async def settle(sent: SentForm) -> Response:
    return await sent.take(OnForm, lambda work, form: acts.settle(work, form.on))


@router.post("/{agreement_id}/forms/reopened")
async def reopen(sent: SentForm) -> Response:
    return await sent.take(Nothing, lambda work, _form: acts.reopen(work))


@router.post("/{agreement_id}/forms/approval")
async def approve(sent: SentForm) -> Response:
    async def act(work: Work, form: ApprovalForm) -> None:
        assembly = _party(work, form.organisation_id).assembly
        if assembly is None:
            raise Refused(translate(N_("Aucune délibération n'est attendue de cette structure.")))
        await acts.approve(work, Approval(assembly=assembly, **form.model_dump()))

    return await sent.take(ApprovalForm, act, "#etapes")


@router.post("/{agreement_id}/forms/signature")
async def sign(sent: SentForm) -> Response:
    async def act(work: Work, form: SignatureForm) -> None:
        signatory = _party(work, form.organisation_id).signatory
        await acts.sign(work, Signature(signatory=signatory, **form.model_dump()))

    return await sent.take(SignatureForm, act, "#etapes")


def _party(work: Work, organisation_id: UUID) -> Party:
    parties = {one.organisation_id: one for one in work.agreement.terms.parties}
    if organisation_id not in parties:
        raise Refused(translate(N_("Cette structure n'est pas partie à l'accord.")))
    return parties[organisation_id]


@router.post("/{agreement_id}/forms/abandoned")
async def abandon(sent: SentForm) -> Response:
    return await sent.take(WhyForm, lambda work, form: acts.abandon(work, form.why))


@router.post("/{agreement_id}/forms/amendment")
async def amend(sent: SentForm) -> Response:
    async def act(work: Work, form: AmendmentForm) -> None:
        await acts.amend(work, form.what, form.signed_on, form.approvals(work.agreement.text))

    return await sent.take(AmendmentForm, act)


@router.post("/{agreement_id}/forms/unproposed")
async def drop(sent: SentForm) -> Response:
    return await sent.take(Nothing, lambda work, _form: acts.write(work, work.agreement.terms))


@router.post("/{agreement_id}/forms/renewal")
async def renew(sent: SentForm) -> Response:
    return await sent.take(OnForm, lambda work, form: acts.renew(work, form.on))


@router.post("/{agreement_id}/forms/denunciation")
async def denounce(sent: SentForm) -> Response:
    return await sent.take(DenunciationForm, lambda work, form: acts.denounce(work, Denunciation(**form.model_dump())))


@router.post("/{agreement_id}/forms/review")
async def review(sent: SentForm) -> Response:
    async def act(work: Work, form: ReviewForm) -> None:
        await acts.review(work, form.review(len(work.agreement.reviews) + 1))

    return await sent.take(ReviewForm, act, "#bilans")


@router.post("/{agreement_id}/forms/file")
async def upload(sent: SentForm) -> Response:
    async def do(form: FileForm, version: int) -> None:
        content = await chosen(sent.request, "file_content")
        put = await files.put(sent.parts, content, sent.open(version))
        async with sent.open(version) as work:
            await acts.file_content(work, form.title, put)

    return await sent.attempt(FileForm, do, "#documents")


@router.post("/{agreement_id}/forms/document")
async def file(sent: SentForm) -> Response:
    return await sent.take(DocumentForm, lambda work, form: acts.file(work, form.title, form.link), "#documents")


@router.post("/{agreement_id}/forms/document-removed")
async def unfile(sent: SentForm) -> Response:
    return await sent.take(DocumentRemovedForm, lambda work, form: acts.unfile(work, form.document_id), "#documents")

"""Calls and projects as pages for agents: what is open, depositing, reading, deciding."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.actor import Actor
from chassis.contents import ACCEPTED
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.files import chosen
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey, once
from chassis.web.money import euros
from chassis.web.pages import render
from chassis.web.validation import sentence
from directory import forms
from directory.answers import PAGE
from directory.calls import acts, store, view, words
from directory.calls.said import (
    CallSaid,
    DecisionSaid,
    NewProjectSaid,
    ReadingSaid,
    ReportSaid,
)
from directory.files import acts as files
from directory.forms import Fields, fields_of
from directory.organisations import store as organisations
from directory.refusal import Refused
from directory.territories import store as territories
from directory.typed import Euros, Title
from directory.work import Agent, Work

router = APIRouter(prefix="/directory", include_in_schema=False)
ROWS: Final = 4
"""Lines of a budget, and criteria, that a form has room for."""
_AMOUNT: TypeAdapter[int] = TypeAdapter(Annotated[Euros, Field(gt=0)])
_AT: Final = {
    "budget": "asked_cents",
    "territory": "territory_id",
    "asked": "asked_cents",
    "amount": "granted_cents",
    "envelope": "granted_cents",
    "dates": "closes_on",
    "file": "document_file",
} | {name: name for name in ("asked_cents", "granted_cents", "envelope_cents", "expenses", "income")}
"""Which field of a form a rule speaks of."""


@router.get("/call-list")
async def calls(request: Request, actor: Agent, parts: CurrentParts, after: UUID | None = None) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, after=after, limit=PAGE + 1)
        names = await territories.names(tx)
    last = found[PAGE - 1].call_id if len(found) > PAGE else None
    return render(
        request,
        "directory/calls.html",
        calls=found[:PAGE],
        today=_today(parts),
        runs=actor.has("operator", "manager"),
        territories=names,
        euros=euros,
        words=words,
        next_url=f"/directory/call-list?after={last}" if last else None,
    )


def _today(parts: Parts) -> date:
    return parts.now().astimezone(parts.settings.zone).date()


@router.get("/call-form")
async def call_form(request: Request, actor: Agent, parts: CurrentParts) -> Response:
    return await _call_form(request, actor, parts, Fields(), {})


@router.post("/call-form")
async def write(request: Request, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    """A new call."""
    typed = await fields_of(request)

    async def create(work: Work) -> dict[str, Any]:
        return {"call_id": str((await acts.write(work, _call(typed))).call_id)}

    made, wrong = await _once(parts, actor, key, create)
    if wrong:
        return await _call_form(request, actor, parts, typed, wrong)
    return RedirectResponse(f"/directory/call/{made['call_id']}", 303)


async def _call_form(
    request: Request, actor: Actor, parts: Parts, typed: Fields, errors: Mapping[str, str]
) -> Response:
    async with parts.app.transaction(actor) as tx:
        names = await territories.names(tx)
    status = 422 if errors else 200
    context: dict[str, Any] = {
        "typed": typed,
        "errors": errors,
        "territories": names,
        "rows": range(ROWS),
        "words": words,
    }
    return render(request, "directory/call_form.html", status=status, **context)


def _call(typed: Fields) -> CallSaid:
    """Raises pydantic's ValidationError."""
    labels, weights = typed.get("criterion", []), typed.get("weight", [])
    criteria = [
        {"code": f"c{number}", "label": label.strip(), "weight": weight or 1}
        for number, (label, weight) in enumerate(zip(labels, weights, strict=False), 1)
        if label.strip()
    ]
    names = ("title", "kind", "about", "opens_on", "closes_on", "report_due_on", "sharing")
    return CallSaid.model_validate(
        typed.texts(*names)
        | {
            "territory_ids": typed.many("territory_ids"),
            "envelope_cents": _cents(typed.text("envelope_cents"), "envelope_cents"),
            "criteria": criteria,
        }
    )


def _cents(text: str, name: str) -> int:
    """An amount typed in euros. Raises Refused, at that field."""
    try:
        return _AMOUNT.validate_python(text)
    except ValidationError as error:
        raise Refused(name, sentence(error.errors()[0])) from None


@router.get("/call/{call_id}")
async def call(request: Request, call_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    return await _call_page(request, actor, parts, call_id, Fields(), {})


async def _call_page(
    request: Request, actor: Actor, parts: Parts, call_id: UUID, typed: Fields, errors: Mapping[str, str]
) -> Response:
    async with parts.app.transaction(actor) as tx:
        seen = await view.of_call(Work(tx, parts, actor), call_id)
        names = await territories.names(tx)
        askers = await organisations.names(tx, [one.organisation_id for one in seen.projects])
    open_now = seen.call.open_on(_today(parts)) or (seen.runs and not seen.call.retired)
    return render(
        request,
        "directory/call.html",
        status=422 if errors else 200,
        seen=seen,
        call=seen.call,
        territories=names,
        places={one: names.get(one, one) for one in seen.call.territory_ids if one != "*"} or names,
        askers=askers,
        is_open=open_now,
        typed=typed,
        errors=errors,
        rows=range(ROWS),
        euros=euros,
        words=words,
    )


@router.post("/call/{call_id}")
async def deposit(request: Request, call_id: UUID, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    """A project of the agent's own organisation."""
    typed = await fields_of(request)

    async def create(work: Work) -> dict[str, Any]:
        return {"project_id": str((await acts.deposit(work, call_id, _project(typed))).project_id)}

    made, wrong = await _once(parts, actor, key, create)
    if wrong:
        return await _call_page(request, actor, parts, call_id, typed, wrong)
    return RedirectResponse(f"/directory/project/{made['project_id']}", 303)


def _project(typed: Fields) -> NewProjectSaid:
    """Raises pydantic's ValidationError."""
    return NewProjectSaid.model_validate(
        typed.texts("title", "about", "territory_id")
        | {
            "expenses": _lines(typed, "expense", "expenses"),
            "income": _lines(typed, "income", "income"),
            "asked_cents": _cents(typed.text("asked_cents"), "asked_cents"),
        }
    )


def _lines(typed: Fields, name: str, at: str) -> list[dict[str, Any]]:
    rows = zip(typed.get(f"{name}_label", []), typed.get(f"{name}_amount", []), strict=False)
    return [{"label": label, "cents": _cents(amount, at)} for label, amount in rows if label.strip() or amount.strip()]


async def _once(
    parts: Parts,
    actor: Actor,
    key: IdempotencyKey,
    create: Callable[[Work], Awaitable[dict[str, Any]]],
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was made, or why not, by field."""

    async def make(tx: Transaction) -> Answer:
        return Answer(303, await create(Work(tx, parts, actor)))

    try:
        return (await once(lambda: parts.app.transaction(actor), key, make)).body, {}
    except forms.REFUSALS as error:
        return {}, forms.errors(error, _AT)


@router.get("/project/{project_id}")
async def project(request: Request, project_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    return await _project_page(request, actor, parts, project_id, Fields(), {})


async def _project_page(
    request: Request, actor: Actor, parts: Parts, project_id: UUID, typed: Fields, errors: Mapping[str, str]
) -> Response:
    async with parts.app.transaction(actor) as tx:
        seen = await view.of_project(Work(tx, parts, actor), project_id)
        names = await territories.names(tx)
        askers = await organisations.names(tx, [seen.project.organisation_id])
        kept = await files.of(tx, [one.link for one in seen.project.documents])
    return render(
        request,
        "directory/project.html",
        status=422 if errors else 200,
        seen=seen,
        project=seen.project,
        call=seen.call,
        most=min(seen.project.asked_cents, seen.left.on(seen.project.territory_id)) if seen.left else 0,
        territories=names,
        asker=askers.get(seen.project.organisation_id, ""),
        typed=typed,
        errors=errors,
        files=kept,
        accepted=ACCEPTED,
        today=_today(parts),
        euros=euros,
        words=words,
    )


class DocumentForm(BaseModel):
    document_title: Title


class RemovedForm(BaseModel):
    removed_file: UUID


@router.post("/project/{project_id}/file")
async def attach(request: Request, project_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """A document of the project, from its page."""
    typed = await fields_of(request)
    try:
        form = DocumentForm.model_validate(typed.texts("document_title"))
        content = await chosen(request, "document_file")
        put = await files.put(parts, content, acts.documenting(parts, actor, project_id, typed.version))
        async with parts.app.transaction(actor) as tx:
            await acts.attach(Work(tx, parts, actor), project_id, form.document_title, put, typed.version)
    except forms.REFUSALS as error:
        return await _project_page(request, actor, parts, project_id, typed, forms.errors(error, _AT))
    return RedirectResponse(f"/directory/project/{project_id}#documents", 303)


@router.post("/project/{project_id}/{what}")
async def act(request: Request, project_id: UUID, what: str, actor: Agent, parts: CurrentParts) -> Response:
    """A step of a project, from its page."""
    typed = await fields_of(request)
    try:
        async with parts.app.transaction(actor) as tx:
            await _STEPS.get(what, _nothing)(Work(tx, parts, actor), project_id, typed)
    except forms.REFUSALS as error:
        wrong = forms.errors(error, _AT)
        return await _project_page(request, actor, parts, project_id, typed, wrong)
    return RedirectResponse(f"/directory/project/{project_id}", 303)


async def _nothing(_: Work, __: UUID, ___: Fields) -> None:
    """No page of ours sends it."""


async def _read(work: Work, project_id: UUID, typed: Fields) -> None:
    said = typed.texts("opinion", "comment") | {"scores": typed.within("score-")}
    await acts.read(work, project_id, ReadingSaid.model_validate(said))


async def _grant(work: Work, project_id: UUID, typed: Fields) -> None:
    cents = _cents(typed.text("granted_cents"), "granted_cents")
    said = DecisionSaid.model_validate(typed.texts("decided_on") | {"outcome": "granted", "granted_cents": cents})
    await acts.decide(work, project_id, said, typed.version)


async def _refuse(work: Work, project_id: UUID, typed: Fields) -> None:
    said = DecisionSaid.model_validate(typed.texts("decided_on", "reason") | {"outcome": "refused"})
    await acts.decide(work, project_id, said, typed.version)


async def _withdraw(work: Work, project_id: UUID, typed: Fields) -> None:
    await acts.withdraw(work, project_id, typed.version)


async def _report(work: Work, project_id: UUID, typed: Fields) -> None:
    said = ReportSaid.model_validate(typed.texts("received_on"))
    await acts.receive_report(work, project_id, said, typed.version)


async def _detach(work: Work, project_id: UUID, typed: Fields) -> None:
    form = RemovedForm.model_validate(typed.texts("removed_file"))
    await acts.detach(work, project_id, form.removed_file, typed.version)


_STEPS: Final[dict[str, Callable[[Work, UUID, Fields], Awaitable[None]]]] = {
    "reading": _read,
    "grant": _grant,
    "refusal": _refuse,
    "withdrawal": _withdraw,
    "report": _report,
    "file-removed": _detach,
}

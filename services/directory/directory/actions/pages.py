"""Collective actions as pages for agents: what is on, coming to it, writing one, and keeping its list."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.pages import render
from chassis.web.preconditions import etag
from chassis.web.problems import wants_page
from directory import forms
from directory.actions import acts, registering, store
from directory.actions.api import PATH
from directory.actions.codes import code_of
from directory.actions.model import Action, Audience, State
from directory.actions.public_pages import around
from directory.actions.registering import Coming
from directory.actions.said import ActionSaid, Attendance, Person
from directory.actions.store import ACTIONS
from directory.answers import PAGE
from directory.work import Agent, Work

router = APIRouter(include_in_schema=False)
FORM: Final = "/directory/action-form"
BLANK: Final = 3
"""Rows for sessions to add."""
_PARTS: Final = ("day", "from", "to")
_AT: Final = {"places": "places", "place": "place", "audience": "audience_organisation_ids", "dates": "sessions"}
"""Which field of the form a rule speaks of."""


@router.get(PATH)
async def upcoming(
    request: Request, actor: Agent, parts: CurrentParts, territory: str = "", after: UUID | None = None
) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, since=parts.now(), territory_id=territory or None, after=after, limit=PAGE + 1)
        own = await store.own(tx, _agent(actor), [one.action_id for one in found])
        context = await around(tx, found)
    return render(
        request,
        "directory/actions.html",
        actions=found[:PAGE],
        own=own,
        territory=territory,
        next_url=f"{PATH}?territory={territory}&after={found[PAGE - 1].action_id}" if len(found) > PAGE else None,
        **context,
    )


def _agent(actor: Actor) -> UUID:
    assert actor.agent_id is not None, "see `Agent`"
    return actor.agent_id


@router.get(f"{PATH}/{{action_id}}")
async def one(request: Request, action_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """The action; for those who keep it, who comes."""
    async with parts.app.transaction(actor) as tx:
        if wants_page(request):
            return await _page(request, Work(tx, parts, actor), action_id)
        action = await ACTIONS.find(tx, action_id)
    return JSONResponse(ACTIONS.plain(action), headers={"ETag": etag(action.version)})


async def _page(
    request: Request, work: Work, action_id: UUID, errors: dict[str, str] | None = None, code: str | None = None
) -> Response:
    action = await ACTIONS.find(work.tx, action_id)
    keeps = acts.keeps(work.actor, action.organisation_id, action.territory_ids)
    listed = await store.registrations(work.tx, action_id) if keeps else []
    return render(
        request,
        "directory/action.html",
        status=422 if errors else 200,
        headers={"Vary": "Accept"},
        action=action,
        keeps=keeps,
        people=await registering.named(work.tx, work.parts, listed),
        mine=(await store.own(work.tx, work.agent_id, [action_id])).get(action_id),
        for_others=keeps or action.audience != Audience.AGENTS,
        now=work.now,
        errors=errors or {},
        code=code,
        **await around(work.tx, [action]),
    )


async def _done(
    request: Request, actor: Actor, parts: Parts, action_id: UUID, act: Callable[[], Awaitable[object]]
) -> Response:
    """What was sent is done, and the page comes again; or it says why not."""
    try:
        await act()
    except forms.REFUSALS as error:
        wrong = forms.errors(error)
        async with parts.app.transaction(actor) as tx:
            return await _page(request, Work(tx, parts, actor), action_id, wrong)
    return RedirectResponse(f"{PATH}/{action_id}", 303)


@router.post(f"{PATH}/{{action_id}}/forms/person")
async def register(request: Request, action_id: UUID, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    """Somebody comes: the page shows the code to give them, once."""
    form = await request.form()
    try:
        said = {name: _text(form, name) for name in ("name", "contact")}
        person = Person(**said, neutral=bool(_text(form, "neutral")))
        answer = await registering.register(parts, key, action_id, Coming(actor, person))
    except forms.REFUSALS as error:
        wrong, code = forms.errors(error), None
    else:
        wrong, code = {}, code_of(parts.settings.master_key, UUID(answer.body["registration_id"]))
    async with parts.app.transaction(actor) as tx:
        return await _page(request, Work(tx, parts, actor), action_id, wrong, code)


@router.post(f"{PATH}/{{action_id}}/forms/oneself")
async def come(request: Request, action_id: UUID, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    coming = Coming(actor, None)
    return await _done(request, actor, parts, action_id, lambda: registering.register(parts, key, action_id, coming))


@router.post(f"{PATH}/{{action_id}}/forms/leave")
async def leave(request: Request, action_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    gone = _identity(await request.form(), "registration_id")
    return await _done(request, actor, parts, action_id, lambda: registering.leave_by_agent(parts, actor, gone))


@router.post(f"{PATH}/{{action_id}}/forms/{{what}}")
async def kept(request: Request, action_id: UUID, what: str, actor: Agent, parts: CurrentParts) -> Response:
    """What those who keep the action do on its page."""
    form = await request.form()

    async def act() -> None:
        async with parts.app.transaction(actor) as tx:
            await _KEPT[what](Work(tx, parts, actor), action_id, form)

    if what not in _KEPT:
        return RedirectResponse(f"{PATH}/{action_id}", 303)
    return await _done(request, actor, parts, action_id, act)


async def _told(work: Work, _: UUID, form: FormData) -> None:
    await acts.told(work, _identity(form, "registration_id"))


async def _cancelled(work: Work, action_id: UUID, form: FormData) -> None:
    await acts.cancel(work, action_id, _number(_text(form, "version")))


async def _session_cancelled(work: Work, action_id: UUID, form: FormData) -> None:
    await acts.cancel_session(work, action_id, _identity(form, "session_id"), _number(_text(form, "version")))


async def _attendance(work: Work, action_id: UUID, form: FormData) -> None:
    """Every one of those with a place stands in the form: who is not ticked did not come."""
    came = frozenset(UUID(str(one)) for one in form.getlist("present"))
    listed = await store.registrations(work.tx, action_id)
    placed = frozenset(one.registration_id for one in listed if one.state == State.REGISTERED)
    said = Attendance(present=came, absent=placed - came, others=_number(_text(form, "others")))
    await acts.note_attendance(work, action_id, _identity(form, "session_id"), said)


_KEPT: Final[dict[str, Callable[[Work, UUID, FormData], Awaitable[None]]]] = {
    "told": _told,
    "cancelled": _cancelled,
    "session-cancelled": _session_cancelled,
    "attendance": _attendance,
}


@router.get(FORM)
async def form(request: Request, actor: Agent, parts: CurrentParts, action_id: UUID | None = None) -> Response:
    """A new action, or one to write anew."""
    async with parts.app.transaction(actor) as tx:
        known = await acts.taken(Work(tx, parts, actor), action_id) if action_id else None
        typed = _filled(known, parts.settings.zone) if known else {}
        return await _form(request, tx, typed)


@router.post(FORM)
async def write(request: Request, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    typed = _typed(await request.form())
    identity = typed.get("action_id")

    async def create(tx: Transaction) -> Answer:
        work = Work(tx, parts, actor)
        known = await acts.taken(work, UUID(identity)) if identity else None
        said = _said(typed, known, work)
        made = await acts.edit(work, known.action_id, said, _number(typed["version"])) if known else None
        made = made or await acts.create(work, said)
        return Answer(303, {"action_id": str(made.action_id)})

    try:
        answer = await once(lambda: parts.app.transaction(actor), key, create)
    except forms.REFUSALS as error:
        wrong = forms.errors(error, _AT)
        async with parts.app.transaction(actor) as tx:
            return await _form(request, tx, typed, wrong)
    return RedirectResponse(f"{PATH}/{answer.body['action_id']}", 303)


async def _form(
    request: Request, tx: Transaction, typed: dict[str, Any], errors: dict[str, str] | None = None
) -> Response:
    rows = [*typed.get("sessions", []), *({} for _ in range(BLANK))]
    return render(
        request,
        "directory/action_form.html",
        status=422 if errors else 200,
        typed=typed,
        rows=rows,
        errors=errors or {},
        **await around(tx, []),
    )


def _typed(form: FormData) -> dict[str, Any]:
    """What the form holds: its single fields, and a row for each session that says something."""
    single = {name: str(value) for name, value in form.items() if not name.startswith("session_")}
    columns = [form.getlist(f"session_{name}") for name in ("id", *_PARTS)]
    rows = [dict(zip(("id", *_PARTS), map(str, row), strict=True)) for row in zip(*columns, strict=False)]
    return single | {"sessions": [row for row in rows if any(row[one] for one in _PARTS)]}


def _said(typed: dict[str, Any], known: Action | None, work: Work) -> ActionSaid:
    """What was typed, beside what this form cannot say and an action holds already. Raises ValidationError."""
    only_ours = [work.organisation_id] if typed.get("only_ours") else []
    others = known.audience_organisation_ids if known else ()
    place = typed.get("place") or None
    return ActionSaid.model_validate(
        {name: typed.get(name) for name in ("kind", "title", "about", "audience")}
        | {
            "territory_ids": [typed.get("territory_ids", ""), *(known.territory_ids[1:] if known else ())],
            "audience_organisation_ids": [*only_ours, *(one for one in others if one != work.organisation_id)],
            "site_id": known.site_id if known and place is None else None,
            "place": place,
            "places": typed.get("places") or None,
            "sessions": [_session(row, work.parts.settings.zone) for row in typed["sessions"]],
        }
    )


def _session(row: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """A row's local day and hours, as instants."""
    moments = {}
    for name, hour in (("starts_at", row["from"]), ("ends_at", row["to"])):
        try:
            moments[name] = datetime.fromisoformat(f"{row['day']}T{hour}").replace(tzinfo=zone).isoformat()
        except ValueError:
            moments[name] = ""
    return moments | {"session_id": row["id"] or None}


def _filled(action: Action, zone: ZoneInfo) -> dict[str, Any]:
    """An action as its form holds it; a session that is cancelled already stays so."""
    rows = [
        {
            "id": str(one.session_id),
            "day": one.starts_at.astimezone(zone).date().isoformat(),
            "from": f"{one.starts_at.astimezone(zone):%H:%M}",
            "to": f"{one.ends_at.astimezone(zone):%H:%M}",
        }
        for one in action.held
    ]
    return {
        "action_id": str(action.action_id),
        "version": str(action.version),
        "kind": action.kind,
        "title": action.title,
        "about": action.about,
        "audience": action.audience,
        "territory_ids": action.territory_ids[0],
        "place": action.place or "",
        "places": str(action.places or ""),
        "only_ours": action.organisation_id in action.audience_organisation_ids,
        "sessions": rows,
    }


def _text(form: FormData, name: str) -> str:
    return str(form.get(name) or "")


def _identity(form: FormData, name: str) -> UUID:
    """Raises pydantic's ValidationError for what no page of ours sends."""
    try:
        return UUID(_text(form, name))
    except ValueError:
        raise ValidationError.from_exception_data(name, [{"type": "missing", "loc": (name,), "input": None}]) from None


def _number(text: str) -> int:
    """What a hidden field holds; 0 for what no page of ours sends."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0

"""Collective actions over HTTP, for agents and their programs; strangers use the pages under `/annuaire/actions`."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, as_response, once
from chassis.web.preconditions import IfMatch, etag
from directory.actions import acts, calendar, registering, store
from directory.actions.codes import code_of
from directory.actions.model import Action
from directory.actions.registering import Coming, Named
from directory.actions.said import ActionSaid, Attendance, Person, Said
from directory.actions.store import ACTIONS
from directory.answers import PAGE, created
from directory.work import Agent, Work

PATH: Final = "/directory/actions"
router = APIRouter(prefix=PATH, tags=["actions"])


class RegistrationSaid(Said):
    """Somebody who comes; without a person, the agent themselves."""

    person: Person | None = None


@router.get("/upcoming")
async def upcoming(
    actor: Agent, parts: CurrentParts, territory: str | None = None, after: UUID | None = None
) -> dict[str, Any]:
    """Actions to come that the actor may read, the next to end first. `next` goes into `after` for the next page."""
    async with parts.app.transaction(actor) as tx:
        found = await store.page(tx, since=parts.now(), territory_id=territory, after=after, limit=PAGE + 1)
    last = found[PAGE - 1].action_id if len(found) > PAGE else None
    return {"actions": [ACTIONS.plain(one) for one in found[:PAGE]], "next": last}


@router.post("", status_code=201)
async def create(said: ActionSaid, actor: Agent, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        action = await acts.create(Work(tx, parts, actor), said)
        return Answer(201, {"action_id": str(action.action_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(actor), key, make), PATH, "action_id")


@router.get("/{action_id}.ics")
async def as_calendar(action_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """The sessions of one action, for the calendar of who comes."""
    async with parts.app.transaction(actor) as tx:
        action = await ACTIONS.find(tx, action_id)
        sites = await store.sites(tx, [action.site_id] if action.site_id else [])
    content = calendar.written([action], sites, f"{parts.settings.public_url}/annuaire/actions")
    return Response(content, media_type=calendar.MEDIA_TYPE)


@router.put("/{action_id}")
async def edit(action_id: UUID, said: ActionSaid, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    """A session left out of the list is cancelled."""
    return await _changed(parts, actor, lambda work: acts.edit(work, action_id, said, expected))


@router.post("/{action_id}/cancellation")
async def cancel(action_id: UUID, actor: Agent, parts: CurrentParts, expected: IfMatch) -> Response:
    return await _changed(parts, actor, lambda work: acts.cancel(work, action_id, expected))


@router.post("/{action_id}/sessions/{session_id}/cancellation")
async def cancel_session(
    action_id: UUID, session_id: UUID, actor: Agent, parts: CurrentParts, expected: IfMatch
) -> Response:
    return await _changed(parts, actor, lambda work: acts.cancel_session(work, action_id, session_id, expected))


@router.put("/{action_id}/sessions/{session_id}/attendance")
async def note_attendance(
    action_id: UUID, session_id: UUID, said: Attendance, actor: Agent, parts: CurrentParts
) -> Response:
    """Who came; what is not said stays as it was."""
    return await _changed(parts, actor, lambda work: acts.note_attendance(work, action_id, session_id, said))


async def _changed(parts: Parts, actor: Actor, act: Callable[[Work], Awaitable[Action]]) -> Response:
    async with parts.app.transaction(actor) as tx:
        changed = await act(Work(tx, parts, actor))
    return JSONResponse(ACTIONS.plain(changed), headers={"ETag": etag(changed.version)})


@router.get("/{action_id}/registrations")
async def registrations(action_id: UUID, actor: Agent, parts: CurrentParts) -> dict[str, Any]:
    """Who comes and who waits, in the order they came, for those who keep the action."""
    async with parts.app.transaction(actor) as tx:
        acts.check_keeps(actor, await ACTIONS.find(tx, action_id))
        found = await registering.named(tx, parts, await store.registrations(tx, action_id))
    return {"registrations": [_registration(one) for one in found]}


def _registration(one: Named) -> dict[str, Any]:
    known = one.registration
    return {
        "registration_id": known.registration_id,
        "state": known.state,
        "name": one.name,
        "contact": one.contact,
        "to_tell": known.to_tell,
        "attendance": dict(known.attendance),
    }


@router.post("/{action_id}/registrations", status_code=201)
async def register(
    action_id: UUID, said: RegistrationSaid, actor: Agent, parts: CurrentParts, key: Idempotency
) -> Response:
    """`code` cancels it: it is for the person, and shown here only."""
    answer = await registering.register(parts, key, action_id, Coming(actor, said.person))
    code = code_of(parts.settings.master_key, UUID(answer.body["registration_id"]))
    return as_response(Answer(answer.status, answer.body | {"code": code}, answer.replayed))


@router.delete("/registrations/{registration_id}", status_code=204)
async def leave(registration_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """One's own registration, or one in an action the actor keeps."""
    await registering.leave_by_agent(parts, actor, registration_id)
    return Response(status_code=204)


@router.post("/registrations/{registration_id}/told", status_code=204)
async def told(registration_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """They know what changed."""
    async with parts.app.transaction(actor) as tx:
        await acts.told(Work(tx, parts, actor), registration_id)
    return Response(status_code=204)

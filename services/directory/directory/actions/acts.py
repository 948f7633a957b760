"""What those who keep an action do: write it, cancel, note who came. Each in one transaction, on the row taken."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.actor import Actor
from chassis.database import Transaction
from contracts.envelope import new_id
from directory import scope
from directory.actions import erasing, store, telling
from directory.actions.model import (
    Action,
    News,
    attended,
    cancelled,
    check_action,
    rewritten,
    spanning,
    with_sessions,
)
from directory.actions.said import ActionSaid, Attendance
from directory.actions.store import ACTIONS, REGISTRATIONS
from directory.aggregates import NotKept
from directory.rows import as_seen
from directory.territories import store as territories
from directory.work import Work


def keeps(actor: Actor, organisation_id: UUID, territory_ids: Sequence[str]) -> bool:
    """Whether the agent writes an action: one of its organiser's, operators, or managers of all its territories."""
    if actor.agent_id is None:
        return False
    at_home = actor.organisation_id == organisation_id and bool(actor.grants)
    return at_home or all(actor.has("operator", "manager", territory_id=one) for one in territory_ids)


def check_keeps(actor: Actor, action: Action) -> None:
    """Raises OutOfScope."""
    if not keeps(actor, action.organisation_id, action.territory_ids):
        raise scope.OutOfScope


async def create(work: Work, said: ActionSaid) -> Action:
    """Raises OutOfScope, UnknownTerritory, NotKept for a site nobody knows, and Refused."""
    sessions = [one.session for one in said.sessions]
    if len({one.session_id for one in sessions}) < len(sessions) or any(one.session_id for one in said.sessions):
        raise NotKept
    first, last = spanning(sessions)
    organiser = said.organisation_id or work.organisation_id
    action = Action(
        new_id(),
        organisation_id=organiser,
        sessions=tuple(sessions),
        starts_at=first,
        ends_at=last,
        changed_at=work.now,
        **said.written,
    )
    action = with_sessions(action, sessions)
    await _check(work, action)
    await ACTIONS.add(work.tx, action)
    await erasing.schedule(work.tx, work.parts, action)
    return action


async def edit(work: Work, action_id: UUID, said: ActionSaid, expected: int) -> Action:
    """The action as it is from now on; who comes has yet to be told of what changed. Raises what `create` does."""
    known = as_seen(await taken(work, action_id), expected)
    sessions = tuple(one.session for one in said.sessions)
    named = [one.session_id for one in said.sessions if one.session_id]
    if len(set(named)) < len(named) or set(named) - {one.session_id for one in known.sessions}:
        raise NotKept
    organiser = said.organisation_id or known.organisation_id
    wanted = replace(known, organisation_id=organiser, sessions=sessions, **said.written)
    action = rewritten(known, wanted, work.now)
    await _check(work, action)
    action = await _resized(work.tx, known, action)
    if _tells(known) != _tells(action):
        await store.to_tell(work.tx, action_id, News.CHANGED)
    return await _keep(work, action)


def _tells(action: Action) -> object:
    """What who comes must know of."""
    return action.site_id, action.place, [(one.starts_at, one.ends_at) for one in action.held]


async def cancel(work: Work, action_id: UUID, expected: int) -> Action:
    """All its sessions still to come do not take place."""
    known = as_seen(await taken(work, action_id), expected)
    to_come = [one.session_id for one in known.held if one.starts_at > work.now]
    action = replace(cancelled(known, to_come, work.now), cancelled=True)
    await store.to_tell(work.tx, action_id, News.CANCELLED)
    return await _keep(work, action)


async def cancel_session(work: Work, action_id: UUID, session_id: UUID, expected: int) -> Action:
    """One session does not take place. Raises Refused for one that has begun."""
    known = as_seen(await taken(work, action_id), expected)
    action = cancelled(known, [session_id], work.now)
    await store.to_tell(work.tx, action_id, News.CANCELLED if action.cancelled else News.CHANGED)
    return await _keep(work, action)


async def note_attendance(work: Work, action_id: UUID, session_id: UUID, said: Attendance) -> Action:
    """Who came to a session; said again, it is corrected. Raises NotKept for who is not registered, and Refused."""
    action = await taken(work, action_id)
    session = action.session(session_id)
    known = {one.registration_id: one for one in await store.registrations(work.tx, action_id)}
    noted = dict.fromkeys(said.absent, False) | dict.fromkeys(said.present, True)
    if session is None or set(noted) - set(known):
        raise NotKept
    came = {one: attended(known[one], session, present, work.now) for one, present in noted.items()}
    await store.note_attendance(work.tx, came)
    if said.others is None:
        return action
    session = replace(session, others_present=said.others)
    sessions = [session if one.session_id == session_id else one for one in action.sessions]
    return await ACTIONS.change(work.tx, with_sessions(action, sessions))


async def told(work: Work, registration_id: UUID) -> UUID:
    """Somebody registered has been told what changed. Returns which action it is about."""
    known = await REGISTRATIONS.find(work.tx, registration_id)
    await taken(work, known.action_id)
    await REGISTRATIONS.change(work.tx, replace(known, to_tell=None))
    return known.action_id


async def taken(work: Work, action_id: UUID) -> Action:
    """The action, for change by who keeps it. Raises NotKept and OutOfScope."""
    check_keeps(work.actor, await ACTIONS.find(work.tx, action_id))
    return await ACTIONS.find(work.tx, action_id, changing=True)


async def _check(work: Work, action: Action) -> None:
    check_keeps(work.actor, action)
    check_action(action)
    await territories.check_known(work.tx, action.territory_ids)
    if action.site_id and not await store.sites(work.tx, [action.site_id]):
        raise NotKept


async def _resized(tx: Transaction, known: Action, action: Action) -> Action:
    """With more places, those who waited longest have one."""
    if known.places == action.places:
        return action
    before = await store.roll(tx, known)
    after = before.resized(action.places)
    await store.keep_roll(tx, action.action_id, before, after)
    return replace(action, taken=len(after.registered), waiting=len(after.waiting))


async def _keep(work: Work, action: Action) -> Action:
    await erasing.schedule(work.tx, work.parts, action)
    kept = await ACTIONS.change(work.tx, action)
    await telling.tell(work.tx, work.parts, kept)
    return kept

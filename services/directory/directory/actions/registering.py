"""Coming, and coming no more. A place freed goes to somebody whom neither the one who leaves nor the one who asks may
see: the service itself keeps the roll, on the action's row, once the actor was found to be invited."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.sealing import remember
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from chassis.web.translations import N_
from contracts.envelope import new_id
from contracts.sealed import Sealed
from directory.actions import store, telling
from directory.actions.acts import keeps
from directory.actions.codes import code_hash, code_of
from directory.actions.model import (
    Action,
    Audience,
    Registration,
    State,
    anonymous,
    check_open,
    invites,
)
from directory.actions.said import Person
from directory.actions.store import ACTIONS, REGISTRATIONS
from directory.aggregates import NotKept
from directory.refusal import Refused


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes, and who says so: a person, or without one the agent themselves."""

    actor: Actor
    person: Person | None

    @property
    def agent_id(self) -> UUID | None:
        return None if self.person else self.actor.agent_id


async def register(parts: Parts, key: IdempotencyKey, action_id: UUID, coming: Coming) -> Answer:
    """A place, or one in the waiting list. Answers with the registration's id, its state and its place in line.

    Raises NotKept for an action the actor may not see, and Refused.
    """
    await _check_invited(parts, action_id, coming)

    async def make(tx: Transaction) -> Answer:
        made = await _enter(tx, parts, action_id, coming)
        return Answer(201, {"registration_id": str(made.registration_id), "state": made.state})

    try:
        return await once(_transaction(parts), key, make)
    except asyncpg.UniqueViolationError:
        raise Refused("already", N_("Vous êtes déjà inscrit à cette action.")) from None


def _transaction(parts: Parts) -> Callable[[], AbstractAsyncContextManager[Transaction]]:
    return parts.worker.transaction


async def _check_invited(parts: Parts, action_id: UUID, coming: Coming) -> None:
    """By the actor's own rights: the service's are not asked who may see what."""
    actor = coming.actor
    async with parts.app.transaction(actor) as tx:
        action = await ACTIONS.find(tx, action_id)
    if keeps(actor, action.organisation_id, action.territory_ids) or action.audience == Audience.PUBLIC:
        return
    if actor.agent_id is None or (action.audience == Audience.AGENTS and coming.person is not None):
        raise Refused("audience", N_("Cette action est réservée à des agents : chacun s'inscrit soi-même."))
    if not invites(action, actor.organisation_id):
        raise Refused("audience", N_("Cette action est réservée à d'autres structures."))


async def _enter(tx: Transaction, parts: Parts, action_id: UUID, coming: Coming) -> Registration:
    action = await ACTIONS.find(tx, action_id, changing=True)
    check_open(action, parts.now(), by_agent=coming.actor.agent_id is not None)
    identity = new_id()
    before = await store.roll(tx, action)
    after = before.entered(identity)
    made = Registration(
        identity,
        action_id,
        position=await store.next_position(tx, action_id),
        state=State.REGISTERED if identity in after.registered else State.WAITING,
        made_at=parts.now(),
        agent_id=coming.agent_id,
        registered_by=coming.actor.agent_id,
        neutral=coming.person is not None and coming.person.neutral,
    )
    made = await _sealed(tx, parts, made, coming.person or await _agent(tx, parts, coming.actor))
    await REGISTRATIONS.add(tx, made)
    await store.keep_roll(tx, action_id, before, after)
    return made


async def _agent(tx: Transaction, parts: Parts, actor: Actor) -> Person:
    """An agent, as the directory names them: those who keep the action may not see them there."""
    row = await tx.fetchrow("SELECT name, email FROM agents WHERE agent_id = $1", actor.agent_id)
    assert row is not None, "an agent who signs in is one of the directory"
    name, email = await parts.keyring.open(tx, [Sealed.model_validate(row[one]) for one in ("name", "email")])
    return Person.model_construct(name=str(name), contact=str(email))


async def _sealed(tx: Transaction, parts: Parts, made: Registration, person: Person) -> Registration:
    """Under a key of this registration's own, which leaves the directory with what they are to be told, if anything."""
    key, wrapped = parts.keyring.master.issue(f"person:{made.registration_id}")
    await remember(tx, [wrapped])
    secret = parts.settings.master_key
    return replace(
        made,
        name=key.seal(person.name, event_id=made.registration_id, name="name"),
        contact=key.seal(person.contact, event_id=made.registration_id, name="contact"),
        code_hash=code_hash(secret, code_of(secret, made.registration_id)),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a registration stands. `ahead`: how many wait before, when it waits."""

    registration: Registration
    action: Action
    ahead: int


async def standing(parts: Parts, registration_id: UUID) -> Standing:
    """Raises NotKept."""
    async with parts.worker.transaction() as tx:
        found = await REGISTRATIONS.find(tx, registration_id)
        action = await ACTIONS.find(tx, found.action_id)
        waiting = (await store.roll(tx, action)).waiting
    return Standing(found, action, waiting.index(registration_id) if registration_id in waiting else 0)


async def of_code(parts: Parts, typed: str) -> UUID:
    """The registration that this code cancels. Raises NotKept."""
    async with parts.worker.transaction() as tx:
        return (await store.by_code(tx, code_hash(parts.settings.master_key, typed))).registration_id


async def leave(parts: Parts, registration_id: UUID) -> None:
    """Somebody comes no more, and nothing is kept of who it was; whoever waits longest has the place.

    Saying it again changes nothing. Raises NotKept, and Refused once it is over.
    """
    async with parts.worker.transaction() as tx:
        found = await REGISTRATIONS.find(tx, registration_id)
        action = await ACTIONS.find(tx, found.action_id, changing=True)
        known = await REGISTRATIONS.find(tx, registration_id, changing=True)
        if known.state == State.CANCELLED:
            return
        _check_not_over(action, parts.now())
        before = await store.roll(tx, action)
        gone = await REGISTRATIONS.change(tx, replace(anonymous(known), state=State.CANCELLED))
        await store.keep_roll(tx, action.action_id, before, before.left(registration_id))
        await telling.forgotten(tx, parts, {registration_id: gone.version})
        await telling.tell(tx, parts, action)


def _check_not_over(action: Action, now: datetime) -> None:
    if now >= action.ends_at:
        raise Refused("over", N_("Cette action est terminée."))


async def leave_by_agent(parts: Parts, actor: Actor, registration_id: UUID) -> UUID:
    """The same, for an agent: their own, or that of an action they keep. Returns which action it was."""
    async with parts.app.transaction(actor) as tx:
        found = await REGISTRATIONS.find(tx, registration_id)
        action = await ACTIONS.find(tx, found.action_id)
    if found.agent_id != actor.agent_id and not keeps(actor, action.organisation_id, action.territory_ids):
        raise NotKept
    await leave(parts, registration_id)
    return found.action_id


@dataclass(frozen=True, slots=True)
class Named:
    """A registration, opened for those who keep the action."""

    registration: Registration
    name: str
    contact: str


async def named(tx: Transaction, parts: Parts, registrations: Sequence[Registration]) -> list[Named]:
    """Name and contact of each; `effacé` where they are no more."""
    names = await parts.keyring.open(tx, [one.name for one in registrations])
    contacts = await parts.keyring.open(tx, [one.contact for one in registrations])
    return [
        Named(one, str(name or ""), str(contact or ""))
        for one, name, contact in zip(registrations, names, contacts, strict=True)
    ]

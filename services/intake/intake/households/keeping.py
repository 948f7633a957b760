"""Households and relations on behalf of an agent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from contracts.envelope import new_id
from intake.households import store
from intake.households.model import Membership, Relation, must_not_overlap, recorded
from intake.people.changing import NoSuchPerson, Outdated


class NoSuchHousehold(Exception):
    """There is none, or the actor sees nobody of it."""


class NoSuchRelation(Exception):
    """There is none, or the actor does not see both its ends."""


class AlreadyRelated(Exception):
    """Those two have a living relation of that kind."""


class Keeping:
    """Reads and changes who lives with whom, and who is what to whom."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def households(self, actor: Actor, person_id: UUID) -> list[dict[str, Any]]:
        """Households somebody is or was in, with those of their members the actor sees. Raises NoSuchPerson."""
        async with self._parts.app.transaction(actor) as tx:
            await _require(tx, [person_id])
            return await store.households(tx, await store.of_person(tx, person_id))

    async def household(self, actor: Actor, household_id: UUID) -> dict[str, Any]:
        """One household. Raises NoSuchHousehold."""
        async with self._parts.app.transaction(actor) as tx:
            found = await store.households(tx, [household_id])
        if not found:
            raise NoSuchHousehold
        return found[0]

    async def found(self, actor: Actor, members: Sequence[Membership], key: IdempotencyKey) -> Answer:
        """Record a household. Raises Overlapping, NoSuchPerson."""
        must_not_overlap(members)

        async def create(tx: Transaction) -> Answer:
            await _require(tx, [one.person_id for one in members])
            household_id = new_id()
            await store.put(tx, household_id, members)
            return Answer(201, {"household_id": str(household_id)})

        return await once(lambda: self._parts.app.transaction(actor), key, create)

    async def change(self, actor: Actor, household_id: UUID, members: Sequence[Membership], version: int) -> int:
        """Replace the members the actor sees, as seen at `version`; whom they do not see stays. Returns the version.

        Raises Overlapping, NoSuchHousehold, NoSuchPerson, Outdated.
        """
        must_not_overlap(members)
        async with self._parts.app.transaction(actor) as tx:
            if not await store.households(tx, [household_id]):
                raise NoSuchHousehold
            await _require(tx, [one.person_id for one in members])
            changed = await store.take(tx, household_id, version)
            if changed is None:
                raise Outdated
            await store.put(tx, household_id, members)
        return changed

    async def relations(self, actor: Actor, person_id: UUID) -> list[dict[str, Any]]:
        """Somebody's relations to people the actor sees. Raises NoSuchPerson."""
        async with self._parts.app.transaction(actor) as tx:
            await _require(tx, [person_id])
            return await store.relations(tx, person_id)

    async def relate(self, actor: Actor, relation: Relation, key: IdempotencyKey) -> Answer:
        """Record a relation. Raises NoSuchPerson, AlreadyRelated, and what `recorded` raises."""
        kept = recorded(relation)

        async def create(tx: Transaction) -> Answer:
            await _require(tx, [kept.person_id, kept.other_id])
            relation_id = new_id()
            if not await store.relate(tx, relation_id, kept):
                raise AlreadyRelated
            return Answer(201, {"relation_id": str(relation_id)})

        return await once(lambda: self._parts.app.transaction(actor), key, create)

    async def adjust(
        self, actor: Actor, relation_id: UUID, version: int, *, authority: bool, since: date | None, until: date | None
    ) -> int:
        """Change authority and dates of a relation, as seen at `version`. Returns the new version.

        Raises NoSuchRelation, Outdated, AlreadyRelated, and what `recorded` raises.
        """
        async with self._parts.app.transaction(actor) as tx:
            known = await _taken(tx, relation_id, version)
            changed = recorded(replace(known, parental_authority=authority, since=since, until=until))
            try:
                return await store.change(tx, relation_id, changed)
            except asyncpg.UniqueViolationError:
                raise AlreadyRelated from None

    async def forget(self, actor: Actor, relation_id: UUID, version: int) -> None:
        """Take a relation back that was recorded by mistake. Raises NoSuchRelation, Outdated."""
        async with self._parts.app.transaction(actor) as tx:
            await _taken(tx, relation_id, version)
            await store.forget(tx, relation_id)


async def _require(tx: Transaction, person_ids: Sequence[UUID]) -> None:
    if not await store.see(tx, person_ids):
        raise NoSuchPerson


async def _taken(tx: Transaction, relation_id: UUID, version: int) -> Relation:
    row = await store.relation(tx, relation_id)
    if row is None:
        raise NoSuchRelation
    if row["version"] != version:
        raise Outdated
    return Relation(*(row[name] for name in Relation.__dataclass_fields__))

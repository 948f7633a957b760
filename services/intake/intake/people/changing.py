"""What agents change about people: who they are, how they are reached, what they need."""

from typing import Any
from uuid import UUID

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from contracts.envelope import new_id
from contracts.events import PersonChanged
from intake.act import Act
from intake.people import store
from intake.people.recording import NumberedContactPoint, add_contact_points, record, sealed_state
from intake.people.said import PersonSaid
from intake.requests import store as requests
from intake.requests.following import NoSuchRequest
from intake.store import write


class NoSuchPerson(Exception):
    """There is nobody, or the actor may not know that there is."""


class Outdated(Exception):
    """Somebody else changed the person meanwhile."""


class Changing:
    """Changes people on behalf of an agent."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def one(self, actor: Actor, person_id: UUID) -> dict[str, Any]:
        """A person with their contact points. Raises NoSuchPerson."""
        async with self._parts.app.transaction(actor) as tx:
            row = await store.one(tx, person_id)
        if row is None:
            raise NoSuchPerson
        return dict(row)

    async def change(self, actor: Actor, person_id: UUID, said: PersonSaid, version: int) -> int:
        """Replace all that is known of somebody, as seen at `version`. Returns the new version.

        Raises NoSuchPerson, Outdated.
        """
        act = Act.here(self._parts.now())
        async with self._parts.app.transaction(actor) as tx:
            bumped = await bump(tx, person_id)
            if bumped != version + 1:
                raise Outdated
            await self._write(tx, act, person_id, said, bumped)
        return bumped

    async def join(self, actor: Actor, request_id: UUID, role: str, said: PersonSaid, key: IdempotencyKey) -> Answer:
        """Record somebody named after the request was made: of the household, or a holder of parental authority.

        Raises NoSuchRequest.
        """
        act = Act.here(self._parts.now())

        async def create(tx: Transaction) -> Answer:
            if await requests.one(tx, request_id) is None:
                raise NoSuchRequest
            person_id = record(act, self._parts.keyring.master, role, said)
            act.add("request_people", request_id=request_id, person_id=person_id, role=role)
            await write(tx, act)
            return Answer(201, {"person_id": str(person_id)})

        return await once(lambda: self._parts.app.transaction(actor), key, create)

    async def _write(self, tx: Transaction, act: Act, person_id: UUID, said: PersonSaid, version: int) -> None:
        known = await store.one(tx, person_id)
        key = await self._parts.keyring.key_of(tx, f"person:{person_id}")
        if known is None or key is None:
            raise NoSuchPerson
        same = {(point["kind"], point["value"]): UUID(point["contact_point_id"]) for point in known["contact_points"]}
        points = [
            NumberedContactPoint(same.get((point.kind, point.value)) or new_id(), point)
            for point in said.contact_points
        ]
        await store.change(tx, person_id, said.model_dump())
        add_contact_points(act, person_id, points)
        changed = PersonChanged(**sealed_state(person_id, said, points, key, act.main))
        act.tell(changed, id=act.main, sequence=version)
        await write(tx, act)


async def bump(tx: Transaction, person_id: UUID) -> int:
    """The person's next version. Raises NoSuchPerson."""
    version = await store.bump(tx, person_id)
    if version is None:
        raise NoSuchPerson
    return version

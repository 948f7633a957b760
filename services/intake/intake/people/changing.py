"""What agents change about people: who they are, how they are reached, what they agree to."""

from typing import Any
from uuid import UUID

from chassis import outbox
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from contracts.envelope import new_id
from contracts.events import ConsentWithdrawn, PersonChanged
from contracts.programmes import Programmes, UnknownProgramme
from intake.act import Act
from intake.people import store
from intake.people.recording import Agreement, NumberedContactPoint, add_contact_points, consent, sealed_state
from intake.people.said import AgreementSaid, PersonSaid
from intake.store import write


class NoSuchPerson(Exception):
    """There is nobody, or the actor may not know that there is."""


class NoSuchConsent(Exception):
    """There is none that still holds, or the actor may not know that there is."""


class NoSuchProgramme(Exception):
    """A consent to a programme names none that is known here."""


class Outdated(Exception):
    """Somebody else changed the person meanwhile."""


class Changing:
    """Changes people on behalf of an agent."""

    def __init__(self, parts: Parts, programmes: Programmes) -> None:
        self._parts = parts
        self._programmes = programmes

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
            bumped = await self._bump(tx, person_id)
            if bumped != version + 1:
                raise Outdated
            await self._write(tx, act, person_id, said, bumped)
        return bumped

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

    async def agree(self, actor: Actor, person_id: UUID, said: AgreementSaid, key: IdempotencyKey) -> Answer:
        """Record what somebody agrees to, once. Raises NoSuchPerson, NoSuchProgramme."""
        self._require_programme(said)
        act = Act.here(self._parts.now())
        agreement = Agreement(said.kind, said.given_how, said.programme, said.organisation_id, said.given_by)

        async def create(tx: Transaction) -> Answer:
            version = await self._bump(tx, person_id)
            if said.given_by and await store.one(tx, said.given_by) is None:
                raise NoSuchPerson
            consent_id = consent(act, person_id, agreement, label="given", sequence=version)
            await write(tx, act)
            return Answer(201, {"consent_id": str(consent_id)})

        return await once(lambda: self._parts.app.transaction(actor), key, create)

    def _require_programme(self, said: AgreementSaid) -> None:
        if said.kind == "programme" or said.programme is not None:
            try:
                self._programmes.current(said.programme or "")
            except UnknownProgramme:
                raise NoSuchProgramme from None

    async def withdraw_consent(self, actor: Actor, consent_id: UUID) -> None:
        """Take a consent back: what depended on it stops where it is used. Raises NoSuchConsent."""
        act = Act.here(self._parts.now())
        async with self._parts.app.transaction(actor) as tx:
            row = await store.withdraw_consent(tx, consent_id, act.time)
            if row is None:
                raise NoSuchConsent
            version = await self._bump(tx, row["person_id"])
            withdrawn = ConsentWithdrawn(consent_id=consent_id, withdrawn_at=act.time, **row)
            act.tell(withdrawn, id=act.main, sequence=version)
            await outbox.append(tx, *act.events)

    @staticmethod
    async def _bump(tx: Transaction, person_id: UUID) -> int:
        version = await store.bump(tx, person_id)
        if version is None:
            raise NoSuchPerson
        return version

"""Agreeing, and taking it back: by an agent who was told, or by who follows their own request."""

from typing import Any
from uuid import UUID

from chassis import outbox
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from contracts.events import ConsentWithdrawn
from contracts.programme import Programme
from contracts.programmes import Programmes, UnknownProgramme
from intake.act import Act
from intake.consents import store
from intake.consents.model import must_be_entitled
from intake.consents.said import AgreementSaid
from intake.people.changing import NoSuchPerson, bump
from intake.people.recording import Agreement, consent
from intake.store import write
from intake.tracking.following import Held, Tracking


class NoSuchConsent(Exception):
    """There is none that still holds, or the actor may not know that there is."""


class NoSuchProgramme(Exception):
    """A consent to a programme names none that is known here."""


class NoSuchOrganisation(Exception):
    """A consent to sharing names no organisation of the directory."""


class NotYet(Exception):
    """The consent is said to be given in the future."""


class Agreeing:
    """Consents on behalf of an agent."""

    def __init__(self, parts: Parts, programmes: Programmes) -> None:
        self._parts = parts
        self._programmes = programmes

    async def of(self, actor: Actor, person_id: UUID) -> list[dict[str, Any]]:
        """A person's consents. Raises NoSuchPerson."""
        day = self._parts.now().astimezone(self._parts.settings.zone).date()
        async with self._parts.app.transaction(actor) as tx:
            if await store.person(tx, person_id, day) is None:
                raise NoSuchPerson
            return await store.of(tx, person_id)

    async def agree(self, actor: Actor, person_id: UUID, said: AgreementSaid, key: IdempotencyKey) -> Answer:
        """Record what somebody agrees to, once.

        Raises NoSuchPerson, NoSuchProgramme, NoSuchOrganisation, NotYet, HolderNeeded, NotEntitled.
        """
        programme = self._programme(said.programme) if said.programme or said.kind == "programme" else None
        act = Act.here(self._parts.now())
        if said.given_at is not None and said.given_at > act.time:
            raise NotYet
        agreement = Agreement(
            said.kind, said.given_how, said.programme, said.organisation_id, said.given_by, said.given_at
        )

        async def create(tx: Transaction) -> Answer:
            version = await bump(tx, person_id)
            await self._check(tx, act, person_id, said, programme)
            consent_id = consent(act, person_id, agreement, label="given", sequence=version)
            await write(tx, act)
            return Answer(201, {"consent_id": str(consent_id)})

        return await once(lambda: self._parts.app.transaction(actor), key, create)

    async def _check(
        self, tx: Transaction, act: Act, person_id: UUID, said: AgreementSaid, programme: Programme | None
    ) -> None:
        day = act.time.astimezone(self._parts.settings.zone).date()
        person = await store.person(tx, person_id, day)
        if person is None:
            raise NoSuchPerson
        must_be_entitled(said.given_by, said.kind, programme, person, day)
        shares = said.kind == "sharing" or said.organisation_id is not None
        if shares and not (said.organisation_id and await store.organisation_known(tx, said.organisation_id)):
            raise NoSuchOrganisation

    def _programme(self, programme: str | None) -> Programme:
        try:
            return self._programmes.current(programme or "")
        except UnknownProgramme:
            raise NoSuchProgramme from None

    async def withdraw(self, actor: Actor, consent_id: UUID) -> None:
        """Take a consent back: what depended on it stops where it is used. Raises NoSuchConsent."""
        async with self._parts.app.transaction(actor) as tx:
            await _withdraw(tx, Act.here(self._parts.now()), consent_id)


class OwnConsents:
    """Consents of whoever holds a request's reference and secret, without an account.

    As the service itself, since nobody without an account may see people: each statement looks for the secret.
    """

    def __init__(self, parts: Parts, tracking: Tracking) -> None:
        self._parts = parts
        self._tracking = tracking

    async def listed(self, held: Held) -> list[dict[str, Any]]:
        """What they agreed to and have not taken back. Raises NothingToFollow."""
        await self._tracking.standing(held)
        async with self._parts.worker.transaction() as tx:
            return await store.own(tx, held.reference, bytes.fromhex(held.hashed))

    async def withdraw(self, held: Held, consent_id: UUID) -> None:
        """Take one of those back. Raises NothingToFollow, NoSuchConsent."""
        await self._tracking.standing(held)
        async with self._parts.worker.transaction() as tx:
            if not await store.is_own(tx, held.reference, bytes.fromhex(held.hashed), consent_id):
                raise NoSuchConsent
            await _withdraw(tx, Act.here(self._parts.now()), consent_id)


async def _withdraw(tx: Transaction, act: Act, consent_id: UUID) -> None:
    """Tells what was taken back, never why: nobody is asked."""
    row = await store.withdraw(tx, consent_id, act.time)
    if row is None:
        raise NoSuchConsent
    version = await bump(tx, row["person_id"])
    act.tell(ConsentWithdrawn(consent_id=consent_id, withdrawn_at=act.time, **row), id=act.main, sequence=version)
    await outbox.append(tx, *act.events)

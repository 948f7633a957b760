"""The one way in: whatever the channel, a request is checked, decided, written and promised an answer."""

from dataclasses import replace
from datetime import date, datetime
from random import Random, SystemRandom
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey

from chassis import failpoints
from chassis.actor import PUBLIC, Actor
from chassis.database import Transaction
from chassis.outbox import Bell
from chassis.service import Parts
from chassis.web.idempotency import KEPT_HOURS, Answer, IdempotencyKey, in_progress, recall
from chassis.web.identity.cookie import SealedCookie
from contracts.envelope import Envelope
from contracts.events import RequestSubmitted
from contracts.events.intake import ReceivedBy
from contracts.programmes import Programmes
from contracts.references import new_reference, readable
from intake.act import Act
from intake.concerns.raising import PROGRAMME as CONCERN
from intake.concerns.raising import Raising
from intake.concerns.raising import answer as passed_on
from intake.eligibility.answers import checked
from intake.eligibility.model import Facts
from intake.requests.asked import Asked, AskedByAgent
from intake.requests.model import (
    ChildAtRisk,
    Decision,
    asked_programme,
    decide,
    refuse_child_concern,
    refuse_child_name,
)  # fmt: skip
from intake.requests.store import free_reference
from intake.requests.submission import Entry, Keys, submit
from intake.store import ReferenceTaken, Writer, write
from intake.territories import places
from intake.territories.places import Places
from intake.tracking.model import new_secret

TAKES_REQUESTS = ("reception", "social_worker", "manager")
"""Roles that may take a request in."""
_SYSTEM = SystemRandom()


class UnknownCommune(Exception):
    """The official list holds no such commune; holds the code."""


class OtherTerritory(Exception):
    """The agent holds no role where the commune lies."""


class Reception:
    """Takes requests in."""

    def __init__(self, parts: Parts, programmes: Programmes, known_places: Places, cell_key: ECKey | None) -> None:
        """`cell_key` seals worries about a child to the département's cell."""
        settings = parts.settings
        self._parts = parts
        self._programmes = programmes
        self._places = known_places
        self._writer, self._bell = Writer(parts.app), Bell(parts.app)
        self._zone = settings.zone
        self._raising = Raising(cell_key, settings.zone)
        self._keys = Keys(parts.keyring.master, settings.master_key)
        self._tracking_url = f"{settings.public_url}/suivi"
        secure = settings.public_url.startswith("https://")
        self.receipts = SealedCookie("recu", settings.cookie_key, seconds=KEPT_HOURS * 3600, secure=secure)
        """Holds an answer, with its secret, in the browser and among the idempotent answers."""

    async def from_resident(self, asked: Asked, key: IdempotencyKey) -> Answer:
        """A resident's request. Raises NotOffered, UnknownCommune, and a 422 problem for a reused key."""
        return await self._take(asked, PUBLIC, key)

    async def from_agent(self, asked: AskedByAgent, actor: Actor, key: IdempotencyKey) -> Answer:
        """A request taken by an agent. Raises ChildAtRisk, OtherTerritory and UnknownExclusion too."""
        return await self._take(asked, actor, key)

    async def from_partner(
        self, tx: Transaction, asked: Asked, organisation_id: UUID, letter_id: UUID, cause: Envelope
    ) -> None:
        """A request of a partner's software, in the transaction of its event; every id derives from the letter's.

        Raises NotOffered, UnknownCommune, ChildAtRisk.
        """
        act = Act.after(cause, letter_id)
        if asked.programme == CONCERN:
            await self._pass_on_letter(tx, asked, organisation_id, act)
            return
        place = await places.find(tx, asked.commune, self._day(act.time))
        if place is None:
            raise UnknownCommune(asked.commune)
        reference = await free_reference(tx, Random(act.identify("reference").int))  # noqa: S311 - no secret
        by = ReceivedBy(organisation_id=organisation_id)
        entry = Entry("partner", by, reference, new_secret(_SYSTEM), self._zone)
        submit(act, asked, self._decide(asked, act.time), place, entry, self._keys)
        await write(tx, act)

    async def _pass_on_letter(self, tx: Transaction, asked: Asked, organisation_id: UUID, act: Act) -> None:
        """Raises ChildAtRisk without the cell's key."""
        if self._raising.key is None:
            raise ChildAtRisk
        reference = new_reference(Random(act.identify("reference").int))  # noqa: S311 - no secret
        self._raising.pass_on(act, asked, "partner", ReceivedBy(organisation_id=organisation_id), reference)
        await write(tx, act)

    async def from_draft(self, tx: Transaction, asked: AskedByAgent, actor: Actor, act: Act) -> dict[str, Any]:
        """A request an agent ends a draft with, in the transaction that drops it. Returns what to answer.

        Raises NotOffered, UnknownCommune, ChildAtRisk, OtherTerritory, UnknownExclusion, ReferenceTaken.
        """
        try:
            decision = self._decide(asked, act.time)
        except ChildAtRisk:
            answer = self._passed_on(asked, actor, act)
            await write(tx, act)
            return answer
        place = await places.find(tx, asked.commune, self._day(act.time))
        if place is None:
            raise UnknownCommune(asked.commune)
        if not _may_take(actor, place.territory_id):
            raise OtherTerritory
        entry = self._entry(asked, actor)
        answer = self._answer(submit(act, asked, decision, place, entry, self._keys), decision, entry)
        await write(tx, act)
        return answer

    async def _take(self, asked: Asked, actor: Actor, key: IdempotencyKey) -> Answer:
        act = Act.here(asked.asked_at(self._parts.now()))
        try:
            decision = self._decide(asked, act.time)
        except ChildAtRisk:
            # Whatever else is wrong with it: a child does not wait for a commune to be corrected.
            return await self._once(actor, key, act, self._passed_on(asked, actor, act))
        place = await self._places.find(asked.commune, self._day(act.time))
        if place is None:
            raise UnknownCommune(asked.commune)
        if not _may_take(actor, place.territory_id):
            raise OtherTerritory
        entry = self._entry(asked, actor)
        answer = self._answer(submit(act, asked, decision, place, entry, self._keys), decision, entry)
        try:
            return await self._once(actor, key, act, answer)
        except ReferenceTaken:
            return await self._take(asked, actor, key)

    def _passed_on(self, asked: Asked, actor: Actor, act: Act) -> dict[str, Any]:
        """A worry about a child goes to the cell alone, from anybody who works here. Raises ChildAtRisk without its
        key, OtherTerritory for an account that nobody gave a role."""
        if self._raising.key is None:
            raise ChildAtRisk
        if actor.agent_id is None or not isinstance(asked, AskedByAgent):
            raise OtherTerritory
        entry = self._entry(asked, actor)
        self._raising.pass_on(act, asked, entry.channel, entry.received_by, entry.reference)
        return passed_on(entry.reference)

    async def _once(self, actor: Actor, key: IdempotencyKey, act: Act, answer: dict[str, Any]) -> Answer:
        response = {"receipt": self.receipts.seal(answer, self._parts.now().timestamp())}
        taken = await self._writer.write_once(actor, key, 201, response, act)
        self._bell.ring()
        failpoints.passing(failpoints.HTTP_ANSWERING)
        return Answer(201, answer) if taken else await self._given_before(actor, key)

    async def _given_before(self, actor: Actor, key: IdempotencyKey) -> Answer:
        answer = await self.given(actor, key)
        if answer is None:
            raise in_progress()
        return answer

    async def given(self, actor: Actor, key: IdempotencyKey) -> Answer | None:
        """What was answered under that key, if anything. Raises a 422 problem when it was for another body."""
        async with self._parts.app.transaction(actor) as tx:
            known = await recall(tx, key)
        answer = self.receipts.open(known.body["receipt"], self._parts.now().timestamp()) if known else None
        return Answer(201, answer, replayed=True) if answer else None

    def _decide(self, asked: Asked, at: datetime) -> Decision:
        by_agent = isinstance(asked, AskedByAgent)
        if by_agent and asked.programme == CONCERN:
            raise ChildAtRisk
        person = asked.person_concerned
        programme = asked_programme(self._programmes, asked.programme, by_agent=by_agent)
        facts = Facts(
            asked_by=asked.requester.role,
            today=self._day(at),
            minor=asked.concerned.minor,
            birth_date=person.birth_date if person else None,
            agreed=frozenset(consent.kind for consent in asked.own_consents),
            holders_agreed=tuple(holder.agreed is not None for holder in asked.concerned.parental_authority),
            exclusions=frozenset(asked.exclusions) if isinstance(asked, AskedByAgent) else frozenset(),
            themes=asked.themes,
        )
        refuse_child_concern(programme, facts)
        refuse_child_name(programme, names_others=_names_others(asked), holders_agreed=facts.holders_agreed)
        answers = checked(programme, asked.answers, by_agent=by_agent)
        return decide(self._programmes, programme, replace(facts, answers=answers))

    def _entry(self, asked: Asked, actor: Actor) -> Entry:
        reference, secret = new_reference(_SYSTEM), new_secret(_SYSTEM)
        if not isinstance(asked, AskedByAgent):
            return Entry("web", ReceivedBy(), reference, secret, self._zone)
        by = ReceivedBy(agent_id=actor.agent_id, organisation_id=actor.organisation_id, place=asked.place)
        return Entry(asked.channel, by, reference, secret, self._zone, asked.immediate_answer)

    def _answer(self, request: RequestSubmitted, decision: Decision, entry: Entry) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "request_id": str(request.request_id),
            "reference": readable(entry.reference),
            "secret": readable(entry.secret),
            "tracking_url": self._tracking_url,
            "promised_on": None if request.answered_at else request.promised_on.isoformat(),
            "programme": request.programme,
            "territory_id": request.territory_id,
        }
        if decision.declined:
            answer["declined"] = {"programme": decision.declined.id, "sentence": decision.sentence}
        return answer

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _names_others(asked: Asked) -> bool:
    """Whether somebody is named beside who asks: the child, or the home that tells who the child is."""
    return asked.concerned.person is not None or bool(asked.household)


def _may_take(actor: Actor, territory_id: str | None) -> bool:
    """Residents ask anywhere; agents where they hold a role, or where nobody does."""
    return actor is PUBLIC or actor.has(*TAKES_REQUESTS, territory_id=territory_id)

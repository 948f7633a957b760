"""Whether a message may leave now, to which address, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.sealing import Keyring, NotOpened, Shown
from contracts.sealed import Sealed
from notifications.cases import store as cases
from notifications.messages import store
from notifications.messages.channels import BadAddress, Channel, Gathered, Parcel
from notifications.messages.model import Addressed, Delivery, Reason, Suppressed, Until, Verdict, Waits, address_of
from notifications.messages.rules import Rule, RuleBook
from notifications.messages.wording import Wording
from notifications.organisations.store import organisation_address, whom_to_call
from notifications.people.store import reachable

POST = "post"
"""The kind of contact whose address begins with a name."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """It may leave, as this."""

    parcel: Parcel


@dataclass(frozen=True)
class Post:
    """Makes what leaves. What became false since the event is looked at here, last thing before sending."""

    book: RuleBook
    wording: Wording
    keyring: Keyring
    public_url: str
    zone: ZoneInfo
    """By whose clock somebody's hours are read."""

    async def prepare(
        self, tx: Transaction, delivery: Delivery, channel: Channel, now: datetime
    ) -> Prepared | Waits | Until | Suppressed:
        """What to hand over, or what stands in its way. Raises KeyError for a rule this release does not have."""
        rule = self.book.rules[delivery.rule]
        if delivery.overtaken:
            return Suppressed(Reason.OVERTAKEN)
        verdict = await self._verdict(tx, rule, delivery, channel, now)
        if not isinstance(verdict, Addressed):
            return verdict
        address = await self._open(tx, verdict.address)
        if not isinstance(address, str):
            return address
        if channel.contact == POST:
            name = await self._open(tx, verdict.name or "")
            if not isinstance(name, str):
                return name
            address = f"{name}\n{address}"
        facts = await self._facts(tx, delivery.facts)
        if not isinstance(facts, dict):
            return facts
        prepared = await self._write(tx, rule, delivery, channel, facts, address, now, neutral=verdict.neutral)
        if isinstance(prepared, Prepared) and isinstance(channel, Gathered):
            leaves = await channel.leaves(tx, now)
            return prepared if leaves <= now else Until(leaves, Reason.NEXT_BATCH)
        return prepared

    async def _verdict(
        self, tx: Transaction, rule: Rule, delivery: Delivery, channel: Channel, now: datetime
    ) -> Verdict:
        if rule.recipients.are_agents:
            return await self._agent(tx, delivery.recipient_id)
        if rule.recipients.are_organisations:
            return await self._organisation(tx, delivery.recipient_id)
        if "case_id" in delivery.facts and (found := await self._case(tx, delivery.subject)):
            return found
        return await self._person(tx, rule, delivery.recipient_id, channel, now)

    async def _case(self, tx: Transaction, case_id: UUID) -> Waits | Suppressed | None:
        situation = (await cases.known(tx, [case_id])).get(case_id)
        if situation is None or situation.quiet is None:
            return Waits(Reason.UNKNOWN_CASE)
        return Suppressed(Reason.NO_SAFE_EMAIL) if situation.quiet else None

    async def _person(self, tx: Transaction, rule: Rule, person_id: UUID, channel: Channel, now: datetime) -> Verdict:
        person = await reachable(tx, person_id)
        if person is None:
            return Waits(Reason.UNKNOWN_RECIPIENT)
        if person.declined and rule.can_be_declined:
            return Suppressed(Reason.DECLINED)
        verdict = address_of(person.contact_points, channel.contact, now.astimezone(self.zone))
        return replace(verdict, name=person.name) if isinstance(verdict, Addressed) else verdict

    async def _agent(self, tx: Transaction, agent_id: UUID) -> Verdict:
        agent = await store.agent_address(tx, agent_id)
        if agent is None:
            return Waits(Reason.UNKNOWN_RECIPIENT)
        return Suppressed(Reason.RETIRED) if agent.retired else Addressed(Sealed.model_validate(agent.email))

    async def _organisation(self, tx: Transaction, organisation_id: UUID) -> Verdict:
        known = await organisation_address(tx, organisation_id)
        if known is None:
            return Waits(Reason.UNKNOWN_RECIPIENT)
        if known.retired:
            return Suppressed(Reason.RETIRED)
        return Addressed(known.email) if known.email else Suppressed(Reason.NO_SAFE_EMAIL)

    async def _facts(self, tx: Transaction, facts: Mapping[str, Any]) -> dict[str, Any] | Waits | Suppressed:
        """The facts stored with a delivery, those that were sealed opened."""
        opened = dict(facts)
        for name, value in facts.items():
            if isinstance(value, dict):
                text = await self._open(tx, Sealed.model_validate(value))
                if not isinstance(text, str):
                    return text
                opened[name] = text
        return opened

    async def _open(self, tx: Transaction, sealed: Sealed | str) -> str | Waits | Suppressed:
        if isinstance(sealed, str):
            return sealed
        try:
            [opened] = await self.keyring.open(tx, [sealed])
        except NotOpened:
            return Suppressed(Reason.UNREADABLE)
        assert opened is not None
        if opened.state is Shown.WAITING:
            return Waits(Reason.NO_KEY)
        return opened.text if opened.state is Shown.OPEN else Suppressed(Reason.ERASED)

    async def _write(
        self,
        tx: Transaction,
        rule: Rule,
        delivery: Delivery,
        channel: Channel,
        facts: Mapping[str, Any],
        address: str,
        now: datetime,
        *,
        neutral: bool,
    ) -> Prepared | Suppressed:
        call = await whom_to_call(tx, facts.get("organisation_id"), facts.get("territory_id"))
        frame = {"link_to": self.public_url + rule.link.format_map(facts), "call": call}
        words = self.wording.write(rule, facts, frame, channel=channel.name, neutral=neutral)
        try:
            return Prepared(channel.write(words, address, delivery, now, neutral=neutral))
        except BadAddress as refused:
            return Suppressed(Reason(refused.reason))

"""Whether a message may leave now, to which address, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.sealing import Keyring, NotOpened, Shown
from chassis.web.translations import speaking
from contracts.events.people import ContactPoint
from contracts.sealed import Sealed
from notifications.cases import store as cases
from notifications.messages import store
from notifications.messages.channels import BadAddress, Channel, Gathered, Heeding, NotSetUp, Parcel
from notifications.messages.hours import Decent, QuietHours, at_any_hour
from notifications.messages.invitations import CANCELLED, Invitation, invitation
from notifications.messages.model import (
    Addressed,
    Delivery,
    Reason,
    Suppressed,
    Unreachable,
    Until,
    Verdict,
    Waits,
    address_of,
)
from notifications.messages.occasions import RegistrationFacts
from notifications.messages.rules import Rule, RuleBook
from notifications.messages.wording import Wording, Words
from notifications.organisations.store import organisation_address, whom_to_call
from notifications.people.store import Reachable, reachable
from notifications.preferences.links import Links
from notifications.territories.store import holidays_of

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
    links: Links
    public_url: str
    zone: ZoneInfo
    """By whose clock somebody's hours are read."""
    quiet_hours: QuietHours | None = None

    async def prepare(
        self, tx: Transaction, delivery: Delivery, channel: Channel, now: datetime
    ) -> Prepared | Waits | Until | Unreachable | Suppressed:
        """What to hand over, or what stands in its way. Raises KeyError for a rule this release does not have."""
        rule = self.book.rules[delivery.rule]
        if delivery.overtaken or (delivery.event_type == CANCELLED and await store.was_never_told(tx, delivery)):
            return Suppressed(Reason.OVERTAKEN)
        if rule.true_until and self._is_over(delivery.facts.get(rule.true_until), now):
            return Unreachable(Reason.TOO_LATE)
        if isinstance(channel, NotSetUp):
            return Unreachable(Reason.NOT_SET_UP)
        verdict = await self._verdict(tx, rule, delivery, channel, now)
        if not isinstance(verdict, Addressed):
            return verdict
        prepared = await self._write(tx, rule, delivery, channel, verdict, now)
        if isinstance(prepared, Prepared) and isinstance(channel, Gathered):
            leaves = await channel.leaves(tx, now)
            return prepared if leaves <= now else Until(leaves, Reason.NEXT_BATCH)
        return prepared

    def _is_over(self, until: str | None, now: datetime) -> bool:
        """Whether a moment has come, or a day has passed."""
        if until is None:
            return False
        if "T" in until:
            return datetime.fromisoformat(until) <= now
        return date.fromisoformat(until) < now.astimezone(self.zone).date()

    async def _verdict(
        self, tx: Transaction, rule: Rule, delivery: Delivery, channel: Channel, now: datetime
    ) -> Verdict:
        if rule.recipients.are_agents:
            return await self._agent(tx, delivery.recipient_id)
        if rule.recipients.are_organisations:
            return await self._organisation(tx, delivery.recipient_id)
        if rule.recipients.come_with_address:
            return await self._registered(tx, rule, delivery, channel, now)
        if (case_id := delivery.facts.get("case_id")) and (found := await self._case(tx, UUID(case_id))):
            return found
        return await self._person(tx, rule, delivery, channel, now)

    async def _case(self, tx: Transaction, case_id: UUID) -> Waits | Suppressed | None:
        situation = (await cases.known(tx, [case_id])).get(case_id)
        if situation is None or situation.quiet is None:
            return Waits(Reason.UNKNOWN_CASE)
        return Suppressed(Reason.NO_SAFE_CONTACT) if situation.quiet else None

    async def _person(
        self, tx: Transaction, rule: Rule, delivery: Delivery, channel: Channel, now: datetime
    ) -> Verdict:
        person = await reachable(tx, delivery.recipient_id)
        if person is None:
            return Waits(Reason.UNKNOWN_RECIPIENT)
        if rule.can_be_declined and (person.declined or rule.kind in person.unwanted):
            return Suppressed(Reason.DECLINED)
        if channel.name in person.unwanted:
            return Unreachable(Reason.UNWANTED)
        decent = await self._decent(tx, rule, delivery.territory_id)
        verdict = address_of(person.contact_points, channel.contact, now.astimezone(self.zone), decent)
        return _as_known(verdict, person) if isinstance(verdict, Addressed) else verdict

    async def _registered(
        self, tx: Transaction, rule: Rule, delivery: Delivery, channel: Channel, now: datetime
    ) -> Verdict:
        """Where they asked to be told of this, and of nothing else."""
        facts = RegistrationFacts.model_validate(delivery.facts)
        given = ContactPoint(
            contact_point_id=delivery.recipient_id, kind=facts.contact_kind, value=facts.contact,
            safe_to_write=True, neutral=facts.neutral,
        )  # fmt: skip
        decent = await self._decent(tx, rule, delivery.territory_id)
        return address_of([given], channel.contact, now.astimezone(self.zone), decent)

    async def _decent(self, tx: Transaction, rule: Rule, territory_id: str | None) -> Decent:
        if rule.urgent or self.quiet_hours is None:
            return at_any_hour
        return self.quiet_hours.decent(await holidays_of(tx, territory_id))

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
        return Addressed(known.email) if known.email else Unreachable(Reason.NO_SAFE_CONTACT)

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
        self, tx: Transaction, rule: Rule, delivery: Delivery, channel: Channel, to: Addressed, now: datetime
    ) -> Prepared | Waits | Unreachable | Suppressed:
        """For the first of their addresses that the channel can write to: of two telephones, perhaps the second."""
        facts = await self._facts(tx, delivery.facts)
        if not isinstance(facts, dict):
            return facts
        territory_id = facts.get("territory_id") or delivery.territory_id
        call = await whom_to_call(tx, facts.get("organisation_id"), territory_id, but=delivery.recipient_id)
        choose = self.links.to(delivery.delivery_id) if rule.can_be_declined and channel.name == "email" else ""
        frame = {"link_to": self.public_url + rule.address(facts), "call": call, "choose": choose}
        reason = str(Reason.UNREADABLE)
        for one in (to, *to.otherwise):
            address = await self._address(tx, channel, one)
            if not isinstance(address, str):
                return address
            if isinstance(channel, Heeding) and not await channel.leaves_to(tx, delivery, address):
                reason = Reason.ADDRESS_RETURNED
                continue
            words = self.wording.write(
                rule, facts, frame, channel=channel.name, neutral=one.neutral, language=one.language
            )
            words = replace(words, invitation=self._invitation(rule, delivery, frame, words, neutral=one.neutral))
            try:
                return Prepared(channel.write(words, address, delivery, now, neutral=one.neutral))
            except BadAddress as refused:
                reason = refused.reason
        return Unreachable(Reason(reason))

    def _invitation(
        self, rule: Rule, delivery: Delivery, frame: Mapping[str, Any], words: Words, *, neutral: bool
    ) -> Invitation | None:
        facts = rule.occasion.facts.model_validate(delivery.facts)
        with speaking(words.language):
            return invitation(
                facts, delivery.event_type, delivery.event_time, self.zone, frame["call"], frame["link_to"],
                neutral=neutral,
            )  # fmt: skip

    async def _address(self, tx: Transaction, channel: Channel, to: Addressed) -> str | Waits | Suppressed:
        """As the channel takes it: on a letter their name comes first."""
        address = await self._open(tx, to.address)
        if channel.contact != POST or not isinstance(address, str):
            return address
        name = await self._open(tx, to.name or "")
        return f"{name}\n{address}" if isinstance(name, str) else name


def _as_known(to: Addressed, person: Reachable) -> Addressed:
    otherwise = tuple(_as_known(one, person) for one in to.otherwise)
    return replace(to, name=person.name, language=person.language, otherwise=otherwise)

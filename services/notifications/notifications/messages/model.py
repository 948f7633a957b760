"""The life of a message: planned, perhaps waiting or held, sent by one channel or another, perhaps heard of since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.handlers import Received
from contracts.envelope import Envelope, derived_id, event
from contracts.events import MessageDelivered, MessageFailed, RequestAnswered, RequestSubmitted
from contracts.events.cases import case_id_of
from contracts.events.people import ContactPoint
from contracts.sealed import Sealed
from notifications.messages.hours import Decent, at_any_hour, opening
from notifications.messages.rules import Rule

SOURCE = "/maillage/notifications"


class State(StrEnum):
    """Where a message stands."""

    PLANNED = "planned"
    WAITING = "waiting"
    """For its recipient, their key or their case to become known here."""
    HELD = "held"
    """After a restore: an operator decides."""
    SENDING = "sending"
    SENT = "sent"
    """The gateway took it."""
    DELIVERED = "delivered"
    """The gateway said since that it arrived."""
    BOUNCED = "bounced"
    """The gateway said since that it did not arrive."""
    RETURNED = "returned"
    """The letter came back."""
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Reason(StrEnum):
    """Why a message waits, or was not sent."""

    UNKNOWN_RECIPIENT = "unknown_recipient"
    NO_KEY = "no_key"
    UNKNOWN_CASE = "unknown_case"
    RESTORED = "restored"
    NO_SAFE_CONTACT = "no_safe_contact"
    """Also where nothing may be written at all, so that the list of messages does not tell why."""
    NOT_SET_UP = "not_set_up"
    """No gateway for this channel here."""
    UNWANTED = "unwanted"
    """They asked not to be written to by this channel."""
    RETRIED = "retried"
    """Somebody had it tried again, from the first channel on."""
    DECLINED = "declined"
    ERASED = "erased"
    OVERTAKEN = "overtaken"
    RETIRED = "retired"
    DISCARDED = "discarded"
    UNREADABLE = "unreadable"
    NO_MOBILE = "no_mobile"
    """A phone, but none that receives text messages."""
    NO_CONNECTION = "no_connection"
    NOT_PREPARED = "not_prepared"
    """By a fault of ours: the log tells which."""
    OUTSIDE_HOURS = "outside_hours"
    """Its recipient may be written to at certain hours only."""
    NEXT_BATCH = "next_batch"
    """A letter: it leaves with the others of the day."""
    NO_POSTAL_NAME = "no_postal_name"
    ADDRESS_INCOMPLETE = "address_incomplete"
    ADDRESS_TOO_LONG = "address_too_long"
    ADDRESS_UNPRINTABLE = "address_unprintable"
    ADDRESS_RETURNED = "address_returned"
    """A letter came back from there."""
    TOO_LATE = "too_late"
    """Tried again and again for `TRY_FOR`, or until nothing of it was true any more."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery as an event asks for it: a row of the table."""

    delivery_id: UUID
    rule: str
    event_id: UUID
    event_type: str
    event_time: datetime
    subject: UUID
    territory_id: str | None
    correlation_id: UUID
    traceparent: str | None
    recipient_kind: str
    recipient_id: UUID
    channel: str
    channels: Sequence[str]
    urgent: bool
    due_at: datetime
    facts: Mapping[str, Any]
    quiet: bool


def plan(
    received: Received[Any],
    rules: Sequence[Rule],
    territory_id: str | None,
    *,
    quiet: bool,
    managers: Sequence[UUID] = (),
) -> Iterator[Planned]:
    """One delivery per rule and recipient; planning again makes the same. `quiet` ones are never sent; `managers` are
    those of the territory."""
    envelope = received.envelope
    for rule in rules:
        for recipient_id in rule.recipients.of(received.data, managers):
            yield Planned(
                delivery_id=received.derived(f"{rule.rule}:{recipient_id}"),
                rule=rule.rule,
                event_id=envelope.id,
                event_type=envelope.type,
                event_time=envelope.time,
                subject=UUID(envelope.subject),
                territory_id=territory_id,
                correlation_id=envelope.correlationid,
                traceparent=envelope.traceparent,
                recipient_kind=rule.recipients.kind,
                recipient_id=recipient_id,
                channel=rule.channels[0],
                channels=rule.channels,
                urgent=rule.urgent,
                due_at=envelope.time + rule.delay,
                facts=rule.occasion.told_to(received.data, recipient_id).model_dump(mode="json"),
                quiet=quiet and not rule.recipients.at_work,
            )


@dataclass(frozen=True, slots=True)
class Step:
    """A channel left behind. `tried`: its gateway was asked. No channel: there they began anew."""

    channel: str | None
    reason: str
    at: datetime
    tried: bool = False

    @classmethod
    def kept(cls, row: dict[str, Any]) -> "Step":
        """As the database has it."""
        return cls(**(row | {"at": datetime.fromisoformat(row["at"])}))


_OF_REQUESTS = (RequestSubmitted.__name__, RequestAnswered.__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery in hand. `attempts` counts the present one too once it is being sent; `channel` is the present step
    of `channels`."""

    delivery_id: UUID
    rule: str
    event_id: UUID
    event_type: str
    event_time: datetime
    subject: UUID
    territory_id: str | None
    correlation_id: UUID
    traceparent: str | None
    recipient_kind: str
    recipient_id: UUID
    channel: str
    channels: Sequence[str]
    steps: tuple[Step, ...]
    facts: Mapping[str, Any]
    overtaken: bool
    in_doubt: bool
    """It may have been sent already: the sender died, or the line did, before the gateway's answer was noted."""
    attempts: int
    sender: str | None
    """Who tried last; with `attempts` it says whose answer counts."""
    trying_since: datetime | None
    """Its first attempt since it was last planned: by its event, or by somebody who tries again or lets it leave."""
    version: int

    @property
    def case_id(self) -> UUID | None:
        """The dossier it is about: a request opens one."""
        if self.event_type in _OF_REQUESTS:
            return case_id_of(self.subject)
        return self.subject if "case_id" in self.facts else None

    def following(self, *more: Step) -> "MovedOn | Ended":
        """What comes next, once these steps are behind it as well."""
        return following(self.channels or (self.channel,), (*self.steps, *more))

    def told(self, outcome: type[MessageDelivered] | type[MessageFailed], at: datetime, reason: str | None) -> Envelope:
        """The event that tells what became of it."""
        fields: dict[str, Any] = {"reason": reason, "case_id": self.case_id} if outcome is MessageFailed else {}
        data = outcome(
            message_id=self.delivery_id,
            rule=self.rule,
            event_id=self.event_id,
            channel=self.channel,
            recipient_kind=self.recipient_kind,
            **fields,
        )
        sequence = self.version + 1
        return event(
            data,
            id=derived_id(self.delivery_id, f"{outcome.__name__}:{sequence}"),
            source=SOURCE,
            sequence=sequence,
            time=at,
            correlationid=self.correlation_id,
            causationid=self.event_id,
            traceparent=self.traceparent,
        )


@dataclass(frozen=True, slots=True)
class Addressed:
    """It may leave, to this address: a person's is sealed, an organisation's is public."""

    address: Sealed | str
    neutral: bool = False
    name: Sealed | None = None
    """A person's, where it belongs to the address."""
    language: str | None = None
    """The one they asked to be written to in (BCP 47)."""
    otherwise: tuple["Addressed", ...] = field(default=(), compare=False)
    """Their other addresses of that kind that may be written to now: for a channel that this one does not suit."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Something it needs has not arrived here yet."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Until:
    """It may leave from that moment on, not before."""

    at: datetime
    reason: Reason = Reason.OUTSIDE_HOURS


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Not by this channel: the next one is tried."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It will not leave, by no channel."""

    reason: Reason


Verdict = Addressed | Waits | Until | Unreachable | Suppressed


# One channel after another --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MovedOn:
    """It goes on by that channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Ended:
    """No channel is left. `state`: failed where a gateway was asked, suppressed where none could be."""

    state: State
    reason: str


def following(channels: Sequence[str], steps: Sequence[Step]) -> MovedOn | Ended:
    """What comes after the steps: the first channel not left behind since they last began anew."""
    lately, left = _since_anew(steps), left_behind(steps)
    onward = next((channel for channel in channels if channel not in left), None)
    if onward is not None:
        return MovedOn(onward)
    tried = [step for step in lately if step.tried]
    told = tried or [step for step in lately if step.reason not in _NO_ADDRESS]
    reason = told[-1].reason if told else Reason.NO_SAFE_CONTACT
    return Ended(State.FAILED if tried else State.SUPPRESSED, reason)


_NO_ADDRESS = (Reason.NO_SAFE_CONTACT, Reason.NOT_SET_UP)
"""Why a channel is left behind that says nothing of the person: how a chain ended is told by other reasons, if any."""


def left_behind(steps: Sequence[Step]) -> set[str | None]:
    """The channels a message does not go by any more, since it last began anew."""
    return {step.channel for step in _since_anew(steps)}


def _since_anew(steps: Sequence[Step]) -> Sequence[Step]:
    anew = max((place for place, step in enumerate(steps) if step.channel is None), default=-1)
    return steps[anew + 1 :]


def address_of(
    contact_points: Sequence[ContactPoint], kind: str, local: datetime, decent: Decent = at_any_hour
) -> Addressed | Until | Unreachable:
    """The first address of that kind recorded as safe to write to, and not forbidden since, among those that may be
    written to soonest from that local moment on, at a decent hour."""
    safe = [one for one in contact_points if one.kind == kind and one.safe_to_write and not one.never]
    if not safe:
        return Unreachable(Reason.NO_SAFE_CONTACT)
    leaves = [opening(one.opening, decent, local) for one in safe]
    soonest = min(leaves)
    if soonest > local:
        return Until(soonest)
    first, *others = [Addressed(one.value, one.neutral) for one, at in zip(safe, leaves, strict=True) if at <= local]
    return replace(first, otherwise=tuple(others))


TRY_FOR = timedelta(days=4)
"""How long a message is tried, once planned, before it counts as failed (RFC 5321, 4.5.4.1: four to five days)."""

_FIRST, _LONGEST = timedelta(seconds=2), timedelta(hours=1)


def next_attempt(attempts: int, now: datetime, chance: float) -> datetime:
    """Exponential back-off with jitter: `chance` (0 to 1) takes up to half of the wait away."""
    wait = min(_LONGEST, _FIRST * 2.0 ** min(attempts - 1, 20))
    return now + wait * (1 - chance / 2)

"""Events in: which function handles which event, and what it is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from chassis.database import Transaction
from contracts.envelope import Envelope, MalformedEvent, UnknownVersion, decode, derived_id, event, parse
from contracts.events import EventData
from contracts.topics import TOPICS

D = TypeVar("D", bound=EventData)
M = TypeVar("M")


class Poison(Exception):
    """This event can never be handled as it is: it goes to the dead letters at once.

    The reason is a French sentence for an operator and must hold no personal data.
    """


class Unproved(Poison):
    """Whoever wrote this did not prove to be who it speaks for: set aside, it holds back no later event of that key."""


class Transient(Exception):
    """Something is away for the moment: the event waits and is tried again, without end."""


@dataclass(frozen=True, slots=True)
class Received(Generic[D]):
    """An event as a handler gets it."""

    envelope: Envelope
    data: D
    made: Any = None
    """What its handler wants made of it ahead, see `Handlers.made_ahead`; None: not made yet."""

    def derived(self, label: str) -> UUID:
        """The id of what this event makes: handling it again makes the same."""
        return derived_id(self.envelope.id, label)

    def answer(
        self, data: EventData, *, label: str, source: str, sequence: int, subject: str | None = None
    ) -> Envelope:
        """An event caused by this one, at this one's time, so that doing it again writes the same."""
        return event(
            data,
            id=self.derived(label),
            source=source,
            subject=subject,
            sequence=sequence,
            time=self.envelope.time,
            correlationid=self.envelope.correlationid,
            causationid=self.envelope.id,
            traceparent=self.envelope.traceparent,
        )


Handler = Callable[[Transaction, Sequence[Received[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service does with one event type in one major version."""

    event: type[EventData]
    handler: Handler
    replica: bool
    """Full state, compared by `sequence` in the handler's own SQL: needs no inbox."""
    make: Callable[[Received[Any]], Any] | None = None
    """What is made of each event ahead of the handler."""


class Handlers:
    """A service's subscriptions, at most one per event type and version."""

    def __init__(self) -> None:
        self._subscriptions: dict[tuple[str, int], Subscription] = {}
        self._topics: dict[str, set[str]] = {}
        """Of each event type subscribed to, the topics it may come on."""

    def on(
        self, event_type: type[D], *, replica: bool = False
    ) -> Callable[
        [Callable[[Transaction, Sequence[Received[D]]], Awaitable[None]]],
        Callable[[Transaction, Sequence[Received[D]]], Awaitable[None]],
    ]:
        """Register a handler. It gets the events of one type in one batch, in order per key."""

        def register(
            handler: Callable[[Transaction, Sequence[Received[D]]], Awaitable[None]],
        ) -> Callable[[Transaction, Sequence[Received[D]]], Awaitable[None]]:
            self._add(Subscription(event_type, handler, replica))
            return handler

        return register

    def made_ahead(
        self, event_type: type[D], make: Callable[[Received[D]], M]
    ) -> Callable[[Callable[[Transaction, Sequence[M]], Awaitable[None]]], Handler]:
        """Register a handler that gets what `make` makes of each event, instead of the events.

        `make` has no database: it works while this one is busy with the events before, and also for events that turn
        out to be known already. What it raises is as if the handler had.
        """

        def register(handler: Callable[[Transaction, Sequence[M]], Awaitable[None]]) -> Handler:
            async def handle(tx: Transaction, received: Sequence[Received[Any]]) -> None:
                await handler(tx, [make(one) if one.made is None else one.made for one in received])

            self._add(Subscription(event_type, handle, replica=False, make=make))
            return handle

        return register

    def _add(self, subscription: Subscription) -> None:
        event = subscription.event
        known = (event.__name__, event.version)
        if known in self._subscriptions:
            raise ValueError(f"{known[0]} has two handlers")
        self._subscriptions[known] = subscription
        self._topics.setdefault(event.__name__, set()).add(event.topic)

    def include(self, others: "Handlers") -> None:
        """Take over a capability's subscriptions."""
        for subscription in others._subscriptions.values():
            self._add(subscription)

    def beside(self, others: "Handlers") -> None:
        """Take over subscriptions of a capability that follows events others follow too: in the same transaction,
        after them. Raises ValueError where one of the two makes something ahead, or only one keeps a replica."""
        for subscription in others._subscriptions.values():
            known = (subscription.event.__name__, subscription.event.version)
            first = self._subscriptions.get(known)
            if first is None:
                self._add(subscription)
            elif first.make or subscription.make or first.replica is not subscription.replica:
                raise ValueError(f"{known[0]} cannot have two handlers")
            else:
                self._subscriptions[known] = replace(first, handler=_both(first.handler, subscription.handler))

    @property
    def topics(self) -> list[str]:
        """Topics to subscribe to, without the deployment's prefix."""
        return sorted({subscription.event.topic for subscription in self._subscriptions.values()})

    def hear(self, type: str) -> bool:
        """Whether somebody here subscribed to an event type."""
        return type in self._topics

    def read(self, topic: str, value: bytes) -> Received[Any] | None:
        """The event in the bytes of a record of that topic; None when nobody here subscribed to its type.

        Raises MalformedEvent, also for an event that belongs on another topic: who may write is decided topic by
        topic, and a partner must not speak for a service. Raises UnknownVersion when ours is too old for the event,
        and Poison when a partner sent what there is no version of.
        """
        envelope = decode(value)
        if not self.hear(envelope.type):
            return None
        if topic not in self._topics[envelope.type]:
            raise MalformedEvent(f"{envelope.type} does not belong on {topic}")
        if subscription := self._subscriptions.get((envelope.type, envelope.version)):
            received = Received(envelope, parse(envelope))
            return replace(received, made=subscription.make(received)) if subscription.make else received
        if "partners" in TOPICS[topic].writers:
            # Nothing of ours will know it later, and one partner must not make the others wait.
            raise Poison(f"version inconnue : {envelope.type}, version {envelope.version}")
        raise UnknownVersion(envelope.type, envelope.version)

    def subscription(self, envelope: Envelope) -> Subscription:
        """The subscription for an event. Raises KeyError when there is none."""
        return self._subscriptions[envelope.type, envelope.version]


def _both(first: Handler, second: Handler) -> Handler:
    async def handle(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await first(tx, received)
        await second(tx, received)

    return handle


@dataclass(frozen=True, slots=True)
class Wave:
    """Events that one handler gets at once."""

    subscription: Subscription
    received: list[Received[Any]]


def waves(handlers: Handlers, received: Sequence[Received[Any]]) -> list[Wave]:
    """Group events by handler, as few groups as keep each key's order.

    An event joins the first group of its type that does not come before its key's latest.
    """
    groups: list[Wave] = []
    latest: dict[tuple[str, str], int] = {}
    for one in received:
        subscription = handlers.subscription(one.envelope)
        key = (subscription.event.topic, one.envelope.subject)
        place = next(
            (index for index in range(latest.get(key, 0), len(groups)) if groups[index].subscription is subscription),
            len(groups),
        )
        if place == len(groups):
            groups.append(Wave(subscription, []))
        groups[place].received.append(one)
        latest[key] = place
    return groups

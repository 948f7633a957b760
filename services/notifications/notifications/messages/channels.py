"""What a channel is to the core: it writes parcels, and hands them to a gateway.

A rule names channels in the order they are tried; the core decides which one, when, and what follows a refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, get_args, runtime_checkable

from chassis.database import Transaction
from notifications.messages.gateway import Gateway, Outcome, Refused
from notifications.messages.model import Delivery, Reason
from notifications.messages.rules import ChannelName
from notifications.messages.wording import Words

Parcel = Any
"""What a channel writes and its own gateway takes; nobody else looks inside."""


class BadAddress(Exception):
    """What was recorded is no address this channel can write to; `reason` is a code."""

    def __init__(self, reason: str = Reason.UNREADABLE) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rate:
    """What a gateway allows: messages a second in the long run, and how many at once after a rest."""

    per_second: float
    burst: float | None = None
    """A second's worth when not said."""

    @property
    def interval(self) -> timedelta:
        """Between two messages."""
        return timedelta(seconds=1 / self.per_second)

    @property
    def ahead(self) -> timedelta:
        """How far a burst may run ahead of the clock."""
        return self.interval * max(0.0, (self.per_second if self.burst is None else self.burst) - 1)


class Channel(Protocol):
    """One way to reach somebody, set up with its gateway's address."""

    @property
    def name(self) -> str:
        """What rules call it."""

    @property
    def contact(self) -> str:
        """The kind of ContactPoint it writes to."""

    @property
    def rate(self) -> Rate | None:
        """What its gateway allows; None: as much as its lanes can do."""

    def write(self, words: Words, to: str, delivery: Delivery, at: datetime, *, neutral: bool) -> Parcel:
        """The message of one delivery; written again it carries the same identity. Raises BadAddress."""

    def gateway(self) -> Gateway:
        """A conversation of a lane's own."""


@runtime_checkable
class Gathered(Protocol):
    """A channel whose messages leave together, at certain hours."""

    async def leaves(self, tx: Transaction, now: datetime) -> datetime:
        """When a message may leave: now, or later."""


@runtime_checkable
class Heeding(Protocol):
    """A channel that heeds what came back."""

    async def leaves_to(self, tx: Transaction, delivery: Delivery, to: str) -> bool:
        """Whether that address may be written to; it is then remembered as the one this message leaves to."""


@dataclass(frozen=True, slots=True)
class NotSetUp:
    """A channel without a gateway here: its messages go on by the next one."""

    name: str
    contact: str = ""
    rate: Rate | None = None

    def write(self, words: Words, to: str, delivery: Delivery, at: datetime, *, neutral: bool) -> Parcel:
        """Nothing: they are passed on before."""
        raise BadAddress(Reason.NOT_SET_UP)

    def gateway(self) -> Gateway:
        """Nobody."""
        return _Nobody()


class _Nobody:
    async def send(self, parcel: Parcel, /) -> Outcome:
        return Refused(Reason.NOT_SET_UP)

    async def close(self) -> None:
        return


Channels = Mapping[str, Channel]
"""All that a rule may name, by name: those that are set up, and `NotSetUp` ones."""


def every(set_up: Sequence[Channel]) -> Channels:
    """Those, and in the place of each other name one that is not set up."""
    return {name: NotSetUp(name) for name in get_args(ChannelName)} | {one.name: one for one in set_up}

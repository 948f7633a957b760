"""What a channel is to the core: it writes parcels, and hands them to a gateway.

A rule names channels in the order they are tried; the core decides which one, when, and what follows a refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from chassis.database import Transaction
from notifications.messages.gateway import Gateway
from notifications.messages.model import Delivery, Reason
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
    burst: int = 1


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


Channels = Mapping[str, Channel]
"""Those that are set up, by name. A rule's other channels are passed over."""

"""What takes messages over from us, and what its answers mean."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway said yes: the message is its own now. `reference`: its own name for it, if any; `parts`: what it
    costs, where a message is paid in parts."""

    reference: str | None = None
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway will never take this message, for what it is or whom it is for. `dead`: its address takes none."""

    reason: str
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. `away`: no message would pass now. `in_doubt`: the line was lost before the answer to this one.
    `after`: how long the gateway asks to be left alone."""

    reason: str
    away: bool = False
    in_doubt: bool = False
    after: timedelta | None = None


Outcome = Accepted | Refused | Later


class Gateway(Protocol):
    """One conversation at a time: each lane of a sender has its own."""

    async def send(self, parcel: Any, /) -> Outcome:
        """Hand over what its channel wrote; never raises what the network or the other side do wrong."""

    async def close(self) -> None:
        """Take leave."""

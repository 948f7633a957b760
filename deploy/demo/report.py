"""What came of the day: each request followed from who asked to the last message. Pure: it is given what was read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from deploy.demo.reading import Delivery, Dossier, Letter, Told

SETTLED = frozenset({"sent", "suppressed", "failed", "held"})


@dataclass(frozen=True)
class Asked:
    """A request as whoever sent it knows it: by the id it was answered, or by the partner's letter it was in."""

    hour: str
    channel: str
    place: str
    situation: str
    request_id: UUID | None = None
    letter_id: UUID | None = None
    answered_ms: float | None = None
    replayed: bool = False
    """It was sent twice under one key, and the second answer was that of the first."""


@dataclass(frozen=True)
class Message:
    """What left, or why it did not."""

    rule: str
    state: str
    reason: str | None
    mails: int


@dataclass(frozen=True)
class Delays:
    """Seconds from the moment intake took the request; None for what did not happen."""

    told: float | None = None
    opened: float | None = None
    mailed: float | None = None


@dataclass(frozen=True)
class Journey:
    """A request's way through the platform."""

    asked: Asked
    request_id: UUID | None = None
    reference: str | None = None
    programme: str | None = None
    declined: str | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    dossiers: tuple[UUID, ...] = ()
    messages: tuple[Message, ...] = ()
    delays: Delays = Delays()


@dataclass(frozen=True)
class Step:
    """A step of the conference, `seconds` after its dossier opened."""

    event: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class Report:
    """The whole day."""

    journeys: tuple[Journey, ...]
    conference: tuple[Step, ...]
    letters: tuple[Letter, ...]

    @property
    def settled(self) -> bool:
        """Whether every request has its dossier, and every message its fate."""
        return all(
            len(one.dossiers) == 1
            and one.delays.opened is not None
            and bool(one.messages) >= one.events_want_a_message
            and all(message.state in SETTLED for message in one.messages)
            for one in self.journeys
        )


def build(
    asked: Sequence[Asked],
    told: Sequence[Told],
    dossiers: Iterable[Dossier],
    deliveries: Iterable[Delivery],
    mails: Mapping[UUID, Sequence[datetime]],
    letters: Iterable[Letter],
    conference: UUID | None = None,
) -> Report:
    """Follow each request; `conference` is the request whose conference was led to its end."""
    chains = _chains(told)
    return Report((), (), tuple(letters))

"""What came of the day: each request followed from who asked to the last message. Pure: it is given what was read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from deploy.demo.arrivals import Arrived
from deploy.demo.reading import Delivery, Dossier, Letter, Told

ASKED, OPENED = "RequestSubmitted", "CaseOpened"
UNSETTLED = frozenset({"planned", "waiting", "sending"})


@dataclass(frozen=True)
class Asked:
    """A request as whoever sent it knows it: by its reference, or by the partner's letter it was in."""

    hour: str
    channel: str
    place: str
    situation: str
    reference: str | None = None
    letter_id: UUID | None = None
    answered_ms: float | None = None
    resumed: bool = False
    """The call was cut, and a colleague made the request of what had been kept."""


@dataclass(frozen=True)
class Message:
    """What left, or why it did not; `mails` and `texts` are those the mail server and the SMS gateway kept of it."""

    rule: str
    state: str
    reason: str | None
    mails: int
    texts: int
    channel: str


@dataclass(frozen=True)
class Delays:
    """Milliseconds from the moment intake took the request; None for what has not happened."""

    told: float | None = None
    opened: float | None = None
    mailed: float | None = None


@dataclass(frozen=True)
class Journey:
    """A request's way through the platform, as it was read back."""

    asked: Asked
    request_id: UUID | None = None
    reference: str | None = None
    programme: str | None = None
    declined: str | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    dossiers: tuple[UUID, ...] = ()
    messages: tuple[Message, ...] = ()
    delays: Delays = Delays()

    @property
    def settled(self) -> bool:
        """Whether its dossier is open and every message has met its fate."""
        open_ = bool(self.dossiers) and self.delays.opened is not None
        return open_ and not any(message.state in UNSETTLED for message in self.messages)


@dataclass(frozen=True)
class Step:
    """A step of the conference's dossier, `seconds` after its request."""

    event: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class Led:
    """A request led further, as cases kept it: what happened in its dossier, and what it has become."""

    kind: str
    reference: str
    done: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """What came of a situation that was led further: kinds of the dossier's entries, the events and messages they
    caused, and facts of its own kind. No reference: whoever may know of it knows where it is."""

    kind: str
    reference: str | None
    done: tuple[str, ...]
    events: Mapping[str, int]
    messages: tuple[Message, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """The whole day."""

    journeys: tuple[Journey, ...]
    conference: tuple[Step, ...]
    letters: tuple[Letter, ...]
    stories: tuple[Story, ...] = ()
    network: tuple[Story, ...] = ()
    """What partners did together, beside any request."""
    arrived: tuple[Arrived, ...] = ()
    """A message of each kind."""

    @property
    def settled(self) -> bool:
        return all(journey.settled for journey in self.journeys)

    @property
    def events(self) -> Counter[str]:
        """How many of each type."""
        return sum((Counter(journey.events) for journey in self.journeys), Counter[str]())

    @property
    def messages(self) -> Counter[tuple[str, str]]:
        """How many of each rule and state."""
        return Counter((one.rule, one.state) for journey in self.journeys for one in journey.messages)

    def typical(self, delay: str) -> float | None:
        """The median of one of the delays, in milliseconds."""
        known = [value for journey in self.journeys if (value := getattr(journey.delays, delay)) is not None]
        return median(known) if known else None


@dataclass(frozen=True)
class Traces:
    """What was read back."""

    told: Sequence[Told]
    dossiers: Sequence[Dossier]
    deliveries: Sequence[Delivery]
    mails: Mapping[UUID, Sequence[datetime]]
    texts: Mapping[UUID, Sequence[datetime]]
    letters: Sequence[Letter]
    led: Sequence[Led] = ()


def build(asked: Iterable[Asked], traces: Traces, conference: str | None = None) -> Report:
    """Follow each request; `conference` is the reference of the one whose conference was led to its end."""
    requests = _requests(traces.told)
    journeys = tuple(_journey(one, requests.get(one.reference or one.letter_id), traces) for one in asked)
    led = requests.get(conference)
    stories = tuple(_story(one, requests[one.reference], traces) for one in traces.led if one.reference in requests)
    return Report(journeys, _steps(led, traces.told) if led else (), tuple(traces.letters), stories)


def _requests(told: Iterable[Told]) -> dict[str | UUID | None, Told]:
    """RequestSubmitted, by the request's reference and by the id of the letter that caused it."""
    submitted = [one for one in told if one.envelope.type == ASKED]
    known: dict[str | UUID | None, Told] = {one.envelope.causationid: one for one in submitted}
    return known | {one.envelope.data["reference"]: one for one in submitted}


def _journey(asked: Asked, request: Told | None, traces: Traces) -> Journey:
    if request is None:
        return Journey(asked)
    data, request_id = request.envelope.data, UUID(request.envelope.subject)
    chain = _chain(request, traces.told)
    deliveries = _deliveries(chain, traces)
    return Journey(
        asked,
        request_id,
        data["reference"],
        data["programme"],
        (data.get("declined") or {}).get("programme"),
        dict(Counter(one.envelope.type for one in chain)),
        tuple(one.case_id for one in traces.dossiers if one.request_id == request_id),
        _messages(deliveries, traces),
        _delays(request, chain, deliveries, traces),
    )


def _chain(request: Told, told: Iterable[Told]) -> list[Told]:
    """Everything that the request caused, itself included; an event read twice counts twice."""
    return [one for one in told if one.envelope.correlationid == request.envelope.correlationid]


def _deliveries(chain: Iterable[Told], traces: Traces) -> list[Delivery]:
    caused = {one.envelope.id for one in chain}
    return [one for one in traces.deliveries if one.event_id in caused]


def _messages(deliveries: Iterable[Delivery], traces: Traces) -> tuple[Message, ...]:
    return tuple(
        Message(
            one.rule,
            one.state,
            one.reason,
            len(_mails(one, traces)),
            len(traces.texts.get(one.delivery_id, ())),
            one.channel,
        )
        for one in deliveries
    )


def _mails(delivery: Delivery, traces: Traces) -> Sequence[datetime]:
    return traces.mails.get(delivery.delivery_id, ())


def _delays(request: Told, chain: Iterable[Told], deliveries: Iterable[Delivery], traces: Traces) -> Delays:
    taken = datetime.fromisoformat(request.envelope.data["received_at"])
    opened = next((one.at for one in chain if one.envelope.type == OPENED), None)
    own = (mail for one in deliveries if one.event_id == request.envelope.id for mail in _mails(one, traces))
    return Delays(_since(taken, request.at), _since(taken, opened), _since(taken, min(own, default=None)))


def _since(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max((end - start).total_seconds() * 1000, 0.0)


TOLD_OF_EVERY_REQUEST = frozenset({"PersonRecorded", "PersonKeyIssued", "ConsentGiven", OPENED, ASKED})
"""What no journey goes without: a story begins after it."""
TOLD_OF_MESSAGES = frozenset({"MessageDelivered", "MessageFailed"})


def _story(led: Led, request: Told, traces: Traces) -> Story:
    chain = [one for one in _chain(request, traces.told) if one.envelope.type not in TOLD_OF_EVERY_REQUEST]
    told = Counter(one.envelope.type for one in chain if one.envelope.type not in TOLD_OF_MESSAGES)
    messages = _messages(_deliveries(chain, traces), traces)
    return Story(led.kind, led.reference, led.done, dict(told), messages, led.facts)


FOLLOW_UP = "conference_follow_up"
"""What falls due of the conference itself: its dossier has tasks that do as well."""
TOLD_OF_A_CONFERENCE = ("CaseOpened", "ConferenceScheduled", "ConferenceRatified", "FollowUpDue", "FollowUpRecorded")


def _steps(request: Told, told: Sequence[Told]) -> tuple[Step, ...]:
    taken = datetime.fromisoformat(request.envelope.data["received_at"])
    return tuple(
        Step(one.envelope.type, _detail(one), (one.at - taken).total_seconds())
        for one in _chain(request, told)
        if one.envelope.type in TOLD_OF_A_CONFERENCE and one.envelope.data.get("kind", FOLLOW_UP) == FOLLOW_UP
    )


def _detail(told: Told) -> str:
    """What tells two events of one type apart."""
    data = told.envelope.data
    details = (("stage", ""), ("action_count", "actions"), ("contacted", "personnes contactées"))
    return " ".join(f"{data[name]} {unit}".strip() for name, unit in details if name in data)

"""What partners' own software is told, in what words, and what its answers mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from contracts.envelope import derived_id
from contracts.events import (
    AgreementAmended,
    AgreementEnded,
    AgreementEnding,
    AgreementInForce,
    AgreementRenewed,
    AgreementSigned,
    EventData,
    GrantDecided,
    GrantReportDue,
    OrientationAnswered,
    OrientationExpired,
    OrientationProposed,
    OrientationWithdrawn,
    RequestSubmitted,
)
from contracts.references import readable
from notifications.messages.occasions import is_quiet

SOURCE: Final = "/maillage/notifications"
TEST: Final = "TestCall"
"""The type of a call that somebody asks for to see whether it arrives."""

KEPT: Final = timedelta(days=90)
"""How long calls are kept, to be sent again on demand: as long as the topics they come of."""
DEAD_AFTER: Final = timedelta(hours=72)
"""An address that took nothing for so long is called no more."""
REFUSED_AFTER: Final = 5
"""Tries after which what is understood and refused is set aside, so that what comes behind it goes on."""


class State(StrEnum):
    """Whether a subscription is called."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"
    """By us: its address is dead."""


class Fate(StrEnum):
    """What became of a call."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


# What is told -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of event as partners get it: whom it concerns, and what of it they may know, which is all they get.

    Never a person, a dossier, an agent of another organisation, or anything sealed."""

    event: type[EventData]
    about: str
    """The member of the data that names what it is about, as the organisation knows it: never the dossier."""
    concerns: Callable[[Any], Sequence[UUID]]
    shown: Callable[[Any], Mapping[str, Any]]


def _of(*names: str) -> Callable[[EventData], dict[str, Any]]:
    return lambda data: data.model_dump(mode="json", include=set(names), exclude_none=True)


def _its_organisation(data: Any) -> Sequence[UUID]:
    return [data.organisation_id]


def _parties(data: Any) -> Sequence[UUID]:
    return list(dict.fromkeys(data.party_ids))


def _partner(data: RequestSubmitted) -> Sequence[UUID]:
    """Who sent the request by its own software; nobody where no automatic message may leave."""
    organisation_id = data.received_by.organisation_id
    return [organisation_id] if data.channel == "partner" and organisation_id and not is_quiet(data) else []


def _received(data: RequestSubmitted) -> dict[str, Any]:
    return {
        "request_id": str(data.request_id),
        "reference": readable(data.reference),
        "received_at": data.received_at.isoformat(),
    }


_ORIENTATION = ("orientation_id", "offer_id")
_AGREEMENT = ("agreement_id", "kind", "title", "territory_ids", "starts_on", "ends_on")

KINDS: Final[Mapping[str, Kind]] = {
    kind.event.__name__: kind
    for kind in (
        Kind(OrientationProposed, "orientation_id", _its_organisation, _of(*_ORIENTATION, "answer_by")),
        Kind(OrientationAnswered, "orientation_id", _its_organisation, _of(*_ORIENTATION, "answer", "reason")),
        Kind(OrientationExpired, "orientation_id", _its_organisation, _of(*_ORIENTATION)),
        Kind(OrientationWithdrawn, "orientation_id", _its_organisation, _of(*_ORIENTATION)),
        Kind(RequestSubmitted, "request_id", _partner, _received),
        Kind(AgreementSigned, "agreement_id", _parties, _of(*_AGREEMENT, "signed_on", "renewal", "total_cents")),
        Kind(AgreementInForce, "agreement_id", _parties, _of(*_AGREEMENT, "offer_ids")),
        Kind(AgreementAmended, "agreement_id", _parties, _of(*_AGREEMENT, "number", "signed_on", "changed")),
        Kind(AgreementEnding, "agreement_id", _parties, _of(*_AGREEMENT, "stage", "renewal", "renews")),
        Kind(AgreementRenewed, "agreement_id", _parties, _of(*_AGREEMENT, "renewal")),
        Kind(AgreementEnded, "agreement_id", _parties, _of(*_AGREEMENT, "ended_on", "reason")),
        Kind(
            GrantDecided,
            "project_id",
            _its_organisation,
            _of("project_id", "call_id", "outcome", "asked_cents", "granted_cents", "decided_on", "report_due_on",
                "agreement_id"),
        ),
        Kind(GrantReportDue, "project_id", _its_organisation, _of("project_id", "call_id", "stage", "due_on")),
    )
}  # fmt: skip
"""Event type → what is told of it. Worries about a child are on a topic this service may not read."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What an organisation is told, whoever may have subscribed it."""

    organisation_id: UUID
    event_id: UUID
    event_type: str
    event_time: datetime
    subject: UUID
    data: Mapping[str, Any]


def call_id(webhook_id: UUID, event_id: UUID) -> UUID:
    """The same for each try, each replay, and after a restore: whoever keeps the ids seen takes nothing in twice."""
    return derived_id(event_id, f"webhook:{webhook_id}")


def body(call: UUID, event_type: str, subject: UUID, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The event in CloudEvents' structured JSON."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(call),
            "source": SOURCE,
            "type": event_type,
            "subject": str(subject),
            "time": at.astimezone(UTC),
            "datacontenttype": "application/json",
            "dataschema": f"urn:maillage:webhook:{event_type}:1",
            "data": data,
        },
        option=orjson.OPT_UTC_Z,
    )


# What is answered -------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why a call did not arrive, beside `http_<status>`."""

    FORBIDDEN_ADDRESS = "forbidden_address"
    UNKNOWN_HOST = "unknown_host"
    NO_CONNECTION = "no_connection"
    BAD_CERTIFICATE = "bad_certificate"
    TOO_SLOW = "too_slow"
    NO_ANSWER = "no_answer"
    """The line was lost, or what came is no HTTP."""
    NO_KEY = "no_key"
    """By a fault of ours: the signing key can't be opened."""
    GONE = "gone"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or the reason why none did."""

    status: int | None
    reason: Reason | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Nothing is wanted there any more (RFC 9110, 15.5.11)."""
        return self.status == 410

    @property
    def refused(self) -> bool:
        """This content was understood, and is not wanted. All else may be an address or a secret to mend over there."""
        return self.status in (400, 413, 415, 422)

    @property
    def told(self) -> str | None:
        """Why it was not taken, as a code."""
        if self.taken:
            return None
        return self.reason or f"http_{self.status}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subscription stands after a call."""

    state: State
    reason: Reason | None
    failing_since: datetime | None
    attempts: int
    """In a row without success."""


def judge(before: Standing, answer: Answer, now: datetime) -> Standing:
    """A yes makes everything well; 410, or 72 hours without a yes, end it; whoever paused it meanwhile is obeyed."""
    if answer.taken:
        return Standing(before.state, None, None, 0)
    since = before.failing_since or now
    failing = Standing(before.state, before.reason, since, before.attempts + 1)
    if before.state is not State.ACTIVE:
        return failing
    if answer.gone:
        return Standing(State.DISABLED, Reason.GONE, since, failing.attempts)
    if now - since >= DEAD_AFTER:
        return Standing(State.DISABLED, Reason.DEAD, since, failing.attempts)
    return failing


def fate_of(answer: Answer, attempts: int, *, test: bool) -> Fate:
    """What becomes of a call after its so-manieth try. A test is tried once."""
    if answer.taken:
        return Fate.DONE
    return Fate.REFUSED if test or (answer.refused and attempts >= REFUSED_AFTER) else Fate.WAITING

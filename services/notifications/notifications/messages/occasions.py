"""The events messages may follow: whom each lets us write to, and what may be said of it.

Facts hold no personal data: they are stored with the delivery until it leaves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.events import ConferenceRatified, EventData, FollowUpDue, RequestSubmitted
from contracts.references import readable


class Facts(BaseModel):
    """What a template may say about the event."""

    model_config = ConfigDict(frozen=True)


class RequestFacts(Facts):
    """`own`: who asks is the person concerned; anybody else only learns that the request was received."""

    reference: str
    promised_on: date
    answered: bool = False
    """While the request was taken in: nothing is promised any more."""
    own: bool
    organisation_id: UUID | None
    territory_id: str | None


class CaseFacts(Facts):
    case_id: UUID


class FollowUpFacts(CaseFacts):
    stage: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Recipients:
    """Some of the people an event names. `kind` is what others may know of them."""

    kind: str
    ids: Callable[[Any], Sequence[UUID]]
    are_agents: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """One event type."""

    event: type[EventData]
    facts: type[Facts]
    state: Callable[[Any], Facts]
    recipients: Mapping[str, Recipients]


def _of_request(data: RequestSubmitted) -> RequestFacts:
    return RequestFacts(
        reference=readable(data.reference),
        promised_on=data.promised_on,
        answered=data.answered_at is not None,
        own=data.requester.role == "self",
        organisation_id=data.received_by.organisation_id,
        territory_id=data.territory_id,
    )


def _requester(data: RequestSubmitted) -> Sequence[UUID]:
    return [data.requester.person_id] if data.requester.person_id else []


def _of_follow_up(data: FollowUpDue) -> FollowUpFacts:
    return FollowUpFacts(case_id=data.case_id, stage=data.stage, due_on=data.due_on)


OCCASIONS: Mapping[str, Occasion] = {
    occasion.event.__name__: occasion
    for occasion in (
        Occasion(RequestSubmitted, RequestFacts, _of_request, {"requester": Recipients("requester", _requester)}),
        Occasion(
            ConferenceRatified,
            CaseFacts,
            lambda data: CaseFacts(case_id=data.case_id),
            {"members": Recipients("member", lambda data: list(dict.fromkeys(data.members)))},
        ),
        Occasion(
            FollowUpDue,
            FollowUpFacts,
            _of_follow_up,
            {"coordinator": Recipients("agent", lambda data: [data.agent_id], are_agents=True)},
        ),
    )
}


def is_quiet(request: RequestSubmitted) -> bool:
    """Whether nothing may be written about this request, to nobody.

    Never on violence, and never where a programme was refused for a minor: there may be a worry about the child,
    of which no automatic message leaves.
    """
    return any("violence" in theme for theme in request.themes) or bool(request.declined and request.concerned.minor)

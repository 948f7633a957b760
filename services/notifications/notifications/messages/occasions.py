"""The events messages may follow: whom each lets us write to, and what may be said of it.

Facts hold no personal data and no secret in clear: they are stored with the delivery until it leaves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.events import (
    AgreementEnding,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    ConferenceRatified,
    ConferenceScheduled,
    ConferenceStopped,
    ConfirmationAsked,
    DigestDue,
    EventData,
    FollowUpDue,
    FollowUpRecorded,
    OrientationAnswered,
    OrientationCodeAsked,
    OrientationExpired,
    OrientationLinkIssued,
    RegistrationToTell,
    RequestAnswered,
    RequestSubmitted,
    WebhookDisabled,
)
from contracts.events.cases import CalendarEntry, case_id_of
from contracts.events.registrations import AnnouncedSession
from contracts.references import readable
from contracts.sealed import Sealed

Secret = Sealed | str
"""Stored sealed, opened when the message leaves."""
FOLLOW_UP, ORIENTATION = "conference_follow_up", "orientation"
"""Kinds of FollowUpDue: to come back to a family group, to get an answer to an orientation."""


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


class PlanFacts(CaseFacts):
    """`link`: the secret end of an address of the recipient's own. Events of before there were any have none: that
    address then opens a page that says whom to ask."""

    link: Secret = "-"


class AgreementFacts(Facts):
    """`renews`: unless somebody denounces it, it goes on by itself after `ends_on`."""

    agreement_id: UUID
    ends_on: date
    renews: bool


class AppointmentFacts(CaseFacts):
    """`uid` and `sequence` are those of an invitation (RFC 5545). Without them: told before they were kept."""

    starts_at: datetime
    ends_at: datetime | None = None
    appointment_id: UUID | None = None
    uid: str | None = None
    sequence: int = 0


class CalledOffFacts(CaseFacts):
    """`calendar`: the meeting that goes from people's calendars, if it had a date."""

    calendar: tuple[CalendarEntry, ...] = ()


class MeetingFacts(CalledOffFacts):
    """`sequence`: how often it was moved. `calendar`: the meeting; told before it was, none."""

    starts_at: datetime
    moved: bool
    sequence: int = 0


class FollowUpFacts(CaseFacts):
    stage: str
    due_on: date
    due_date_id: UUID | None = None
    orientation_id: UUID | None = None
    appointment_id: UUID | None = None


class OrientationFacts(CaseFacts):
    orientation_id: UUID | None = None


class LinkFacts(Facts):
    """`link`: the secret end of an address, which opens nothing from `expires_at` on."""

    occasion: str
    answer_by: date
    link: Secret
    orientation_id: UUID | None = None
    expires_at: datetime | None = None


class ConfirmationFacts(Facts):
    """`link`: the secret end of an address, which opens nothing from `expires_at` on."""

    occasion: str
    expires_at: datetime
    link: Secret


class CodeFacts(Facts):
    """`code` opens nothing from `expires_at` on."""

    code: Secret
    orientation_id: UUID | None = None
    expires_at: datetime | None = None


class RegistrationFacts(Facts):
    """`contact`: where its reader is written to, which came with the event. `starts_at`: what comes next of the action
    or, cancelled, would have come."""

    news: str
    waiting: bool
    territory_id: str | None
    starts_at: datetime
    sessions: tuple[AnnouncedSession, ...]
    contact_kind: str
    contact: Secret
    neutral: bool


class WebhookFacts(Facts):
    webhook_id: UUID
    reason: str


class DigestFacts(Facts):
    """Counts and nothing else."""

    fresh: int
    pending: int


@dataclass(frozen=True, slots=True)
class Recipients:
    """Some of the people an event names. `kind` is what others may know of them."""

    kind: str
    ids: Callable[[Any], Sequence[UUID]]
    are_agents: bool = False
    are_organisations: bool = False
    come_with_address: bool = False
    """Of no dossier, and known by nothing but what the event says: where they are written to."""
    managers_when: Callable[[Any], bool] | None = None
    """Whether the event calls for who manages the dossier's territory as well."""

    def of(self, data: Any, managers: Sequence[UUID]) -> Sequence[UUID]:
        """Whom the event lets us write to, each once."""
        called = managers if self.managers_when is not None and self.managers_when(data) else ()
        return list(dict.fromkeys([*self.ids(data), *called]))

    @property
    def at_work(self) -> bool:
        """Written to for their work: at an office's address, whatever their programme or situation."""
        return self.are_agents or self.are_organisations


@dataclass(frozen=True, slots=True)
class Occasion:
    """One event type."""

    event: type[EventData]
    facts: type[Facts]
    state: Callable[[Any], Facts]
    recipients: Mapping[str, Recipients]
    own: Callable[[Any, UUID], Facts] | None = None
    """Where the event says something else to each recipient: what it says to that one."""

    def told_to(self, data: Any, recipient_id: UUID) -> Facts:
        """What may be said of an event to one of its recipients."""
        return self.own(data, recipient_id) if self.own is not None else self.state(data)

    @property
    def moments(self) -> Sequence[str]:
        """The facts that are moments or days."""
        fields = self.facts.model_fields.items()
        return [name for name, field in fields if not {date, datetime}.isdisjoint(_types(field.annotation))]


def _types(annotation: Any) -> Sequence[Any]:
    return get_args(annotation) or (annotation,)


def _among(facts: type[Facts], data: EventData) -> Facts:
    """Those facts that the event tells under the same names."""
    return facts.model_validate(data.model_dump(include=set(facts.model_fields)))


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


def _agent_of(data: FollowUpDue, kind: str) -> Sequence[UUID]:
    return [data.agent_id] if data.kind == kind else []


def _nobody(_: FollowUpDue) -> Sequence[UUID]:
    return []


def _is_late(data: FollowUpDue) -> bool:
    return data.kind == FOLLOW_UP and data.stage == "overdue"


def _agent_of_any_other(data: FollowUpDue) -> Sequence[UUID]:
    return [] if data.kind in (FOLLOW_UP, ORIENTATION) else [data.agent_id]


def _promised(data: FollowUpDue) -> Sequence[UUID]:
    return [data.person_id] if data.person_id else []


def _person(data: OrientationAnswered | RequestAnswered) -> Sequence[UUID]:
    return [data.person_id] if data.person_id else []


def _of_plan(data: ConferenceRatified | FollowUpRecorded, recipient_id: UUID) -> PlanFacts:
    theirs = [one.link for one in data.links or () if one.person_id == recipient_id]
    return PlanFacts(case_id=data.case_id, **({"link": theirs[0]} if theirs else {}))


def _members(data: ConferenceRatified) -> Sequence[UUID]:
    """Whom cases says may be written to; of an event from before it did, who ratified."""
    return list(data.members) if data.links is None else [one.person_id for one in data.links]


def _calendar(data: ConferenceScheduled | ConferenceStopped) -> tuple[CalendarEntry, ...]:
    return (data.calendar,) if data.calendar else ()


def _of_meeting(data: ConferenceScheduled) -> MeetingFacts:
    sequence = data.calendar.sequence if data.calendar else 0
    return MeetingFacts(
        case_id=data.case_id,
        starts_at=data.meeting_at,
        moved=sequence > 0,
        sequence=sequence,
        calendar=_calendar(data),
    )


def _of_appointment(event: type[EventData]) -> "Occasion":
    """Whom to tell is said by the event: nobody where no automatic message may leave."""
    return Occasion(
        event,
        AppointmentFacts,
        lambda data: _among(AppointmentFacts, data),
        {"people": Recipients("person", lambda data: data.person_ids)},
    )


_ITS_AGENT = Recipients("agent", lambda data: [data.agent_id], are_agents=True)
_ITS_ORGANISATION = Recipients("organisation", lambda data: [data.organisation_id], are_organisations=True)


OCCASIONS: Mapping[str, Occasion] = {
    occasion.event.__name__: occasion
    for occasion in (
        Occasion(RequestSubmitted, RequestFacts, _of_request, {"requester": Recipients("requester", _requester)}),
        Occasion(
            RequestAnswered,
            CaseFacts,
            lambda data: CaseFacts(case_id=case_id_of(data.request_id)),
            {"person": Recipients("person", _person)},
        ),
        Occasion(
            ConferenceRatified,
            PlanFacts,
            lambda data: _among(PlanFacts, data),
            {"members": Recipients("member", _members)},
            own=_of_plan,
        ),
        Occasion(
            FollowUpRecorded,
            PlanFacts,
            lambda data: _among(PlanFacts, data),
            {"members": Recipients("member", lambda data: [one.person_id for one in data.links])},
            own=_of_plan,
        ),
        Occasion(
            ConferenceScheduled,
            MeetingFacts,
            _of_meeting,
            {"members": Recipients("member", lambda data: data.members)},
        ),
        Occasion(
            ConferenceStopped,
            CalledOffFacts,
            lambda data: CalledOffFacts(case_id=data.case_id, calendar=_calendar(data)),
            {"members": Recipients("member", lambda data: data.members)},
        ),
        Occasion(
            FollowUpDue,
            FollowUpFacts,
            lambda data: _among(FollowUpFacts, data),
            {
                "coordinator": Recipients("agent", lambda data: _agent_of(data, FOLLOW_UP), are_agents=True),
                "managers": Recipients("agent", _nobody, are_agents=True, managers_when=_is_late),
                "orienting": Recipients("agent", lambda data: _agent_of(data, ORIENTATION), are_agents=True),
                "promised": Recipients("person", _promised),
                "in-charge": Recipients("agent", _agent_of_any_other, are_agents=True),
            },
        ),
        Occasion(
            OrientationLinkIssued,
            LinkFacts,
            lambda data: _among(LinkFacts, data),
            {"organisation": _ITS_ORGANISATION},
        ),
        Occasion(
            OrientationCodeAsked,
            CodeFacts,
            lambda data: _among(CodeFacts, data),
            {"organisation": _ITS_ORGANISATION},
        ),
        Occasion(
            OrientationAnswered,
            OrientationFacts,
            lambda data: _among(OrientationFacts, data),
            {"agent": _ITS_AGENT, "person": Recipients("person", _person)},
        ),
        Occasion(
            OrientationExpired,
            OrientationFacts,
            lambda data: _among(OrientationFacts, data),
            {"agent": _ITS_AGENT},
        ),
        Occasion(
            AgreementEnding,
            AgreementFacts,
            lambda data: _among(AgreementFacts, data),
            {"managers": Recipients("agent", lambda data: data.manager_ids, are_agents=True)},
        ),
        Occasion(
            ConfirmationAsked,
            ConfirmationFacts,
            lambda data: _among(ConfirmationFacts, data),
            {"organisation": _ITS_ORGANISATION},
        ),
        Occasion(
            WebhookDisabled,
            WebhookFacts,
            lambda data: _among(WebhookFacts, data),
            {"managers": Recipients("agent", lambda data: data.manager_ids, are_agents=True)},
        ),
        Occasion(
            DigestDue,
            DigestFacts,
            lambda data: _among(DigestFacts, data),
            {"agent": _ITS_AGENT},
        ),
        Occasion(
            RegistrationToTell,
            RegistrationFacts,
            lambda data: _among(RegistrationFacts, data),
            {"registered": Recipients("person", lambda data: [data.registration_id], come_with_address=True)},
        ),
        _of_appointment(AppointmentBooked),
        _of_appointment(AppointmentMoved),
        _of_appointment(AppointmentCancelled),
    )
}


def is_quiet(request: RequestSubmitted) -> bool:
    """Whether nothing may be written about this request, to nobody.

    Never on violence, and never where a programme was refused for a minor: there may be a worry about the child,
    of which no automatic message leaves.
    """
    return any("violence" in theme for theme in request.themes) or bool(request.declined and request.concerned.minor)

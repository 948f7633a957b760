"""The vocabulary: every event a service may write, by type and major version."""

from collections.abc import Mapping
from types import MappingProxyType

from contracts.events.cases import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentKept,
    AppointmentMissed,
    AppointmentMoved,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseTransferred,
    ConferenceRatified,
    ConferenceScheduled,
    FollowUpDue,
    FollowUpRecorded,
    MeasureSigned,
    OrientationAnswered,
    OrientationCodeAsked,
    OrientationExpired,
    OrientationLinkIssued,
    OrientationProposed,
    OrientationWithdrawn,
)
from contracts.events.concerns import ConcernDue, ConcernRaised
from contracts.events.data import EventData
from contracts.events.intake import (
    PromiseMissed,
    RequestAnswered,
    RequestMerged,
    RequestSubmitted,
    RequestWithdrawn,
)
from contracts.events.keys import PersonKeyIssued
from contracts.events.messages import MessageDelivered, MessageFailed
from contracts.events.partner_requests import PartnerRequestSent
from contracts.events.partners import (
    AgentPublished,
    OfferPublished,
    OrganisationPublished,
    TerritoryPublished,
)
from contracts.events.people import (
    ConsentGiven,
    ConsentWithdrawn,
    PersonChanged,
    PersonIntroduced,
    PersonRecorded,
    PersonsMerged,
)

RELEASED: tuple[type[EventData], ...] = (
    RequestSubmitted,
    RequestAnswered,
    RequestWithdrawn,
    RequestMerged,
    PromiseMissed,
    PersonRecorded,
    PersonChanged,
    PersonIntroduced,
    ConsentGiven,
    ConsentWithdrawn,
    PersonsMerged,
    CaseOpened,
    ConferenceScheduled,
    ConferenceRatified,
    OrientationProposed,
    OrientationLinkIssued,
    OrientationCodeAsked,
    OrientationAnswered,
    OrientationExpired,
    OrientationWithdrawn,
    MeasureSigned,
    AppointmentBooked,
    AppointmentMoved,
    AppointmentCancelled,
    AppointmentKept,
    AppointmentMissed,
    FollowUpDue,
    FollowUpRecorded,
    CaseClosed,
    CaseReopened,
    CaseTransferred,
    ConcernRaised,
    ConcernDue,
    OrganisationPublished,
    OfferPublished,
    AgentPublished,
    TerritoryPublished,
    MessageDelivered,
    MessageFailed,
    PersonKeyIssued,
    PartnerRequestSent,
)

EVENTS: Mapping[tuple[str, int], type[EventData]] = MappingProxyType(
    {(event.__name__, event.version): event for event in RELEASED}
)
"""Event type and major version → the model of its data."""

__all__ = [
    "EVENTS",
    "RELEASED",
    "AgentPublished",
    "AppointmentBooked",
    "AppointmentCancelled",
    "AppointmentKept",
    "AppointmentMissed",
    "AppointmentMoved",
    "CaseClosed",
    "CaseOpened",
    "CaseReopened",
    "CaseTransferred",
    "ConcernDue",
    "ConcernRaised",
    "ConferenceRatified",
    "ConferenceScheduled",
    "ConsentGiven",
    "ConsentWithdrawn",
    "EventData",
    "FollowUpDue",
    "FollowUpRecorded",
    "MeasureSigned",
    "MessageDelivered",
    "MessageFailed",
    "OfferPublished",
    "OrganisationPublished",
    "OrientationAnswered",
    "OrientationCodeAsked",
    "OrientationExpired",
    "OrientationLinkIssued",
    "OrientationProposed",
    "OrientationWithdrawn",
    "PartnerRequestSent",
    "PersonChanged",
    "PersonIntroduced",
    "PersonKeyIssued",
    "PersonRecorded",
    "PersonsMerged",
    "PromiseMissed",
    "RequestAnswered",
    "RequestMerged",
    "RequestSubmitted",
    "RequestWithdrawn",
    "TerritoryPublished",
]

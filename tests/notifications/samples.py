"""Events as the other services write them, about people who do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.handlers import Received
from chassis.sealing import MasterKey, SubjectKey, WrappedKey
from contracts.envelope import Envelope, event, parse
from contracts.events import (
    AgentPublished,
    AgreementEnding,
    CaseClosed,
    CaseOpened,
    ConferenceRatified,
    ConsentGiven,
    ConsentWithdrawn,
    EventData,
    FollowUpDue,
    FollowUpRecorded,
    OrganisationPublished,
    PersonChanged,
    PersonIntroduced,
    PersonKeyIssued,
    PersonRecorded,
    RequestSubmitted,
    RequestWithdrawn,
)
from contracts.events.cases import PlanLink
from contracts.events.people import ContactPoint
from contracts.sealed import Sealed

MASTER = MasterKey(bytes(32), "1")
NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ORGANISATION = UUID("00000000-0000-4000-8000-0000000000f0")


def received(envelope: Envelope) -> Received[Any]:
    return Received(envelope, parse(envelope))


def _event(data: EventData, source: str, sequence: int = 1, at: datetime = NOW) -> Envelope:
    return event(data, id=uuid4(), source=f"/maillage/{source}", sequence=sequence, time=at)


@dataclass
class SamplePerson:
    """Somebody invented, with a key of their own."""

    address: str
    safe: bool = True
    neutral: bool = False
    kind: str = "email"
    id: UUID = field(default_factory=uuid4)
    key: SubjectKey = field(init=False, repr=False)
    wrapped: WrappedKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.key, self.wrapped = MASTER.issue(f"person:{self.id}")

    def sealed(self, text: str, name: str) -> Sealed:
        return self.key.seal(text, event_id=self.id, name=name)

    @property
    def contact_points(self) -> tuple[ContactPoint, ...]:
        value = self.sealed(self.address, "value")
        return (
            ContactPoint(
                contact_point_id=uuid4(), kind=self.kind, value=value, safe_to_write=self.safe, neutral=self.neutral
            ),
        )

    def key_issued(self) -> Envelope:
        key = self.wrapped
        return _event(
            PersonKeyIssued(key_subject=key.key_subject, wrapped=key.wrapped, master_key_id=key.master_key_id), "intake"
        )

    def recorded(self, **changes: Any) -> Envelope:
        fields = {"person_id": self.id, "language": "fr", "contact_points": self.contact_points} | changes
        return _event(PersonRecorded(**fields), "intake")

    def changed(self, sequence: int, **changes: Any) -> Envelope:
        fields = {"person_id": self.id, "language": "fr", "contact_points": self.contact_points} | changes
        return _event(PersonChanged(**fields), "intake", sequence)

    def introduced(self) -> Envelope:
        return _event(PersonIntroduced(person_id=self.id, contact_points=self.contact_points), "cases")

    def agreed_to_messages(self, consent_id: UUID) -> Envelope:
        data = ConsentGiven(consent_id=consent_id, person_id=self.id, kind="messages", given_how="oral", given_at=NOW)
        return _event(data, "intake", 2)

    def takes_back(self, consent_id: UUID) -> Envelope:
        data = ConsentWithdrawn(consent_id=consent_id, person_id=self.id, kind="messages", withdrawn_at=NOW)
        return _event(data, "intake", 3)

    def as_agent(self, *, retired: bool = False, sequence: int = 1) -> Envelope:
        """Published by the directory as an agent."""
        data = AgentPublished(
            agent_id=self.id,
            subject=f"agent-{self.id}",
            organisation_id=ORGANISATION,
            name=self.sealed("Agent Exemple", "name"),
            email=self.sealed(self.address, "email"),
            retired=retired,
        )
        return _event(data, "directory", sequence)


def request(person_id: UUID | None, *, at: datetime = NOW, request_id: UUID | None = None, **changes: Any) -> Envelope:
    """RequestSubmitted by this person, for themself unless said otherwise."""
    fields: dict[str, Any] = {
        "request_id": request_id or uuid4(),
        "reference": "5VS9HGPTD",
        "channel": "web",
        "received_at": at,
        "received_by": {},
        "territory_id": "saint-brieuc",
        "commune": "22278",
        "programme": "first-contact",
        "programme_version": 1,
        "themes": ("housing",),
        "urgency": "ordinary",
        "requester": {"person_id": person_id, "role": "self"},
        "concerned": {"person_id": person_id, "minor": False},
        "promised_on": date(2026, 3, 16),
    }
    return _event(RequestSubmitted.model_validate(fields | changes), "intake", at=at)


def withdrawn(request_id: UUID, at: datetime = NOW + timedelta(minutes=1)) -> Envelope:
    return _event(RequestWithdrawn(request_id=request_id), "intake", 2, at)


def opened(case_id: UUID, request_id: UUID | None = None, programme: str = "family-conference") -> Envelope:
    data = CaseOpened(
        case_id=case_id,
        request_id=request_id,
        programme=programme,
        programme_version=1,
        territory_id="saint-brieuc",
        opened_on=date(2026, 3, 2),
    )
    return _event(data, "cases")


def ratified(
    case_id: UUID, members: list[UUID], coordinator_id: UUID | None = None, links: Sequence[PlanLink] | None = None
) -> Envelope:
    key, _ = MASTER.issue(f"case:{case_id}")
    data = ConferenceRatified(
        case_id=case_id,
        conference_id=uuid4(),
        scale="family",
        met_on=date(2026, 3, 1),
        ratified_on=date(2026, 3, 1),
        follow_up_due_on=date(2026, 6, 1),
        coordinator_id=coordinator_id or uuid4(),
        members=tuple(members),
        action_count=2,
        plan=key.seal("Plan secret de la famille", event_id=case_id, name="plan"),
        links=None if links is None else tuple(links),
    )
    return _event(data, "cases", 2)


def plan_link(key: SubjectKey, person_id: UUID, secret: str) -> PlanLink:
    """The link by which somebody reads the plan of a dossier, under its key."""
    link = key.seal(secret, event_id=person_id, name=f"link:{person_id}")
    return PlanLink(person_id=person_id, link=link, expires_at=NOW + timedelta(days=120))


def follow_up_due(
    case_id: UUID, agent_id: UUID, stage: str = "due", at: datetime = NOW, kind: str = "conference_follow_up"
) -> Envelope:
    data = FollowUpDue(
        case_id=case_id,
        due_date_id=uuid4(),
        kind=kind,
        stage=stage,
        due_on=date(2026, 6, 1),
        agent_id=agent_id,
    )
    return _event(data, "cases", 3, at)


def agreement_ending(manager_ids: Sequence[UUID], **changes: Any) -> Envelope:
    """An agreement that ends in six months."""
    fields: dict[str, Any] = {
        "agreement_id": uuid4(), "kind": "convention", "title": "Convention (exemple)", "party_ids": (ORGANISATION,),
        "territory_ids": ("saint-brieuc",), "starts_on": "2026-01-01", "ends_on": "2026-12-31",
        "stage": "six_months", "renewal": "none", "renews": False, "manager_ids": manager_ids,
    }  # fmt: skip
    return _event(AgreementEnding.model_validate(fields | changes), "directory", 6)


def follow_up_recorded(
    case_id: UUID, at: datetime = NOW + timedelta(minutes=1), links: Sequence[PlanLink] = ()
) -> Envelope:
    data = FollowUpRecorded(
        case_id=case_id,
        conference_id=uuid4(),
        recorded_on=date(2026, 6, 1),
        contacted=2,
        outcome="carried_out",
        links=tuple(links),
    )
    return _event(data, "cases", 4, at)


def closed(case_id: UUID, at: datetime = NOW + timedelta(minutes=1)) -> Envelope:
    return _event(CaseClosed(case_id=case_id, closed_on=date(2026, 6, 1), reason="completed"), "cases", 5, at)


def organisation(sequence: int = 1, **changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "organisation_id": ORGANISATION,
        "name": "Maison départementale de l’exemple",
        "kind": "departement",
        "territory_ids": ("saint-brieuc",),
        "phone": "02 00 00 00 00",
    }
    return _event(OrganisationPublished.model_validate(fields | changes), "directory", sequence)

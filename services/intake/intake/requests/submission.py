"""A request taken in, as the rows and the events that are written for it. No I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.sealing import MasterKey, SubjectKey, key_issued
from contracts.envelope import Envelope
from contracts.events import ConsentGiven, PersonRecorded, RequestSubmitted
from contracts.events.intake import Concerned, Declined, ReceivedBy, Requester
from contracts.references import new_reference

from intake.chain import SOURCE, Chain
from intake.people.events import NumberedContactPoint, key_subject, person_state
from intake.people.said import ConsentSaid, PersonSaid
from intake.requests.asked import Asked
from intake.requests.model import Decision, promise_ends, promised_on
from intake.territories.places import Place
from intake.tracking.model import new_secret, tracking_hash

PROMISE = "promise"
"""Kind of the due date that fires when a promised answer did not come."""

Rows = dict[str, list[dict[str, Any]]]
"""Table → rows, as JSON can hold them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """By whom and through what a request comes in. Time, ids and randomness are given, not taken."""

    chain: Chain
    channel: str
    received_by: ReceivedBy
    identify: Callable[[str], UUID]
    """The id of a part, by its label."""
    random: Random
    """For the reference."""
    secrets: Random
    """For the tracking secret: always the system's own."""
    zone: ZoneInfo
    immediate_answer: str = ""


@dataclass(slots=True)
class Submission:
    """What is to be stored, and what the requester is told."""

    request_id: UUID
    reference: str
    secret: str
    rows: Rows = field(default_factory=dict)
    events: list[Envelope] = field(default_factory=list)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)


def submission(
    asked: Asked, decision: Decision, place: Place, origin: Origin, master: MasterKey, tracking_key: bytes
) -> Submission:
    """Everything a request leaves behind: rows of intake's tables, keys, events."""
    writing = _Writing(origin, master, Submission(origin.identify("request"), *_reference_and_secret(origin)))
    requester = writing.requester(asked)
    concerned = requester if asked.requester.role == "self" else writing.concerned(asked)
    household_id = writing.household(asked, concerned)
    writing.request(asked, decision, place, tracking_key, requester, concerned, household_id)
    return writing.made


def _reference_and_secret(origin: Origin) -> tuple[str, str]:
    return new_reference(origin.random), new_secret(origin.secrets)


class _Writing:
    """Writes one submission, part by part."""

    def __init__(self, origin: Origin, master: MasterKey, made: Submission) -> None:
        self._origin = origin
        self._master = master
        self.made = made

    def requester(self, asked: Asked) -> UUID | None:
        own = asked.requester.role == "self"
        consents = asked.requester.consents + (asked.concerned.consents if own else ())
        person_id = self._person("requester", asked.requester.person, consents, asked if own else None)
        if person_id and own:
            self._takes_part(person_id, "concerned")
        return person_id

    def concerned(self, asked: Asked) -> UUID | None:
        return self._person("concerned", asked.concerned.person, asked.concerned.consents, asked)

    def household(self, asked: Asked, concerned: UUID | None) -> UUID | None:
        if not asked.household:
            return None
        household_id = self._origin.identify("household")
        members = [self._person("household", said, (), None, f":{n}") for n, said in enumerate(asked.household)]
        for member in filter(None, (concerned, *members)):
            since = self._origin.chain.time.astimezone(self._origin.zone).date()
            self.made.add("household_members", household_id=household_id, person_id=member, since=since)
        return household_id

    def _person(
        self,
        role: str,
        said: PersonSaid | None,
        consents: Sequence[ConsentSaid],
        concerned_in: Asked | None,
        number: str = "",
    ) -> UUID | None:
        """Record somebody, with their consents and, for the person concerned, what others agreed to for them."""
        holders = concerned_in.concerned.parental_authority if concerned_in else ()
        if said is None and not consents and not holders:
            return None
        person_id = self._origin.identify(f"person:{role}{number}")
        key = self._key(key_subject(person_id))
        givers = [(self._person("parental_authority", one, (), None, f":{n}"), one) for n, one in enumerate(holders)]
        agreements: list[tuple[str, str, str | None, UUID | None]] = [
            (one.kind, one.given_how, one.organisation_id, None) for one in consents
        ]
        agreements += [("programme", one.agreed, None, giver) for giver, one in givers if one.agreed]
        self._record(person_id, role, said or PersonSaid(), key, version=1 + len(agreements))
        for place, agreement in enumerate(agreements):
            programme = concerned_in.programme if concerned_in else None
            self._consent(person_id, *agreement, programme=programme, label=f"{role}{number}:{place}", place=place)
        return person_id

    def _record(self, person_id: UUID, role: str, said: PersonSaid, key: SubjectKey, version: int) -> None:
        event_id = self._origin.identify(f"PersonRecorded:{person_id}")
        points = [
            NumberedContactPoint(self._origin.identify(f"contact_point:{person_id}:{n}"), one)
            for n, one in enumerate(said.contact_points)
        ]
        self.made.add(
            "persons",
            person_id=person_id,
            version=version,
            given_name=said.given_name,
            family_name=said.family_name,
            birth_date=said.birth_date,
            language=said.language,
            recorded_at=self._origin.chain.time,
        )
        self._takes_part(person_id, role)
        for point in points:
            self.made.add(
                "contact_points",
                contact_point_id=point.contact_point_id,
                person_id=person_id,
                kind=point.said.kind,
                value=point.said.value,
                safe_to_write=point.said.safe_to_write,
                neutral=point.said.neutral,
            )
        state = PersonRecorded(**person_state(person_id, said, points, key, event_id))
        self.made.events.append(self._origin.chain.tell(state, id=event_id, sequence=1))

    def _consent(  # noqa: PLR0917 - the columns of one agreement
        self,
        person_id: UUID,
        kind: str,
        given_how: str,
        organisation_id: str | None,
        given_by: UUID | None,
        *,
        programme: str | None,
        label: str,
        place: int,
    ) -> None:
        consent = ConsentGiven(
            consent_id=self._origin.identify(f"consent:{label}"),
            person_id=person_id,
            kind=kind,
            programme=programme if kind == "programme" else None,
            organisation_id=UUID(organisation_id) if organisation_id else None,
            given_how=given_how,
            given_at=self._origin.chain.time,
            given_by=given_by,
        )
        self.made.add("consents", **consent.model_dump(mode="json"))
        event_id = self._origin.identify(f"ConsentGiven:{label}")
        self.made.events.append(self._origin.chain.tell(consent, id=event_id, sequence=2 + place))

    def _takes_part(self, person_id: UUID, role: str) -> None:
        self.made.add("request_people", request_id=self.made.request_id, person_id=person_id, role=role)

    def _key(self, subject: str) -> SubjectKey:
        """A new key, kept here and told to the others."""
        key, wrapped = self._master.issue(subject)
        self.made.add(
            "subject_keys", key_subject=subject, wrapped=wrapped.wrapped, master_key_id=wrapped.master_key_id
        )
        self.made.events.append(
            key_issued(wrapped, cause=self._origin.identify("keys"), source=SOURCE, template=self._origin.chain)
        )
        return key

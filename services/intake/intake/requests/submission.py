"""A request taken in, as the rows and events it leaves. No I/O: time, ids and randomness are given."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from chassis.sealing import MasterKey, SubjectKey
from contracts.events import RequestAnswered, RequestSubmitted
from contracts.events.intake import Answer, Concerned, Declined, ReceivedBy, Requester
from contracts.programme import Programme
from contracts.sealed import Sealed
from intake.act import Act
from intake.eligibility.answers import sealed
from intake.people.recording import Agreement, issue_key, record
from intake.people.said import ConsentSaid, PersonSaid
from intake.requests.asked import Asked
from intake.requests.model import Decision, promise_ends, promised_on
from intake.territories.places import Place
from intake.tracking.model import tracking_hash

PROMISE = "promise"
"""Kind of the due date that fires when a promised answer did not come."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals and hashes."""

    master: MasterKey
    tracking: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """The door a request comes in by."""

    channel: str
    received_by: ReceivedBy
    reference: str
    secret: str = field(repr=False)
    """Lets the requester follow the request."""
    zone: ZoneInfo
    immediate_answer: str = ""


def submit(act: Act, asked: Asked, decision: Decision, place: Place, entry: Entry, keys: Keys) -> RequestSubmitted:
    """Everything a request leaves behind goes into `act`. Returns what is told of it."""
    writing = _Writing(act, act.identify("request"), asked, keys)
    requester, concerned, household = writing.people(entry.zone)
    received_on = act.time.astimezone(entry.zone).date()
    request = RequestSubmitted(
        request_id=writing.request_id,
        reference=entry.reference,
        channel=entry.channel,
        received_at=act.time,
        received_by=entry.received_by,
        territory_id=place.territory_id,
        commune=place.commune,
        programme=decision.programme.id,
        programme_version=decision.programme.version,
        declined=Declined(programme=decision.declined.id) if decision.declined else None,
        themes=asked.themes,
        urgency=asked.urgency,
        requester=Requester(person_id=requester, role=asked.requester.role),
        concerned=Concerned(person_id=concerned, minor=decision.minor),
        household_id=household,
        answered_at=act.time if entry.immediate_answer else None,
        promised_on=promised_on(decision.programme, received_on, asked.urgency, place.department),
        summary=writing.summary(),
        answers=writing.answers(decision),
    )
    act.tell(request, id=act.main, sequence=1)
    writing.request(request, tracking_hash(keys.tracking, entry.reference, entry.secret), entry.immediate_answer)
    writing.refusal(decision)
    if entry.immediate_answer:
        writing.answered(request)
    else:
        writing.promise(request, entry.zone)
    return request


class _Writing:
    """Writes one request, part by part."""

    def __init__(self, act: Act, request_id: UUID, asked: Asked, keys: Keys) -> None:
        self._act = act
        self.request_id = request_id
        self._asked = asked
        self._keys = keys

    def people(self, zone: ZoneInfo) -> tuple[UUID | None, UUID | None, UUID | None]:
        """Requester, person concerned and household."""
        asked = self._asked
        if asked.requester.role == "self":
            requester = concerned = self._concerned("self", asked.requester.person, asked.own_consents)
        else:
            agreements = _agreements(asked.requester.consents, asked.programme)
            requester = self._person("requester", asked.requester.person, agreements)
            concerned = self._concerned("concerned", asked.concerned.person, asked.own_consents)
        return requester, concerned, self._household(concerned, zone)

    def _concerned(self, role: str, said: PersonSaid | None, consents: Iterable[ConsentSaid]) -> UUID | None:
        """The person concerned, with what they and the holders of parental authority agree to."""
        agreements = [*_agreements(consents, self._asked.programme)]
        for place, holder in enumerate(self._asked.concerned.parental_authority):
            giver = self._person("parental_authority", holder, (), f"parental_authority:{place}")
            if holder.agreed:
                agreements.append(Agreement("programme", holder.agreed, self._asked.programme, given_by=giver))
        return self._person(role, said, agreements)

    def _person(
        self, role: str, said: PersonSaid | None, agreements: Iterable[Agreement], label: str | None = None
    ) -> UUID | None:
        """Record somebody who is known by anything at all."""
        agreed = tuple(agreements)
        if said is None and not agreed:
            return None
        person_id = record(self._act, self._keys.master, label or role, said or PersonSaid(), agreed)
        self._act.add("request_people", request_id=self.request_id, person_id=person_id, role=role)
        return person_id

    def _household(self, concerned: UUID | None, zone: ZoneInfo) -> UUID | None:
        if not self._asked.household:
            return None
        household_id, since = self._act.identify("household"), self._act.time.astimezone(zone).date()
        members = [
            self._person("household", said, (), f"household:{place}")
            for place, said in enumerate(self._asked.household)
        ]
        for member in filter(None, (concerned, *members)):
            self._act.add("household_members", household_id=household_id, person_id=member, since=since)
        return household_id

    def summary(self) -> Sealed | None:
        """What was said, sealed under a key of the request: it may speak of several people."""
        if not self._asked.summary:
            return None
        return self._key.seal(self._asked.summary, event_id=self._act.main, name="summary")

    @cached_property
    def _key(self) -> SubjectKey:
        return issue_key(self._act, self._keys.master, f"request:{self.request_id}")

    def answers(self, decision: Decision) -> tuple[Answer, ...]:
        """To the questions of the programme asked for, in its row and in its event."""
        return tuple(self._answer(decision.asked, name, value) for name, value in decision.answers.items())

    def _answer(self, programme: Programme, name: str, value: Any) -> Answer:
        restricted = sealed(programme, name)
        row = {"programme": programme.id, "name": name, "value": value, "restricted": restricted}
        self._act.add("answers", request_id=self.request_id, **row)
        if not restricted:
            return Answer(name=name, given=value)
        text = orjson.dumps(value).decode()
        return Answer(name=name, sealed=self._key.seal(text, event_id=self._act.main, name=f"answer:{name}"))

    def request(self, request: RequestSubmitted, hashed: bytes, immediate_answer: str) -> None:
        self._act.add(
            "requests",
            version=2 if immediate_answer else 1,
            tracking_hash=f"\\x{hashed.hex()}",
            state="answered" if immediate_answer else "received",
            received_by=request.received_by.agent_id,
            organisation_id=request.received_by.organisation_id,
            place=request.received_by.place,
            summary=self._asked.summary or None,
            requester_role=request.requester.role,
            concerned_minor=request.concerned.minor,
            answer=immediate_answer or None,
            answered_at=request.answered_at,
            answered_by=request.received_by.agent_id if immediate_answer else None,
            working_days=0 if immediate_answer else None,
            **{name: getattr(request, name) for name in _SAME},
        )

    def refusal(self, decision: Decision) -> None:
        """Why what was asked for is not possible, kept for authorised agents."""
        if decision.declined:
            self._act.add(
                "refusals", request_id=self.request_id, programme=decision.declined.id, reasons=decision.reasons
            )

    def answered(self, request: RequestSubmitted) -> None:
        """An answer given while the request was taken in is told as any other."""
        told = RequestAnswered(
            request_id=request.request_id,
            answered_at=request.received_at,
            promised_on=request.promised_on,
            working_days=0,
        )
        self._act.tell(told, id=self._act.identify("answered"), sequence=2)

    def promise(self, request: RequestSubmitted, zone: ZoneInfo) -> None:
        """The due date that fires when the promised day ends without an answer."""
        self._act.add(
            "due_dates",
            due_date_id=self._act.identify("promise"),
            stage="overdue",
            kind=PROMISE,
            subject=self.request_id,
            due_on=request.promised_on,
            zone=str(zone),
            fires_at=promise_ends(request.promised_on, zone),
            details={},
            state="waiting",
            attempts=0,
        )


_SAME = (
    "request_id", "reference", "channel", "received_at", "territory_id", "commune", "programme", "programme_version",
    "themes", "urgency", "household_id", "promised_on",
)  # fmt: skip
"""Fields the event and the row have in common."""


def _agreements(consents: Iterable[ConsentSaid], programme: str) -> Iterable[Agreement]:
    for one in consents:
        yield Agreement(one.kind, one.given_how, programme if one.kind == "programme" else None, one.organisation_id)

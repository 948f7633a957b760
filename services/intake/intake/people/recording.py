"""Recording people: their rows, and what is told of them with personal data sealed under their own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.sealing import MasterKey, SubjectKey
from contracts.events import ConsentGiven, PersonKeyIssued, PersonRecorded
from contracts.events.people import ContactPoint, Hours
from intake.act import Act
from intake.people.said import ContactPointSaid, PersonSaid

ROW: Final = frozenset({"given_name", "family_name", "birth_date", "language", "never_by", "needs"})
"""What is said of a person that is a column of their row."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Something a person, or `given_by` for them, agrees to."""

    kind: str
    given_how: str
    programme: str | None = None
    organisation_id: UUID | None = None
    given_by: UUID | None = None
    given_at: datetime | None = None
    """None: at the moment it is recorded."""


@dataclass(frozen=True, slots=True)
class NumberedContactPoint:
    """A contact point with its id."""

    contact_point_id: UUID
    said: ContactPointSaid


def issue_key(act: Act, master: MasterKey, key_subject: str) -> SubjectKey:
    """A new key, kept here and told to the other services."""
    key, wrapped = master.issue(key_subject)
    stored = {"key_subject": key_subject, "wrapped": wrapped.wrapped, "master_key_id": wrapped.master_key_id}
    act.add("subject_keys", **stored)
    act.tell(PersonKeyIssued(**stored), id=act.identify(f"key:{key_subject}"), sequence=1)
    return key


def record(act: Act, master: MasterKey, label: str, said: PersonSaid, agreements: Sequence[Agreement] = ()) -> UUID:
    """Record somebody for the first time, with what they agree to. Returns their id."""
    person_id, event_id = act.identify(f"person:{label}"), act.identify(f"PersonRecorded:{label}")
    key = issue_key(act, master, f"person:{person_id}")
    points = [
        NumberedContactPoint(act.identify(f"contact-point:{label}:{place}"), point)
        for place, point in enumerate(said.contact_points)
    ]
    act.add(
        "persons",
        person_id=person_id,
        version=1 + len(agreements),
        recorded_at=act.time,
        **said.model_dump(include=set(ROW)),
    )
    add_contact_points(act, person_id, points)
    act.tell(PersonRecorded(**sealed_state(person_id, said, points, key, event_id)), id=event_id, sequence=1)
    for place, agreement in enumerate(agreements):
        consent(act, person_id, agreement, label=f"{label}:{place}", sequence=2 + place)
    return person_id


def add_contact_points(act: Act, person_id: UUID, points: Sequence[NumberedContactPoint]) -> None:
    """The rows of a person's contact points."""
    for point in points:
        act.add(
            "contact_points",
            contact_point_id=point.contact_point_id,
            person_id=person_id,
            **point.said.model_dump(),
        )


def consent(act: Act, person_id: UUID, agreement: Agreement, *, label: str, sequence: int) -> UUID:
    """Record one agreement; `sequence` is the person's version with it. Returns its id."""
    given = ConsentGiven(
        consent_id=act.identify(f"consent:{label}"),
        person_id=person_id,
        kind=agreement.kind,
        programme=agreement.programme,
        organisation_id=agreement.organisation_id,
        given_how=agreement.given_how,
        given_at=agreement.given_at or act.time,
        given_by=agreement.given_by,
    )
    act.add("consents", **given.model_dump(mode="json"))
    act.tell(given, id=act.identify(f"ConsentGiven:{label}"), sequence=sequence)
    return given.consent_id


def sealed_state(
    person_id: UUID, said: PersonSaid, points: Sequence[NumberedContactPoint], key: SubjectKey, event_id: UUID
) -> dict[str, Any]:
    """The fields of PersonRecorded or PersonChanged, sealed for the event of that id."""
    return {
        "person_id": person_id,
        "name": key.seal(said.name, event_id=event_id, name="name") if said.name else None,
        "birth_date": key.seal(said.birth_date, event_id=event_id, name="birth_date") if said.birth_date else None,
        "language": said.language,
        "contact_points": tuple(
            ContactPoint(
                contact_point_id=point.contact_point_id,
                kind=point.said.kind,
                value=key.seal(point.said.value, event_id=event_id, name=f"contact-point:{point.contact_point_id}"),
                safe_to_write=point.said.safe_to_write and not _forbidden(said, point),
                neutral=point.said.neutral,
                never=_forbidden(said, point),
                hours=tuple(Hours(**one.model_dump()) for one in point.said.hours),
            )
            for point in points
        ),
        "needs": key.seal(said.needs.model_dump_json(), event_id=event_id, name="needs") if said.needs else None,
    }


def _forbidden(said: PersonSaid, point: NumberedContactPoint) -> bool:
    """Whoever knows of one contact point alone reads there that its whole kind is forbidden."""
    return point.said.never or point.said.kind in said.never_by

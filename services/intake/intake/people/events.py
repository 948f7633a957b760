"""What is told about people: personal data sealed under the person's own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.sealing import SubjectKey
from contracts.events.people import ContactPoint

from intake.people.said import ContactPointSaid, PersonSaid


def key_subject(person_id: UUID) -> str:
    """Whose key seals a person's data."""
    return f"person:{person_id}"


@dataclass(frozen=True, slots=True)
class NumberedContactPoint:
    """A contact point with its id."""

    contact_point_id: UUID
    said: ContactPointSaid


def person_state(
    person_id: UUID,
    said: PersonSaid,
    contact_points: Sequence[NumberedContactPoint],
    key: SubjectKey,
    event_id: UUID,
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
                value=key.seal(point.said.value, event_id=event_id, name=f"contact_point:{point.contact_point_id}"),
                safe_to_write=point.said.safe_to_write,
                neutral=point.said.neutral,
            )
            for point in contact_points
        ),
    }

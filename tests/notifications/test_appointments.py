"""Appointments by mail: who will be met learns when, only where it is safe, and nothing shows where they asked so."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, event
from contracts.events import AppointmentBooked, AppointmentCancelled, AppointmentMoved, EventData
from contracts.events.cases import case_id_of
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import text_of
from tests.notifications.samples import NOW, SamplePerson, opened, request

ADDRESS = "personne.exemple@exemple.test"


def told(case_id: UUID, people: list[UUID]) -> list[Envelope]:
    """An appointment that is booked, moved, cancelled."""
    of = {
        "case_id": case_id,
        "appointment_id": uuid4(),
        "uid": "exemple@maillage",
        "kind": "first",
        "starts_at": NOW + timedelta(days=1),
        "ends_at": NOW + timedelta(days=1, hours=1),
        "place_kind": "office",
        "person_ids": people,
    }
    changes: list[tuple[type[EventData], dict[str, Any]]] = [
        (AppointmentBooked, {}),
        (AppointmentMoved, {"before": NOW, "by": "person"}),
        (AppointmentCancelled, {"by": "service"}),
    ]
    return [
        event(
            kind.model_validate({**of, **more, "sequence": sequence}),
            id=uuid4(),
            source="/maillage/cases",
            sequence=sequence,
            time=NOW,
        )
        for sequence, (kind, more) in enumerate(changes, start=2)
    ]


@pytest.mark.parametrize(
    ("safe", "neutral", "named", "subjects"),
    [
        (True, False, True, ["Votre rendez-vous", "Votre rendez-vous a changé", "Votre rendez-vous est annulé"]),
        (True, True, True, ["Une information pour vous"] * 3),
        (False, False, True, []),
        (True, False, False, []),
    ],
    ids=["safe", "nothing may show", "not safe", "nobody is to be told"],
)
async def test_each_change_is_told_to_whom_cases_names(
    desk: Desk, safe: bool, neutral: bool, named: bool, subjects: list[str]
) -> None:
    person, request_id = SamplePerson(ADDRESS, safe=safe, neutral=neutral), uuid4()
    case_id = case_id_of(request_id)
    await desk.hear(person.key_issued(), person.recorded(), request(None, request_id=request_id))
    await desk.hear(opened(case_id, request_id, programme="first-contact"))
    await desk.hear(*told(case_id, [person.id] if named else []))
    await desk.drain()
    assert [str(mail["Subject"]) for mail in desk.mails.mails] == subjects
    assert [mail for mail in desk.mails.mails if str(case_id) in text_of(mail)] == []

"""Appointments by mail: who will be met learns when, only where it is safe, and nothing shows where they asked so."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from contracts.envelope import Envelope, event
from contracts.events import AppointmentBooked, AppointmentCancelled, AppointmentMoved, EventData, FollowUpDue
from contracts.events.cases import case_id_of
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import text_of
from tests.notifications.samples import NOW, SamplePerson, opened, request

ADDRESS = "personne.exemple@exemple.test"


def told(case_id: UUID, people: list[UUID], starts_at: datetime = NOW + timedelta(days=1)) -> list[Envelope]:
    """An appointment that is booked, moved, cancelled."""
    appointment_id = uuid4()
    of = {
        "case_id": case_id,
        "appointment_id": appointment_id,
        "uid": f"{appointment_id}@maillage",
        "kind": "first",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
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
        (
            True, False, True,
            ["Votre rendez-vous du mardi 3 mars 2026", "Votre rendez-vous a changé : mardi 3 mars 2026",
             "Votre rendez-vous du mardi 3 mars 2026 est annulé"],
        ),
        (True, True, True, ["Une information pour vous"] * 3),
        (False, False, True, []),
        (True, False, False, []),
    ],
    ids=["safe", "nothing may show", "not safe", "nobody is to be told"],
)  # fmt: skip
async def test_each_change_is_told_to_whom_cases_names(
    desk: Desk, safe: bool, neutral: bool, named: bool, subjects: list[str]
) -> None:
    person, request_id = SamplePerson(ADDRESS, safe=safe, neutral=neutral), uuid4()
    case_id = case_id_of(request_id)
    await desk.hear(person.key_issued(), person.recorded(), request(None, request_id=request_id))
    await desk.hear(opened(case_id, request_id, programme="first-contact"))
    for change in told(case_id, [person.id] if named else []):
        await desk.hear(change)
        await desk.drain()
    assert [str(mail["Subject"]) for mail in desk.mails.mails] == subjects
    assert [mail for mail in desk.mails.mails if str(case_id) in text_of(mail)] == []


PARIS = ZoneInfo("Europe/Paris")


async def known(desk: Desk, *, neutral: bool = False) -> tuple[UUID, UUID]:
    """A dossier whose person may be written to: (dossier, person)."""
    person, request_id = SamplePerson(ADDRESS, safe=True, neutral=neutral), uuid4()
    case_id = case_id_of(request_id)
    await desk.hear(person.key_issued(), person.recorded(), request(None, request_id=request_id))
    await desk.hear(opened(case_id, request_id, programme="first-contact"))
    return case_id, person.id


def invited(desk: Desk) -> list[tuple[str, Any]]:
    """What each mail puts into a calendar, and by which method, as mail programs read it."""
    found: list[tuple[str, Any]] = []
    for mail in desk.mails.mails:
        [part] = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
        calendar: Any = Calendar.from_ical(part.get_content())
        [attached] = [one for one in mail.iter_attachments() if one.get_filename()]
        assert attached.get_filename() == "invitation.ics"
        assert attached.get_content() == calendar.to_ical()
        assert part.get_param("method") == calendar["method"]
        [one] = calendar.walk("VEVENT")
        found.append((str(calendar["method"]), one))
    return found


@pytest.mark.parametrize("neutral", [False, True])
async def test_calendars_follow_an_appointment_through_its_life(desk: Desk, neutral: bool) -> None:
    case_id, person_id = await known(desk, neutral=neutral)
    for change in told(case_id, [person_id]):
        await desk.hear(change)
        await desk.drain()
    methods, events = zip(*invited(desk), strict=True)
    assert methods == ("REQUEST", "REQUEST", "CANCEL")
    assert len({str(one["uid"]) for one in events}) == 1
    assert [int(one["sequence"]) for one in events] == [2, 3, 4]
    assert [str(one["status"]) for one in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    for one in events:
        assert (str(one["summary"]), str(one["class"])) == ("Rendez-vous", "PRIVATE")
        assert "location" not in one
        assert ("description" in one) is not neutral
        assert one["organizer"].params["CN"] == ("Information" if neutral else "Accueil social")


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 3, 28, 9, tzinfo=PARIS),
        datetime(2026, 3, 29, 9, tzinfo=PARIS),
        datetime(2026, 10, 24, 9, tzinfo=PARIS),
        datetime(2026, 10, 25, 9, tzinfo=PARIS),
    ],
    ids=["the day before spring", "in spring", "the day before autumn", "in autumn"],
)
async def test_an_invitation_is_at_the_hour_of_the_clock_on_the_wall(desk: Desk, starts_at: datetime) -> None:
    case_id, person_id = await known(desk)
    await desk.hear(told(case_id, [person_id], starts_at)[0])
    await desk.drain()
    [(_, one)] = invited(desk)
    assert one["dtstart"].dt == starts_at
    assert one["dtstart"].dt.hour == 9
    assert one["dtstart"].params["TZID"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("heard", "leave"),
    [([0], ["REQUEST"]), ([0, 1], ["REQUEST"]), ([0, 1, 2], []), ([0, 2], []), ([1], ["REQUEST"]), ([2], ["CANCEL"])],
    ids=["booked", "moved", "moved and cancelled", "cancelled", "moved, told before", "cancelled, told before"],
)
async def test_of_what_happens_before_anything_left_only_the_last_truth_leaves(
    desk: Desk, heard: list[int], leave: list[str]
) -> None:
    case_id, person_id = await known(desk)
    changes, another = told(case_id, [person_id]), told(case_id, [person_id])[0]
    await desk.hear(another, *(changes[place] for place in heard))
    await desk.drain()
    methods = [method for method, one in invited(desk) if str(one["uid"]) != _uid(another)]
    assert methods == leave
    assert len(desk.mails.mails) == 1 + len(leave), "the other appointment of the dossier is told all the same"


def _uid(envelope: Envelope) -> str:
    return str(envelope.data["uid"])


async def test_who_has_a_dossier_in_charge_is_not_reminded_of_an_appointment_that_changed(desk: Desk) -> None:
    case_id, person_id = await known(desk)
    booked, moved, cancelled = told(case_id, [person_id])
    for overtaking in (moved, cancelled):
        await desk.hear(_announced(booked), overtaking)
    await desk.hear(_announced(told(case_id, [person_id])[0]))
    reminders = [row for row in await desk.rows() if row["rule"] == "deadline-reminder"]
    assert [row["overtaken"] for row in reminders] == [True, True, False]


def _announced(booked: Envelope) -> Envelope:
    data = FollowUpDue.model_validate(
        {
            "case_id": booked.data["case_id"],
            "due_date_id": uuid4(),
            "kind": "appointment",
            "stage": "early",
            "due_on": NOW.date(),
            "agent_id": uuid4(),
            "appointment_id": booked.data["appointment_id"],
        }
    )
    return event(data, id=uuid4(), source="/maillage/cases", sequence=5, time=NOW)

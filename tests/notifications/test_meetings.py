"""A family's meeting in the calendars of those who will be there: once, wherever it moves, until it is called off."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, event
from contracts.events import ConferenceScheduled, ConferenceStopped, EventData
from contracts.events.cases import CalendarEntry
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import text_of
from tests.notifications.samples import NOW, SamplePerson, opened, request
from tests.notifications.test_appointments import invited

CASE, CONFERENCE = UUID("00000000-0000-4000-8000-00000000d001"), UUID("00000000-0000-4000-8000-00000000d002")
FIRST, THEN = NOW + timedelta(days=30), NOW + timedelta(days=37)
TELLING = ("réunion", "famil", "conférence", "social", "plan", "département", "annuaire", "http")


def entry(sequence: int, starts_at: datetime) -> CalendarEntry:
    ends_at = starts_at + timedelta(hours=2)
    return CalendarEntry(uid=f"{CONFERENCE}@maillage", sequence=sequence, starts_at=starts_at, ends_at=ends_at)


def _told(data: EventData, sequence: int) -> Envelope:
    return event(data, id=uuid4(), source="/maillage/cases", sequence=sequence + 2, time=NOW)


def scheduled(members: list[UUID], sequence: int, starts_at: datetime, **more: Any) -> Envelope:
    of = {"case_id": CASE, "conference_id": CONFERENCE, "scale": "family", "meeting_at": starts_at}
    fields = of | {"members": tuple(members), "calendar": entry(sequence, starts_at)}
    return _told(ConferenceScheduled.model_validate(fields | more), sequence)


def called_off(members: list[UUID], sequence: int) -> Envelope:
    of = {"case_id": CASE, "conference_id": CONFERENCE, "scale": "family"}
    data = ConferenceStopped(**of, members=tuple(members), calendar=entry(sequence, THEN))
    return _told(data, sequence)


async def known(desk: Desk, *people: SamplePerson) -> None:
    for person in people:
        await desk.hear(person.key_issued(), person.recorded())
    await desk.hear(request(None, request_id=uuid4(), programme="family-conference"), opened(CASE))


async def tell(desk: Desk, *events: Envelope) -> None:
    for one in events:
        await desk.hear(one)
        await desk.drain()


@pytest.mark.parametrize("neutral", [False, True])
async def test_calendars_follow_a_meeting_through_its_life(desk: Desk, neutral: bool) -> None:
    person = SamplePerson("personne.exemple@exemple.test", neutral=neutral)
    await known(desk, person)
    members = [person.id]
    await tell(desk, scheduled(members, 0, FIRST), scheduled(members, 1, THEN), called_off(members, 2))
    methods, entries = zip(*invited(desk), strict=True)
    assert methods == ("REQUEST", "REQUEST", "CANCEL")
    assert {str(one["uid"]) for one in entries} == {f"{CONFERENCE}@maillage"}
    assert [int(one["sequence"]) for one in entries] == [0, 1, 2]
    assert [one.decoded("dtstart") for one in entries] == [FIRST, THEN, THEN]
    assert [str(one["status"]) for one in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    for one in entries:
        assert (str(one["summary"]), str(one["class"])) == ("Rendez-vous", "PRIVATE")
        assert "location" not in one
        assert ("description" in one) is not neutral
        assert one["organizer"].params["CN"] == ("Information" if neutral else "Accueil social")


async def test_its_day_is_told_and_told_anew_when_it_moves(desk: Desk) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await known(desk, person)
    await tell(desk, scheduled([person.id], 0, FIRST), scheduled([person.id], 1, THEN))
    first, then = desk.mails.mails
    assert "est le mercredi 1er avril 2026 à 11 h 15." in text_of(first)
    assert "Elle est maintenant le mercredi 8 avril 2026 à 11 h 15." in text_of(then)
    assert [str(one["Subject"]) for one in (first, then)] == [
        "Votre réunion du mercredi 1er avril 2026",
        "Votre réunion a changé : mercredi 8 avril 2026",
    ]
    assert str(CASE) not in text_of(first) + text_of(then)


async def test_who_asked_that_nothing_show_has_nothing_shown(desk: Desk) -> None:
    person = SamplePerson("personne.exemple@exemple.test", neutral=True)
    await known(desk, person)
    await tell(desk, scheduled([person.id], 0, FIRST))
    [mail] = desk.mails.mails
    [(_, one)] = invited(desk)
    shown = f"{mail['Subject']} {mail['From']} {one.to_ical().decode()}".lower()
    assert [word for word in TELLING if word in shown] == []


async def test_nobody_is_told_whom_cases_does_not_name(desk: Desk) -> None:
    """Violence is known, or the event is from before members were named."""
    person = SamplePerson("personne.exemple@exemple.test")
    await known(desk, person)
    await tell(desk, scheduled([], 0, FIRST), scheduled([], 1, FIRST, calendar=None))
    assert desk.mails.mails == []


async def test_a_meeting_that_never_had_a_day_is_called_off_without_a_calendar(desk: Desk) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await known(desk, person)
    stopped = ConferenceStopped(case_id=CASE, conference_id=CONFERENCE, scale="family", members=(person.id,))
    await tell(desk, _told(stopped, 1))
    [mail] = desk.mails.mails
    assert [one for one in mail.walk() if one.get_content_type() == "text/calendar"] == []

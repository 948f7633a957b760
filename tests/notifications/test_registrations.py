"""Who registered for a collective action is told what became of it: once, by what they left for that, and no longer
than it is kept."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar

from contracts.envelope import Envelope, event
from contracts.events import EventData, RegistrationForgotten, RegistrationToTell
from contracts.events.registrations import AnnouncedSession
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import MASTER, NOW

REGISTRATION = UUID("00000000-0000-4000-8000-00000000c001")
KEY, WRAPPED = MASTER.issue(f"person:{REGISTRATION}")
EMAIL = "personne.exemple@exemple.test"
NEXT = NOW + timedelta(days=7)
UIDS = [f"{UUID(int=number)}@maillage" for number in (1, 2)]


def _told(data: EventData, sequence: int) -> Envelope:
    at = NOW + timedelta(minutes=sequence)
    return event(data, id=uuid4(), source="/maillage/directory", sequence=sequence, time=at)


def to_tell(sequence: int = 2, **changes: Any) -> Envelope:
    sessions = [
        AnnouncedSession(uid=uid, sequence=sequence, starts_at=at, ends_at=at + timedelta(hours=2))
        for uid, at in zip(UIDS, (NEXT, NEXT + timedelta(days=7)), strict=True)
    ]
    fields: dict[str, Any] = {
        "registration_id": REGISTRATION, "news": "changed", "waiting": False, "territory_id": "saint-brieuc",
        "starts_at": NEXT, "sessions": sessions, "contact_kind": "email",
        "contact": KEY.seal(EMAIL, event_id=REGISTRATION, name="contact"),
        "wrapped": WRAPPED.wrapped, "master_key_id": WRAPPED.master_key_id,
    }  # fmt: skip
    return _told(RegistrationToTell(**fields | changes), sequence)


def forgotten(sequence: int = 3) -> Envelope:
    return _told(RegistrationForgotten(registration_id=REGISTRATION), sequence)


def calendar_of(mail: EmailMessage) -> Any:
    [part] = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    return Calendar.from_ical(part.get_content())


@pytest.mark.parametrize(
    ("changes", "subject", "said"),
    [
        ({"news": "place"}, "Une place est libre pour vous", "lundi 9 mars 2026 à 10 h 15"),
        ({"news": "changed"}, "Votre inscription : une date ou un lieu change", "Vous avez une place."),
        ({"news": "changed", "waiting": True}, "Votre inscription : une date ou un lieu change",
         "Vous êtes encore sur liste d’attente."),
        ({"news": "cancelled"}, "Annulé : votre inscription du lundi 9 mars 2026",
         "Elle n’aura pas lieu le lundi 9 mars 2026 à 10 h 15."),
    ],
)  # fmt: skip
async def test_they_are_told_once_what_changed(
    desk: Desk, mails: MailServer, changes: dict[str, Any], subject: str, said: str
) -> None:
    desk.now += timedelta(hours=1)
    await desk.hear(*[to_tell(**changes)] * 3)
    await desk.drain()
    [mail] = mails.mails
    assert (mail["To"], mail["Subject"]) == (EMAIL, subject)
    assert said in text_of(mail)
    assert "http://localhost/annuaire/inscription" in text_of(mail)
    assert EMAIL not in str(await desk.rows())


async def test_their_calendar_learns_of_every_meeting_under_the_name_it_knows(desk: Desk, mails: MailServer) -> None:
    desk.now += timedelta(hours=1)
    await desk.hear(to_tell(sequence=4))
    await desk.drain()
    calendar = calendar_of(mails.mails[0])
    assert calendar["method"] == "PUBLISH"
    entries = calendar.walk("VEVENT")
    assert [(str(one["uid"]), int(one["sequence"])) for one in entries] == [(uid, 4) for uid in UIDS]
    assert not any("attendee" in one for one in entries)
    await desk.hear(to_tell(sequence=5, waiting=True))
    await desk.drain()
    assert "text/calendar" not in [one.get_content_type() for one in mails.mails[1].walk()], "they have no place yet"


async def test_where_nothing_should_show_nothing_does(desk: Desk, mails: MailServer) -> None:
    desk.now += timedelta(hours=1)
    await desk.hear(to_tell(neutral=True, news="cancelled"))
    await desk.drain()
    [mail] = mails.mails
    assert mail["Subject"] == "Une information pour vous"
    for word in ("annul", "rencontre", "séance", "9 mars"):
        assert word not in text_of(mail).lower()
    assert {str(one["summary"]) for one in calendar_of(mail).walk("VEVENT")} == {"Rendez-vous"}


async def test_only_the_last_news_leaves_and_none_once_they_are_forgotten(desk: Desk, mails: MailServer) -> None:
    desk.now += timedelta(hours=1)
    await desk.hear(to_tell(2, news="place"), to_tell(3, news="cancelled"))
    await desk.drain()
    assert [mail["Subject"][:6] for mail in mails.mails] == ["Annulé"]
    await desk.hear(to_tell(4), forgotten(5))
    await desk.drain()
    assert len(mails.mails) == 1
    assert (await desk.states())[-1] == ("suppressed", "overtaken")


async def test_their_key_is_dropped_for_good(desk: Desk, mails: MailServer) -> None:
    """Whatever is read again from the topic."""
    desk.now += timedelta(hours=1)
    await desk.hear(to_tell(2))
    await desk.hear(forgotten(3))
    await desk.hear(to_tell(4))
    await desk.drain()
    async with desk.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM subject_keys WHERE wrapped IS NOT NULL") == 0
    assert (mails.mails, (await desk.states())[-1]) == ([], ("suppressed", "erased"))


async def test_at_a_telephone_nobody_writes_to_by_mail(desk: Desk, mails: MailServer) -> None:
    """No gateway is set up: who is in charge learns that nobody was told."""
    desk.now += timedelta(hours=1)
    number = KEY.seal("+33639980001", event_id=REGISTRATION, name="contact")
    await desk.hear(to_tell(contact=number, contact_kind="phone"))
    await desk.drain()
    assert (mails.mails, await desk.states()) == ([], [("suppressed", "no_safe_contact")])
    assert "MessageFailed" in [one.type for one in await desk.told()]

"""Somebody who was found to be somebody else is written to as that one is, until that is undone."""

from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, event
from contracts.events import PersonsMerged, PersonsSeparated
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request

INTAKE = "/maillage/intake"
FIRST, AGAIN = "personne.exemple@exemple.test", "la.meme.personne@exemple.test"


def merged(one: UUID, into: UUID, sequence: int = 2) -> Envelope:
    return event(PersonsMerged(person_id=one, into=into), id=uuid4(), source=INTAKE, sequence=sequence, time=NOW)


def separated(one: UUID, out_of: UUID, sequence: int = 3) -> Envelope:
    return event(PersonsSeparated(person_id=one, out_of=out_of), id=uuid4(), source=INTAKE, sequence=sequence, time=NOW)


async def _written_to(desk: Desk, mails: MailServer, person: UUID) -> str:
    before = len(mails.mails)
    await desk.hear(request(person))
    await desk.drain()
    new = mails.mails[before:]
    return str(new[0]["To"]) if new else "nobody"


async def test_the_first_recorded_address_is_used_until_it_is_undone(desk: Desk, mails: MailServer) -> None:
    first, again = SamplePerson(FIRST), SamplePerson(AGAIN)
    await desk.hear(first.key_issued(), first.recorded(), again.key_issued(), again.recorded())
    merging = merged(again.id, first.id)
    await desk.hear(merging, merging)
    assert FIRST in await _written_to(desk, mails, again.id)
    await desk.hear(separated(again.id, first.id), merging)
    assert AGAIN in await _written_to(desk, mails, again.id)


async def test_who_has_no_address_there_is_reached_as_they_said_themself(desk: Desk, mails: MailServer) -> None:
    first, again = SamplePerson(FIRST, safe=False), SamplePerson(AGAIN)
    await desk.hear(first.key_issued(), first.recorded(), again.key_issued(), again.recorded())
    await desk.hear(merged(again.id, first.id))
    assert AGAIN in await _written_to(desk, mails, again.id)
    assert await _written_to(desk, mails, first.id) == "nobody"


@pytest.mark.parametrize("which", ["the first recorded", "the other one"])
async def test_who_declined_messages_under_one_name_declined_them(desk: Desk, mails: MailServer, which: str) -> None:
    first, again = SamplePerson(FIRST), SamplePerson(AGAIN)
    declined, asked = (first, again) if which == "the first recorded" else (again, first)
    consent = uuid4()
    await desk.hear(first.key_issued(), first.recorded(), again.key_issued(), again.recorded())
    await desk.hear(declined.agreed_to_messages(consent), declined.takes_back(consent), merged(again.id, first.id))
    assert await _written_to(desk, mails, asked.id) == "nobody"
    assert ("suppressed", "declined") in await desk.states()

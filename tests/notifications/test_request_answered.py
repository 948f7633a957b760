"""Who asked for themself learns that an answer was given: by the channel that is safe, never which answer."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, event
from contracts.events import RequestAnswered
from contracts.events.cases import case_id_of
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import NOW, SamplePerson, closed, request, withdrawn

EMAIL = "personne.exemple@exemple.test"
REQUEST = UUID("00000000-0000-4000-8000-00000000a001")


def answered(person_id: UUID | None) -> Envelope:
    data = RequestAnswered(
        request_id=REQUEST, answered_at=NOW, promised_on=date(2026, 3, 16), working_days=2, person_id=person_id
    )
    return event(data, id=uuid4(), source="/maillage/intake", sequence=2, time=NOW)


async def asked(desk: Desk, person: SamplePerson, **changes: object) -> None:
    await desk.hear(person.key_issued(), person.recorded(), request(person.id, request_id=REQUEST, **changes))  # type: ignore[arg-type]


async def test_who_asked_for_themself_is_told_where_to_look_and_not_what(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(EMAIL)
    await asked(desk, person)
    await desk.hear(*[answered(person.id)] * 5)
    await desk.drain()
    _, told = mails.mails
    assert told["Subject"] == "Une réponse à votre demande"
    text = text_of(told)
    assert "Nous avons répondu à votre demande." in text
    assert "/suivi" in text
    assert "List-Unsubscribe" in told


async def test_where_nothing_should_show_nothing_does(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(EMAIL, neutral=True)
    await asked(desk, person)
    await desk.hear(answered(person.id))
    await desk.drain()
    said = f"{mails.mails[-1]['Subject']} {text_of(mails.mails[-1])}".lower()
    assert "demande" not in said.replace("demandez", "")
    assert "information" in said


async def test_nobody_is_told_who_was_told_there_and_then_or_asked_for_another(desk: Desk) -> None:
    await asked(desk, SamplePerson(EMAIL))
    await desk.hear(answered(None))
    assert [row["rule"] for row in await desk.rows()] == ["acknowledgement"]


@pytest.mark.parametrize("themes", [("intimate-partner-violence",), ("violence",)])
async def test_nothing_leaves_of_violence(desk: Desk, mails: MailServer, themes: tuple[str, ...]) -> None:
    person = SamplePerson(EMAIL)
    await asked(desk, person, themes=themes)
    await desk.hear(answered(person.id))
    await desk.drain()
    assert (mails.mails, await desk.states()) == ([], [("suppressed", "no_safe_contact")] * 2)


async def test_of_a_request_taken_back_there_is_no_news(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(EMAIL)
    await asked(desk, person)
    await desk.hear(answered(person.id), withdrawn(REQUEST))
    await desk.drain()
    assert (mails.mails, await desk.states()) == ([], [("suppressed", "overtaken")] * 2)


async def test_its_dossier_closed_it_is_still_true(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(EMAIL)
    await asked(desk, person)
    await desk.hear(answered(person.id), closed(case_id_of(REQUEST)))
    await desk.drain()
    assert len(mails.mails) == 2

"""What the person concerned reads of messages beside their request: that they left, how, and whether they arrived."""

from uuid import UUID, uuid4

import httpx
import pytest
from starlette.responses import Response

from chassis.web.identity.visit import Visit
from contracts.events.cases import case_id_of
from tests.identity import provider
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request

ADDRESS = "personne.exemple@exemple.test"


async def read(desk: Desk, subject: UUID | None) -> httpx.Response:
    """As a browser that was let in to that request, or to none."""
    headers = {"Accept": "text/html"}
    if subject is not None:
        given = Response()
        Visit(desk.settings).let_in(given, subject, desk.now.timestamp())
        headers["cookie"] = given.headers["set-cookie"].partition(";")[0]
    transport = httpx.ASGITransport(desk.service.application(provider=provider()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get("/notifications/suivi", headers=headers)


async def told(desk: Desk, person: SamplePerson) -> UUID:
    """Their request, of which they were told that it arrived."""
    request_id = uuid4()
    await desk.hear(person.key_issued(), person.recorded(), request(person.id, at=NOW, request_id=request_id))
    await desk.drain()
    return request_id


async def test_a_message_is_shown_to_whom_it_was_sent_and_says_nothing_of_where_it_went(
    desk: Desk, mails: MailServer
) -> None:
    request_id = await told(desk, SamplePerson(ADDRESS))
    assert len(mails.mails) == 1
    page = await read(desk, request_id)
    assert page.status_code == 200, page.text
    shown = page.text[page.text.index('id="suivi-messages"') :]
    assert [text in shown for text in ("Accusé de réception", "Courriel", "Envoyé")] == [True, True, True]
    assert ADDRESS not in page.text


async def test_nothing_is_shown_to_who_was_not_let_in_nor_of_another_request(desk: Desk, mails: MailServer) -> None:
    await told(desk, SamplePerson(ADDRESS))
    nobody = await read(desk, None)
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/suivi")
    assert "Accusé de réception" not in (await read(desk, uuid4())).text


async def test_of_neutral_messages_not_even_what_they_are_about_is_shown(desk: Desk, mails: MailServer) -> None:
    request_id = await told(desk, SamplePerson(ADDRESS, neutral=True))
    assert len(mails.mails) == 1
    page = (await read(desk, request_id)).text
    assert ("Courriel" in page, "Accusé de réception" in page) == (True, False)


async def test_why_nothing_left_is_not_said(desk: Desk, mails: MailServer) -> None:
    """It may be about their safety, and somebody may be looking over their shoulder."""
    request_id = await told(desk, SamplePerson(ADDRESS, safe=False))
    assert not mails.mails
    page = (await read(desk, request_id)).text
    assert ("Aucun message pour le moment." in page, "sûr" in page) == (True, False)


@pytest.mark.parametrize("recipient_kind", ["member", "person"])
async def test_messages_to_others_about_the_same_dossier_are_not_shown(
    desk: Desk, mails: MailServer, recipient_kind: str
) -> None:
    request_id = await told(desk, SamplePerson(ADDRESS))
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO deliveries (delivery_id, rule, event_id, event_type, event_time, subject, correlation_id,
                   recipient_kind, recipient_id, channel, channels, urgent, facts, state, next_attempt_at, settled_at)
               SELECT gen_random_uuid(), 'plan-ratified', gen_random_uuid(), event_type, event_time, $2,
                   correlation_id, $3, gen_random_uuid(), channel, channels, urgent, '{}', 'sent', now(), now()
               FROM deliveries WHERE subject = $1""",
            request_id,
            case_id_of(request_id),
            recipient_kind,
        )
    page = (await read(desk, request_id)).text
    assert ("Accusé de réception" in page, "Suites d’une réunion" in page) == (True, False)

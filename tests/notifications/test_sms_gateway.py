"""Talking to an SMS gateway: what each answer, and each failure, comes to."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from notifications.messages.gateway import Accepted, Later, Outcome, Refused
from notifications.sms.gateway import HttpGateway, TextMessage, meaning
from tests.notifications import smsserver
from tests.notifications.samples import NOW
from tests.notifications.smsserver import KEY, Behaviour, SmsServer, answering, reference_of, sms_server

LOST = Later("no_connection", away=True, in_doubt=True)


def message(delivery_id: UUID | None = None, text: str = "Bonjour, c’est un exemple.") -> TextMessage:
    return TextMessage(delivery_id or uuid4(), "+33639980102", text, "Accueil", 1)


@pytest.fixture
async def server() -> AsyncIterator[SmsServer]:
    async with sms_server() as made:
        yield made


@pytest.fixture
async def gateway(server: SmsServer) -> AsyncIterator[HttpGateway]:
    made = HttpGateway(server.url, KEY, timeout=2, now=lambda: NOW)
    yield made
    await made.close()


async def test_a_message_is_handed_over_signed_and_its_reference_kept(server: SmsServer, gateway: HttpGateway) -> None:
    sent = message()
    assert await gateway.send(sent) == Accepted(reference_of(str(sent.delivery_id)), parts=1)
    assert server.kept == {
        str(sent.delivery_id): {
            "id": str(sent.delivery_id),
            "to": "+33639980102",
            "text": "Bonjour, c’est un exemple.",
            "sender": "Accueil",
        }
    }


async def test_a_connection_serves_many_messages(server: SmsServer, gateway: HttpGateway) -> None:
    for _ in range(3):
        assert isinstance(await gateway.send(message()), Accepted)
    assert (len(server.kept), server.connections) == (3, 1)


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (smsserver.hang_up, LOST),
        (smsserver.keep_and_hang_up, LOST),
        (smsserver.keep_and_break_off, LOST),
        (smsserver.keep_and_be_silent, LOST),
        (smsserver.talk_without_end, Later("http_bad_answer", away=True, in_doubt=True)),
        (answering(200, b"<html>Bienvenue</html>"), Later("http_bad_answer", away=True, in_doubt=True)),
        (answering(503, headers="Retry-After: 30\r\n"), Later("http_503", away=True, after=timedelta(seconds=30))),
        (answering(302, headers="Location: http://127.0.0.1:9/\r\n"), Later("http_302", away=True)),
    ],
)
async def test_whatever_fails_the_message_arrives_once(
    server: SmsServer, gateway: HttpGateway, failure: Behaviour, outcome: Outcome
) -> None:
    sent = message()
    server.behaviours = [failure]
    assert await gateway.send(sent) == outcome
    assert await gateway.send(sent) == Accepted(reference_of(str(sent.delivery_id)), parts=1)
    assert list(server.kept) == [str(sent.delivery_id)]
    assert len({asked.message["id"] for asked in server.asked}) == 1


async def test_a_wrong_secret_gives_up_no_message(server: SmsServer) -> None:
    gateway = HttpGateway(server.url, b"k" * 32, timeout=5, now=lambda: NOW)
    assert await gateway.send(message()) == Later("http_401", away=True)
    await gateway.close()


async def test_a_gateway_that_is_not_there_leaves_no_doubt() -> None:
    async with sms_server() as gone:
        url = gone.url
    gateway = HttpGateway(url, KEY, timeout=5)
    assert await gateway.send(message()) == Later("no_connection", away=True)
    await gateway.close()


@pytest.mark.parametrize(
    ("status", "retry_after", "body", "outcome"),
    [
        (200, "", b'{"reference": "r-1"}', Accepted("r-1")),
        (201, "", b'{"reference": "r-1", "more": []}', Accepted("r-1")),
        (200, "", b"[" * 60_000, Later("http_bad_answer", away=True, in_doubt=True)),
        (200, "", b'{"reference": ""}', Later("http_bad_answer", away=True, in_doubt=True)),
        (200, "", b'{"reference": 12}', Later("http_bad_answer", away=True, in_doubt=True)),
        (200, "", b'{"reference": "two words"}', Later("http_bad_answer", away=True, in_doubt=True)),
        (204, "", b"", Later("http_bad_answer", away=True, in_doubt=True)),
        (400, "", b"", Refused("http_400")),
        (410, "", b"\xff", Refused("http_410")),
        (422, "", b'{"code": "unknown_number"}', Refused("sms_unknown_number")),
        (422, "", b'{"code": "+33639980102"}', Refused("http_422")),
        (422, "", b'{"code": ["blocked"]}', Refused("http_422")),
        (401, "", b'{"code": "blocked"}', Later("http_401", away=True)),
        (402, "", b"", Later("http_402", away=True)),
        (404, "", b"", Later("http_404", away=True)),
        (409, "", b"", Later("http_409")),
        (429, "7", b"", Later("http_429", away=True, after=timedelta(seconds=7))),
        (429, "Mon, 02 Mar 2026 09:16:00 GMT", b"", Later("http_429", away=True, after=timedelta(minutes=1))),
        (429, "Mon, 02 Mar 2026 09:00:00 GMT", b"", Later("http_429", away=True, after=timedelta())),
        (429, "99999999999999", b"", Later("http_429", away=True, after=timedelta(hours=1))),
        (429, "soon", b"", Later("http_429", away=True)),
        (500, "", b"", Later("http_500", in_doubt=True)),
        (502, "", b"", Later("http_502", away=True, in_doubt=True)),
        (504, "", b"", Later("http_504", away=True, in_doubt=True)),
    ],
)
def test_what_an_answer_says(status: int, retry_after: str, body: bytes, outcome: Outcome) -> None:
    headers = {"retry-after": retry_after} if retry_after else {}
    assert meaning(status, headers, body, NOW) == outcome


@pytest.mark.parametrize("url", ["http://gateway.example/", "smtp://127.0.0.1", "https://", ""])
def test_an_address_in_clear_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        HttpGateway(url, KEY, timeout=5)

"""One of Apprise's own SMS services, answered by a server of the test's own."""

import json
from collections.abc import AsyncIterator

import pytest

from notifications.messages.gateway import Accepted, Later, Outcome
from notifications.sms.apprise_gateway import AppriseGateway
from tests.notifications import smsserver
from tests.notifications.smsserver import Behaviour, SmsServer, answering, sms_server
from tests.notifications.test_sms_gateway import message

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own import
NO = Later("apprise_no", away=True, in_doubt=True)
YES = answering(200, b'{"result": [{"message_id": 1, "status": "ok"}]}')


@pytest.fixture
async def server() -> AsyncIterator[SmsServer]:
    async with sms_server() as made:
        yield made


def gateway(server: SmsServer) -> AppriseGateway:
    return AppriseGateway(f"smseagle://example-token@127.0.0.1:{server.port}/{{to}}", timeout=0.5)


async def test_a_message_is_handed_over(server: SmsServer) -> None:
    server.behaviours = [YES]
    assert await gateway(server).send(message()) == Accepted(parts=1)
    [asked] = server.asked
    said = json.loads(asked.body)["params"]
    assert (said["to"], said["message"]) == ("+33639980102", "Bonjour, c’est un exemple.")


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (answering(500), NO),
        (answering(401), NO),
        (answering(200, b"<html>"), NO),
        (smsserver.hang_up, NO),
        (smsserver.be_silent, NO),
    ],
)
async def test_a_no_is_never_final(server: SmsServer, failure: Behaviour, outcome: Outcome) -> None:
    server.behaviours = [failure]
    assert await gateway(server).send(message()) == outcome


@pytest.mark.parametrize(
    "url", ["nonsense://{to}", "smseagle://token@127.0.0.1/+33639980102", "twilio://short:token@1/{to}"]
)
def test_an_address_apprise_does_not_know_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="Apprise"):
        AppriseGateway(url, timeout=5)

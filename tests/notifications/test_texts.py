"""Text messages from the event to a real gateway of the test's own, and back by its receipts."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.signatures import ID, SIGNATURE, signed
from deploy.local.addresses import ServiceDatabase
from deploy.local.sms import delivered
from notifications.messages.gateway import Accepted, Later, Refused
from tests.conftest import emptied
from tests.identity import bearer, grant, provider
from tests.notifications import smsserver
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, organisation, request
from tests.notifications.smsserver import KEY, SECRET, SmsServer, answering, reference_of, sms_server

RECEIPTS = "/notifications/sms/receipts"
NUMBER = "+33639980102"
SOON = timedelta(seconds=3)


@pytest.fixture
async def server() -> AsyncIterator[SmsServer]:
    async with sms_server() as made:
        yield made


@pytest.fixture
async def desk(notifications_database: ServiceDatabase, mails: MailServer, server: SmsServer) -> AsyncIterator[Desk]:
    settings = {"sms_url": server.url, "sms_secret": SECRET, "send_timeout_seconds": 1, "sms_price": "0.045"}
    server.now = lambda: datetime.now(UTC)  # calls are signed as of now, whatever the time of the messages
    async with desk_on(await emptied(notifications_database), mails, **settings) as made:
        yield made


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(desk.service.application(provider=provider()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def planned(desk: Desk, number: str = NUMBER, **person: Any) -> SamplePerson:
    """Somebody who may be written to on their phone alone has asked for something."""
    made = SamplePerson(number, kind="phone", **person)
    await desk.hear(made.key_issued(), made.recorded(), organisation(phone="+33199000000"), request(made.id))
    return made


async def sent(desk: Desk) -> str:
    """The id of a message the gateway has taken."""
    await planned(desk)
    await desk.drain()
    [row] = await desk.rows("place, delivery_id")
    return str(row["delivery_id"])


async def fate(desk: Desk) -> tuple[str, str | None]:
    [found] = await desk.states()
    return found


# Leaving --------------------------------------------------------------------------------------


async def test_who_has_no_email_is_told_by_text(desk: Desk, server: SmsServer, mails: MailServer) -> None:
    message_id = await sent(desk)
    assert server.kept == {
        message_id: {
            "id": message_id,
            "to": NUMBER,
            "sender": "Accueil",
            "text": "Demande arrivée, réf. 5VS9-HGPT-D. Réponse au plus tard le 16/03/2026."
            " Suivi : http://localhost/suivi Aide : 01 99 00 00 00",
        }
    }
    assert (await fate(desk), mails.mails) == (("sent", None), [])


async def test_nothing_shows_where_that_was_asked(desk: Desk, server: SmsServer) -> None:
    await planned(desk, neutral=True)
    await desk.drain()
    [kept] = server.kept.values()
    assert kept["sender"] == "Info"
    assert kept["text"].startswith("Message bien arrivé, réf. 5VS9-HGPT-D.")


async def test_a_phone_nobody_said_was_safe_receives_nothing(desk: Desk, server: SmsServer) -> None:
    await planned(desk, safe=False)
    await desk.drain()
    assert (server.asked, (await fate(desk))[0]) == ([], "suppressed")


async def test_a_number_that_receives_no_text_is_passed_over(desk: Desk, server: SmsServer) -> None:
    await planned(desk, "+33199000001")
    await desk.drain()
    assert (server.asked, await fate(desk)) == ([], ("suppressed", "no_mobile"))


async def test_a_refusal_for_good_is_told_with_its_reason(desk: Desk, server: SmsServer) -> None:
    server.behaviours = [answering(422, b'{"code": "unknown_number"}')]
    await planned(desk)
    assert Refused("sms_unknown_number") in await desk.drain()
    assert await fate(desk) == ("failed", "sms_unknown_number")


async def test_an_answer_that_was_lost_costs_no_second_text(desk: Desk, server: SmsServer) -> None:
    server.behaviours = [smsserver.keep_and_hang_up]
    await planned(desk)
    assert Later("no_connection", away=True, in_doubt=True) in await desk.drain()
    desk.now += SOON
    [outcome] = await desk.drain()
    assert outcome == Accepted(reference_of(next(iter(server.kept))), parts=1)
    [row] = await desk.rows("place, state, resent")
    assert (row["state"], row["resent"], len(server.kept), len(server.asked)) == ("sent", 1, 1, 2)


async def test_a_gateway_that_asks_to_be_left_alone_is(desk: Desk, server: SmsServer) -> None:
    server.behaviours = [answering(429, headers="Retry-After: 120\r\n")]
    await planned(desk)
    await desk.drain()
    desk.now += timedelta(seconds=119)
    await desk.drain()
    assert len(server.asked) == 1
    desk.now += SOON
    await desk.drain()
    assert await fate(desk) == ("sent", None)


# Receipts -------------------------------------------------------------------------------------


def receipt(message_id: str, status: str = "delivered", **more: Any) -> dict[str, Any]:
    return {"id": message_id, "status": status, "at": NOW.isoformat(), **more}


async def tell(
    client: httpx.AsyncClient,
    *receipts: dict[str, Any],
    call: str = "",
    at: datetime = NOW,
    changes: Mapping[str, str] = MappingProxyType({}),
) -> int:
    body = json.dumps({"receipts": receipts}).encode()
    headers = signed(KEY, call or str(uuid4()), at, body) | {"content-type": "application/json"}
    return (await client.post(RECEIPTS, content=body, headers={**headers, **changes})).status_code


async def test_a_receipt_tells_that_it_arrived(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    assert await tell(client, receipt(message_id)) == 204
    assert await fate(desk) == ("delivered", None)


async def test_the_local_gateway_is_understood(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    body = delivered(message_id, NOW)
    headers = signed(KEY, "one", NOW, body) | {"content-type": "application/json"}
    assert (await client.post(RECEIPTS, content=body, headers=headers)).status_code == 204
    assert await fate(desk) == ("delivered", None)


async def test_a_receipt_tells_that_it_will_not(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    assert await tell(client, receipt(message_id, "failed", reason="unreachable")) == 204
    await desk.drain()
    assert await fate(desk) == ("failed", "sms_unreachable"), "there is no letter here, the next channel"


async def test_what_arrived_has_arrived(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    for status in ("buffered", "delivered", "delivered", "failed", "buffered"):
        assert await tell(client, receipt(message_id, status)) == 204
    assert await fate(desk) == ("delivered", None)


async def test_many_are_told_at_once_and_strangers_passed_over(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    others = [receipt(str(uuid4())) for _ in range(198)]
    assert await tell(client, *others, receipt(message_id)) == 204
    assert await fate(desk) == ("delivered", None)
    assert await tell(client, *others, *others) == 422


async def test_a_receipt_that_is_not_the_gateways_changes_nothing(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    for changes in ({SIGNATURE: "v1,Zm9yZ2Vk"}, {SIGNATURE: ""}, {ID: "another"}):
        assert await tell(client, receipt(message_id), changes=changes) == 401
    for minutes in (-6, 6):
        assert await tell(client, receipt(message_id), at=NOW + timedelta(minutes=minutes)) == 401
    assert await fate(desk) == ("sent", None)


async def test_a_call_heard_already_changes_nothing(desk: Desk, client: httpx.AsyncClient) -> None:
    message_id = await sent(desk)
    assert await tell(client, receipt(str(uuid4()), "failed"), call="one") == 204
    assert await tell(client, receipt(message_id, "failed"), call="one") == 204
    assert await fate(desk) == ("sent", None)
    desk.now += timedelta(minutes=11)
    assert await tell(client, receipt(message_id, "failed"), call="one", at=desk.now) == 204
    assert await fate(desk) == ("planned", None), "by the next channel"


async def test_a_body_of_another_kind_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"[]", b'{"receipts": [{"id": "x"}]}', b'{"receipts": 1}'):
        headers = signed(KEY, "one", NOW, body) | {"content-type": "application/json"}
        answer = await client.post(RECEIPTS, content=body, headers=headers)
        assert answer.status_code == (400 if body == b"{" else 422)


async def test_without_a_gateway_nobody_is_listened_to(
    notifications_database: ServiceDatabase, mails: MailServer
) -> None:
    async with desk_on(notifications_database, mails) as desk:
        transport = httpx.ASGITransport(desk.service.application())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert await tell(client, receipt(str(uuid4()))) == 404


# Costs ----------------------------------------------------------------------------------------


async def test_what_texts_cost_is_told_by_month(desk: Desk, server: SmsServer, client: httpx.AsyncClient) -> None:
    await grant(desk.service.parts.worker, "exploitation", [("operator", "*")])
    await grant(desk.service.parts.worker, "ailleurs", [("manager", "arcachon")])
    person = SamplePerson(NUMBER, kind="phone")
    await desk.hear(person.key_issued(), person.recorded(), *(request(person.id) for _ in range(3)))
    server.behaviours = [answering(422), smsserver.kept, smsserver.keep_and_hang_up]
    await desk.drain()
    desk.now += SOON
    await desk.drain()
    told = await client.get("/notifications/sms/costs", headers=bearer("exploitation"))
    assert told.json() == {"months": [{"month": "2026-03-01", "messages": 2, "parts": 2, "cents": 9}]}
    elsewhere = await client.get("/notifications/sms/costs", headers=bearer("ailleurs"))
    assert elsewhere.json() == {"months": []}
    page = await client.get("/notifications/sms/costs", headers=bearer("exploitation") | {"accept": "text/html"})
    assert "mars 2026" in page.text
    assert "0,09" in page.text

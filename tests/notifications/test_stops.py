"""Who answers STOP to a text message is sent none any more, and how they said so is kept."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.database import Transaction
from chassis.signatures import signed
from contracts.envelope import new_id
from contracts.events.people import ContactPoint
from deploy.local.addresses import ServiceDatabase
from notifications.preferences import store
from notifications.preferences.store import Decision
from notifications.sms.stops import is_stop
from tests.conftest import emptied
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request
from tests.notifications.smsserver import KEY, SECRET, SmsServer, sms_server

NUMBER, OTHER = "+33639980102", "+33639980103"


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("STOP", True), ("stop", True), (" Stop. ", True), ("Stop SMS", True), ("ARRET", True), ("Arrêt !", True),
        ("« STOP »", False), ("", False), ("Merci", False), ("Ne stoppez pas", False), ("stopper", False),
    ],
)  # fmt: skip
def test_what_asks_for_no_more(text: str, stop: bool) -> None:
    assert is_stop(text) is stop


@pytest.fixture
async def server() -> AsyncIterator[SmsServer]:
    async with sms_server() as made:
        made.now = lambda: datetime.now(UTC)
        yield made


@pytest.fixture
async def desk(notifications_database: ServiceDatabase, mails: MailServer, server: SmsServer) -> AsyncIterator[Desk]:
    settings = {"sms_url": server.url, "sms_secret": SECRET}
    async with desk_on(await emptied(notifications_database), mails, **settings) as made:
        yield made


async def texted(desk: Desk, number: str = NUMBER) -> SamplePerson:
    """Somebody who was sent a text message."""
    person = SamplePerson(number, kind="phone")
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    await desk.drain()
    return person


async def answers(
    desk: Desk, number: str = NUMBER, text: str = "STOP", at: datetime = NOW, call_id: str = "", signature: str = ""
) -> int:
    body = json.dumps({"replies": [{"from": number, "text": text, "at": at.isoformat()}]}).encode()
    headers = signed(KEY, call_id or str(uuid4()), desk.now, body) | {"content-type": "application/json"}
    headers |= {"webhook-signature": signature} if signature else {}
    transport = httpx.ASGITransport(desk.service.application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.post("/notifications/sms/receipts", content=body, headers=headers)).status_code


async def kept(desk: Desk) -> list[tuple[Any, ...]]:
    async with desk.service.parts.worker.transaction() as tx:
        rows = await tx.fetch("SELECT person_id, about, wanted, recorded_by, how FROM preferences ORDER BY place")
    return [tuple(row.values()) for row in rows]


def points(person: SamplePerson, *values: tuple[str, str]) -> tuple[ContactPoint, ...]:
    [first] = person.contact_points
    return tuple(
        first.model_copy(update={"contact_point_id": uuid4(), "kind": kind, "value": person.sealed(value, "value")})
        for kind, value in values
    )


async def test_stop_spares_whose_number_it_is_and_nobody_else(desk: Desk, server: SmsServer) -> None:
    first, second, _ = await texted(desk), await texted(desk), await texted(desk, OTHER)
    for call in ("a-call", "a-call", "told-again"):
        assert await answers(desk, call_id=call) == 204
    assert sorted(await kept(desk)) == sorted(
        (person.id, "sms", False, "reply:a-call", "sms") for person in (first, second)
    )
    before = len(server.kept)
    await desk.hear(request(first.id), request(second.id))
    await desk.drain()
    assert len(server.kept) == before
    assert (await desk.states())[3:] == [("suppressed", "unwanted")] * 2


async def test_what_must_be_said_goes_by_another_channel(desk: Desk, server: SmsServer, mails: MailServer) -> None:
    person = await texted(desk)
    await answers(desk)
    both = points(person, ("phone", NUMBER), ("email", "personne.exemple@exemple.test"))
    await desk.hear(person.changed(2, contact_points=both), request(person.id))
    await desk.drain()
    assert (len(server.kept), [mail["To"] for mail in mails.mails]) == (1, ["personne.exemple@exemple.test"])


async def test_a_number_that_is_theirs_no_longer_says_nothing_of_them(desk: Desk) -> None:
    person = await texted(desk)
    await desk.hear(person.changed(2, contact_points=points(person, ("phone", OTHER))))
    await answers(desk)
    assert await kept(desk) == []


@pytest.mark.parametrize(
    ("number", "text"), [(NUMBER, "Merci"), (OTHER, "STOP"), ("36111", "STOP"), ("pas un numéro", "STOP")]
)
async def test_nothing_else_is_kept(desk: Desk, number: str, text: str) -> None:
    await texted(desk)
    assert await answers(desk, number, text) == 204
    assert await kept(desk) == []


async def test_a_stop_told_late_does_not_undo_what_was_said_since(desk: Desk) -> None:
    person = await texted(desk)

    async def says(tx: Transaction, person_id: UUID) -> None:
        await store.decide(tx, new_id(), person_id, Decision("sms", False, NOW, "agent", "oral"))
        await store.decide(tx, new_id(), person_id, Decision("sms", True, NOW + timedelta(hours=1), "agent", "oral"))

    async with desk.service.parts.worker.transaction() as tx:
        await says(tx, person.id)
    desk.now += timedelta(hours=2)
    await answers(desk, at=NOW)
    assert len(await kept(desk)) == 2
    await answers(desk, at=desk.now)
    assert [wanted for _, _, wanted, _, _ in await kept(desk)] == [False, True, False]


async def test_who_does_not_hold_the_secret_stops_nobody(desk: Desk) -> None:
    await texted(desk)
    assert await answers(desk, signature="v1,AAAA") == 401
    assert await kept(desk) == []

"""What operators and managers see of messages, and what they decide."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from chassis.web.deny import assert_default_deny
from contracts import programmes
from notifications.messages import rules
from notifications.messages.model import Reason, State
from notifications.messages.occasions import OCCASIONS
from notifications.messages.outlook import LISTED
from notifications.messages.pages import CHANNELS, REASONS, RECIPIENTS, RULES, STATES
from notifications.messages.rules import ChannelName
from notifications.restoration.commands import hold
from tests.identity import bearer, grant, provider
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request

MESSAGES = "/notifications/messages"
ACTORS: Mapping[str, list[tuple[str, str]]] = {
    "exploitation": [("operator", "*")],
    "responsable-saint-brieuc": [("manager", "saint-brieuc")],
    "responsable-partout": [("manager", "*")],
    "responsable-arcachon": [("manager", "arcachon")],
    "accueil": [("reception", "saint-brieuc")],
}


@pytest.fixture
async def app(desk: Desk) -> FastAPI:
    for subject, grants in ACTORS.items():
        await grant(desk.service.parts.worker, subject, grants)
    return desk.service.application(provider=provider())


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def asked(desk: Desk, count: int = 1, **person: Any) -> SamplePerson:
    requester = SamplePerson("personne.exemple@exemple.test", **person)
    await desk.hear(requester.key_issued(), requester.recorded(), *(request(requester.id) for _ in range(count)))
    await desk.drain()
    return requester


async def listed(client: httpx.AsyncClient, subject: str = "exploitation", query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(MESSAGES + query, headers=bearer(subject))
    assert answer.status_code == 200, answer.text
    return answer.json()["messages"]  # type: ignore[no-any-return]


async def test_strangers_see_nothing(app: FastAPI) -> None:
    assert await assert_default_deny(app) >= 5


async def test_a_message_and_its_fate_are_listed_without_who_it_was_for(desk: Desk, client: httpx.AsyncClient) -> None:
    person = await asked(desk)
    answer = await client.get(MESSAGES, headers=bearer("exploitation"))
    [message] = answer.json()["messages"]
    assert {name: message[name] for name in ("rule", "recipient_kind", "channel", "state", "attempts", "resent")} == {
        "rule": "acknowledgement", "recipient_kind": "requester", "channel": "email", "state": "sent",
        "attempts": 1, "resent": 0,
    }  # fmt: skip
    assert "exemple.test" not in answer.text
    assert str(person.id) not in answer.text


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("exploitation", 200),
        ("responsable-saint-brieuc", 200),
        ("responsable-partout", 200),
        ("accueil", 403),
        ("nobody-granted", 403),
    ],
)
async def test_operators_and_managers_may_look(
    desk: Desk, client: httpx.AsyncClient, subject: str, expected: int
) -> None:
    answer = await client.get(MESSAGES, headers=bearer(subject))
    assert answer.status_code == expected


@pytest.mark.parametrize(
    ("subject", "seen"),
    [("exploitation", 1), ("responsable-saint-brieuc", 1), ("responsable-partout", 1), ("responsable-arcachon", 0)],
)
async def test_a_manager_sees_the_messages_of_their_territories(
    desk: Desk, client: httpx.AsyncClient, subject: str, seen: int
) -> None:
    await asked(desk)
    assert len(await listed(client, subject)) == seen


async def test_a_long_list_goes_on(desk: Desk, client: httpx.AsyncClient) -> None:
    await asked(desk, count=120, safe=False)
    url, seen = f"{MESSAGES}?state=suppressed", list[str]()
    while url:
        answer = (await client.get(url, headers=bearer("exploitation"))).json()
        seen += [one["message_id"] for one in answer["messages"]]
        url = answer["next"]
    assert len(seen) == len(set(seen)) == 120
    assert await listed(client, query="?state=sent") == []


@pytest.mark.parametrize("query", ["?state=lost", "?after=abc", "?after=-1", "?after=99999999999999999999"])
async def test_a_list_that_does_not_exist_is_a_problem(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(MESSAGES + query, headers=bearer("exploitation"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def failed(desk: Desk, mails: MailServer) -> str:
    mails.at_recipient = ["550 5.7.1 not wanted here"]
    await asked(desk)
    return str((await desk.rows())[-1]["delivery_id"])


async def test_a_failed_message_is_tried_again(desk: Desk, mails: MailServer, client: httpx.AsyncClient) -> None:
    message = await failed(desk, mails)
    answer = await client.post(f"{MESSAGES}/{message}/retry", headers=bearer("exploitation"))
    assert answer.json() == {"message_id": message, "state": "planned"}
    await desk.drain()
    assert [one["state"] for one in await listed(client)] == ["sent"]
    assert [(event.type, event.sequence) for event in await desk.told()] == [
        ("MessageFailed", 1), ("MessageDelivered", 2),
    ]  # fmt: skip
    [row] = await desk.rows()
    assert row["decided_by"] == "exploitation"


async def test_trying_again_is_more_than_one_attempt(desk: Desk, client: httpx.AsyncClient, mails: MailServer) -> None:
    mails.at_recipient = ["451 4.7.1 greylisted"] * 3 + ["250 OK"]
    await asked(desk)
    desk.now += timedelta(days=5)
    await desk.drain()
    assert await desk.states() == [("failed", "too_late")]
    [message] = [one["message_id"] for one in await listed(client)]
    assert (await client.post(f"{MESSAGES}/{message}/retry", headers=bearer("exploitation"))).status_code == 200
    await desk.drain()
    assert await desk.states() == [("planned", "smtp_451")]
    desk.now += timedelta(minutes=1)
    await desk.drain()
    assert await desk.states() == [("sent", None)]


async def test_held_messages_are_released_or_discarded(
    desk: Desk, mails: MailServer, client: httpx.AsyncClient
) -> None:
    await hold(desk.service, ["--since", (NOW - timedelta(hours=1)).isoformat()])
    requester = SamplePerson("personne.exemple@exemple.test")
    early = [request(requester.id, at=NOW - timedelta(minutes=minutes)) for minutes in (20, 10)]
    await desk.hear(requester.key_issued(), requester.recorded(), *early)
    later, earlier = await listed(client, query="?state=held")
    released = await client.post(
        f"{MESSAGES}/{earlier['message_id']}/release", headers=bearer("responsable-saint-brieuc")
    )
    discarded = await client.post(f"{MESSAGES}/{later['message_id']}/discard", headers=bearer("exploitation"))
    assert (released.status_code, discarded.status_code) == (200, 200)
    await desk.drain()
    assert [(one["state"], one["reason"]) for one in await listed(client)] == [
        ("suppressed", "discarded"), ("sent", None),
    ]  # fmt: skip
    assert len(mails.mails) == 1


@pytest.mark.parametrize("action", ["retry", "release", "discard"])
async def test_a_sent_message_is_not_decided_on(desk: Desk, client: httpx.AsyncClient, action: str) -> None:
    await asked(desk)
    [message] = await listed(client)
    answer = await client.post(f"{MESSAGES}/{message['message_id']}/{action}", headers=bearer("exploitation"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:maillage:problem:message-moved-on")
    assert await listed(client) == [message]


async def test_another_territorys_message_does_not_exist(
    desk: Desk, mails: MailServer, client: httpx.AsyncClient
) -> None:
    message = await failed(desk, mails)
    for url in (f"{MESSAGES}/{message}/retry", f"{MESSAGES}/{uuid4()}/retry"):
        answer = await client.post(url, headers=bearer("responsable-arcachon"))
        assert answer.status_code == 404
    assert (await desk.states())[0][0] == "failed"


async def test_a_message_id_that_is_none_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{MESSAGES}/not-an-id/retry", headers=bearer("exploitation"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


# The page -------------------------------------------------------------------------------------


async def page(client: httpx.AsyncClient, query: str = "") -> str:
    answer = await client.get(MESSAGES + query, headers=bearer("exploitation") | {"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


async def test_the_page_tells_it_in_french(desk: Desk, mails: MailServer, client: httpx.AsyncClient) -> None:
    assert "Aucun message" in await page(client)
    await failed(desk, mails)
    await asked(desk, safe=False)
    text = await page(client)
    for words in ("Accusé de réception", "Demandeur", "Échec", "Réponse du service d’envoi : 550", "Réessayer",
                  "Non envoyé", "Pas de moyen sûr d’écrire", "Courriel : Réponse du service d’envoi : 550",
                  "Lettre : Ce moyen d’envoi n’est pas en place ici."):  # fmt: skip
        assert words in text
    assert "exemple.test" not in text
    assert "Échec" in (await page(client, "?state=")).partition("<table")[2]
    assert "Échec" not in (await page(client, "?state=suppressed")).partition("<table")[2]


async def test_the_short_address_leads_to_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/notifications/", headers=bearer("exploitation"))
    assert (answer.status_code, answer.headers["location"]) == (303, MESSAGES)


def test_the_page_has_words_for_everything() -> None:
    assert set(STATES) == set(State)
    assert set(Reason) <= set(REASONS)
    book = rules.load(programmes.load())
    assert set(RULES) == set(book.rules)
    assert set(CHANNELS) == set(get_args(ChannelName))
    kinds = {recipients.kind for occasion in OCCASIONS.values() for recipients in occasion.recipients.values()}
    assert set(RECIPIENTS) == kinds


async def test_the_list_of_one_state_uses_its_index(desk: Desk) -> None:
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        query = LISTED.replace("$1", "'held'").replace("$2", "null").replace("$3", "50")
        plan = "\n".join(row[0] for row in await tx.fetch("EXPLAIN " + query))
    assert "Index Scan" in plan
    assert "Sort" not in plan

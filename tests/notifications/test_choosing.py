"""Who is written to chooses about what, by the link of a message: without an account, and naming nobody."""

import re
from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.envelope import event
from contracts.events import PersonsMerged
from notifications.messages.rules import Kind
from notifications.preferences.links import Links
from notifications.preferences.pages import KINDS
from tests.identity import provider
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import NOW, SamplePerson, follow_up_due, opened, ratified, request

PAGE = "/notifications/preferences"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ADDRESS = "personne.exemple@exemple.test"


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(desk.service.application(provider=provider()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def written_to(desk: Desk, **person: Any) -> tuple[SamplePerson, str]:
    """Somebody who got an acknowledgement, and the link in it."""
    somebody = SamplePerson(ADDRESS, **person)
    await desk.hear(somebody.key_issued(), somebody.recorded(), request(somebody.id))
    await desk.drain()
    return somebody, link_of(desk.mails)


def link_of(mails: MailServer) -> str:
    return str(mails.mails[-1]["List-Unsubscribe"]).strip("<>")


async def decisions(desk: Desk) -> list[tuple[UUID, str, bool, str, str]]:
    async with desk.service.parts.worker.transaction() as tx:
        rows = await tx.fetch("SELECT person_id, about, wanted, recorded_by, how FROM preferences ORDER BY place")
    return [tuple(row.values()) for row in rows]


async def chooses(client: httpx.AsyncClient, *wanted: str) -> httpx.Response:
    page = await client.get(PAGE)
    [token] = set(re.findall(r'name="csrf_token" value="([^"]+)"', page.text))
    return await client.post(PAGE, data={"csrf_token": token, "wanted": list(wanted)}, follow_redirects=True)


# The mail -------------------------------------------------------------------------------------


async def test_what_can_be_declined_says_where_in_its_headers_and_at_its_foot(desk: Desk, mails: MailServer) -> None:
    person, link = await written_to(desk)
    [mail], [row] = mails.mails, await desk.rows("place, delivery_id")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in mails.raw[0], "in one piece"
    assert link in text_of(mail)
    html = mail.get_body(("html",))
    assert html is not None
    assert f'href="{link}"' in html.get_content()
    for secret in (ADDRESS, str(person.id), person.id.hex, str(row["delivery_id"]), row["delivery_id"].hex):
        assert secret not in link


async def test_what_cannot_be_declined_says_nothing_of_it(desk: Desk, mails: MailServer) -> None:
    agent, case_id = SamplePerson("agent.exemple@exemple.test"), uuid4()
    await desk.hear(agent.key_issued(), agent.as_agent(), opened(case_id), follow_up_due(case_id, agent.id))
    await desk.drain()
    [mail] = mails.mails
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)
    assert PAGE not in text_of(mail)


# One click ------------------------------------------------------------------------------------


async def test_one_click_declines_that_kind_without_signing_in_and_is_kept_once(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    person, link = await written_to(desk)
    for _ in range(3):
        assert (await client.post(link, data=ONE_CLICK)).status_code == 204
    assert (await client.post(link, files={"List-Unsubscribe": (None, "One-Click")})).status_code == 204
    [row] = await desk.rows("place, delivery_id")
    assert await decisions(desk) == [
        (person.id, "acknowledgements", False, f"message:{row['delivery_id']}", "one-click")
    ]
    case_id = uuid4()
    await desk.hear(request(person.id), opened(case_id), ratified(case_id, [person.id]))
    await desk.drain()
    assert [state for state, _ in await desk.states()] == ["sent", "suppressed", "sent"], "another kind still leaves"


@pytest.mark.parametrize(
    ("link", "body", "status"),
    [
        ("{link}", {}, 422),
        ("{link}", {"List-Unsubscribe": "No"}, 422),
        ("http://localhost" + PAGE + "/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ONE_CLICK, 404),
        ("http://localhost" + PAGE + "/pas-un-lien-é", ONE_CLICK, 404),
    ],
    ids=["no word", "another word", "forged", "no token"],
)
async def test_nothing_else_declines_anything(
    desk: Desk, client: httpx.AsyncClient, link: str, body: dict[str, str], status: int
) -> None:
    _, known = await written_to(desk)
    assert (await client.post(link.format(link=known), data=body)).status_code == status
    assert await decisions(desk) == []


async def test_a_link_of_what_cannot_be_declined_would_decline_nothing(desk: Desk, client: httpx.AsyncClient) -> None:
    agent, case_id = SamplePerson("agent.exemple@exemple.test"), uuid4()
    await desk.hear(agent.key_issued(), agent.as_agent(), opened(case_id), follow_up_due(case_id, agent.id))
    [row] = await desk.rows("place, delivery_id")
    link = Links(desk.settings.master_key, "http://localhost").to(row["delivery_id"])
    assert (await client.post(link, data=ONE_CLICK)).status_code == 404
    assert await decisions(desk) == []


# The page -------------------------------------------------------------------------------------


async def test_the_page_is_reached_by_the_link_and_tells_nothing_of_anybody(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    assert set(KINDS) == set(get_args(Kind))
    _, link = await written_to(desk, neutral=True)
    arrived = await client.get(link)
    assert (arrived.status_code, arrived.headers["location"]) == (303, PAGE)
    page = await client.get(PAGE)
    assert page.status_code == 200
    assert "<title>Vos messages</title>" in page.text
    assert page.text.count(" checked") == 3
    assert "Certains messages sont obligatoires" in page.text
    for telling in ("Maillage", "violences", "social", "demande", "rendez-vous", ADDRESS, link.rpartition("/")[2]):
        assert telling not in page.text
    assert await decisions(desk) == [], "a link that is followed changes nothing"


async def test_kinds_are_declined_and_taken_up_again_each_kept_as_evidence(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    person, link = await written_to(desk)
    await client.get(link)
    answer = await chooses(client, "reminders")
    assert "C’est noté" in answer.text
    assert answer.text.count(" checked") == 1
    await chooses(client, "reminders", "news")
    await chooses(client, "reminders", "news")
    assert [(who, about, wanted, how) for who, about, wanted, _, how in await decisions(desk)] == [
        (person.id, "acknowledgements", False, "online"),
        (person.id, "news", False, "online"),
        (person.id, "news", True, "online"),
    ]


async def test_what_was_declined_under_another_name_is_taken_up_under_it(desk: Desk, client: httpx.AsyncClient) -> None:
    person, first = await written_to(desk)
    other, second = await written_to(desk)
    await client.post(first, data=ONE_CLICK)
    merged = PersonsMerged(person_id=person.id, into=other.id)
    await desk.hear(event(merged, id=uuid4(), source="/maillage/intake", sequence=2, time=NOW))
    await client.get(second)
    assert (await client.get(PAGE)).text.count(" checked") == 2
    await chooses(client, *get_args(Kind))
    await desk.hear(request(other.id))
    await desk.drain()
    assert [state for state, _ in await desk.states()] == ["sent"] * 3


async def test_who_took_back_their_consent_reads_whom_to_tell(desk: Desk, client: httpx.AsyncClient) -> None:
    person, link = await written_to(desk)
    consent = uuid4()
    await desk.hear(person.agreed_to_messages(consent), person.takes_back(consent))
    await client.get(link)
    page = (await client.get(PAGE)).text
    assert "Dites-le à la personne que vous avez rencontrée" in page
    assert "<form" not in page


@pytest.mark.parametrize("path", [PAGE, PAGE + "/nimporte"])
async def test_without_a_good_link_the_page_says_so(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "Ouvrez le lien du dernier message reçu" in answer.text


async def test_another_site_cannot_choose_for_somebody(desk: Desk, client: httpx.AsyncClient) -> None:
    _, link = await written_to(desk)
    await client.get(link)
    assert (await client.post(PAGE, data={"wanted": []})).status_code == 403
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert (await client.post(link, data=ONE_CLICK, headers=elsewhere)).status_code == 403
    assert await decisions(desk) == []

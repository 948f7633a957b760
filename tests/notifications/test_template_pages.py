"""The pages of what messages say: every rule is there, each opens on every channel, in its languages and unseen."""

from collections.abc import AsyncIterator

import httpx
import pytest

from contracts import programmes
from notifications.messages import rules
from notifications.preview.pages import ROOT, TO
from tests.identity import bearer, grant, provider
from tests.notifications.conftest import Desk

BOOK = rules.load(programmes.load())
MANAGER = "responsable"


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """People who manage, and who receive."""
    for subject, role in ((MANAGER, "manager"), ("accueil", "reception")):
        await grant(desk.service.parts.worker, subject, [(role, "saint-brieuc")])
    transport = httpx.ASGITransport(desk.service.application(provider=provider()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def opened(client: httpx.AsyncClient, place: str = "") -> httpx.Response:
    """A page as a manager opens it now: a token lasts ten minutes, all the tests more."""
    return await client.get(f"{ROOT}{place}", headers=bearer(MANAGER) | {"Accept": "text/html"})


def test_every_recipient_has_words() -> None:
    assert {rule.to for rule in BOOK.rules.values()} <= TO.keys()


async def test_every_rule_is_listed_and_opens(client: httpx.AsyncClient) -> None:
    listed = (await opened(client)).text
    for name in BOOK.rules:
        assert f'href="{ROOT}/{name}"' in listed
        for asked in ("", "?language=uk", "?neutral=true"):
            answer = await opened(client, f"/{name}{asked}")
            assert answer.status_code == 200, (name, asked)
            assert all(f'id="{channel}"' in answer.text for channel in BOOK.rules[name].channels)


async def test_it_is_read_in_its_language_and_as_whoever_asked_that_nothing_show(client: httpx.AsyncClient) -> None:
    plain = (await opened(client, "/appointment-booked")).text
    assert "Vous avez un rendez-vous" in plain
    assert "1 partie de SMS" in plain
    assert "You have an appointment" in (await opened(client, "/appointment-booked?language=en")).text
    assert "rendez-vous le" not in (await opened(client, "/appointment-booked?neutral=true")).text


async def test_nobody_else_reads_them_and_an_unknown_one_is_told(client: httpx.AsyncClient) -> None:
    assert (await client.get(ROOT, headers=bearer("accueil"))).status_code == 403
    assert (await opened(client, "/inconnu")).status_code == 404

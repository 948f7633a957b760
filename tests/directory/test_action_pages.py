"""Registering for an action, as a browser without JavaScript does, and an agent's pages."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests import identity
from tests.directory.conftest import Directory, territory
from tests.directory.test_actions import CENTRE, NOW, action, session
from tests.directory.test_pages import BROWSER, Outline, page

PUBLIC = "/annuaire/actions"


@pytest.fixture
async def house(directory: Directory) -> Directory:
    await directory.post("/directory/territories", territory())
    await directory.grant("centre", ("social_worker", "saint-brieuc"), organisation_id=CENTRE)
    await directory.grant("ailleurs", ("reception", "saint-brieuc"), organisation_id=UUID(int=12))
    return directory


async def made(house: Directory, **more: Any) -> str:
    answer = await house.post("/directory/actions", action(**more), "centre")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["action_id"])


class Visitor:
    """Somebody without an account, with one browser."""

    def __init__(self, house: Directory) -> None:
        transport = httpx.ASGITransport(house.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=BROWSER)

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, path: str, shown: str, fields: dict[str, str]) -> httpx.Response:
        """A form of the page `shown`."""
        hidden = dict(re.findall(r'name="(csrf_token|idempotency_key)" value="([^"]*)"', shown))
        return await self.http.post(path, data=hidden | fields)


async def test_a_resident_registers_waits_and_leaves_with_a_code(house: Directory) -> None:
    path = f"{PUBLIC}/{await made(house, places=1)}"
    people = [Visitor(house), Visitor(house)]
    states = []
    for visitor in people:
        shown = await visitor.open(path)
        sent = await visitor.send(path, shown, {"name": "Camille", "contact": "06 00 00 00 00"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/annuaire/inscription")
        states.append(await visitor.open("/annuaire/inscription"))
    assert "Vous avez une place" in states[0]
    assert "1 personne attend avant vous" not in states[1]
    assert "liste d'attente" in states[1]
    assert "Complet" in await people[0].open(path)

    code = re.search(r'class="reference">([^<]+)<', states[0])
    assert code is not None
    elsewhere = Visitor(house)  # another device
    form = await elsewhere.open("/annuaire/inscription")
    assert (await elsewhere.send("/annuaire/inscription", form, {"code": "2222-2222-2222"})).status_code == 422
    found = await elsewhere.send("/annuaire/inscription", form, {"code": code[1].lower()})
    assert found.status_code == 303
    mine = await elsewhere.open("/annuaire/inscription")
    assert (await elsewhere.send("/annuaire/inscription/annulation", mine, {})).status_code == 303
    assert "est annulée" in await elsewhere.open("/annuaire/inscription")
    assert "Vous avez une place" in await people[1].open("/annuaire/inscription")


async def test_what_is_missing_is_said_beside_its_field_and_kept(house: Directory) -> None:
    path = f"{PUBLIC}/{await made(house)}"
    visitor = Visitor(house)
    shown = await visitor.open(path)
    wrong = await visitor.send(path, shown, {"name": "Camille", "contact": "chez moi"})
    assert wrong.status_code == 422
    assert "téléphone ou une adresse" in wrong.text
    assert 'value="Camille"' in wrong.text
    assert (await visitor.http.post(path, data={"name": "C", "contact": "06 00 00 00 00"})).status_code == 403


async def test_strangers_see_what_is_public_and_no_more(house: Directory) -> None:
    shown = await made(house, title="Forum <b>exemple</b>")
    hidden = await made(house, audience="professionals")
    await made(house, title="Fini", sessions=[session(-3)])
    answer, outline = await page(house, PUBLIC)
    assert f"{PUBLIC}/{shown}" in outline.links
    assert f"{PUBLIC}/{hidden}" not in outline.links
    assert "Forum &lt;b&gt;" in answer.text
    assert "Fini" not in answer.text
    assert (await house.ask("GET", f"{PUBLIC}/{hidden}", None)).status_code == 404
    assert (await house.ask("GET", f"{PUBLIC}/{hidden}.ics", None)).status_code == 404
    feed = await house.ask("GET", f"{PUBLIC}.ics", None)
    assert feed.content.count(b"BEGIN:VEVENT") == 2  # two sessions of the one that is shown
    assert Outline(answer.text).headings[0] == "h1"


class AtWork(Visitor):
    """An agent, by bearer token: their forms need no page's token."""

    def __init__(self, house: Directory, subject: str) -> None:
        super().__init__(house)
        self.http.headers.update(identity.bearer(subject))

    async def send(self, path: str, shown: str, fields: dict[str, Any]) -> httpx.Response:
        key = re.search(r'name="idempotency_key" value="([^"]*)"', shown)
        return await self.http.post(path, data=fields | ({"idempotency_key": key[1]} if key else {}))


async def test_an_agent_announces_an_action_registers_somebody_and_keeps_the_list(house: Directory) -> None:
    agent = AtWork(house, "centre")
    blank = await agent.open("/directory/action-form")
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    fields: dict[str, Any] = {
        "kind": "film_debate", "title": "Ciné-débat (exemple)", "about": "Un film.", "audience": "public",
        "territory_ids": "saint-brieuc", "place": "Cinéma Exemple", "places": "1", "session_id": ["", ""],
        "session_day": [tomorrow, ""], "session_from": ["20:00", ""], "session_to": ["19:00", ""],
    }  # fmt: skip
    wrong = await agent.send("/directory/action-form", blank, fields)
    assert wrong.status_code == 422
    assert "Ciné-débat (exemple)" in wrong.text
    made = await agent.send("/directory/action-form", wrong.text, fields | {"session_to": ["22:00", ""]})
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    shown = await agent.open(path)
    assert f'action="{path}/forms/person"' in shown
    sent = await agent.send(f"{path}/forms/person", shown, {"name": "Camille", "contact": "06 00 00 00 00"})
    assert re.search(r'class="reference">[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}<', sent.text)
    assert (await agent.send(f"{path}/forms/oneself", await agent.open(path), {})).status_code == 303
    shown = await agent.open(path)
    assert "Camille" in shown
    assert "En liste d'attente" in shown
    assert "Camille" not in await AtWork(house, "ailleurs").open(path)
    first = re.search(r'name="registration_id" value="([^"]*)"', shown.split('id="inscrits"')[1])
    assert first is not None
    assert (await agent.send(f"{path}/forms/leave", "", {"registration_id": first[1]})).status_code == 303
    assert "une place s'est libérée" in await agent.open(path)
    editing = await agent.open(f"/directory/action-form?action_id={path.rsplit('/', 1)[1]}")
    assert f'value="{tomorrow}"' in editing
    refused = await agent.send(f"{path}/forms/cancelled", "", {"version": "7"})
    assert refused.status_code == 422
    assert (await agent.send(f"{path}/forms/cancelled", "", {"version": "1"})).status_code == 303
    assert "Annulée" in await agent.open("/directory/actions")

"""Pages, as a browser without JavaScript gets them."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.directory.conftest import OPERATOR, Directory, agent, offer, organisation, site, territory

BROWSER = {"accept": "text/html,*/*;q=0.8"}


class Outline(HTMLParser):
    """Headings, labels, ids and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.links: list[str] = []
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "label":
            self.labelled.add(given.get("for") or "")
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.add(given.get("id") or "")
        if "id" in given:
            self.ids.append(given["id"] or "")


async def page(directory: Directory, path: str, by: str | None = None, **more: Any) -> tuple[httpx.Response, Outline]:
    answer = await directory.ask("GET", path, by, headers=BROWSER, **more)
    assert answer.status_code == 200, answer.text
    return answer, Outline(answer.text)


@pytest.fixture
async def annuaire(directory: Directory) -> Directory:
    await directory.post("/directory/territories", territory())
    body = organisation(
        name="<b>Association</b> Exemple", email="contact@association.example", phone="+33 1 99 00 00 00"
    )
    home = (await directory.post("/directory/organisations", body)).json()["organisation_id"]
    hall = (await directory.post("/directory/sites", site())).json()["site_id"]
    held = [{"site_id": hall, "hours": "We 13:30-17:00"}]
    await directory.post("/directory/offers", offer(home, age_from=11, age_to=25, places=held))
    for number in range(24):
        await directory.post("/directory/offers", offer(home, name=f"Atelier {number:02}", territory_ids=["*"]))
    await directory.post("/directory/agents", agent(home))
    return directory


async def test_a_stranger_reads_what_maillage_is_and_where_to_go(annuaire: Directory) -> None:
    _, outline = await page(annuaire, "/")
    assert {"/demande", "/suivi", "/annuaire"} <= set(outline.links)
    assert any(link.startswith("/auth/sign-in") for link in outline.links)
    assert "/directory/agents" not in outline.links
    assert outline.headings[0] == "h1"


@pytest.mark.parametrize(
    ("role", "seen", "unseen"),
    [
        ("reception", {"/intake/requests", "/directory/"}, {"/cases", "/directory/agents"}),
        ("coordinator", {"/cases"}, {"/intake/requests", "/directory/agents"}),
        ("manager", {"/cases", "/directory/agents", "/notifications/messages"}, set()),
        ("operator", {"/directory/agents", "/notifications/messages"}, {"/cases", "/intake/requests"}),
    ],
)
async def test_an_agent_finds_the_way_to_their_work(
    directory: Directory, role: str, seen: set[str], unseen: set[str]
) -> None:
    await directory.grant("somebody", (role, "*"))
    _, outline = await page(directory, "/", "somebody")
    assert seen <= set(outline.links)
    assert not unseen & set(outline.links)


async def test_an_account_without_grants_is_told_whom_to_ask(directory: Directory) -> None:
    answer, _ = await page(directory, "/", "nobody")
    assert "aucun droit" in answer.text


async def test_the_annuaire_answers_strangers_page_after_page(annuaire: Directory) -> None:
    answer, outline = await page(
        annuaire, "/annuaire", params={"q": "", "territory": "saint-brieuc", "theme": "housing"}
    )
    assert outline.headings.count("h3") == 20
    assert outline.fields <= outline.labelled
    [following] = [link for link in outline.links if "after=" in link]
    rest, outline = await page(annuaire, following)
    assert outline.headings.count("h3") == 5
    assert "de 11 à 25 ans" in rest.text
    assert "tout le département" in answer.text
    assert "&lt;b&gt;Association&lt;/b&gt;" in rest.text


async def test_a_search_without_answer_leads_to_a_person(annuaire: Directory) -> None:
    answer, outline = await page(annuaire, "/annuaire", params={"q": "plongée sous-marine"})
    assert "Rien ne correspond" in answer.text
    assert outline.links.count("/demande") == 2


@pytest.mark.parametrize(
    ("path", "by"), [("/annuaire", None), ("/annuaire/carte", None), ("/directory/search", OPERATOR)]
)
async def test_where_nothing_answers_whoever_receives_any_request_is_shown(
    annuaire: Directory, path: str, by: str | None
) -> None:
    home = (await annuaire.post("/directory/organisations", organisation(name="Mairie Exemple"))).json()
    await annuaire.post("/directory/offers", offer(home["organisation_id"], name="Premier accueil social"))
    asked = {"commune": "22278", "free": "true"}
    answer, outline = await page(annuaire, path, by, params=asked | {"q": "plongée sous-marine"})
    assert "Rien ne correspond" in answer.text
    assert "Pour être reçu et orienté" in answer.text
    assert re.findall(r"<h4><a [^>]*>([^<]+)</a></h4>", answer.text) == ["Premier accueil social"]
    assert "premier accueil social »" not in answer.text, "nobody said so"
    assert len(outline.ids) == len(set(outline.ids))
    found, _ = await page(annuaire, path, by, params={"commune": "22278"})
    assert "Pour être reçu et orienté" not in found.text


async def test_agents_read_organisations_with_their_offers(annuaire: Directory) -> None:
    _, outline = await page(annuaire, "/directory/", OPERATOR)
    assert outline.headings.count("h3") == 25
    assert "mailto:contact@association.example" in outline.links
    assert "/directory/agents" in outline.links
    assert len(outline.ids) == len(set(outline.ids))
    none, _ = await page(annuaire, "/directory/", OPERATOR, params={"territory": "arcachon"})
    assert "Aucune structure ici" in none.text


async def test_operators_read_who_may_do_what(annuaire: Directory) -> None:
    answer, _ = await page(annuaire, "/directory/agents", OPERATOR)
    for text in (
        "Camille Exemple",
        "accueil – Saint-Brieuc Armor",
        "exploitation – partout",
        "mailto:camille@maillage.example",
    ):
        assert text in answer.text
    assert (await annuaire.ask("GET", "/directory/agents", headers={"accept": "application/json"})).json()[
        "next"
    ] is None


async def test_a_stranger_is_led_to_sign_in(directory: Directory) -> None:
    answer = await directory.ask("GET", "/directory/agents", by=None, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/sign-in?return_to=%2Fdirectory%2Fagents")

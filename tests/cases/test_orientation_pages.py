"""Pages of orientations, as a browser without JavaScript gets them: in the dossier, in the workspace, behind a link."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.cases.conftest import Cases
from tests.cases.oriented import ASKED, FIRST_NAME, OFFER, REACH, SECOND, Oriented, oriented_on
from tests.cases.test_orientations import EXPIRED, PERSONAL
from tests.cases.test_pages import BROWSER, browsers, well_formed

__all__ = ["browsers"]
DAY = timedelta(days=1)
PLACE = "/cases/orientations/answer"


@pytest.fixture
async def oriented(cases: Cases) -> Oriented:
    oriented = await oriented_on(cases)
    await oriented.agree()
    return oriented


class Stranger:
    """A browser of the structure's, in which nobody is signed in."""

    def __init__(self, client: httpx.AsyncClient, oriented: Oriented) -> None:
        self.client = client
        self.oriented = oriented

    async def arrive(self, secret: str | None = None) -> str:
        """Follow the last link that was sent, or that one."""
        secret = secret or await self.oriented.secret("OrientationLinkIssued", "link")
        answer = await self.client.get(f"{PLACE}/{secret}")
        assert (answer.status_code, answer.headers["location"]) == (303, PLACE)
        return await self.look()

    async def look(self) -> str:
        answer = await self.client.get(PLACE)
        assert answer.status_code == 200, answer.text
        well_formed(answer.text)
        return answer.text

    async def send(self, form: str = "", status: int = 303, **fields: str) -> str:
        """Send a form of the page that is shown; returns the page after it."""
        page = await self.look()
        path = f"{PLACE}/{form}".rstrip("/")
        found = re.search(rf'<form method="post" action="{path}">(.*?)</form>', page, re.DOTALL)
        assert found, f"the page has no form {form}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1]))
        return await self.post(path, hidden | fields, status)

    async def post(self, path: str, fields: dict[str, str], status: int) -> str:
        answer = await self.client.post(path, data=fields)
        assert answer.status_code == status, answer.text
        if status == 303:
            return await self.look()
        well_formed(answer.text)
        return answer.text

    async def code(self) -> str:
        return await self.oriented.secret("OrientationCodeAsked", "code")

    async def enter(self) -> str:
        """Ask for a code and give it."""
        await self.send("code")
        return await self.send("open", code=await self.code())


@pytest.fixture
async def stranger(oriented: Oriented) -> AsyncIterator[Stranger]:
    transport = httpx.ASGITransport(oriented.cases.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=BROWSER) as client:
        yield Stranger(client, oriented)


def shows(page: str) -> list[str]:
    """What a page says of the person."""
    return [word for word in PERSONAL if word in page]


# Behind a link --------------------------------------------------------------------------------------


async def test_a_structure_answers_by_link_and_code(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    page = await stranger.arrive()
    assert shows(page) == []
    assert "Aide au logement – Association Exemple" in page
    page = await stranger.send("code")
    assert shows(page) == []
    page = await stranger.send("open", code=f" {(code := await stranger.code())[:3]} {code[3:]} ")
    assert shows(page) == [FIRST_NAME, REACH, ASKED]
    page = await stranger.send(answer="accepted")
    assert "acceptée" in page
    assert "<form" not in page.partition("<main")[2].partition("</main")[0]
    [one] = await oriented.listed()
    assert (one["state"], one["first_name"]) == ("accepted", FIRST_NAME)
    assert (await oriented.cases.kinds(oriented.case_id))[-1] == "orientation_accepted"


async def test_a_refusal_says_why_and_shows_nothing_more(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    await stranger.arrive()
    await stranger.enter()
    without = await stranger.send(answer="refused", status=409)
    assert "pourquoi vous refusez" in without
    assert shows(without) == [FIRST_NAME, REACH, ASKED]
    page = await stranger.send(answer="refused", reason="out_of_area")
    assert shows(page) == []
    assert "hors de notre secteur" in page
    assert [one["reason"] for one in await oriented.listed()] == ["out_of_area"]


async def test_after_a_study_comes_the_last_answer(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    await stranger.arrive()
    await stranger.enter()
    page = await stranger.send(answer="under_study")
    assert "à l&#39;étude" in page
    assert 'value="under_study"' not in page
    assert "acceptée" in await stranger.send(answer="accepted", reason="full"), "a reason counts for a refusal only"


async def test_without_a_ground_the_code_opens_a_question_about_nobody(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose(offer_id=str(SECOND))
    await stranger.arrive()
    page = await stranger.enter()
    assert shows(page) == []
    assert "Aucune information sur la personne" in page


async def test_a_wrong_code_costs_a_try_and_five_spend_it(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    await stranger.arrive()
    await stranger.send("code")
    right = await stranger.code()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(4):
        page = await stranger.send("open", code=wrong, status=422)
        assert "pas le bon" in page
        assert shows(page) == []
    await stranger.send("open", code=wrong, status=422)
    assert "Code reçu" not in await stranger.look(), "the code is spent"
    token = re.search(r'name="csrf_token" value="([^"]*)"', await stranger.look())
    assert token
    assert shows(await stranger.post(f"{PLACE}/open", {"csrf_token": token[1], "code": right}, 422)) == []


async def test_a_code_ends_after_ten_minutes_and_another_is_sent(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    await stranger.arrive()
    await stranger.send("code")
    late = await stranger.code()
    again = await stranger.send("code", status=409)
    assert "Attendez une minute" in again
    oriented.cases.now += timedelta(minutes=10)
    assert "Code reçu" not in await stranger.look()
    await stranger.send("code")
    await stranger.send("open", code=late, status=422)
    assert shows(await stranger.send("open", code=await stranger.code())) == [FIRST_NAME, REACH, ASKED]


async def test_nobody_answers_before_the_code(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    page = await stranger.arrive()
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)
    assert token
    fields = {"csrf_token": token[1], "version": "1", "answer": "accepted"}
    assert "Donnez d&#39;abord le code" in await stranger.post(PLACE, fields, 403)
    assert [one["state"] for one in await oriented.listed()] == ["proposed"]


async def test_a_form_from_elsewhere_is_not_taken(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    await stranger.arrive()
    for path in ("", "/code", "/open", "/renew"):
        assert (await stranger.client.post(PLACE + path, data={"csrf_token": "x"})).status_code == 403


async def test_an_old_link_asks_for_the_next_one(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    old = await oriented.secret("OrientationLinkIssued", "link")
    oriented.cases.now += 7 * DAY
    assert "plus valable" in await stranger.arrive(old)
    page = await stranger.send("renew", status=200)
    assert "vient d&#39;être envoyé" in page
    assert [one.data["occasion"] for one in await oriented.cases.outbox("OrientationLinkIssued")][-1] == "renewal"
    assert "le plus récent" in await stranger.arrive(old)
    await stranger.arrive()
    assert shows(await stranger.enter()) == [FIRST_NAME, REACH, ASKED]


async def test_a_revoked_link_opens_nothing_even_to_who_was_let_in(oriented: Oriented, stranger: Stranger) -> None:
    made = await oriented.propose()
    await stranger.arrive()
    assert shows(await stranger.enter()) == [FIRST_NAME, REACH, ASKED]
    path = f"{oriented.path}/{made['orientation_id']}/link"
    assert (await oriented.cases.change(path, {}, "social_worker", method="DELETE")).status_code == 200
    page = await stranger.look()
    assert shows(page) == []
    assert "révoqué" in page
    assert "<form" not in page.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize("link", ["2222222222", "x" * 60, "a b"])
async def test_a_link_nobody_sent_says_so(stranger: Stranger, link: str) -> None:
    assert "le plus récent" in await stranger.arrive(link)
    assert "le plus récent" in (await stranger.client.get(PLACE)).text


async def test_without_a_link_there_is_only_where_to_find_one(oriented: Oriented, stranger: Stranger) -> None:
    await oriented.propose()
    assert "le plus récent" in await stranger.look()


async def test_what_nobody_waits_for_any_more_says_so(oriented: Oriented, stranger: Stranger) -> None:
    made = await oriented.propose()
    await stranger.arrive()
    await stranger.enter()
    path = f"{oriented.path}/{made['orientation_id']}/withdraw"
    await oriented.cases.change(path, {}, "social_worker")
    assert shows(await stranger.look()) == []
    await oriented.propose(offer_id=str(OFFER))
    await oriented.cases.fire(EXPIRED)
    assert "délai" in await stranger.arrive()


async def test_an_answer_given_meanwhile_is_shown_not_overwritten(oriented: Oriented, stranger: Stranger) -> None:
    made = await oriented.propose()
    await stranger.arrive()
    page = await stranger.enter()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert (await oriented.answer(made["orientation_id"], answer="under_study")).status_code == 200
    assert "répondu entre-temps" in await stranger.post(PLACE, hidden | {"answer": "accepted"}, 412)
    assert [one["state"] for one in await oriented.listed()] == ["under_study"]


async def test_neither_link_nor_code_nor_person_is_logged(
    log_stream: io.StringIO, oriented: Oriented, stranger: Stranger
) -> None:
    await oriented.propose()
    await stranger.arrive()
    await stranger.send("code")
    secret, code = await oriented.secret("OrientationLinkIssued", "link"), await stranger.code()
    await stranger.send("open", code=code)
    await stranger.send(answer="accepted")
    told = log_stream.getvalue()
    assert "/cases/orientations/answer/{secret}" in told
    assert not [word for word in (secret, f'"{code}"', *PERSONAL) if word in told]


# In the workspace -----------------------------------------------------------------------------------


async def test_a_structure_finds_what_it_is_asked_and_answers(oriented: Oriented, browsers: Any) -> None:
    made = await oriented.propose()
    browser = await browsers("partner")
    page = await browser.get("/cases/orientations")
    assert "Aide au logement" in page
    assert shows(page) == [], "the list tells nothing of people"
    path = f"/cases/orientations/{made['orientation_id']}"
    page = await browser.get(path)
    assert shows(page) == [FIRST_NAME, REACH, ASKED]
    assert str(oriented.case_id) not in page
    missing = await browser.send(page, "answer")
    assert (missing.status_code, "obligatoire" in missing.text) == (422, True)
    well_formed(missing.text)
    refused = await browser.send(page, "answer", answer="refused")
    assert (refused.status_code, "pourquoi" in refused.text) == (409, True)
    assert (await browser.send(page, "answer", answer="accepted", reason="full")).status_code == 303
    assert "acceptée" in await browser.get(path)
    late = await browser.send(page, "answer", answer="refused", reason="full")
    assert late.status_code == 412


async def test_who_proposed_it_sees_it_without_answering(oriented: Oriented, browsers: Any) -> None:
    made = await oriented.propose()
    page = await (await browsers("social_worker")).get(f"/cases/orientations/{made['orientation_id']}")
    assert f"/cases/{oriented.case_id}#orientations" in page
    assert "/forms/answer" not in page


async def test_an_empty_list_says_so(oriented: Oriented, browsers: Any) -> None:
    assert "Aucune orientation" in await (await browsers("neighbour")).get("/cases/orientations")


# In the dossier -------------------------------------------------------------------------------------

FILLED = {
    "orientation_offer": str(OFFER),
    "orientation_asked": ASKED,
    "orientation_first_name": FIRST_NAME,
    "orientation_reach": REACH,
    "orientation_reach_safe": "yes",
}


async def test_a_dossier_proposes_shows_and_withdraws(oriented: Oriented, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{oriented.case_id}"
    page = await browser.get(path)
    offers = page[page.index('name="orientation_offer"') :]
    assert offers.index("Aide au logement") < offers.index("Écoute"), "offers of the dossier's themes first"
    assert (await browser.send(page, "orientation", **FILLED)).status_code == 303
    assert (await browser.send(page, "orientation", **FILLED)).status_code == 303, "sent twice, proposed once"
    page = await browser.get(path)
    for expected in ("Orientation proposée", "en attente de réponse", "17 mars 2026", "La personne est d&#39;accord"):
        assert expected in page
    assert page.count("en attente de réponse") == 1
    for form in ("orientation-link", "orientation-revoke"):
        assert (await browser.send(await browser.get(path), form)).status_code == 303
    assert (await browser.send(await browser.get(path), "orientation-withdraw")).status_code == 303
    page = await browser.get(path)
    for expected in ("retirée", "Lien de réponse révoqué", "Nouveau lien de réponse envoyé"):
        assert expected in page


async def test_a_refused_proposal_keeps_what_was_typed(oriented: Oriented, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{oriented.case_id}"
    page = await browser.get(path)
    unsafe = await browser.send(page, "orientation", **{**FILLED, "orientation_reach_safe": ""})
    assert (unsafe.status_code, "sans danger" in unsafe.text) == (422, True)
    assert re.search(r"<details open><summary>Proposer une orientation", unsafe.text)
    assert f'value="{REACH}"' in unsafe.text
    well_formed(unsafe.text)
    await oriented.propose()
    twice = await browser.send(page, "orientation", **FILLED)
    assert (twice.status_code, "déjà sollicitée" in twice.text, ASKED in twice.text) == (409, True, True)
    well_formed(twice.text)


async def test_the_timeline_tells_each_step_in_words(oriented: Oriented, browsers: Any) -> None:
    made = await oriented.propose()
    await oriented.answer(made["orientation_id"], answer="refused", reason="full")
    await oriented.propose(offer_id=str(SECOND), override="Urgence ce soir.")
    await oriented.cases.fire(EXPIRED)
    page = await (await browsers("social_worker")).get(f"/cases/{oriented.case_id}")
    for expected in (
        "Orientation refusée",
        "Aide au logement – Association Exemple : plus de place",
        "Partage décidé sans accord enregistré",
        "Urgence ce soir.",
        "structure relancée",
        "responsable de la structure prévenu",
        "Orientation restée sans réponse",
        f"Permanence logement – Relais Exemple : {ASKED}",
    ):
        assert expected in page, expected


async def test_the_offer_found_instead_is_chosen_beforehand(oriented: Oriented, browsers: Any) -> None:
    await oriented.propose()
    await oriented.cases.fire(EXPIRED)
    page = await (await browsers("social_worker")).get(f"/cases/{oriented.case_id}")
    assert f'<option value="{SECOND}" selected>' in page
    assert "Autre offre à proposer" in page


async def test_managers_orient_too_and_reception_reads_nothing_of_it(oriented: Oriented, browsers: Any) -> None:
    await oriented.propose()
    assert "Aide au logement" not in await (await browsers("reception")).get(f"/cases/{oriented.case_id}")
    assert "/forms/orientation" in await (await browsers("manager")).get(f"/cases/{oriented.case_id}")


async def test_where_a_partner_is_chosen_it_says_how_fresh_the_directory_is(oriented: Oriented, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{oriented.case_id}"
    page = await browser.get(path)
    assert "L'annuaire n'est pas à jour ici" in page
    assert "Rien n'en est encore arrivé." in page
    worker, now = oriented.cases.service.parts.worker, oriented.cases.now
    async with worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO consumer_offsets (topic, partition, next_offset, heard_at, whole_at)
               VALUES ('directory-partners', 0, 1, $1, $1)""",
            now - timedelta(hours=25),
        )
    page = await browser.get(path)
    assert "Annuaire à jour :" in page
    assert "Relu en entier :" in page
    assert "pas à jour" not in page
    async with worker.transaction() as tx:
        await tx.execute("UPDATE consumer_offsets SET heard_at = heard_at - interval '2 hours'")
    page = await browser.get(path)
    assert "Rien n'en est arrivé depuis le" in page
    assert "vérifiez par téléphone" in page

"""A call taken by the keyboard alone: typed as it is said, kept each second, sent in less than a minute."""

import re
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import Reader, Screen, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
DELAY = 120
"""Milliseconds between two keys: 100 words a minute, as fast as who types well."""
IN_A_MINUTE = 60
KEPT = re.compile(r"enregistré à \d\d:\d\d:\d\d")


@pytest.fixture
async def agent(platform: Platform, browser: Browser, accounts: Accounts, day: Day) -> AsyncIterator[Reader]:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("reception")) as reader:
        await reader.open("/intake/desk")
        yield reader


async def to(page: Page, *fields: str) -> None:
    """Tab by tab, as far as that field."""
    for name in fields:
        while await page.evaluate("document.activeElement.id") != name:
            await page.keyboard.press("Tab")


async def themes(page: Page, *letters: str) -> None:
    await to(page, "theme-typed")
    for two in letters:
        await page.keyboard.type(two, delay=DELAY)
        await page.keyboard.press("Enter")


async def test_a_simple_contact_takes_less_than_a_minute_without_a_mouse(agent: Reader) -> None:
    page, keyboard = agent.page, agent.page.keyboard
    began = time.perf_counter()
    await expect(page.get_by_label("Ce que la personne dit")).to_be_focused()
    await keyboard.type("Le bail se termine, le propriétaire vend. Elle cherche un logement.", delay=DELAY)
    await themes(page, "lo", "bu")
    await to(page, "commune")
    await keyboard.type("Plérin", delay=DELAY)
    for name, said in (("given_name", "Camille"), ("family_name", "Exemple"), ("phone", "06 39 98 01 02")):
        await to(page, name)
        await keyboard.type(said, delay=DELAY)
    await expect(page.get_by_role("heading", name="Réponses")).to_be_visible()
    await expect(page.get_by_text("Réponse promise au plus tard le")).to_be_visible()
    await expect(page.locator("#kept")).to_have_text(KEPT)
    await keyboard.press("Control+Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Appel enregistré")
    took = time.perf_counter() - began

    print(f"a simple contact by keyboard: {took:.1f} s")
    assert took < IN_A_MINUTE
    await expect(page.get_by_text("Code de suivi")).to_be_visible()
    assert not agent.stumbles
    await keyboard.press("Alt+n")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Téléphone et guichet")


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_several_calls_are_in_hand_and_each_is_as_it_was_left(agent: Reader) -> None:
    page, keyboard = agent.page, agent.page.keyboard
    await keyboard.type("Un premier appel")
    async with page.expect_navigation():
        await keyboard.press("Alt+n")
    await expect(page.get_by_label("Ce que la personne dit")).to_have_value("")
    await keyboard.type("Un second appel")
    await expect(page.locator("#kept")).to_have_text(KEPT)
    async with page.expect_navigation():
        await keyboard.press("Alt+1")
    await expect(page.get_by_label("Ce que la personne dit")).to_have_value("Un premier appel")
    await expect(page.get_by_role("button", name="Un second appel")).to_be_visible()
    for _ in range(2):
        await page.get_by_role("button", name="Effacer cet appel").click()
        await expect(page.get_by_label("Ce que la personne dit")).to_have_value("")
        if await page.locator("[data-key=Digit1]").count():
            await page.locator("[data-key=Digit1]").click()


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_a_danger_shows_whom_to_call_and_an_orientation_is_noted_in_two_keys(agent: Reader) -> None:
    page, keyboard = agent.page, agent.page.keyboard
    await keyboard.type("Mon mari me frappe")
    await expect(page.get_by_role("link", name="3919").first).to_be_visible()
    await themes(page, "lo")
    await expect(page.get_by_role("button", name="Noter cette orientation").first).to_be_visible()
    await keyboard.press("Alt+o")
    await keyboard.press("Enter")
    await expect(page.get_by_label("Ce que la personne dit")).to_have_value(re.compile("Orientation souhaitée : "))
    await agent.check()
    await page.get_by_role("button", name="Effacer cet appel").click()


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_nothing_is_lost_while_the_service_is_away(agent: Reader, platform: Platform) -> None:
    page = agent.page
    async with platform.without("intake"):
        await page.keyboard.type("Une facture")
        await expect(page.get_by_role("alert")).to_contain_text("rien n’est perdu")
        # Answered before the service is back: else it might be kept, then sent, under the reload below.
        async with page.expect_response(lambda one: one.request.method == "POST") as answered:
            await page.keyboard.press("Control+Enter")
        assert (await answered.value).status >= 500
        await expect(page.get_by_label("Ce que la personne dit")).to_have_value("Une facture")
    await expect(page.locator("#kept")).to_have_text(KEPT)
    await expect(page.get_by_text("rien n’est perdu")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_role("button", name="Une facture")).to_be_visible()
    await page.locator("[data-key=Digit1]").click()
    await page.get_by_role("button", name="Effacer cet appel").click()


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_it_is_a_plain_form_without_javascript(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies("reception")
    async with reading(browser, platform.url, Screen(script=False), signed_in) as reader:
        page = reader.page
        await reader.open("/intake/desk")
        await page.get_by_label("Ce que la personne dit").fill("Une facture")
        await page.get_by_label("Budget, dettes, factures").check()
        await page.get_by_role("button", name="Envoyer").click()
        await expect(page.get_by_role("alert").first).to_contain_text("Indiquez la commune")
        await page.get_by_label("Commune").fill("Plérin")
        await page.get_by_role("button", name="Envoyer").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Appel enregistré")

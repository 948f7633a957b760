"""Finding somebody, a dossier or a help from any page, and knowing the keys of the page one is on."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import NARROWEST, Reader, Screen, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
LABEL = "Rechercher une personne, un dossier, une aide"
NAME = "Personne"
"""The given name of everybody in the sample day."""
KEYS = "Raccourcis clavier de cette page"


@pytest.fixture
async def manager(platform: Platform, browser: Browser, accounts: Accounts, day: Day) -> AsyncIterator[Reader]:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("manager")) as reader:
        await reader.open(f"/intake/requests/{day.request_id}")
        yield reader


async def test_somebody_is_found_from_anywhere_by_the_keyboard_alone(manager: Reader) -> None:
    page, keyboard = manager.page, manager.page.keyboard
    await manager.open("/directory/")
    await keyboard.press("/")
    await expect(page.get_by_label(LABEL)).to_be_focused()
    await keyboard.type(NAME)
    results = page.get_by_role("region", name="Réponses")
    people = results.get_by_role("region", name="Personnes")
    await expect(people.get_by_role("link").first).to_contain_text(NAME)
    for section in ("Dossiers", "Qui peut aider ?"):
        await expect(results.get_by_role("region", name=section)).to_be_visible()
    for width in (NARROWEST, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        await manager.check()
    await keyboard.press("Escape")
    await expect(results).to_be_hidden()
    await expect(page.get_by_label(LABEL)).to_be_focused()
    await keyboard.type(" ")
    await keyboard.press("Backspace")
    await expect(people.get_by_role("link").first).to_be_visible()
    await keyboard.press("ArrowDown")
    await expect(people.get_by_role("link").first).to_be_focused()
    async with page.expect_navigation():
        await keyboard.press("Enter")
    assert manager.path.startswith("/intake/requests/")
    assert NAME not in manager.path
    assert not manager.stumbles


@pytest.mark.matrix  # seconds of a browser; what each service answers is tested each day
async def test_a_search_is_a_page_without_javascript(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies("manager")
    async with reading(browser, platform.url, Screen(script=False), signed_in) as reader:
        page = reader.page
        await reader.open(f"/intake/requests/{day.request_id}")
        await page.get_by_label(LABEL).fill("loyer")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Chercher", exact=True).click()
        assert reader.path == "/intake/find"
        async with page.expect_navigation():
            await page.get_by_role("button", name="Chercher aussi : Qui peut aider ?").click()
        assert reader.path == "/directory/find"
        await expect(page.locator("main").get_by_role("heading", name="Qui peut aider ?")).to_be_visible()


async def test_the_keys_of_a_page_are_told_and_the_focus_comes_back(manager: Reader) -> None:
    page, keyboard = manager.page, manager.page.keyboard
    await manager.open("/intake/desk")
    help_of_page = page.get_by_role("dialog", name=KEYS)
    await page.get_by_label("Ce que la personne dit").fill("")
    await keyboard.type("?")
    await expect(help_of_page).to_be_hidden()  # it is typed into the field
    await page.get_by_label("Ce que la personne dit").fill("")
    opener = page.get_by_role("link", name="Raccourcis clavier")
    await opener.focus()
    await keyboard.press("?")
    await expect(help_of_page).to_be_visible()
    for what in ("Envoyer", "Nouvel appel", "Rechercher", "Raccourcis clavier"):
        await expect(help_of_page.get_by_role("cell", name=what, exact=True)).to_be_visible()
    for width in (NARROWEST, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        assert not (barriers := await manager.barriers()), barriers
        assert not await manager.overflow()
    await keyboard.press("Escape")
    await expect(help_of_page).to_be_hidden()
    await expect(opener).to_be_focused()
    await keyboard.press("Enter")
    await expect(help_of_page).to_be_visible()
    assert not manager.stumbles

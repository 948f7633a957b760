"""A session that is left, ends or runs out: nothing is shown to who comes by, and nothing that was typed is lost."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import NARROWEST, Reader, reading
from tests.browser.signing_in import Accounts, prove, sign_in

pytestmark = pytest.mark.browser
NOTE = "Rappeler vendredi (exemple)."
LEFT = "16:00"
"""Minutes and seconds without a gesture: more than the lock's fifteen minutes."""
BACK = "Me reconnecter"


@pytest.fixture
async def worker(platform: Platform, browser: Browser) -> AsyncIterator[Reader]:
    """A social worker signed in for themself alone: what ends here must not end for others."""
    async with reading(browser, platform.url) as reader:
        await reader.page.clock.install()
        await reader.page.goto(f"{platform.url}/cases")
        await sign_in(reader, platform, "social_worker")
        yield reader


async def sign_in_again(reader: Reader, platform: Platform, role: str | None) -> None:
    """By the link of the cover, in the tab it opens, which closes by itself; without a role the identity provider still
    knows who they are."""
    async with reader.page.context.expect_page() as opened:
        await reader.page.get_by_role("link", name=BACK).click()
    tab = await opened.value
    if role is not None:
        async with tab.expect_event("close"):
            await prove(tab, platform, role)
        return
    if not tab.is_closed():
        await tab.wait_for_event("close")
    await expect(reader.page.locator("main")).to_be_visible()


async def note(page: Page) -> None:
    await page.get_by_label("Note", exact=True).fill(NOTE)


async def kept(page: Page) -> None:
    await page.get_by_role("button", name="Enregistrer la note").click()
    await expect(page.get_by_role("list").get_by_text(NOTE).first).to_be_visible()


async def test_a_page_left_alone_is_covered_in_every_tab_and_comes_back_with_what_was_typed(
    worker: Reader, platform: Platform, day: Day
) -> None:
    page = worker.page
    await worker.open(f"/cases/{day.new_case_id}")
    heading = await worker.title()
    await note(page)
    other = await page.context.new_page()
    await other.goto(f"{platform.url}/cases")
    await page.clock.fast_forward(LEFT)

    for tab in (page, other):
        await expect(tab.get_by_role("dialog", name="Écran verrouillé")).to_be_visible()
        await expect(tab.locator("main")).to_be_hidden()
    assert heading not in await page.locator("body").inner_text()
    assert await page.title() == "Verrouillé – Maillage"
    await expect(page.get_by_role("link", name=BACK)).to_be_focused()
    refused = await page.request.post(f"{platform.url}/cases/{day.new_case_id}/tasks", data={"what": "Appeler"})
    assert refused.status == 401
    for width in (1280, NARROWEST):
        await page.set_viewport_size({"width": width, "height": 900})
        await worker.check()
    await sign_in_again(worker, platform, "social_worker")

    await expect(other.locator("main")).to_be_visible()
    await expect(page.get_by_label("Note", exact=True)).to_have_value(NOTE)
    await expect(page.get_by_label("Note", exact=True)).to_be_focused()
    await kept(page)


@pytest.mark.matrix  # seconds of a browser; that a session which is over sends nothing is tested each day
async def test_what_is_sent_when_the_session_is_over_waits_for_a_new_one(
    worker: Reader, platform: Platform, day: Day
) -> None:
    page = worker.page
    await worker.open(f"/cases/{day.new_case_id}")
    await note(page)
    await page.context.clear_cookies(name="maillage")
    await page.get_by_role("button", name="Enregistrer la note").click()
    await expect(page.get_by_role("dialog", name="Écran verrouillé")).to_be_visible()
    await sign_in_again(worker, platform, None)
    await expect(page.get_by_label("Note", exact=True)).to_have_value(NOTE)
    await kept(page)


@pytest.mark.matrix  # seconds of a browser; that a session which is over sends nothing is tested each day
async def test_somebody_else_does_not_get_the_page_of_who_left(worker: Reader, platform: Platform, day: Day) -> None:
    page = worker.page
    await worker.open(f"/cases/{day.new_case_id}")
    await note(page)
    await page.clock.fast_forward(LEFT)
    await page.context.clear_cookies(name="canaille")
    await sign_in_again(worker, platform, "reception")
    await expect(page.get_by_text("Quelqu’un d’autre s’est connecté")).to_be_visible()
    await expect(page.locator("main")).to_be_hidden()


@pytest.mark.matrix  # seconds of a browser; that a session which is over sends nothing is tested each day
async def test_a_call_in_hand_goes_on_after_a_new_sign_in(worker: Reader, platform: Platform) -> None:
    page = worker.page
    await worker.open("/intake/desk")
    said = page.get_by_label("Ce que la personne dit")
    await said.fill("Une facture")
    await expect(page.locator("#kept")).to_have_text(re.compile("enregistré à"))
    await page.context.clear_cookies(name="maillage")
    await said.fill("Une facture d'électricité")
    await page.clock.run_for(2000)
    await expect(page.get_by_role("dialog", name="Écran verrouillé")).to_be_visible()
    await sign_in_again(worker, platform, None)
    await expect(said).to_have_value("Une facture d'électricité")
    await page.clock.run_for(5000)
    await expect(page.locator("#kept")).to_have_text(re.compile("enregistré à"))
    await expect(page.locator("#away")).to_be_hidden()
    await page.get_by_role("button", name="Effacer cet appel").click()


@pytest.mark.matrix  # seconds of a browser; that a session which is over sends nothing is tested each day
async def test_a_form_of_the_directory_waits_too(platform: Platform, browser: Browser, accounts: Accounts) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("operator")) as reader:
        page = reader.page
        await reader.open("/directory/organisation-form")
        name = page.get_by_label("Nom", exact=True)
        await name.fill("Association Exemple")
        await page.context.clear_cookies(name="maillage")
        await page.locator("main form[method=post] [type=submit]").first.evaluate("one => one.form.noValidate = true")
        await page.locator("main form[method=post] [type=submit]").first.click()
        await expect(page.get_by_role("dialog", name="Écran verrouillé")).to_be_visible()
        await sign_in_again(reader, platform, None)
        await expect(name).to_have_value("Association Exemple")

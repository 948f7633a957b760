"""What befalls people in the midst of a journey: no mouse, a colleague on the same dossier, a service that stops."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.asking import OWN_FORM, QUESTIONS, until
from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import Reader, reading
from tests.browser.signing_in import Accounts

pytestmark = [pytest.mark.browser, pytest.mark.matrix]
QUESTION = "textarea[name=question]"
MOST_TABS = 250
"""A dossier is long; what is far down has links to it, but the order of the source leads there too."""


@pytest.fixture
async def coordinator(platform: Platform, browser: Browser, accounts: Accounts) -> AsyncIterator[Reader]:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("coordinator")) as reader:
        yield reader


async def unfold_by_keyboard(reader: Reader, title: str) -> None:
    """Leads to what unfolds under that title, and unfolds it, without a mouse."""
    await reader.page.locator("summary", has_text=title).first.evaluate("one => { one.id = 'wanted' }")
    await reader.tab_to("#wanted", MOST_TABS)
    await reader.page.keyboard.press("Enter")


async def press(reader: Reader, key: str) -> None:
    async with reader.page.expect_navigation():
        await reader.page.keyboard.press(key)


@pytest.mark.parametrize("role", ["social_worker", "coordinator", "manager"])
async def test_from_the_days_page_to_a_note_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day, role: str
) -> None:
    dossiers = {"social_worker": day.new_case_id, "coordinator": day.led_case_id, "manager": day.new_case_id}
    async with reading(browser, platform.url, signed_in=await accounts.cookies(role)) as reader:
        await reader.open("/cases/today")
        await reader.tab_to(":is(main, .menu) a[href='/cases']")
        await press(reader, "Enter")
        await reader.tab_to(f"main a[href^='/cases/{dossiers[role]}']", MOST_TABS)
        await press(reader, "Enter")
        await reader.tab_to("textarea[name=note_text]", MOST_TABS)
        await reader.page.keyboard.type(f"Lu au clavier ({role}).")
        await reader.tab_to("form[action$='/forms/note'] button[type=submit]")
        await press(reader, "Enter")

        await expect(reader.page.get_by_text(f"Lu au clavier ({role}).").first).to_be_visible()
        assert not reader.stumbles


async def test_an_offer_is_found_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("reception")) as reader:
        await reader.open("/directory/search")
        await reader.tab_to("main input[name=q]")
        async with reader.page.expect_response(lambda answer: "q=loyer" in answer.url):
            await reader.page.keyboard.type("loyer")
        await reader.page.locator("main a[href^='/directory/offers/']").first.wait_for()
        await expect(reader.page.locator(".htmx-request")).to_have_count(0)
        await reader.tab_to("main a[href^='/directory/offers/']", MOST_TABS)
        await press(reader, "Enter")
        assert await reader.title()
        assert not reader.stumbles


async def test_the_operator_goes_through_the_dead_letters_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("operator")) as reader:
        await reader.open("/directory/operations")
        await reader.page.get_by_role("heading", name="Messages ").wait_for()
        await reader.tab_to("main a[href$='/dead-letters']", MOST_TABS)
        await press(reader, "Enter")
        assert reader.path.endswith("/operations/dead-letters")
        assert not reader.stumbles


async def test_of_two_who_change_the_same_dossier_the_second_is_told_and_keeps_their_words(
    coordinator: Reader, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    path = f"/cases/{day.preparing_case_id}"
    async with reading(browser, platform.url, signed_in=await accounts.cookies("coordinator")) as other:
        await coordinator.open(path)
        await other.open(path)
        for reader, question in ((coordinator, "Comment aider Lou à l'école ?"), (other, "Que faire le matin ?")):
            await unfold_by_keyboard(reader, "Poser la question ouverte")
            await reader.page.fill(QUESTION, question)
            await reader.tab_to("form[action$='/forms/question'] button[type=submit]")
            await press(reader, "Enter")

        assert other.status == 412
        await expect(other.page.locator(QUESTION)).to_have_value("Que faire le matin ?")
        await expect(other.page.get_by_text("Comment aider Lou à l'école ?").first).to_be_visible()
        assert not await other.barriers()


async def test_what_was_answered_outlives_a_service_that_stops_in_mid_form(reader: Reader, platform: Platform) -> None:
    page = reader.page
    await until(reader, f"{QUESTIONS}/recit")
    await page.locator(f"{OWN_FORM} textarea").first.fill("Le bail se termine.")
    async with platform.without("intake"):
        async with page.expect_navigation():
            await page.locator(f"{OWN_FORM} [type=submit]").first.click()
        assert reader.status in (502, 503)
        assert "indisponible" in await reader.title()
    await page.reload()  # as the page that says so tells one to: what was typed is sent anew
    assert reader.status == 200
    assert reader.path != f"{QUESTIONS}/recit"
    await reader.open(f"{QUESTIONS}/recit")
    await expect(page.locator(f"{OWN_FORM} textarea").first).to_have_value("Le bail se termine.")

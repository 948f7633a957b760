"""The page of those who run the platform, while it refreshes itself."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.platform import Platform
from tests.browser.reader import Screen, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
PAGE = "/directory/operations"


async def test_a_refresh_takes_the_focus_from_nobody_and_a_service_that_is_down_shows_as_down(
    platform: Platform, browser: Browser, accounts: Accounts
) -> None:
    signed_in = await accounts.cookies("operator")
    async with platform.without("notifications"), reading(browser, platform.url, signed_in=signed_in) as reader:
        page = reader.page
        await reader.open(PAGE)
        link = page.locator("#operations-cases-letters")
        await link.focus()
        before = await link.element_handle()
        assert before is not None
        await before.wait_for_element_state("hidden")  # replaced by its next state
        await expect(link).to_be_focused()
        messages = page.locator("#operations-notifications")
        await expect(messages.get_by_text("ne répond pas")).to_be_visible()
        await expect(page.locator("#operations-intake").get_by_text("ne répond pas")).to_be_hidden()


async def test_without_javascript_each_service_is_a_link_away(
    platform: Platform, browser: Browser, accounts: Accounts
) -> None:
    signed_in = await accounts.cookies("operator")
    async with reading(browser, platform.url, Screen(script=False), signed_in) as reader:
        await reader.open(PAGE)
        for name in ("intake", "cases", "notifications"):
            await expect(reader.page.locator(f"#operations-{name} a")).to_have_attribute("href", f"/{name}/operations")
        await reader.page.locator("#operations-cases a").click()
        await expect(reader.page.get_by_role("heading", name="Dossiers", exact=False)).to_be_visible()

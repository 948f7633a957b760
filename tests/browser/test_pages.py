"""Every page, for everybody: no barrier, no complaint of the browser, nothing wider than the narrowest screen."""

import contextlib

import pytest
from playwright.async_api import Browser

from tests.browser.day import Day
from tests.browser.pages import PAGES, Shown
from tests.browser.platform import Platform
from tests.browser.reader import DESK, NARROWEST, SCREENS, Screen, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser


async def look(
    shown: Shown, screen: Screen, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies(shown.role) if shown.role else None
    async with (
        platform.without(shown.down) if shown.down else contextlib.nullcontext(),
        reading(browser, platform.url, screen, signed_in) as reader,
    ):
        await shown.way(reader, day)
        assert await reader.title()
        await reader.check()
        await reader.page.set_viewport_size({"width": NARROWEST, "height": 700})
        assert not await reader.overflow(), f"{await reader.overflow()} px wider than {NARROWEST}"
        assert not await reader.clipped(), f"cut off at {NARROWEST}: {await reader.clipped()}"
        await reader.page.set_viewport_size({"width": 1280, "height": 900})
        await reader.space_out()
        assert not await reader.overflow(), f"{await reader.overflow()} px too wide with text spaced out"
        assert not await reader.clipped(), f"cut off with text spaced out: {await reader.clipped()}"


@pytest.mark.parametrize("shown", [shown for shown in PAGES if not shown.another], ids=str)
async def test_a_page_reads_well(
    shown: Shown, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    await look(shown, DESK, platform, browser, accounts, day)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("shown", "screen"),
    [(shown, screen) for shown in PAGES for screen in SCREENS if shown.another or screen != DESK],
    ids=str,
)
async def test_a_page_reads_well_on_every_screen(
    shown: Shown, screen: Screen, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    await look(shown, screen, platform, browser, accounts, day)


async def test_the_checks_can_fail(platform: Platform, browser: Browser) -> None:
    async with reading(browser, platform.url) as reader:
        await reader.open("/")
        await reader.page.evaluate(
            """() => {
                document.body.insertAdjacentHTML('beforeend', '<img src="/nulle-part.png" style="width: 4000px">');
                const script = document.createElement('script');
                script.textContent = 'window.taken = true';
                document.head.append(script);
            }"""
        )
        await reader.page.wait_for_load_state("networkidle")

        assert "image-alt" in await reader.barriers()
        assert any("Content Security Policy" in stumble for stumble in reader.stumbles)
        assert any("404" in stumble for stumble in reader.stumbles)
        assert await reader.page.evaluate("window.taken") is None
        await reader.page.evaluate("document.body.style.width = '2000px'")
        assert await reader.overflow() > 0

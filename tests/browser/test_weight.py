"""First pages weigh little and show soon, on a processor four times slower: for old telephones and desks alike."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, CDPSession, expect

from tests.browser.asking import CHECK, OWN_FORM, until
from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import Reader, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
FIRST_PAGES: Final = (
    ("/", None),
    ("/demande", None),
    ("/suivi", None),
    ("/annuaire", None),
    ("/accessibilite", None),
    ("/intake/desk", "reception"),
    ("/cases/today", "social_worker"),
    ("/cases/today", "coordinator"),
    ("/cases/today", "manager"),
    ("/notifications/inbox", "operator"),
)
"""What anybody opens first, and the first entry of each role's menu."""
MOST_BYTES: Final = 100_000
MOST_REQUESTS: Final = 15
SLOWER: Final = 4
BARE: Final = "/static/-/maillage.js"
"""A text, shown as it is, by the same way: what browser, proxy and processor take without any page of ours."""
MOST_BARE_PAGES: Final = 8
"""How many times as long as the bare text a page may take to show its largest part. One and a half to
three are measured; pages that wait for a script or for another service before they show take far more."""
TURNS: Final = 3
LARGEST_SHOWN: Final = """
() => new Promise((resolve, reject) => {
    new PerformanceObserver(list => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(() => reject(new Error("nothing was shown")), 15000);
})
"""
SLOW_TELEPHONE: Final = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 50_000,
    "uploadThroughput": 25_000,
}
"""Milliseconds and bytes a second: a bad place of a mobile network."""


@asynccontextmanager
async def first_visit(
    browser: Browser, platform: Platform, accounts: Accounts, role: str | None
) -> AsyncIterator[tuple[Reader, CDPSession]]:
    """A reader who has kept nothing from before, and the browser's own account of it."""
    signed_in = await accounts.cookies(role) if role else None
    async with reading(browser, platform.url, signed_in=signed_in) as reader:
        network = await reader.page.context.new_cdp_session(reader.page)
        await network.send("Network.enable")
        yield reader, network


async def shown_after(browser: Browser, platform: Platform, accounts: Accounts, path: str, role: str | None) -> float:
    """Milliseconds until the largest part of the page is shown, on the slow processor."""
    async with first_visit(browser, platform, accounts, role) as (reader, network):
        await network.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await reader.open(path)
        after: float = await reader.page.evaluate(LARGEST_SHOWN)
        return after


@pytest.mark.parametrize(("path", "role"), FIRST_PAGES)
async def test_a_first_page_weighs_little(
    path: str, role: str | None, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    """As it travels, compressed, all that the page fetches included."""
    weights: list[float] = []
    async with first_visit(browser, platform, accounts, role) as (reader, network):
        network.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
        await reader.open(path)
        await reader.page.locator("footer").wait_for()
        await expect(reader.page.locator(".htmx-request")).to_have_count(0)
        assert not reader.stumbles
    print(f"{path} ({role or 'anybody'}): {sum(weights):,.0f} bytes in {len(weights)} requests")

    assert 0 < len(weights) < MOST_REQUESTS
    assert sum(weights) < MOST_BYTES


@pytest.mark.matrix
@pytest.mark.parametrize(("path", "role"), FIRST_PAGES)
async def test_a_first_page_shows_soon_on_a_slow_processor(
    path: str, role: str | None, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    ours, bare = [], []
    for _ in range(TURNS):
        bare.append(await shown_after(browser, platform, accounts, BARE, None))
        ours.append(await shown_after(browser, platform, accounts, path, role))
    print(f"{path} ({role or 'anybody'}): {min(ours):.0f} ms, a bare text {min(bare):.0f} ms")

    assert min(ours) < MOST_BARE_PAGES * min(bare)


@pytest.mark.matrix
async def test_a_request_is_sent_over_a_slow_network(platform: Platform, browser: Browser, accounts: Accounts) -> None:
    async with first_visit(browser, platform, accounts, None) as (reader, network):
        await network.send("Network.emulateNetworkConditions", SLOW_TELEPHONE)
        await until(reader, CHECK)
        await reader.page.locator(f"{OWN_FORM} [type=submit]").first.click()

        await expect(reader.page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
        assert not reader.stumbles

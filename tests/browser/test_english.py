"""Every page, in English: what our catalogues say in French stands on none of them."""

import io
from functools import cache

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import Browser

from chassis.web.translations import LANGUAGE_COOKIE
from deploy.local.layout import ROOT
from tests.browser.day import Day
from tests.browser.pages import PAGES, Shown
from tests.browser.platform import Platform
from tests.browser.reader import reading
from tests.browser.signing_in import Accounts

pytestmark = [pytest.mark.browser, pytest.mark.matrix]
NO_SERVICE = "problem-404-nowhere"
"""Where nobody answers, the one address says so itself, in French."""
WORDS = 3
"""A text of fewer may be what somebody wrote."""


@cache
def french() -> frozenset[str]:
    """What English says otherwise, as it stands in the catalogues."""
    said: set[str] = set()
    for file in ROOT.glob("*/**/locale/en/LC_MESSAGES/messages.po"):
        for one in read_po(io.BytesIO(file.read_bytes())):
            if isinstance(one.id, str) and one.id != one.string and len(one.id.split()) >= WORDS:
                said.add(one.id)
    return frozenset(said)


@pytest.mark.parametrize("shown", [shown for shown in PAGES if not shown.down and shown.name != NO_SERVICE], ids=str)
async def test_a_page_is_read_in_english(
    shown: Shown, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies(shown.role) if shown.role else None
    async with reading(browser, platform.url, signed_in=signed_in) as reader:
        await shown.way(reader, day)
        page = reader.page
        await page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "en", "url": platform.url}])
        answer = await page.goto(page.url)
        assert answer is not None
        if answer.status == 405:
            pytest.skip("what a form sent back has no address of its own")
        assert await page.locator("html").get_attribute("lang") == "en"
        lines = {line.strip() for line in (await page.locator("body").inner_text()).splitlines()}
        left = sorted(lines & french())
        assert not left

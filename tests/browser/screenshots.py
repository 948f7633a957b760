"""Draws every page on every screen: `python -m tests.browser.screenshots FOLDER [NAME…]`, then look at them."""

import asyncio
import contextlib
import sys
from collections.abc import Collection
from pathlib import Path

from playwright.async_api import Browser

from tests.browser import platform as platforms
from tests.browser.day import Day, lived
from tests.browser.pages import PAGES, Shown
from tests.browser.platform import Platform
from tests.browser.reader import SCREENS, chromium, reading
from tests.browser.signing_in import Accounts


async def draw(folder: Path, names: Collection[str]) -> None:
    """Writes FOLDER/<page>-<width>-<scheme>.png, of the named pages or of all."""
    folder.mkdir(parents=True, exist_ok=True)
    async with platforms.running() as platform, chromium() as browser:
        day = await asyncio.to_thread(lived, platform)
        accounts = Accounts(platform, browser)
        for shown in PAGES:
            if not names or shown.name in names:
                await _draw(shown, folder, platform, browser, accounts, day)


async def _draw(shown: Shown, folder: Path, platform: Platform, browser: Browser, accounts: Accounts, day: Day) -> None:
    signed_in = await accounts.cookies(shown.role) if shown.role else None
    async with platform.without(shown.down) if shown.down else contextlib.nullcontext():
        for screen in SCREENS:
            async with reading(browser, platform.url, screen, signed_in) as reader:
                await shown.way(reader, day)
                await reader.page.screenshot(path=folder / f"{shown.name}-{screen}.png", full_page=True)
    print(shown.name)


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1]), sys.argv[2:]))

"""Draws the pictures that the guides show, from the running platform: `python -m tests.browser.guides [NAME…]`.

What a guide shows is written in it, and nowhere else: `![what is seen](pictures/<name of a page>.png)`.
"""

import asyncio
import contextlib
import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, expect

from tests.browser import platform as platforms
from tests.browser.day import Day, lived
from tests.browser.pages import PAGES, Shown
from tests.browser.palette import reduced
from tests.browser.platform import Platform
from tests.browser.reader import Screen, chromium, reading
from tests.browser.signing_in import Accounts

GUIDES: Final = Path(__file__).parents[2] / "docs" / "guides"
PICTURES: Final = GUIDES / "pictures"
SCREEN: Final = Screen(width=960)
TALLEST: Final = 1100
"""CSS pixels: what is further down is read on the page itself."""
_PICTURE: Final = re.compile(r"!\[[^\]]+\]\(pictures/([a-z0-9-]+)\.png\)")
_PAGE: Final = re.compile(r"`(/[a-z/-]*)`")


def guides() -> list[Path]:
    """The guides, one a role."""
    return sorted(path for path in GUIDES.glob("*.md") if path.stem != "README")


def pictures(guide: Path) -> list[str]:
    """The names of the pages that the guide shows, in its order."""
    return _PICTURE.findall(guide.read_text(encoding="utf-8"))


def addresses(guide: Path) -> list[str]:
    """The pages that the guide tells its reader to open, once each."""
    return list(dict.fromkeys(_PAGE.findall(guide.read_text(encoding="utf-8"))))


async def draw(names: Collection[str]) -> None:
    """Draws the named pictures, or all that guides show; those that no guide shows any more are gone."""
    wanted = {name for guide in guides() for name in pictures(guide)}
    for left in PICTURES.glob("*.png"):
        if left.stem not in wanted:
            left.unlink()
    PICTURES.mkdir(exist_ok=True)
    async with platforms.running() as platform, chromium() as browser:
        day = await asyncio.to_thread(lived, platform)
        accounts = Accounts(platform, browser)
        for shown in PAGES:
            if shown.name in wanted and (not names or shown.name in names):
                await _draw(shown, platform, browser, accounts, day)


async def _draw(shown: Shown, platform: Platform, browser: Browser, accounts: Accounts, day: Day) -> None:
    signed_in = await accounts.cookies(shown.role) if shown.role else None
    async with (
        platform.without(shown.down) if shown.down else contextlib.nullcontext(),
        reading(browser, platform.url, SCREEN, signed_in) as reader,
    ):
        await shown.way(reader, day)
        await reader.page.locator("header details").evaluate_all("all => all.forEach(one => { one.open = false })")
        await expect(reader.page.locator(".htmx-request")).to_have_count(0)
        tall = await reader.page.evaluate("document.documentElement.scrollHeight")
        seen = await reader.page.screenshot(
            full_page=True,
            animations="disabled",
            clip={"x": 0, "y": 0, "width": SCREEN.width, "height": min(tall, TALLEST)},
        )
    small = await asyncio.to_thread(reduced, seen)
    await asyncio.to_thread((PICTURES / f"{shown.name}.png").write_bytes, small)
    print(f"{shown.name}: {len(small):,} bytes")


if __name__ == "__main__":
    asyncio.run(draw(sys.argv[1:]))

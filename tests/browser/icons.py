"""Draws the PNG icons that phones want of what is put on their first screen: `python -m tests.browser.icons`.

They are the mark, `maillage.svg`, on a ground to its edges: a phone cuts them to its own shape.
"""

import asyncio
from pathlib import Path
from typing import Final

from playwright.async_api import Browser

from tests.browser.palette import reduced
from tests.browser.reader import chromium

STATIC: Final = Path(__file__).parents[2] / "chassis" / "web" / "static"
SIZES: Final = (192, 512)
GROUND: Final = "#1f5c57"
"""That of the mark, whose round corners are then not seen."""


async def draw(browser: Browser, size: int) -> bytes:
    """The mark as a PNG of that many pixels a side."""
    mark = (STATIC / "maillage.svg").read_text(encoding="utf-8")
    page = await browser.new_page(viewport={"width": size, "height": size})
    await page.set_content(
        f"<style>body {{ margin: 0; background: {GROUND} }} svg {{ display: block; width: 100vw }}</style>{mark}"
    )
    drawn = await page.screenshot()
    await page.close()
    return reduced(drawn)


async def main() -> None:
    async with chromium() as browser:
        for size in SIZES:
            (STATIC / f"maillage-{size}.png").write_bytes(await draw(browser, size))


if __name__ == "__main__":
    asyncio.run(main())

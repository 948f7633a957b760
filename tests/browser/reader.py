"""Somebody who reads pages in Chromium, and what they would stumble over: errors, refusals, overflow, barriers."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Response, StorageState, async_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)
NARROWEST = 320
"""CSS pixels: what a page of 1280 shows at a zoom of 400 % (WCAG 1.4.10)."""
CLIPPED = """
() => [...document.querySelectorAll("body *")]
    .filter(box => ["hidden", "clip"].includes(getComputedStyle(box).overflowX))
    .filter(box => !box.matches("input, textarea, select") && !box.closest(".map"))
    .filter(box => box.clientWidth > 1 && box.scrollWidth > box.clientWidth)
    .map(box => box.textContent.trim().slice(0, 60))
"""
"""What is typed scrolls in its field, and a map shows a part of the world."""


@dataclass(frozen=True)
class Screen:
    """What pages are shown on; without `script` nothing of JavaScript runs."""

    width: int = 1280
    scheme: Literal["light", "dark"] = "light"
    script: bool = True

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


DESK = Screen()
SCREENS = tuple(Screen(width, scheme) for width in (NARROWEST, 1280) for scheme in ("light", "dark"))


def program() -> str | None:
    """Where the machine's own Chromium is: the one without windows if it is there, for it does half the work.
    Playwright's downloads are of no use here."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def require() -> None:
    """Skips what needs a browser where there is none; fails it in CI."""
    if program() is None:
        absent = "Chromium is not on the PATH: install it from the system's packages"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser for many readers."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=FLAGS)
        yield browser
        await browser.close()


@dataclass
class Reader:
    """A tab of its own, on one screen, at the platform's address."""

    page: Page
    url: str
    stumbles: list[str] = field(default_factory=list)
    """What the browser complained of."""
    _opened: dict[str, int] = field(default_factory=dict)
    """Address → status of the documents themselves."""

    def watch(self) -> None:
        """From now on, notes what the browser complains of and what is fetched from elsewhere."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.stumbles.append(f"script: {error}"))
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser says of a document with an error status that it failed to load: those are expected by the test.
        document = message.text.startswith("Failed to load resource") and message.location["url"] in self._opened
        # What a machine without a graphics card says of drawing a map is no fault of the page.
        driver = message.text.startswith("[.WebGL-")
        if message.type in ("error", "warning") and self.page.url.startswith(self.url) and not (document or driver):
            self.stumbles.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._opened[response.url] = response.status
        elif self.page.url.startswith(self.url) and not response.url.startswith(self.url):
            self.stumbles.append(f"fetched from {urlsplit(response.url).netloc}")

    @property
    def path(self) -> str:
        """Where the reader is now, without the host."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def status(self) -> int:
        """The status of the page shown now."""
        return self._opened[self.page.url.partition("#")[0]]

    async def open(self, path: str, status: int = 200) -> None:
        """Goes to that path. Fails when the answer has another status."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    async def title(self) -> str:
        """The main heading; fails unless there is exactly one."""
        return await self.page.locator("h1").inner_text()

    async def tab_to(self, selector: str, most: int = 120) -> None:
        """Presses Tab until what `selector` names has the focus. Fails when the keyboard does not lead there."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not lead to {selector}")

    async def barriers(self) -> str:
        """What axe-core finds wrong with the page, as text; empty when nothing."""
        found = await Axe().run(self.page)
        return found.generate_report() if found.violations_count else ""

    async def overflow(self) -> int:
        """CSS pixels by which the page is wider than the screen."""
        wide: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    async def clipped(self) -> list[str]:
        """What is cut off at the edge of a box that hides what overflows it."""
        texts: list[str] = await self.page.evaluate(CLIPPED)
        return texts

    async def space_out(self) -> None:
        """Spaces text out as far as a reader may (WCAG 1.4.12)."""
        await self.page.evaluate(
            """() => {
                const spaced = new CSSStyleSheet();
                spaced.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
                    word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
                document.adoptedStyleSheets = [...document.adoptedStyleSheets, spaced];
            }"""
        )

    async def check(self) -> None:
        """Fails with everything that is wrong with the page shown now."""
        assert not self.stumbles, self.stumbles
        assert not await self.overflow(), f"{await self.overflow()} px too wide"
        assert not await self.clipped(), f"cut off: {await self.clipped()}"
        assert not (barriers := await self.barriers()), barriers


@asynccontextmanager
async def reading(
    browser: Browser, url: str, screen: Screen = DESK, signed_in: StorageState | None = None
) -> AsyncIterator[Reader]:
    """A reader with no history, or with the cookies of `signed_in`."""
    context = await browser.new_context(
        viewport={"width": screen.width, "height": 900},
        color_scheme=screen.scheme,
        java_script_enabled=screen.script,
        locale="fr-FR",
        reduced_motion="reduce",
        storage_state=signed_in,
    )
    context.set_default_timeout(20_000)
    reader = Reader(await context.new_page(), url)
    reader.watch()
    try:
        yield reader
    finally:
        await context.close()

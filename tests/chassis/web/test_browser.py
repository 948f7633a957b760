"""The pages in Chromium: accessible, on a phone and on a desk, by day and by night."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.browser import reader
from tests.chassis.web.sample import ANONYMOUS, Issuer, sample_app, sample_settings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    reader.require()
    async with reader.chromium() as started:
        yield started


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = sample_app(
        Issuer(),
        anonymous=(*ANONYMOUS, "GET /sample/page", "POST /sample/page"),
        settings=sample_settings(public_url=url),
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield url
    server.should_exit = True
    await serving


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (320, "light"),
        pytest.param(320, "dark", marks=pytest.mark.matrix),
        pytest.param(1280, "light", marks=pytest.mark.matrix),
        pytest.param(1280, "dark", marks=pytest.mark.matrix),
    ],
)
@pytest.mark.parametrize("path", ["/sample/page", "/nowhere"])
async def test_a_page_is_accessible(chromium: Browser, address: str, path: str, scheme: str, width: int) -> None:
    context = await chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
    )
    page = await context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    await page.goto(address + path)
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [text for text in refused if "Content Security Policy" in text] == []
    await context.close()


@pytest.mark.parametrize("script", [True, False])
async def test_a_form_is_sent_once_with_and_without_script(chromium: Browser, address: str, script: bool) -> None:
    context = await chromium.new_context(java_script_enabled=script)
    page = await context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.goto(address + "/sample/page")
    await page.fill("#name", "Camille Exemple")
    await page.fill("#message", "Bonjour")
    await page.select_option("#commune", "22278")
    await page.check("#safe")
    async with page.expect_navigation():
        await page.click("text=Envoyer ma demande")
    assert page.url == address + "/sample/page"
    assert len(sent) == 1
    await context.close()


async def test_what_to_correct_takes_the_focus(chromium: Browser, address: str) -> None:
    page = await chromium.new_page()
    await page.goto(address + "/sample/page")
    assert await page.evaluate("document.activeElement.hasAttribute('data-focus')")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "name"
    await page.close()

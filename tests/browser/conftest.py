"""One platform, one browser and one lived day for all tests of pages."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser import platform as platforms
from tests.browser.day import Day, lived
from tests.browser.platform import Platform
from tests.browser.reader import Reader, chromium, reading, require
from tests.browser.signing_in import Accounts


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    require()
    async with chromium() as started:
        yield started


@pytest.fixture(scope="package")
async def platform(browser: Browser) -> AsyncIterator[Platform]:
    async with platforms.running() as started:
        yield started


@pytest.fixture(scope="package")
async def day(platform: Platform) -> Day:
    return await asyncio.to_thread(lived, platform)


@pytest.fixture(scope="package")
async def accounts(platform: Platform, browser: Browser) -> Accounts:
    return Accounts(platform, browser)


@pytest.fixture
async def reader(platform: Platform, browser: Browser) -> AsyncIterator[Reader]:
    """A stranger at a desk."""
    async with reading(browser, platform.url) as one:
        yield one

"""Signing in as people do: through the identity provider's own page."""

import re
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page, StorageState

from deploy.local.oidc import ACCOUNTS
from tests.browser.platform import Platform
from tests.browser.reader import Reader, reading


async def sign_in(reader: Reader, platform: Platform, role: str) -> None:
    """From the provider's page back to where the reader wanted to go, as the sample account of that role."""
    await prove(reader.page, platform, role)
    await reader.page.wait_for_url(re.compile(re.escape(platform.url)))


async def prove(page: Page, platform: Platform, role: str) -> None:
    """On the provider's page: who one is, by name and password."""
    account = next(account for account in ACCOUNTS if account.role == role)
    await page.wait_for_url(re.compile(re.escape(platform.stack.issuer)))
    await page.locator("input[name=login], input[name=password]").first.wait_for()
    if await page.locator('input[name="login"]').count():  # who is known is asked for the password alone
        await page.fill('input[name="login"]', account.user_name)
        await page.press('input[name="login"]', "Enter")
    await page.fill('input[name="password"]', platform.stack.secrets.demo_password)
    await page.press('input[name="password"]', "Enter")


@dataclass
class Accounts:
    """Sample accounts, each signed in once; readers with its cookies are signed in too."""

    platform: Platform
    browser: Browser
    _cookies: dict[str, StorageState] = field(default_factory=dict, repr=False)

    async def cookies(self, role: str) -> StorageState:
        """The cookies of a browser in which the account of that role has signed in."""
        if role not in self._cookies:
            async with reading(self.browser, self.platform.url) as reader:
                await reader.page.goto(f"{self.platform.url}/auth/sign-in")
                await sign_in(reader, self.platform, role)
                self._cookies[role] = await reader.page.context.storage_state()
        return self._cookies[role]

"""What a guide shows is there, and what it tells its reader to open opens."""

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser

from deploy.local.oidc import ACCOUNTS
from tests.browser.day import Day
from tests.browser.guides import PICTURES, addresses, guides, pictures
from tests.browser.pages import PAGES
from tests.browser.platform import Platform
from tests.browser.reader import reading
from tests.browser.signing_in import Accounts

MOST_BYTES: Final = 60_000
MOST_PICTURES: Final = 5
ROLES: Final = {account.role for account in ACCOUNTS}


def role_of(guide: Path) -> str | None:
    """Who reads it signed in; residents and partners have no account."""
    role = guide.stem.replace("-", "_")
    return role if role in ROLES else None


@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.stem)
def test_a_guide_shows_a_few_light_pictures_of_pages(guide: Path) -> None:
    named = pictures(guide)
    assert 0 < len(named) <= MOST_PICTURES
    assert set(named) <= {shown.name for shown in PAGES}
    assert all((PICTURES / f"{name}.png").stat().st_size <= MOST_BYTES for name in named)


def test_no_picture_is_left_over() -> None:
    kept = {path.stem for path in PICTURES.glob("*.png")}
    assert kept == {name for guide in guides() for name in pictures(guide)}


@pytest.mark.browser
@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.stem)
async def test_the_pages_a_guide_names_open_for_its_reader(
    guide: Path, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    role = role_of(guide)
    signed_in = await accounts.cookies(role) if role else None
    async with reading(browser, platform.url, signed_in=signed_in) as reader:
        answers = {path: await reader.page.request.get(platform.url + path) for path in addresses(guide)}
    assert answers
    assert {path: answer.status for path, answer in answers.items() if not answer.ok} == {}

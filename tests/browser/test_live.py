"""Pages that change by themselves, through the one address, in a real browser."""

import asyncio
import re
import time
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from chassis.actor import WORKER
from chassis.database import SET_ACTOR
from deploy.demo import play
from deploy.demo import reading as told
from deploy.local.migrate import service_database
from tests.browser.day import FROM_HOME, Day
from tests.browser.platform import Platform
from tests.browser.reader import Screen, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
INBOX = "/notifications/inbox"
TODAY = "/cases/today"


async def arrives(platform: Platform, agent_id: UUID) -> None:
    """Something for that agent to look at."""
    connection = await asyncpg.connect(service_database(platform.stack, "notifications").worker_url)
    try:
        async with connection.transaction():
            await connection.execute(SET_ACTOR, WORKER.setting)
            await connection.execute(
                """INSERT INTO tasks (task_id, agent_id, kind, link, late, subject, caused_at)
                   VALUES (gen_random_uuid(), $1, 'agreement-ending', '/cases', false, gen_random_uuid(), now())""",
                agent_id,
            )
    finally:
        await connection.close()


@pytest.mark.matrix  # stops and starts a service
async def test_the_inbox_changes_while_it_is_looked_at_and_comes_back_by_itself(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    agents = await asyncio.to_thread(told.agents, platform.stack.administration)
    signed_in = await accounts.cookies("coordinator")
    async with reading(browser, platform.url, signed_in=signed_in) as reader:
        await reader.open(INBOX)
        rows = reader.page.get_by_role("rowheader", name="Convention qui se termine")
        before = await rows.count()
        await arrives(platform, agents["coordination"])
        await expect(rows).to_have_count(before + 1, timeout=5_000)
        await reader.check()

        began = time.monotonic()
        async with platform.without("notifications"):
            stopped = time.monotonic() - began
            await arrives(platform, agents["coordination"])
        assert stopped < 8, "a page left open must not hold up a release"
        await expect(rows).to_have_count(before + 2, timeout=60_000)
        # That nobody answered meanwhile is told by the browser, and by htmx in its way: nothing else is.
        expected = ("console: Failed to load resource", "console: [object Event]")
        assert all(one.startswith(expected) for one in reader.stumbles), reader.stumbles


async def test_a_day_left_open_counts_the_request_that_comes_and_keeps_its_other_parts(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("social_worker")) as reader:
        await reader.open(TODAY)
        said = reader.page.locator("#journee [role=status]")
        await expect(reader.page.locator("#inbox")).to_be_visible()
        await expect(reader.page.locator("#promesses")).to_have_count(1)
        found = re.search(r"Nouvelles demandes : (\d+)", await said.inner_text())
        assert found
        with play.Doors(platform.stack).anybody as anybody:
            await asyncio.to_thread(anybody.post, "/intake/public/requests", FROM_HOME)
        await expect(said).to_contain_text(f"Nouvelles demandes : {int(found[1]) + 1}", timeout=15_000)
        await expect(reader.page.locator("#inbox")).to_be_visible()
        await reader.check()


async def test_a_day_without_javascript_leads_to_its_other_parts(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies("social_worker")
    async with reading(browser, platform.url, Screen(script=False), signed_in) as reader:
        await reader.open(TODAY)
        await reader.page.get_by_role("link", name="Voir ce qui est à traiter").click()
        await expect(reader.page.get_by_role("heading", name="À traiter")).to_be_visible()

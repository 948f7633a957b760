"""Pages that change by themselves, through the one address, in a real browser."""

import asyncio
import time
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from chassis.actor import WORKER
from chassis.database import SET_ACTOR
from deploy.demo import reading as told
from deploy.local.migrate import service_database
from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
INBOX = "/notifications/inbox"


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

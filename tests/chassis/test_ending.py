"""Ending in time, whatever hangs."""

import asyncio
import subprocess
import sys
from contextlib import suppress

import asyncpg
import pytest

from chassis import ending
from chassis.database import CLOSE, Database
from chassis.ending import ended, finished
from tests.chassis.conftest import SideFactory


async def _hangs(let_go: asyncio.Event) -> None:
    """Like aiokafka's clients: a cancellation is swallowed."""
    while not let_go.is_set():
        with suppress(asyncio.CancelledError):
            await let_go.wait()


async def _fails() -> None:
    raise ConnectionError


async def test_what_hangs_is_left_where_it_is() -> None:
    let_go = asyncio.Event()
    async with asyncio.timeout(5):
        assert not await ended("a client", _hangs(let_go), within=0.01)
    let_go.set()


async def test_what_fails_while_it_ends_stops_nobody_else() -> None:
    assert not await ended("a client", _fails(), within=5)


async def test_what_ends_is_said_to() -> None:
    assert await ended("a client", asyncio.sleep(0), within=5)


async def test_what_another_side_has_in_hand_is_finished_before_the_cancellation_goes_on() -> None:
    asked, answered, noted = asyncio.Event(), asyncio.Event(), []

    async def handed_over() -> None:
        asked.set()
        await answered.wait()
        noted.append("its answer")

    task = asyncio.create_task(finished(handed_over()))
    await asked.wait()
    task.cancel()
    answered.set()
    async with asyncio.timeout(5):
        await asyncio.wait({task})
    assert (task.cancelled(), noted) == (True, ["its answer"])


async def test_what_is_never_answered_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "IN_HAND", 0.01)
    task = asyncio.create_task(finished(asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait({task})
    assert task.cancelled()


async def test_a_pool_is_closed_under_a_transaction_that_does_not_end(side: SideFactory) -> None:
    service = await side("cases")
    database = Database(service.settings.worker_database_url.get_secret_value())
    await database.open()
    begun = asyncio.Event()

    async def waits_for_ever() -> None:
        async with database.transaction() as tx:
            begun.set()
            await tx.execute("SELECT pg_sleep(3600)")

    transaction = asyncio.create_task(waits_for_ever())
    await begun.wait()
    async with asyncio.timeout(CLOSE + 10):
        await database.close()
        outcome = (await asyncio.gather(transaction, return_exceptions=True))[0]
    assert isinstance(outcome, (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncio.CancelledError))


def test_a_process_that_hangs_when_asked_to_stop_says_where_and_ends() -> None:
    hangs = """
import asyncio, time
from chassis import ending

async def for_ever():
    await asyncio.Event().wait()

async def main():
    ending.WITHIN = 1
    ending.limit()
    asyncio.create_task(for_ever(), name="a part")
    await asyncio.sleep(0.95)
    time.sleep(60)

asyncio.run(main())
"""
    process = subprocess.run([sys.executable, "-c", hangs], capture_output=True, text=True, timeout=30, check=False)
    assert process.returncode == 1
    assert "a part" in process.stdout + process.stderr, "which task is left is said"
    assert "in main" in process.stderr, "where the process hangs is said"

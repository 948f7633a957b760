"""Hearing what the database says: PostgreSQL's NOTIFY, over one connection for as long as the process lives."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from chassis.database import connect, is_interruption

log = structlog.get_logger(__name__)
_BACK_OFF = 0.5


async def listen(url: str, application: str, channel: str, heard: Callable[[str | None], None]) -> None:
    """Give `heard` each payload of a channel until cancelled.

    None: anything may have been said, since nobody listened before, or the connection was lost meanwhile. Listening
    takes a connection of its own, which a pool would lose.
    """
    while True:
        try:
            connection = await connect(url, application)
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda *_, lost=lost: lost.set())
                await connection.add_listener(channel, lambda *told: heard(str(told[3])))
                heard(None)
                await lost.wait()
            finally:
                connection.terminate()
        except Exception as error:
            if not is_interruption(error):
                raise
            log.warning("listener_waits_for_database", error=type(error).__name__)
        await asyncio.sleep(_BACK_OFF)


async def rung(bell: asyncio.Event, *, within: float) -> None:
    """Wait for something to be said, at most so many seconds.

    `asyncio.wait_for` of Python 3.11 forgets a cancellation that comes in the same moment: who is asked to stop while
    much is said would go on for ever.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await bell.wait()

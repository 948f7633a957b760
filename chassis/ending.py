"""Ending in time: what hangs when asked to stop is left where it is. Everything survives being killed."""

import asyncio
import faulthandler
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog

log = structlog.get_logger(__name__)
T = TypeVar("T")

WITHIN = 15.0
"""Seconds a process asked to stop has in all: less than whoever supervises it waits before it kills."""
IN_HAND: Final = 10.0
"""Seconds of them for what another side has in hand already: as long as there are, less the rest."""

_STDERR = 2


async def ended(what: str, ending: Coroutine[Any, Any, object], *, within: float) -> bool:
    """Whether something ended within so many seconds, and without a failure.

    `asyncio.wait_for` is not enough: it waits for what it cancels, and aiokafka's clients swallow a cancellation.
    """
    task = asyncio.ensure_future(ending)
    done, _ = await asyncio.wait({task}, timeout=within)
    if not done:
        task.cancel()
        task.add_done_callback(_seen)
        log.warning("not_ended_in_time", what=what, seconds=within)
        return False
    if error := _seen(task):
        log.warning("ended_badly", what=what, error=type(error).__name__)
    return error is None


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """What comes of something that must not be left half done: cancelled meanwhile, it first has `IN_HAND` seconds to
    come to its end, since what another side took and nobody noted would be done twice."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=IN_HAND)
        task.cancel()
        task.add_done_callback(_seen)
        raise


def _seen(task: asyncio.Future[Any]) -> BaseException | None:
    """Its failure, if any: one nobody looked at would be told at the end of the loop."""
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def limit() -> None:
    """From now on the process has `WITHIN` seconds; past them it says where it hangs and ends with status 1. Tasks say
    it a moment before: threads only tell that the loop waits."""
    faulthandler.dump_traceback_later(WITHIN, exit=True, file=_STDERR)
    asyncio.get_running_loop().call_later(WITHIN * 0.9, _tell)


def _tell() -> None:
    for task in asyncio.all_tasks():
        log.warning("hangs", what=task.get_name(), where=_innermost(task.get_coro()))


def _innermost(awaiting: Any) -> str:  # Any: coroutines, generators and what C libraries await have no type in common
    """The place a task waits at, as far in as Python can see."""
    place = "?"
    while frame := getattr(awaiting, "cr_frame", None) or getattr(awaiting, "ag_frame", None):
        place = f"{frame.f_globals.get('__name__')}:{frame.f_lineno}"
        awaiting = getattr(awaiting, "cr_await", None) or getattr(awaiting, "ag_await", None)
    return place

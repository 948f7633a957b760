"""Pages that change by themselves: server-sent events, from what PostgreSQL notifies.

A process listens once, however many pages are open on it. What is notified is only whom it concerns: what a page then
shows is read under its reader's own rights. A page without JavaScript shows the same when it is loaded again.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager, suppress
from time import time
from typing import Any, Final, TypeVar

from fastapi import Request

from chassis.listening import listen
from chassis.web.identity.current import authenticated

T = TypeVar("T")
LASTS: Final = 15 * 60.0
"""Seconds after which a browser has to come back, and to prove again who asks."""
RETRY: Final = 3000
"""Milliseconds before it does."""


class Switchboard:
    """Who waits for what in this process."""

    def __init__(self, url: str, application: str, channel: str) -> None:
        """`url` is the database's; payloads of `channel` name whom they concern."""
        self._listening = (url, application, channel)
        self._lines: dict[str, set[asyncio.Event]] = {}
        self._ear: asyncio.Task[None] | None = None

    @contextmanager
    def line(self, *whom: str) -> Iterator[asyncio.Event]:
        """Set whenever something may have changed for any of them; also at first. Its holder clears it, then looks."""
        bell = asyncio.Event()
        bell.set()
        for one in whom:
            self._lines.setdefault(one, set()).add(bell)
        if self._ear is None or self._ear.done():
            self._ear = asyncio.create_task(listen(*self._listening, self._heard), name="switchboard")
        try:
            yield bell
        finally:
            for one in whom:
                self._hang_up(one, bell)

    def _hang_up(self, whom: str, bell: asyncio.Event) -> None:
        self._lines[whom].discard(bell)
        if not self._lines[whom]:
            del self._lines[whom]
        if not self._lines and self._ear is not None:
            self._ear.cancel()
            self._ear = None

    def _heard(self, whom: str | None) -> None:
        """None: while nobody listened, anything may have changed for anybody."""
        for bells in self._lines.values() if whom is None else (self._lines.get(whom, set()),):
            for bell in bells:
                bell.set()


async def changes(request: Request, switchboard: Switchboard, *whom: str) -> AsyncIterator[None]:
    """A turn for each time something may have changed for any of them, the first at once; until the session is over,
    the process is asked to stop, or `LASTS` have passed."""
    ending: asyncio.Event = request.app.state.ending
    until = asyncio.get_running_loop().time() + LASTS
    with switchboard.line(*whom) as bell:
        while await _rings(bell, ending, until) and not await _is_over(request):
            bell.clear()
            yield


async def whole(reading: Coroutine[Any, Any, T]) -> T:
    """Read to the end, also when the browser leaves meanwhile: what serves a stream is cancelled again and again until
    it ends, even while a transaction is rolled back."""
    task = asyncio.ensure_future(reading)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(task)


async def _rings(bell: asyncio.Event, ending: asyncio.Event, until: float) -> bool:
    waits = [asyncio.ensure_future(event.wait()) for event in (bell, ending)]
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        return bell.is_set() and not ending.is_set()
    finally:
        for wait in waits:
            wait.cancel()


async def _is_over(request: Request) -> bool:
    found = authenticated(request)
    if found is None or found.session is None:
        return found is None
    return found.session.over(time()) or await whole(request.app.state.over.ended(found.session))

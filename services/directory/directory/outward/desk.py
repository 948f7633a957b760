"""Whole answers, which take seconds to minutes: few at a time, and few to each stranger."""

from asyncio import timeout
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from math import ceil
from typing import Final

from fastapi import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.actor import Actor
from chassis.web.problems import Problem, too_many
from chassis.web.rates import Limiter, Rate, client_of
from chassis.web.translations import N_

AT_ONCE: Final = 4
"""Downloads of this process under way: they share its one core with everybody's pages."""
OF_ONE: Final = 2
"""Of them, those of one address: nobody keeps the others waiting by reading slowly."""
LONGEST: Final = 1800
"""Seconds one may take."""
EACH: Final = Rate(burst=10, per_second=1 / 30)
PAGES: Final = Rate(burst=120, per_second=2)
"""Downloads, and pages of a hundred whole entries, of one stranger's address."""


class Busy(Exception):
    """Enough downloads are under way."""


class Desk:
    """Gives whole answers out, and pages of them."""

    def __init__(self) -> None:
        self._downloads, self._pages = Limiter(EACH), Limiter(PAGES)
        self._under_way = list[bytes]()

    def give(
        self, request: Request, actor: Actor, parts: AsyncIterator[bytes], media_type: str, headers: Mapping[str, str]
    ) -> "Download":
        """Raises a Problem where this stranger had enough for now. When it is its turn, raises Busy."""
        _admit(self._downloads, request, actor)
        return Download(self, parts, media_type, headers)

    def admit(self, request: Request, actor: Actor) -> None:
        """To a page. Raises a Problem where this stranger had enough for now."""
        _admit(self._pages, request, actor)

    @contextmanager
    def turn(self, client: bytes) -> Iterator[None]:
        """While one is under way. Raises Busy."""
        if len(self._under_way) >= AT_ONCE or self._under_way.count(client) >= OF_ONE:
            raise Busy
        self._under_way.append(client)
        try:
            yield
        finally:
            self._under_way.remove(client)


def _admit(to: Limiter, request: Request, actor: Actor) -> None:
    if actor.kind != "agent" and (wait := to.take(client_of(request.scope))):
        raise too_many(ceil(wait))


class Download(StreamingResponse):
    """A whole answer, as fast as it is taken; an error in the middle breaks the connection, so that nobody takes a part
    for the whole."""

    def __init__(self, desk: Desk, parts: AsyncIterator[bytes], media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(parts, media_type=media_type, headers=dict(headers))
        self._desk = desk
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Those who go away are not waited for: what was under way for them ends."""
        with self._desk.turn(client_of(scope)):
            async with aclosing(self._parts), timeout(LONGEST):  # type: ignore[type-var] # they are generators
                await super().__call__(scope, receive, send)


def busy(_: Exception) -> Problem:
    """As people read it."""
    detail = N_("D'autres téléchargements sont en cours. Réessayez dans une minute.")
    return Problem(503, "busy", N_("Téléchargements en cours"), detail, headers={"Retry-After": "60"})

"""Search across: one field at the head of every page, and each service's own answer for whom it may show.

What is looked for is often somebody's name: it is sent as a form, and stands in no address. Without JavaScript the
answer is a page, which leads on to the other services' with a button each.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.identity import require
from chassis.web.pages import render, searches_of
from contracts.searches import SEARCHES

LONGEST: Final = 80
SHORTEST: Final = 2
SHOWN: Final = 5
"""Answers of one service: who sees more than these types another letter."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: what it is called, where it leads, what tells it from others; `beside`: other pages about it, each an
    address and a text."""

    title: str
    url: str
    about: str = ""
    beside: Sequence[tuple[str, str]] = ()


Looking = Callable[[Actor, Parts, str], Awaitable[Sequence[Hit]]]
"""What a service finds for an actor, best first; the text has at least two characters."""


def finding_routes(path: str, look: Looking) -> APIRouter:
    """A service's answer at `path`, one of `contracts.searches.SEARCHES`, for the roles named there."""
    router = APIRouter(include_in_schema=False)
    own = next(one for one in SEARCHES if one.path == path)
    seeker = Depends(require(*own.roles))

    def answer(request: Request, actor: Actor, q: str, hits: Sequence[Hit]) -> Response:
        others = [one for one in searches_of(actor) if one is not own]
        return render(request, "maillage/find.html", own=own, others=others, q=q, hits=hits, shortest=SHORTEST)

    @router.get(path)
    async def start(request: Request, actor: Annotated[Actor, seeker]) -> Response:
        return answer(request, actor, "", ())

    @router.post(path)
    async def find(
        request: Request, actor: Annotated[Actor, seeker], parts: CurrentParts, q: Annotated[str, Form()] = ""
    ) -> Response:
        wanted = " ".join(q.split())[:LONGEST]
        hits = await look(actor, parts, wanted) if len(wanted) >= SHORTEST else ()
        return answer(request, actor, wanted, hits[:SHOWN])

    return router

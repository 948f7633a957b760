"""The page of those who run the platform: each service shows its own part, the browser puts them under one another.

A part refreshes itself. One that does not answer says so by its absence, in the page of another.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis import dead_letters, operating
from chassis.actor import Actor
from chassis.database import Database, Transaction
from chassis.dead_letters import NothingWaits
from chassis.handlers import Handlers
from chassis.operating import Ends
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.translations import N_
from contracts.navigation import SERVICES

log = structlog.get_logger(__name__)
LISTED: Final = 50
LONGEST: Final = 500
Operator = Annotated[Actor, Depends(require("operator"))]

More = Callable[[Transaction], Awaitable[Sequence[tuple[str, str, int]]]]
"""What a service alone has to say: (what it is of, its state, how many), both in words."""


async def nothing_more(_tx: Transaction) -> Sequence[tuple[str, str, int]]:
    """A service that has nothing of its own to say."""
    return ()


@dataclass(frozen=True)
class Operated:
    """A service, as its part of the page knows it."""

    name: str
    worker: Database
    handlers: Handlers
    ends: Ends
    more: More = field(default=nothing_more)

    @property
    def path(self) -> str:
        return f"/{self.name}/operations"

    async def state(self) -> tuple[operating.State, Sequence[tuple[str, str, int]]]:
        ends = await self.ends.now()
        async with self.worker.transaction() as tx:
            return await operating.read(tx, self.name, self.handlers.topics, ends), await self.more(tx)


def operations_router(operated: Operated) -> APIRouter:
    """The service's part, its dead letters, and what is decided of them."""
    router = APIRouter(include_in_schema=False)

    @router.get(operated.path)
    async def part(request: Request, _actor: Operator) -> Response:
        state, more = await operated.state()
        return render(
            request,
            "maillage/operations.html",
            own=operated.name,
            others=[one for one in SERVICES if one.name != operated.name],
            called={one.name: one.text for one in SERVICES}.get(operated.name, operated.name),
            state=state,
            more=more,
            most=operating.MOST,
        )

    @router.get(f"{operated.path}/dead-letters")
    async def letters(request: Request, _actor: Operator) -> Response:
        return await _letters(request, operated)

    @router.post(f"{operated.path}/dead-letters/{{dead_letter_id}}")
    async def decide(
        request: Request,
        actor: Operator,
        dead_letter_id: UUID,
        decision: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
    ) -> Response:
        why = " ".join(reason.split())[:LONGEST]
        if not why or decision not in ("replay", "discard"):
            return await _letters(
                request, operated, dead_letter_id, why, N_("Écrivez pourquoi : la raison est gardée.")
            )
        try:
            await _decide(operated, dead_letter_id, decision, by=str(actor.agent_id or "operator"), reason=why)
        except NothingWaits:
            return await _letters(
                request, operated, None, "", N_("Cet événement n’attend plus : quelqu’un en a déjà décidé."), 409
            )
        except Exception as error:  # a handler may raise anything: the event keeps waiting, and the operator reads why
            log.warning("replay_failed", error=type(error).__name__)
            failed = N_("Le rejeu a encore échoué : l’événement attend toujours. Corrigez la cause, puis recommencez.")
            return await _letters(request, operated, dead_letter_id, why, failed, 409)
        return RedirectResponse(f"{operated.path}/dead-letters", 303)

    return router


async def _decide(operated: Operated, dead_letter_id: UUID, decision: str, *, by: str, reason: str) -> None:
    """Raises NothingWaits, also for what is none of an operator's."""
    async with operated.worker.transaction() as tx:
        letter, _value = await dead_letters.show(tx, dead_letter_id)
        if letter.state != "waiting" or operating.is_restricted(letter.topic):
            raise NothingWaits
        if decision == "discard":
            await dead_letters.discard(tx, dead_letter_id, by=by, reason=reason)
            return
    await dead_letters.replay(operated.worker, operated.handlers, letter.topic, letter.key, by=by, reason=reason)


async def _letters(
    request: Request,
    operated: Operated,
    wrong_id: UUID | None = None,
    typed: str = "",
    sentence: str = "",
    status: int = 200,
) -> Response:
    async with operated.worker.transaction() as tx:
        found = await operating.letters(tx, LISTED)
        waiting = await operating.waiting(tx)
    context: dict[str, Any] = {"letters": found, "waiting": waiting, "wrong": wrong_id, "typed": typed}
    if sentence and status == 200:
        status = 422
    called = {one.name: one.text for one in SERVICES}.get(operated.name, operated.name)
    return render(
        request,
        "maillage/dead_letters.html",
        status=status,
        path=operated.path,
        called=called,
        sentence=sentence,
        **context,
    )

"""`/notifications/letters`: batches to print, what was posted, what came back; as JSON, or as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.typesetting import NotTypeset
from chassis.web.forms import is_form
from chassis.web.identity import require
from chassis.web.problems import Problem, ProblemOf, conflict, invalid_field, not_found, wants_page
from chassis.web.translations import N_
from contracts.references import InvalidReference, check_reference
from notifications.letters import pages, store
from notifications.letters.printing import packed, printed, written
from notifications.letters.returns import came_back
from notifications.letters.rounds import Rounds

log = structlog.get_logger(__name__)

PAGE = 50
"""Batches in one answer."""
ROOT = "/notifications/letters"
Steward = Annotated[Actor, Depends(require("operator", "manager"))]
"""Row-level security then leaves a manager the letters of their territories."""


class Batches(BaseModel):
    """One page of batches, newest first; `next` is the address of the following one, `waiting` counts the letters that
    the next batch will hold."""

    batches: Sequence[store.Batch]
    waiting: int
    next: str | None


class NoSuchBatch(Exception):
    """None that the actor may see."""


class NotToPost(Exception):
    """It is posted already, or by somebody else."""


class Forgotten(Exception):
    """What its letters say is not kept any longer."""


def letters(rounds: Rounds) -> APIRouter:
    """The routes. `rounds` says when batches close."""
    router = APIRouter(tags=["letters"])

    @router.get(ROOT, response_model=Batches)
    async def listed(
        request: Request,
        parts: CurrentParts,
        actor: Steward,
        after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    ) -> Any:
        """Batches, newest first."""
        async with parts.app.transaction(actor) as tx:
            found = await store.batches(tx, after=after, limit=PAGE + 1)
            waiting = await store.waiting(tx)
        shown, more = found[:PAGE], len(found) > PAGE
        following = f"{ROOT}?after={shown[-1].place}" if more else None
        if wants_page(request):
            return pages.letters(request, shown, following, waiting, rounds.deposits)
        return {"batches": [asdict(one) for one in shown], "waiting": waiting, "next": following}

    @router.get(ROOT + "/{batch_id}.zip")
    async def download(batch_id: UUID, parts: CurrentParts, actor: Steward) -> Response:
        """The letters of a batch as PDF, and the list of them, in one file."""
        async with parts.app.transaction(actor) as tx:
            batch = await store.batch(tx, batch_id)
            if batch is None:
                raise NoSuchBatch
            if batch.forgotten_at is not None:
                raise Forgotten
            found = await written(tx, parts.keyring, batch_id)
        log.info("batch_downloaded", batch_id=str(batch_id), agent_id=str(actor.agent_id))
        made = packed([one async for one in printed(found)])
        name = f'attachment; filename="lettres-{batch.place}.zip"'
        return Response(
            made, media_type="application/zip", headers={"Content-Disposition": name, "Cache-Control": "no-store"}
        )

    @router.post(ROOT + "/{batch_id}/posted")
    async def posted(batch_id: UUID, request: Request, parts: CurrentParts, actor: Steward) -> Response:
        """A batch is in the post: what its letters say is forgotten some days later."""
        now = parts.now()
        async with parts.app.transaction(actor) as tx:
            if await store.batch(tx, batch_id) is None:
                raise NoSuchBatch
            if not await store.post(tx, batch_id, actor.subject, now):
                raise NotToPost
            await rounds.posted(tx, batch_id, now)
        return _back(request, {"batch_id": str(batch_id), "state": "posted"})

    @router.post(ROOT + "/close")
    async def close(request: Request, parts: CurrentParts, actor: Steward) -> Response:
        """Close a batch now with the letters that wait, instead of at the hour of every day."""
        async with parts.app.transaction(actor) as tx:
            await rounds.close_now(tx, parts.now())
        return _back(request, {"state": "closing"})

    @router.post(ROOT + "/returned")
    async def returned(
        request: Request, parts: CurrentParts, actor: Steward, reference: Annotated[str, Form(max_length=40)]
    ) -> Response:
        """A letter came back: nothing is written to that address again, and its message goes on by the next channel."""
        try:
            known = check_reference(reference)
        except InvalidReference:
            raise invalid_field("reference", _MISTYPED) from None
        async with parts.app.transaction(actor) as tx:
            delivery_id = await store.letter_of(tx, known)
        if delivery_id is None:
            raise invalid_field("reference", _UNKNOWN)
        await came_back(parts, delivery_id, actor.subject)
        return _back(request, {"reference": known, "state": "returned"}, "?returned=1")

    return router


_MISTYPED = N_("Ce n'est pas un numéro de lettre : neuf lettres et chiffres, sous le code-barres. Vérifiez-le.")
_UNKNOWN = N_("Aucune lettre partie d'ici ne porte ce numéro. Vérifiez-le.")


def _back(request: Request, said: dict[str, str], query: str = "") -> Response:
    return RedirectResponse(ROOT + query, 303) if is_form(request) and wants_page(request) else JSONResponse(said)


def _failed(_: Exception) -> Problem:
    detail = N_("Les lettres n'ont pas pu être mises en page. Réessayez ; si cela dure, prévenez l'exploitation.")
    return Problem(503, "not-typeset", N_("Lettres non préparées"), detail)


ERRORS: Mapping[type[Exception], ProblemOf] = {
    NoSuchBatch: lambda _: not_found(N_("Ce lot de lettres n'existe pas, ou il est d'un autre territoire.")),
    NotToPost: lambda _: conflict(
        "batch-moved-on", N_("Ce lot est déjà posté, ou confié à un prestataire. Rechargez la liste.")
    ),
    Forgotten: lambda _: conflict(
        "batch-forgotten", N_("Le contenu de ces lettres n'est plus gardé. Il ne peut plus être imprimé.")
    ),
    NotTypeset: _failed,
}

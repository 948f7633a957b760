"""Documents to print, as PDF that screen readers read: the dossier, a family's plan, a measure's contract, the list of
calls of a follow-up. Opening one is noted as reading the dossier is."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from cases.dossiers import view
from cases.dossiers.view import Dossier
from cases.followed import readings
from cases.printing import sheets
from cases.printing.model import Sheet
from cases.printing.sheets import Printing
from chassis import agents
from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.typesetting import MEDIA_TYPE, Press
from chassis.web import dates
from chassis.web.identity import CurrentActor
from chassis.web.problems import not_found
from chassis.web.translations import translate as _

Prints = Callable[[UUID, Callable[[Printing], Awaitable[Sheet | None]]], Awaitable[Response]]


def printed() -> APIRouter:
    """The documents, which share one press."""
    router = APIRouter(prefix="/cases/{case_id}", tags=["printing"])
    press = Press(sheets.TEMPLATE)

    def printing(actor: CurrentActor, parts: CurrentParts) -> Prints:
        async def made(case_id: UUID, of: Callable[[Printing], Awaitable[Sheet | None]]) -> Response:
            return await _made(press, parts, actor, case_id, of)

        return made

    Made = Annotated[Prints, Depends(printing)]  # noqa: N806 - a type

    @router.get("/dossier.pdf")
    async def dossier(case_id: UUID, made: Made) -> Response:
        """The whole dossier, as far as its reader may know it."""
        return await made(case_id, sheets.dossier)

    @router.get("/plan.pdf")
    async def plan(case_id: UUID, made: Made) -> Response:
        """The plan a family ratified."""
        return await made(case_id, sheets.plan)

    @router.get("/contract.pdf")
    async def contract(case_id: UUID, made: Made) -> Response:
        """The latest contract of a measure, to be signed by hand."""
        return await made(case_id, sheets.contract)

    @router.get("/follow-up/calls.pdf")
    async def calls(case_id: UUID, made: Made) -> Response:
        """Whom to call for a follow-up, with room to write."""
        return await made(case_id, sheets.calls)

    return router


async def _made(
    press: Press,
    parts: Parts,
    actor: Actor,
    case_id: UUID,
    of: Callable[[Printing], Awaitable[Sheet | None]],
) -> Response:
    """Raises NoSuchCase, Busy, and a 404 problem where there is nothing of the kind for this reader."""
    async with parts.app.transaction(actor) as tx:
        read = await view.read(tx, parts.keyring, actor, case_id)
        sheet = await of(Printing(tx, parts, actor, read)) if read.works_here else None
        if sheet is None:
            raise not_found()
        await readings.note(tx, parts, actor, read.case)
        by = await _name(parts, actor, read)
    now = parts.now()
    at = dates.moment(now, parts.settings.zone)
    foot = _("%(title)s. Imprimé le %(at)s par %(by)s.") % {"title": sheet.title, "at": at, "by": by}
    said = sheet.said(now.astimezone(parts.settings.zone).date(), foot)
    headers = {"Content-Disposition": f'inline; filename="{sheet.file}.pdf"', "Cache-Control": "no-store"}
    return Response(await press.print(lambda: said), media_type=MEDIA_TYPE, headers=headers)


async def _name(parts: Parts, actor: Actor, read: Dossier) -> str:
    """Who prints, by name."""
    if actor.agent_id is None:
        return ""
    async with parts.worker.transaction() as tx:
        known = (await agents.contacts(tx, [actor.agent_id])).get(actor.agent_id)
        [name] = await parts.keyring.open(tx, [known.name if known else None])
    return str(name or "")

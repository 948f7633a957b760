"""The whole of a search's answer as a spreadsheet or a map reads it, for anybody."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web import spreadsheets
from chassis.web.identity import OptionalActor
from chassis.web.problems import ProblemOf, conflict
from chassis.web.translations import N_
from directory.outward import freshness, geojson, spreadsheet, whole, workbook
from directory.outward.desk import Busy, Desk, busy
from directory.outward.freshness import Held, aware
from directory.outward.whole import Shown, TooMany
from directory.search.asking import Asked

PREFIX: Final = "/directory/public/offers"


class Exported(Asked):
    """What a search asks; `limit` and `after` mean nothing here. `modified_after`: only what changed on or after that
    instant."""

    modified_after: datetime | None = None


Search = Annotated[Exported, Query()]


@dataclass(frozen=True)
class Form:
    """A form offers are written in."""

    written: Callable[[AsyncIterator[Sequence[Shown]]], AsyncIterator[bytes]]
    media_type: str
    ending: str


GEOJSON: Final = Form(geojson.written, geojson.MEDIA_TYPE, "geojson")
CSV: Final = Form(spreadsheet.written, spreadsheets.MEDIA_TYPE, "csv")
XLSX: Final = Form(workbook.written, workbook.MEDIA_TYPE, "xlsx")


def downloads(desk: Desk) -> APIRouter:
    """What is given out over that desk."""
    router = APIRouter(prefix="/directory/public", tags=["outward"], default_response_class=Response)

    @router.get("/offers.geojson")
    async def on_maps(request: Request, asked: Search, actor: OptionalActor, parts: CurrentParts) -> Response:
        """RFC 7946, longitude first: a feature for each place whose own point is known. Offers that have none are
        counted in `without_point`."""
        return await _answer(GEOJSON, desk, request, asked, actor, parts)

    @router.get("/offers.csv")
    async def as_csv(request: Request, asked: Search, actor: OptionalActor, parts: CurrentParts) -> Response:
        """UTF-8, semicolons, no cell that is a formula."""
        return await _answer(CSV, desk, request, asked, actor, parts)

    @router.get("/offers.xlsx")
    async def as_workbook(request: Request, asked: Search, actor: OptionalActor, parts: CurrentParts) -> Response:
        """The columns of the CSV, text as text."""
        return await _answer(XLSX, desk, request, asked, actor, parts)

    return router


async def _answer(form: Form, desk: Desk, request: Request, asked: Exported, actor: Actor, parts: Parts) -> Response:
    """Raises what a search raises, and TooMany."""
    now, zone, held = parts.now(), parts.settings.zone, Held.of(request.headers)
    criteria = asked.criteria(now, zone)
    async with parts.app.transaction(actor) as tx:
        # What is open changes with the hour: no date tells whether it did.
        last = None if criteria.opened else await freshness.last_change(tx, now, zone)
        if held.since_is(last):
            return freshness.unchanged(None, last)
        found = await whole.find(tx, criteria, aware(asked.modified_after, zone), now)
    if held.has(found.tag):
        return freshness.unchanged(found.tag, last)
    named = {"Content-Disposition": f'attachment; filename="offres.{form.ending}"'}
    parts_of_it = form.written(whole.read(parts, actor, found))
    return desk.give(request, actor, parts_of_it, form.media_type, freshness.headers(found.tag, last) | named)


_TOO_MANY: Final = N_(
    "Trop d'offres pour un seul fichier. Précisez la recherche, ou lisez tout l'annuaire par /directory/hsds."
)
PROBLEMS: Final[Mapping[type[Exception], ProblemOf]] = {
    Busy: busy,
    TooMany: lambda _: conflict("too-many-offers", _TOO_MANY),
}

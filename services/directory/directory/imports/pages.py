"""What imports did, for operators: pages, and the same as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.problems import wants_page
from chassis.web.translations import N_
from directory.aggregates import NotKept
from directory.answers import PAGE
from directory.author import Steward
from directory.imports import deciding, store
from directory.imports.model import SERVICE, STRUCTURE
from directory.imports.store import Noticed
from directory.imports.words import said, title

PATH: Final = "/directory/imports"
router = APIRouter(prefix=PATH, tags=["imports"])
Operator = Annotated[Actor, Depends(require("operator"))]
STATES: Final = {
    "running": N_("en cours"),
    "finished": N_("terminé"),
    "failed": N_("arrêté"),
    "abandoned": N_("abandonné"),
}
KINDS: Final = {STRUCTURE: N_("structures"), SERVICE: N_("services")}
COUNTED: Final = {
    "created": (N_("nouvelle"), N_("nouvelles")),
    "changed": (N_("changée"), N_("changées")),
    "unchanged": (N_("inchangée"), N_("inchangées")),
    "remarked": (N_("avec une remarque"), N_("avec une remarque")),
    "set_aside": (N_("mise de côté"), N_("mises de côté")),
    "withdrawn": (N_("retirée"), N_("retirées")),
}
"""What became of one line, and of several."""
WHAT: Final = {"organisation": N_("Structure"), "site": N_("Lieu"), "offer": N_("Offre")}


@router.get("")
async def runs(request: Request, actor: Operator, parts: CurrentParts) -> Response:
    """The latest runs, newest first, and how many differences wait."""
    async with parts.app.transaction(actor) as tx:
        found = await store.latest(tx, PAGE)
        differences = await store.noticed(tx, None, PAGE)
    if not wants_page(request):
        return JSONResponse(jsonable_encoder({"runs": [asdict(one) for one in found]}))
    words = {"states": STATES, "kinds": KINDS, "counted": COUNTED}
    return _page(request, "imports", runs=found, differences=len(differences), **words)


@router.get("/differences")
async def differences(
    request: Request,
    actor: Operator,
    parts: CurrentParts,
    at: datetime | None = None,
    aggregate: UUID | None = None,
    field: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Fields typed here of which a source says something else, oldest first. `next` holds the query of the following
    page."""
    after = (at, aggregate, field) if at and aggregate else None
    async with parts.app.transaction(actor) as tx:
        found = await store.noticed(tx, after, PAGE + 1)
        shown, last = found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None
        names = await _names(tx, shown)
    query = {"at": last.noticed_at.isoformat(), "aggregate": last.aggregate_id, "field": last.field} if last else None
    following = urlencode(query) if query else None
    if not wants_page(request):
        return JSONResponse(jsonable_encoder({"differences": [asdict(one) for one in shown], "next": following}))
    next_url = f"{PATH}/differences?{following}" if following else None
    words = {"what": WHAT, "title": title, "said": said}
    return _page(request, "differences", differences=shown, names=names, next_url=next_url, **words)


async def _names(tx: Transaction, found: Sequence[Noticed]) -> dict[UUID, str]:
    """What people call the aggregates."""
    names: dict[UUID, str] = {}
    for kind, kept in deciding.KEPT.items():
        states = await kept.those(tx, {one.aggregate_id for one in found if one.kind == kind})
        names |= {identity: one.state.name or getattr(one.state, "address", None) for identity, one in states.items()}
    return {identity: name for identity, name in names.items() if name}


@router.post("/differences/{aggregate_id}/{field}/accept")
async def accept(
    request: Request, aggregate_id: UUID, field: str, _: Operator, by: Steward, parts: CurrentParts
) -> Response:
    """What the source says stands."""
    async with parts.app.transaction(by.actor) as tx:
        await deciding.accept(tx, by, aggregate_id, field)
    return _decided(request, "accepted")


@router.post("/differences/{aggregate_id}/{field}/keep")
async def keep(
    request: Request, aggregate_id: UUID, field: str, _: Operator, by: Steward, parts: CurrentParts
) -> Response:
    """What was typed here stands."""
    async with parts.app.transaction(by.actor) as tx:
        await deciding.keep(tx, by, aggregate_id, field)
    return _decided(request, "kept")


@router.get("/{run_id}")
async def report(
    request: Request,
    run_id: UUID,
    actor: Operator,
    parts: CurrentParts,
    kind: Annotated[str, Query(max_length=20)] = "",
    line: Annotated[int, Query(ge=0, lt=2**62)] = 0,
) -> Response:
    """A run, and the lines of which something is to be said; `kind` and `line` are those of the last one read."""
    async with parts.app.transaction(actor) as tx:
        run = await store.find(tx, run_id)
        found = await store.remarked(tx, run_id, (kind, line) if kind else None, PAGE + 1)
    if run is None:
        raise NotKept
    last = found[PAGE - 1] if len(found) > PAGE else None
    following = urlencode({"kind": last.kind, "line": last.line}) if last else None
    shown = found[:PAGE]
    if not wants_page(request):
        body = {"run": asdict(run), "lines": [asdict(one) for one in shown], "next": following}
        return JSONResponse(jsonable_encoder(body))
    words = {"states": STATES, "kinds": KINDS, "counted": COUNTED}
    next_url = f"{PATH}/{run_id}?{following}" if following else None
    return _page(request, "import", run=run, lines=shown, next_url=next_url, **words)


def _decided(request: Request, outcome: str) -> Response:
    if wants_page(request):
        return RedirectResponse(f"{PATH}/differences", 303)
    return JSONResponse({"outcome": outcome})


def _page(request: Request, name: str, **context: Any) -> Response:
    return render(request, f"directory/{name}.html", headers={"Vary": "Accept"}, **context)

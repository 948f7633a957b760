"""`/directory/hsds`: the Human Services Data Specification's read API, for anybody."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from asyncpg import Record
from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.identity import OptionalActor
from directory.aggregates import NotKept
from directory.outward import freshness
from directory.outward.desk import Desk
from directory.outward.freshness import Held, tag_of
from directory.outward.hsds import shapes, store
from directory.outward.hsds.asking import LARGEST, Asked, Listing
from directory.outward.hsds.collections import HELD, ORGANIZATIONS, SERVICES, Collection
from directory.outward.hsds.opening import OpenRoute
from directory.outward.hsds.paging import paged
from directory.outward.hsds.pieces import instant
from directory.outward.hsds.services import Around
from directory.outward.hsds.store import Span

PATH: Final = "/directory/hsds"
VERSION: Final = "3.1"
PROFILE: Final = "https://docs.openreferral.org"
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_MANY: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "Nothing changed"}}


def served(desk: Desk) -> APIRouter:
    """The API, whose whole lists go over that desk."""
    router = APIRouter(prefix=PATH, tags=["hsds"], responses=_MANY, route_class=OpenRoute)

    @router.get("")
    @router.get("/")
    async def about(parts: CurrentParts) -> dict[str, str]:
        """Which standard this is, and where the API is described."""
        url = parts.settings.public_url.rstrip("/")
        return {"version": VERSION, "profile": PROFILE, "openapi_url": f"{url}/directory/openapi.json"}

    @router.get("/services", response_model=shapes.Page[shapes.Service])
    async def services(request: Request, asked: Listing, actor: OptionalActor, parts: CurrentParts) -> Response:
        """Offers, page by page or all at once. Of those withdrawn, which are told to who asks for changes, the name and
        the status alone."""
        return await _list(SERVICES, desk, request, asked, actor, parts)

    @router.get("/services/{entry_id}", response_model=shapes.Service)
    async def service(entry_id: UUID, request: Request, actor: OptionalActor, parts: CurrentParts) -> Response:
        """An offer with everything that belongs to it."""
        return await _one(SERVICES, entry_id, request, actor, parts)

    @router.get("/service_at_locations", response_model=shapes.Page[shapes.ServiceAtLocation])
    async def held(request: Request, asked: Listing, actor: OptionalActor, parts: CurrentParts) -> Response:
        """Offers at each of their places, page by page or all at once."""
        return await _list(HELD, desk, request, asked, actor, parts)

    @router.get("/service_at_locations/{entry_id}", response_model=shapes.ServiceAtLocation)
    async def held_there(entry_id: UUID, request: Request, actor: OptionalActor, parts: CurrentParts) -> Response:
        """An offer at a place with everything that belongs to both."""
        return await _one(HELD, entry_id, request, actor, parts)

    @router.get("/organizations", response_model=shapes.Page[shapes.Organization])
    async def organizations(request: Request, asked: Listing, actor: OptionalActor, parts: CurrentParts) -> Response:
        """Organisations, page by page or all at once."""
        return await _list(ORGANIZATIONS, desk, request, asked, actor, parts)

    @router.get("/organizations/{entry_id}", response_model=shapes.Organization)
    async def organization(entry_id: UUID, request: Request, actor: OptionalActor, parts: CurrentParts) -> Response:
        """An organisation with everything that belongs to it."""
        return await _one(ORGANIZATIONS, entry_id, request, actor, parts)

    return router


async def _list(of: Collection, desk: Desk, request: Request, asked: Asked, actor: Actor, parts: Parts) -> Response:
    if asked.format == "ndjson":
        return await _whole(of, desk, request, asked, actor, parts)
    desk.admit(request, actor)
    around, held = _around(parts), Held.of(request.headers)
    async with parts.app.transaction(actor) as tx:
        last = await freshness.last_change(tx, parts.now(), parts.settings.zone)
        if held.since_is(last):
            return freshness.unchanged(None, last)
        listing = await of.listing(tx, asked.chosen(parts.settings.zone), around.today)
        after = asked.keys(tuple(listing.keys.values()))
        span = Span(asked.size, 0 if after else (asked.page - 1) * asked.size, after)
        total, rows = await store.count(tx, listing), await store.page(tx, listing, span)
        tag = tag_of(total, [tuple(row) for row in rows])
        if held.has(tag):
            return freshness.unchanged(tag, last)
        contents = _minimal(of, rows) if asked.minimal else await of.told(tx, rows, around, full=asked.full)
    body = paged(contents, total, asked.page, asked.size)
    return _json(body, freshness.headers(tag, last) | _following(request, asked, listing, rows))


async def _one(of: Collection, entry_id: UUID, request: Request, actor: Actor, parts: Parts) -> Response:
    """Raises NotKept."""
    around = _around(parts)
    async with parts.app.transaction(actor) as tx:
        rows = await store.page(tx, of.single(entry_id, around.today), Span(1))
        tag = tag_of([tuple(row) for row in rows])
        if rows and Held.of(request.headers).has(tag):
            return freshness.unchanged(tag, None)
        found = await of.told(tx, rows, around, full=True)
    if not found:
        raise NotKept
    return _json(found[0], freshness.headers(tag, None))


async def _whole(of: Collection, desk: Desk, request: Request, asked: Asked, actor: Actor, parts: Parts) -> Response:
    async with parts.app.transaction(actor) as tx:
        last = await freshness.last_change(tx, parts.now(), parts.settings.zone)
        if Held.of(request.headers).since_is(last):
            return freshness.unchanged(None, last)
        listing = await of.listing(tx, asked.chosen(parts.settings.zone), _around(parts).today)
    lines = _lines(of, listing, asked, actor, parts)
    return desk.give(request, actor, lines, _LINES, freshness.headers(None, last))


async def _lines(
    of: Collection, listing: store.Listing, asked: Asked, actor: Actor, parts: Parts
) -> AsyncIterator[bytes]:
    """Every entry, a page of one transaction after the other: no snapshot, and nobody waits for it."""
    around, span = _around(parts), Span(LARGEST)
    while True:
        async with parts.app.transaction(actor) as tx:
            rows = await store.page(tx, listing, span)
            told = _minimal(of, rows) if asked.minimal else await of.told(tx, rows, around, full=asked.full)
        yield b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in told)
        if len(rows) < LARGEST:
            return
        span = replace(span, after=_keys(listing, rows))


def _around(parts: Parts) -> Around:
    zone = parts.settings.zone
    return Around(parts.now().astimezone(zone).date(), zone)


def _minimal(of: Collection, rows: Sequence[Record]) -> list[shapes.Modified]:
    return [{"id": str(of.identity(row)), "modified_date": instant(row["changed_at"])} for row in rows]


def _keys(listing: store.Listing, rows: Sequence[Record]) -> tuple[Any, ...]:
    return tuple(rows[-1][name] for name in listing.keys)


def _following(request: Request, asked: Asked, listing: store.Listing, rows: Sequence[Record]) -> dict[str, str]:
    """Where the next page is, from the last entry of this one on."""
    if len(rows) < asked.size:
        return {}
    place = {"page": str(asked.page + 1), "after": ":".join(map(str, _keys(listing, rows)))}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in place]
    return {"Link": f'<{request.url.path}?{urlencode([*kept, *place.items()])}>; rel="next"'}


def _json(body: Any, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), media_type=_JSON, headers=headers)

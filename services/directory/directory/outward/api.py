"""The public search in forms maps and spreadsheets read, page by page."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from chassis.service import CurrentParts
from chassis.web.identity import OptionalActor
from directory.offers import acts
from directory.outward.geojson import collection
from directory.outward.spreadsheet import as_csv, row
from directory.search.api import find
from directory.search.asking import Search
from directory.search.model import Page

router = APIRouter(prefix="/directory/public", tags=["outward"])


@router.get("/offers.geojson", response_class=JSONResponse)
async def geojson(request: Request, asked: Search, actor: OptionalActor, parts: CurrentParts) -> Response:
    """What the search answers, where it is: RFC 7946, longitude first. Offers without a point are left out, and counted
    in `without_point`; the address of the page that follows is in the header `Link`."""
    page = await find(asked, actor, parts)
    async with parts.app.transaction(actor) as tx:
        sites = await acts.sites_at(tx, *(one.offer for one in page.offers))
    told: dict[str, Any] = collection(page.offers, sites, str(page.next) if page.next else None)
    return JSONResponse(told, headers=_following(request, page), media_type="application/geo+json")


@router.get("/offers.csv", response_class=Response)
async def spreadsheet(request: Request, asked: Search, actor: OptionalActor, parts: CurrentParts) -> Response:
    """What the search answers, for spreadsheets: UTF-8, semicolons, no cell that is a formula. The address of the page
    that follows is in the header `Link`."""
    page = await find(asked, actor, parts)
    headers = {"Content-Disposition": 'attachment; filename="offres.csv"', **_following(request, page)}
    return Response(as_csv(map(row, page.offers)), headers=headers, media_type="text/csv; charset=utf-8")


def _following(request: Request, page: Page) -> dict[str, str]:
    if not page.next:
        return {}
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return {"Link": f'<{request.url.path}?{urlencode([*asked, ("after", str(page.next))])}>; rel="next"'}

"""The part of the tracking page that is the dossier's: fetched by the browser, a page of its own without JavaScript."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from cases.followed import plan, store
from cases.followed.readings import AS_WHOM
from chassis.service import CurrentParts
from chassis.web.identity.visit import Visit
from chassis.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/cases/suivi")
async def show(request: Request, parts: CurrentParts) -> Response:
    """Appointments, who was asked for something, with whom something is shared, who read it; nothing to who was not let
    in."""
    now = parts.now()
    request_id = Visit(parts.settings).subject(request, now.timestamp())
    if request_id is None:
        return RedirectResponse("/suivi", 303)
    async with parts.worker.transaction() as tx:
        return render(
            request,
            "cases/followed.html",
            appointments=await store.appointments(tx, request_id, now),
            shares=await store.shares(tx, request_id),
            orientations=await store.orientations(tx, request_id),
            plan=await plan.read(tx, parts, request_id),
            readings=await store.readings(tx, request_id),
            as_whom=AS_WHOM,
        )

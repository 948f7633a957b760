"""The part of the tracking page that is the dossier's: fetched by the browser, a page of its own without JavaScript."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from cases.documents.acts import as_refused
from cases.dossiers.model import Refused
from cases.dossiers.work import NoSuchCase
from cases.followed import adding, plan, store
from cases.followed.readings import AS_WHOM
from cases.settings import CasesSettings
from chassis.contents import ACCEPTED
from chassis.service import CurrentParts, Parts
from chassis.web.files import chosen
from chassis.web.idempotency import Idempotency
from chassis.web.identity.visit import Visit
from chassis.web.pages import render

router = APIRouter(include_in_schema=False)


@router.get("/cases/suivi")
async def show(request: Request, parts: CurrentParts) -> Response:
    """Appointments, the plan, who was asked for something, with whom something is shared, who read it; nothing to who
    was not let in."""
    request_id = _let_in(request, parts)
    return await _page(request, parts, request_id) if request_id else RedirectResponse("/suivi", 303)


@router.post("/cases/suivi/documents")
async def add(request: Request, parts: CurrentParts, key: Idempotency) -> Response:
    """A document of theirs."""
    request_id = _let_in(request, parts)
    try:
        if request_id is None:
            raise NoSuchCase
        with as_refused():
            file = await chosen(request, "document_file")
        await adding.add(parts, request_id, file, key)
    except NoSuchCase:
        return RedirectResponse("/suivi", 303)
    except Refused as refused:
        assert request_id is not None
        return await _page(request, parts, request_id, {"document_file": " ".join(refused.missing)})
    return RedirectResponse("/cases/suivi?ajoute=oui", 303)


def _let_in(request: Request, parts: Parts) -> UUID | None:
    return Visit(parts.settings).subject(request, parts.now().timestamp())


async def _page(request: Request, parts: Parts, request_id: UUID, errors: dict[str, str] | None = None) -> Response:
    assert isinstance(parts.settings, CasesSettings), "the settings of this service"
    async with parts.worker.transaction() as tx:
        return render(
            request,
            "cases/followed.html",
            status=422 if errors else 200,
            appointments=await store.appointments(tx, request_id, parts.now()),
            shares=await store.shares(tx, request_id),
            orientations=await store.orientations(tx, request_id),
            plan=await plan.read(tx, parts, request_id),
            readings=await store.readings(tx, request_id),
            as_whom=AS_WHOM,
            adds=parts.settings.documents_url is not None,
            added="ajoute" in request.query_params,
            document_types=ACCEPTED,
            errors=errors or {},
        )

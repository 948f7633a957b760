"""Messages on the tracking page: a part fetched by the browser, a page of its own without JavaScript."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.identity.visit import Visit
from chassis.web.pages import render
from chassis.web.translations import N_
from contracts.events.cases import case_id_of
from notifications.followed import store
from notifications.followed.store import Sent
from notifications.messages.model import State
from notifications.messages.pages import CHANNELS, RULES
from notifications.people import store as people

router = APIRouter(include_in_schema=False)
FATES: Final[Mapping[str, tuple[str, str]]] = {
    State.SENT: (N_("Envoyé"), "info"),
    State.DELIVERED: (N_("Arrivé"), "success"),
    State.BOUNCED: (N_("Non remis"), "danger"),
    State.RETURNED: (N_("Revenu"), "danger"),
    State.FAILED: (N_("Non remis"), "danger"),
}
"""State → what its reader is told, and the kind of badge."""


@router.get("/notifications/suivi")
async def show(request: Request, parts: CurrentParts) -> Response:
    """Which messages were sent to them, when, how, and whether they arrived; nothing to who was not let in."""
    request_id = Visit(parts.settings).subject(request, parts.now().timestamp())
    if request_id is None:
        return RedirectResponse("/suivi", 303)
    async with parts.worker.transaction() as tx:
        sent, neutral = await _read(tx, request_id)
    return render(
        request,
        "notifications/followed.html",
        sent=sent,
        rules={} if neutral else RULES,
        channels=CHANNELS,
        fates=FATES,
        not_delivered=any(FATES[one.state][1] == "danger" for one in sent),
    )


async def _read(tx: Transaction, request_id: UUID) -> tuple[list[Sent], bool]:
    """What was sent, and whether not even what each is about may show: they asked for that somewhere."""
    person_id = await store.concerned(tx, request_id)
    known = await people.reachable(tx, person_id) if person_id else None
    if person_id is None or known is None:
        return [], True
    sent = await store.sent(tx, [request_id, case_id_of(request_id)], person_id)
    return sent, any(point.neutral for point in known.contact_points)

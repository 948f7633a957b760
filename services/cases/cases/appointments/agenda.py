"""An agent's own agenda: as JSON, as a page, and as a calendar that other programs read by a secret address."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from cases import words
from cases.answers import as_json
from cases.appointments import booking_store, calendar, calendar_links, store, view
from cases.appointments.booking_store import Booking
from cases.appointments.store import Dated
from cases.appointments.view import Shown
from cases.dossiers.model import WORKERS
from cases.typed import Day
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.problems import FieldProblem, forbidden, invalid, not_found, wants_page
from chassis.web.translations import translate as _
from contracts.references import readable

USUAL: Final = timedelta(days=30)
"""Days an agenda shows unless asked otherwise."""
LONGEST: Final = timedelta(days=366)
BEFORE: Final = timedelta(days=31)
AFTER: Final = timedelta(days=366)
"""How far back and ahead the calendar reaches."""
MOST: Final = 2_000
"""Appointments of one answer."""

router = APIRouter(tags=["appointments"])


def _agent(actor: Annotated[Actor, Depends(require(*WORKERS))]) -> Actor:
    """Raises a 403 problem for who is no agent of the directory: nobody can be met with them."""
    if actor.agent_id is None:
        raise forbidden()
    return actor


Agent = Annotated[Actor, Depends(_agent)]


@dataclass(frozen=True, slots=True)
class Span:
    """Days of an agenda, both included, and the moments they begin and end at."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def until(self) -> datetime:
        """The beginning of the day after: a day of 23 or of 25 hours is whole."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


def _span(parts: Parts, first: date | None, last: date | None) -> Span:
    begins = first or parts.now().astimezone(parts.settings.zone).date()
    ends = last or begins + USUAL
    if not timedelta(0) <= ends - begins <= LONGEST:
        raise invalid(FieldProblem("#", _("Indiquez une période d'un an au plus, la fin après le début."), "to"))
    return Span(begins, ends, parts.settings.zone)


def _own(actor: Actor) -> UUID:
    assert actor.agent_id is not None, "see `_agent`"
    return actor.agent_id


@router.get("/cases/appointments")
async def agenda(
    request: Request,
    actor: Agent,
    parts: CurrentParts,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """The actor's appointments, by the days of the deployment's zone, with what is still missing for each."""
    span = _span(parts, first, last)
    async with parts.app.transaction(actor) as tx:
        if wants_page(request):
            return await _page(request, tx, parts, actor, span)
        found = await _dated(tx, parts, actor, span)
    items = [view.dated(one) | {"reference": of.reference} for of, one in found]
    return as_json({"from": span.first, "to": span.last, "items": items}, {"Vary": "Accept"})


async def _page(
    request: Request,
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    span: Span,
    address: str = "",
) -> Response:
    found = await _dated(tx, parts, actor, span)
    context: dict[str, Any] = {
        "span": span,
        "rows": [(of.appointment, readable(of.reference), one) for of, one in found],
        "set_aside": await booking_store.set_aside(tx, parts.now() - BEFORE, MOST),
        "link_made_at": await calendar_links.made_at(tx, _own(actor)),
        "address": address,
        "words": words,
    }
    return render(request, "cases/agenda.html", headers={"Vary": "Accept"}, **context)


@router.get("/cases/appointments/set-aside")
async def set_aside(actor: Agent, parts: CurrentParts) -> Response:
    """Appointments booked on the external service of which nobody knows the dossier: moments and codes, no names."""
    async with parts.app.transaction(actor) as tx:
        found = await booking_store.set_aside(tx, parts.now() - BEFORE, MOST)
    return as_json({"items": [_aside(one) for one in found]})


def _aside(one: Booking) -> dict[str, Any]:
    facts = one.facts
    return {
        "booking": one.booking,
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "place": facts.place,
        "status": facts.status,
    }


@router.get("/cases/calendar/link")
async def link(actor: Agent, parts: CurrentParts) -> Response:
    """Whether the actor's calendar has an address, and since when. The address itself is shown once."""
    async with parts.app.transaction(actor) as tx:
        return as_json({"made_at": await calendar_links.made_at(tx, _own(actor))})


# No idempotency key: the answer would be kept, and with it the secret. Asked twice, the second address counts.
@router.post("/cases/calendar/link", status_code=201)
async def make_link(request: Request, actor: Agent, parts: CurrentParts) -> Response:
    """Make the address of the actor's calendar; the one before it no longer works. It is shown this once."""
    async with parts.app.transaction(actor) as tx:
        secret = await calendar_links.make(tx, parts, _own(actor))
        address = f"{parts.settings.public_url}/cases/calendar/{secret}.ics"
        if wants_page(request):
            return await _page(request, tx, parts, actor, _span(parts, None, None), address)
    answer = as_json({"url": address})
    answer.status_code = 201
    return answer


async def _dated(tx: Transaction, parts: Parts, actor: Actor, span: Span) -> list[tuple[Dated, Shown]]:
    dated = await store.agenda(tx, _own(actor), span.since, span.until, MOST)
    found = await view.open_all(tx, parts.keyring, [one.appointment for one in dated])
    return list(zip(dated, found, strict=True))


@router.delete("/cases/calendar/link", status_code=204)
async def revoke_link(actor: Agent, parts: CurrentParts) -> Response:
    """The address of the actor's calendar no longer works."""
    await _revoke(parts, actor)
    return Response(status_code=204)


@router.post("/cases/calendar/link/revoke", include_in_schema=False)
async def revoke_by_form(actor: Agent, parts: CurrentParts) -> Response:
    """The same, for a page."""
    await _revoke(parts, actor)
    return RedirectResponse("/cases/appointments", 303)


async def _revoke(parts: Parts, actor: Actor) -> None:
    async with parts.app.transaction(actor) as tx:
        await calendar_links.revoke(tx, _own(actor))


@router.get("/cases/calendar/{token}.ics")
async def feed(token: Annotated[str, Path(max_length=80)], parts: CurrentParts) -> Response:
    """The calendar behind an address: the agent's appointments in dossiers they still work on, neutral. It counts as
    the agent's own request: row-level security shows what they may read today. 404 for an address that is no one's."""
    actor = await calendar_links.whose(parts, token)
    if actor is None or actor.agent_id is None:
        raise not_found()
    now = parts.now()
    async with parts.app.transaction(actor) as tx:
        dated = await store.agenda(tx, actor.agent_id, now - BEFORE, now + AFTER, MOST)
    return Response(
        calendar.written(dated),
        media_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="rendez-vous.ics"', "X-Robots-Tag": "noindex"},
    )

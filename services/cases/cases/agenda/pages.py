"""The calendar as a page: a month, a week or a list; one's own, or that of a colleague for who manages them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_date
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from cases import words
from cases.agenda import model, store
from cases.agenda.model import Entry, Kind, Span, View
from cases.appointments import agenda as appointments
from cases.appointments import store as appointment_store
from cases.appointments.agenda import Agent
from cases.appointments.model import Place
from cases.appointments.store import Dated
from cases.assignments import store as assignments
from cases.assignments.view import managed
from cases.tasks.section import names_of
from cases.typed import Day
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web import dates
from chassis.web.pages import render
from chassis.web.problems import forbidden
from chassis.web.translations import N_, language
from contracts.references import readable

router = APIRouter(tags=["pages"], include_in_schema=False)
VIEWS: Final[Mapping[View, str]] = {View.MONTH: N_("Mois"), View.WEEK: N_("Semaine"), View.LIST: N_("Liste")}
KINDS: Final[Mapping[Kind, str]] = {
    Kind.APPOINTMENT: N_("Rendez-vous"),
    Kind.VISIT: N_("Visite à domicile"),
    Kind.MEETING: N_("Conférence familiale"),
    Kind.TERRITORIAL: N_("Conférence territoriale"),
    Kind.FOLLOW_UP: N_("Suivi à faire"),
}


class Asked(BaseModel):
    """Today, and one's own, unless said."""

    view: View = View.MONTH
    day: Day | None = None
    agent: UUID | None = None


@router.get("/cases/calendar")
async def calendar(request: Request, actor: Agent, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Response:
    """Raises a 403 problem for a colleague the actor does not manage."""
    assert actor.agent_id is not None, "see `Agent`"
    zone, today = parts.settings.zone, parts.now().astimezone(parts.settings.zone).date()
    whose = asked.agent or actor.agent_id
    shown = model.span(asked.view, asked.day or today)
    async with parts.app.transaction(actor) as tx:
        colleagues = await _colleagues(tx, actor)
        if whose not in colleagues:
            raise forbidden(N_("Ce calendrier est celui de quelqu’un que vous n’encadrez pas. Ouvrez le vôtre."))
        entries = await _entries(tx, parts, whose, shown)
        absences = await assignments.away(tx, [whose], shown.since(zone))
        others = [one for each in absences for one in (each.agent_id, each.substitute_id)]
        names = await names_of(tx, parts, list({*colleagues, *others}))
    chosen: dict[str, Any] = {"agent": str(whose)} if whose != actor.agent_id else {}

    def address(view: View, day: date) -> str:
        return f"/cases/calendar?{urlencode({'view': view.value, 'day': day.isoformat()} | chosen)}"

    return render(
        request,
        "cases/calendar.html",
        span=shown,
        days=model.days(shown, entries, absences, whose, today, zone),
        called=_called(shown),
        today=today,
        views=VIEWS,
        kinds=KINDS,
        words=words,
        names=names,
        own=whose == actor.agent_id,
        whose=str(whose),
        whose_name=names.get(whose, ""),
        colleagues=sorted(((str(one), names.get(one, "")) for one in colleagues), key=lambda one: one[1]),
        address=address,
    )


async def _colleagues(tx: Transaction, actor: Actor) -> list[UUID]:
    """The actor, and whom they manage."""
    own = [actor.agent_id] if actor.agent_id else []
    if not actor.has("manager"):
        return own
    return list({*own, *await store.colleagues(tx, managed(actor))})


async def _entries(tx: Transaction, parts: Parts, agent_id: UUID, shown: Span) -> list[Entry]:
    zone = parts.settings.zone
    since, until = shown.since(zone), shown.until(zone)
    appointed = await appointment_store.agenda(tx, agent_id, since, until, appointments.MOST)
    families = await store.meetings(tx, agent_id, since, until)
    territories = await store.territorial(tx, agent_id, since, until)
    due = await store.follow_ups(tx, agent_id, shown.first, shown.last)
    held = [(Kind.MEETING, f"/cases/{one.case_id}", one) for one in families]
    held += [(Kind.TERRITORIAL, f"/cases/territorial-conferences/{one.case_id}", one) for one in territories]
    return [
        *(booked(one, parts) for one in appointed),
        *(
            Entry(kind, dates.on(one.meeting_at, zone), url, _about(kind, one.about), one.meeting_at)
            for kind, url, one in held
        ),
        *(
            Entry(
                Kind.FOLLOW_UP, one.due_on, f"/cases/{one.case_id}", readable(one.about),
                state="recorded" if one.recorded else "",
            )
            for one in due
        ),
    ]  # fmt: skip


def booked(one: Dated, parts: Parts) -> Entry:
    """An appointment as an entry of its day."""
    found = one.appointment
    return Entry(
        Kind.VISIT if found.place is Place.HOME else Kind.APPOINTMENT,
        dates.on(found.starts_at, parts.settings.zone),
        f"/cases/{found.case_id}#rendez-vous",
        readable(one.reference),
        found.starts_at,
        found.status,
    )


def _about(kind: Kind, about: str) -> str:
    return readable(about) if kind is Kind.MEETING else about


def _called(shown: Span) -> str:
    if shown.view is View.MONTH:
        return format_date(shown.chosen, "MMMM y", locale=language())
    return f"{dates.day(shown.first)} – {dates.day(shown.last)}"

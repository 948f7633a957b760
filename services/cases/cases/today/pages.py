"""Today: what an agent has to do, the late first; what is met today; what is new on their territories. Live."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from cases import words
from cases.agenda import pages as agenda
from cases.agenda import store as meetings
from cases.agenda.model import Entry
from cases.agenda.model import Kind as Met
from cases.appointments import store as appointments
from cases.appointments.agenda import Agent
from cases.orientations.model import PROPOSERS
from cases.people import store as people
from cases.programmes import programmes
from cases.territories import store as territories
from cases.today import model, store
from cases.today.model import COUNTED, SHOWN, Item, Kind, Listed, When
from chassis.actor import EVERYWHERE, Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.live import RETRY, Switchboard, changes
from chassis.web.pages import render
from chassis.web.translations import N_
from contracts.programmes import UnknownProgramme
from contracts.references import readable
from contracts.sealed import Sealed

router = APIRouter(tags=["pages"], include_in_schema=False)
ROOT: Final = "/cases/today"
CHANNEL: Final = "work"
_TAKES_REQUESTS: Final = ("social_worker", "manager")
HEADINGS: Final[Mapping[When, str]] = {
    When.LATE: N_("En retard"),
    When.TODAY: N_("À faire aujourd’hui"),
    When.SOON: N_("Dans les sept jours"),
}
KINDS: Final[Mapping[Kind, str]] = {
    Kind.TASK: N_("Tâche"),
    Kind.ACTION: N_("Action d’un plan à vérifier"),
    Kind.FOLLOW_UP: N_("Suivi d’une conférence familiale"),
    Kind.AWAITED: N_("Réponse attendue d’une structure"),
    Kind.EXPIRED: N_("Orientation sans réponse : choisir une autre aide"),
    Kind.TO_ANSWER: N_("Réponse que votre structure doit donner"),
}


@dataclass(frozen=True, slots=True)
class New:
    """A dossier that nobody refers to yet."""

    url: str
    reference: str
    name: str
    programme: str
    territory: str
    opened_at: datetime
    urgency: str


@router.get(ROOT)
async def today(request: Request, actor: Agent, parts: CurrentParts) -> Response:
    """The actor's day: each list counted, its first lines shown, the whole behind a link."""
    day = parts.now().astimezone(parts.settings.zone).date()
    held = actor.territories(*_TAKES_REQUESTS)
    async with parts.app.transaction(actor) as tx:
        due = await _due(tx, parts, actor, day)
        met = await _met(tx, parts, actor, day)
        new, count = await _new(tx, parts, held)
    context: dict[str, Any] = {
        "day": day,
        "lists": due,
        "headings": HEADINGS,
        "kinds": KINDS,
        "met": met[:SHOWN],
        "met_count": len(met),
        "meets": agenda.KINDS,
        "new": new,
        "new_count": min(count, COUNTED),
        "new_more": count > COUNTED,
        "takes_requests": bool(held),
        "answers": actor.has(*PROPOSERS),
        "words": words,
    }
    return render(request, "cases/today.html", **context)


async def _due(tx: Transaction, parts: Parts, actor: Actor, today: date) -> Mapping[When, Listed]:
    tasks = await _tasks(tx, parts, today)
    followed = [
        Item(Kind.FOLLOW_UP, row["due_on"], f"/cases/{row['case_id']}#conference", readable(row["reference"]))
        for row in await store.follow_ups(tx, today)
    ]
    awaited = [
        Item(
            Kind.EXPIRED if row["expired"] else Kind.AWAITED, row["answer_by"],
            f"/cases/{row['case_id']}#orientations", readable(row["reference"]), row["title"] or "",
        )
        for row in await store.awaited(tx, today)
    ]  # fmt: skip
    return model.by_when((tasks, followed, awaited, await _to_answer(tx, actor, today)), today)


async def _to_answer(tx: Transaction, actor: Actor, today: date) -> list[Item]:
    """Nothing to who does not answer for their organisation: all that it is asked would be looked through in vain."""
    if not actor.organisation_id or not actor.has(*PROPOSERS):
        return []
    return [
        Item(
            Kind.TO_ANSWER, row["answer_by"], f"/cases/orientations/{row['orientation_id']}", what=row["title"] or ""
        )
        for row in await store.to_answer(tx, actor.organisation_id, today)
    ]  # fmt: skip


async def _tasks(tx: Transaction, parts: Parts, today: date) -> list[Item]:
    """What is to be done is opened where it is shown alone."""
    rows = await store.tasks(tx, today)
    shown = _first_of_each_list(rows, today)
    opened = await parts.keyring.open(tx, [Sealed.model_validate(rows[place]["what"]) for place in shown])
    said = {place: str(text or "") for place, text in zip(shown, opened, strict=True)}
    return [
        Item(
            Kind(row["kind"]), row["due_on"], f"/cases/{row['case_id']}#taches", readable(row["reference"]),
            said.get(place, ""),
        )
        for place, row in enumerate(rows)
    ]  # fmt: skip


def _first_of_each_list(rows: Sequence[Any], today: date) -> list[int]:
    """Where the rows stand that may be shown: with others of the same day, as many as a list shows or more."""
    found: list[int] = []
    for wanted in When:
        places = [place for place, row in enumerate(rows) if model.when(row["due_on"], today) is wanted]
        last = rows[places[SHOWN - 1]]["due_on"] if len(places) >= SHOWN else date.max
        found += [place for place in places if rows[place]["due_on"] <= last]
    return found


async def _met(tx: Transaction, parts: Parts, actor: Actor, today: date) -> list[Entry]:
    """Appointments, visits and meetings of the day, by the hour."""
    assert actor.agent_id is not None, "see `Agent`"
    zone = parts.settings.zone
    since, until = (datetime.combine(one, time.min, zone) for one in (today, today + timedelta(days=1)))
    booked = await appointments.agenda(tx, actor.agent_id, since, until, COUNTED)
    families = await store.meetings(tx, since, until)
    led = await meetings.territorial(tx, actor.agent_id, since, until)
    found = [
        *(agenda.booked(one, parts) for one in booked),
        *(
            Entry(Met.MEETING, today, f"/cases/{one['case_id']}", readable(one["reference"]), one["meeting_at"])
            for one in families
        ),
        *(
            Entry(Met.TERRITORIAL, today, f"/cases/territorial-conferences/{one.case_id}", one.about, one.meeting_at)
            for one in led
        ),
    ]
    return sorted(found, key=lambda one: (one.at or since, one.about))


async def _new(tx: Transaction, parts: Parts, held: frozenset[str]) -> tuple[list[New], int]:
    """The newest dossiers nobody refers to on the actor's territories, and how many there are, as far as is counted."""
    if not held:
        return [], 0
    called = await territories.names(tx)
    rows = await store.new(tx, sorted(called if EVERYWHERE in held else held))
    shown = rows[:SHOWN]
    names = await people.concerned(tx, [row["case_id"] for row in shown])
    opened = dict(zip(names, await parts.keyring.open(tx, list(names.values())), strict=True))
    return [_shown(row, opened.get(row["case_id"]), called, parts) for row in shown], len(rows)


def _shown(row: Any, concerned: object, called: Mapping[str, str], parts: Parts) -> New:
    try:
        programme = programmes(parts.settings.programmes).version(row["programme"], row["programme_version"]).title
    except UnknownProgramme:
        programme = row["programme"]
    return New(
        f"/cases/{row['case_id']}",
        readable(row["reference"]),
        str(concerned) if concerned is not None else "",
        programme,
        called.get(row["territory_id"], row["territory_id"]),
        row["opened_at"],
        row["urgency"],
    )


# A stream is for our own page; OpenAPI 3.1 has no word for one.
@router.get(f"{ROOT}/live", response_class=EventSourceResponse)
async def live(
    request: Request,
    actor: Agent,
    parts: CurrentParts,
    last_event_id: Annotated[str | None, Header(max_length=32)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `changed`, and nothing else, whenever the actor's work may have changed, and when a browser
    comes back. It then asks for the page again, as whoever it is by then."""
    again = last_event_id is not None
    async for _ in changes(request, switchboard(request, parts), *_concerning(actor)):
        yield ServerSentEvent(event="changed" if again else "ready", raw_data="1", id="1", retry=RETRY)
        again = True


def _concerning(actor: Actor) -> list[str]:
    """Whose work is the actor's: their own, new dossiers of their territories, what their organisation is asked."""
    held = ["*" if one == EVERYWHERE else one for one in actor.territories(*_TAKES_REQUESTS)]
    answering = [str(actor.organisation_id)] if actor.organisation_id and actor.has(*PROPOSERS) else []
    return [str(actor.agent_id), *held, *answering]


def switchboard(request: Request, parts: Parts) -> Switchboard:
    """The one of this process, made when the first page is opened."""
    made: Switchboard | None = getattr(request.app.state, "switchboard", None)
    if made is None:
        url = parts.settings.database_url.get_secret_value()
        made = request.app.state.switchboard = Switchboard(url, "maillage-today", CHANNEL)
    return made

"""Pages of dossiers: the worklist, and one dossier with its conference and its timeline."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from cases import words
from cases.conferences import view as conferences
from cases.conferences.model import Guest, Role, allows_conference
from cases.dossiers import acts, closing
from cases.dossiers.model import WORKERS, Case
from cases.dossiers.view import Dossier, Told
from cases.dossiers.work import changing
from cases.people import store as people
from cases.programmes import programmes
from cases.territories import store as territories
from chassis.actor import EVERYWHERE, Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.identity import CurrentActor
from chassis.web.pages import render
from chassis.web.translations import translate as _
from contracts.programme import Programme
from contracts.programmes import UnknownProgramme
from contracts.references import readable
from contracts.themes import THEMES

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)


class _Form(BaseModel):
    """What every form of a dossier carries: the version its reader saw."""

    version: int


class NoteForm(_Form):
    note_text: Annotated[str, Field(min_length=1, max_length=20_000)]
    note_private: bool = False


class CloseForm(_Form):
    close_reason: closing.Reason


def back(case_id: UUID, place: str = "") -> Response:
    """To the dossier's page, where the change shows."""
    return RedirectResponse(f"/cases/{case_id}{place}", 303)


@router.post("/note")
async def note(case_id: UUID, form: Annotated[NoteForm, Form()], actor: CurrentActor, parts: CurrentParts) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await acts.add_note(work, form.note_text, () if form.note_private else WORKERS)
    return back(case_id, "#chronologie")


@router.post("/close")
async def close(
    case_id: UUID, form: Annotated[CloseForm, Form()], actor: CurrentActor, parts: CurrentParts
) -> Response:
    async with changing(parts, actor, case_id, form.version) as work:
        await closing.close(work, form.close_reason)
    return back(case_id)


async def worklist(
    request: Request,
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    found: Sequence[Case],
    following: str | None,
    asked: Mapping[str, Any],
) -> Response:
    """Dossiers as a list. Who is concerned shows to who may know."""
    names = await people.concerned(tx, [case.case_id for case in found])
    opened = await parts.keyring.open(tx, list(names.values()))
    shown = dict(zip(names, opened, strict=True))
    called = await territories.names(tx)
    held = actor.territories("reception", "social_worker", "manager")
    chosen = called if EVERYWHERE in held else {one: called.get(one, one) for one in held}
    context: dict[str, Any] = {
        "rows": [_row(case, shown.get(case.case_id), called, parts) for case in found],
        "territories": sorted(chosen.items(), key=lambda one: one[1]),
        "asked": asked,
        "statuses": [(code, _(text)) for code, text in words.STATUSES.items()],
        "next_url": f"/cases?{urlencode({**asked, 'after': following})}" if following else None,
    }
    return render(request, "cases/worklist.html", headers={"Vary": "Accept"}, **context)


def _row(case: Case, concerned: object, called: Mapping[str, str], parts: Parts) -> dict[str, Any]:
    programme = _programme(case, parts)
    return {
        "case": case,
        "reference": readable(case.reference),
        "name": str(concerned) if concerned is not None else "",
        "territory": called.get(case.territory_id, case.territory_id) if case.territory_id else "",
        "programme": programme.title if programme else case.programme,
        "status": _(words.word(words.STATUSES, case.status)),
    }


def _programme(case: Case, parts: Parts) -> Programme | None:
    try:
        return programmes(parts.settings.programmes).version(case.programme, case.programme_version)
    except UnknownProgramme:
        return None


async def dossier(
    request: Request, tx: Transaction, parts: Parts, read: Dossier, headers: Mapping[str, str]
) -> Response:
    """One dossier; what its reader may not know is not there."""
    case, programme = read.case, _programme(read.case, parts)
    meeting = await conferences.read(tx, parts.keyring, case) if read.works_here else None
    context: dict[str, Any] = {
        "dossier": read,
        "case": case,
        "reference": readable(case.reference),
        "version": case.version,
        "programme": programme.title if programme else case.programme,
        "facts": _facts(read, await territories.names(tx)),
        "people": [(str(one.name or _("sans nom")), _(words.word(words.ROLES, one.role))) for one in read.people],
        "entries": [_entry(told, read) for told in read.timeline],
        "meeting": meeting,
        "may_confer": _may_confer(read, programme, meeting),
        "coordinates": "coordinator" in read.roles,
        "reads_requests": not read.roles.isdisjoint({"reception", "social_worker", "manager"}),
        "may_close": not read.roles.isdisjoint({"social_worker", "manager"}),
        "close_reasons": [(code, _(words.CLOSE_REASONS[code])) for code in closing.REASONS],
        "words": words,
        **_choices(read, meeting),
    }
    return render(request, "cases/dossier.html", headers=headers, **context)


def _choices(read: Dossier, meeting: conferences.Meeting | None) -> dict[str, list[tuple[str, str]]]:
    """What the conference's forms let choose: pairs of value and text."""
    guests = meeting.conference.guests if meeting else ()
    return {
        "guests": [_guest(guest, read) for guest in guests],
        "family_group": [_guest(guest, read) for guest in guests if guest.of_the_family_group],
        "dossier_people": [(str(one.person_id), str(one.name or _("sans nom"))) for one in read.people],
        "guest_roles": [(role.value, _(words.ROLES[role])) for role in Role],
        "condition_choices": meeting.condition_choices if meeting else [],
        "action_choices": meeting.action_choices if meeting else [],
        "outcomes": [(code, _(text)) for code, text in words.OUTCOMES.items()],
        "stops": [(code, _(text)) for code, text in words.STOPS.items()],
    }


def _guest(guest: Guest, read: Dossier) -> tuple[str, str]:
    return str(guest.person_id), read.name_of(guest.person_id) or _("sans nom")


def _may_confer(read: Dossier, programme: Programme | None, meeting: conferences.Meeting | None) -> bool:
    free = meeting is None or meeting.conference.over
    allowed = programme is not None and allows_conference(programme)
    return free and allowed and read.case.open and "coordinator" in read.roles


def _facts(read: Dossier, called: Mapping[str, str]) -> list[tuple[str, str]]:
    case = read.case
    agents = {agent: str(name or "") for agent, name in read.agents.items()}
    unknown = _("personne pour l'instant")
    shared = [
        (_("Territoire"), called.get(case.territory_id, case.territory_id) if case.territory_id else _("aucun")),
        (_("Coordination"), agents.get(case.coordinator_id, unknown) if case.coordinator_id else unknown),
        (_("Référents"), ", ".join(agents.get(one, "") for one in case.referent_ids) or unknown),
    ]
    if not read.works_here:
        return shared
    themes = ", ".join(THEMES[theme].label if theme in THEMES else theme for theme in case.themes)
    return [
        *shared,
        (_("Sujets"), themes),
        (_("Arrivée par"), _(words.word(words.CHANNELS, case.channel))),
        (_("Urgence"), _(words.word(words.URGENCIES, case.urgency))),
    ]


def _entry(told: Told, read: Dossier) -> dict[str, Any]:
    entry = told.entry
    author = read.agents.get(entry.agent_id) if entry.agent_id else None
    return {
        "at": entry.at,
        "title": _(words.entry(entry.kind, entry.details.get("stage"))),
        "text": _text(told, read),
        "by": str(author) if author else "",
    }


def _text(told: Told, read: Dossier) -> str:
    if told.text is not None:
        return str(told.text)
    details = told.entry.details
    if "programme" in details:
        return _("Un dispositif a été demandé et n'est pas possible ici : cherchez avec la personne qui peut l'aider.")
    if "agent_id" in details:
        return str(read.agents.get(UUID(details["agent_id"])) or "")
    return read.name_of(UUID(details["person_id"])) if "person_id" in details else ""

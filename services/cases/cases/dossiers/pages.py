"""Pages of dossiers: the worklist, and one dossier with its conference and its timeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from cases import words
from cases.appointments import section as appointments
from cases.assignments import section as assignments
from cases.conferences import view as conferences
from cases.conferences.model import Guest, Role, allows_conference
from cases.documents import section as documents
from cases.dossiers import closing
from cases.dossiers.coming import coming
from cases.dossiers.model import Case
from cases.dossiers.view import Dossier, Told
from cases.measures import section as measures
from cases.orientations import view as orientations
from cases.orientations.model import PROPOSERS
from cases.partners import store as partners
from cases.people import store as people
from cases.plans import section as plans
from cases.programmes import programmes
from cases.shares import section as shares
from cases.steps import section as steps
from cases.tasks import section as tasks
from cases.territories import store as territories
from chassis import freshness
from chassis.actor import EVERYWHERE, Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.pages import render
from chassis.web.translations import translate as _
from contracts.programme import Programme
from contracts.programmes import UnknownProgramme
from contracts.references import readable
from contracts.themes import THEMES


class Typed(dict[str, Any]):
    """What was typed into a form, by field; an empty text where nothing was."""

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was refused. Nothing was stored; all that was typed is shown again."""

    step: str
    """Which form: the last part of its address."""
    status: int
    sentences: Sequence[str]
    """What is wrong with the whole."""
    errors: Mapping[str, str]
    """What is wrong with a field."""
    typed: Typed

    @property
    def texts(self) -> Sequence[str]:
        """Long texts: their form may no longer be there."""
        return [text for name in _LONG if (text := self.typed[name]) and self.status != 422]


_LONG = (
    "note_text",
    "question",
    "condition",
    "action_what",
    "masp_evaluation",
    "masp_visit_note",
    "masp_reason",
    "task_what",
    "plan_what",
    "share_why",
    "share_reason",
    "transfer_why",
    "transfer_reason",
    "assigned_why",
    "assigned_reason",
    "close_summary",
    "reopen_reason",
    "orientation_asked",
    "orientation_override",
    "appointment_about",
    "appointment_why",
)
_NONE = Refusal("", 200, (), {}, Typed())
_OFFERED: Final = 1_000
"""Organisations of one list."""


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
    request: Request,
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    read: Dossier,
    headers: Mapping[str, str] | None = None,
    *,
    refusal: Refusal = _NONE,
    edited: UUID | None = None,
) -> Response:
    """One dossier; what its reader may not know is not there. `edited`: an action of the plan to change."""
    shown = await context(tx, parts, actor, read, refusal=refusal, edited=edited)
    alone = read.case.private_time and "coordinator" in read.roles
    template = "cases/private_time.html" if alone else "cases/dossier.html"
    due = coming(shown, parts.now().astimezone(parts.settings.zone))
    return render(request, template, status=refusal.status, headers=headers, coming=due, **shown)


async def context(
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    read: Dossier,
    *,
    refusal: Refusal = _NONE,
    edited: UUID | None = None,
) -> dict[str, Any]:
    """All that its page shows, in words."""
    case, programme = read.case, _programme(read.case, parts)
    meeting = await conferences.read(tx, parts, case, actor) if read.works_here else None
    return {
        "dossier": read,
        "case": case,
        "reference": readable(case.reference),
        "version": case.version,
        "programme": programme.title if programme else case.programme,
        "facts": _facts(read, await territories.names(tx)),
        "people": _people(read),
        "entries": [_entry(told, read) for told in read.timeline],
        "meeting": meeting,
        "may_confer": _may_confer(read, programme, meeting),
        "exclusions": [(one.code, one.label) for one in programme.exclusions] if programme else [],
        "manages": "manager" in read.roles,
        "may_object": "manager" in read.roles and case.open and case.coordinator_id is not None,
        **await _mandated(tx, meeting),
        "coordinates": "coordinator" in read.roles,
        "must_declare": meeting is not None and meeting.must_declare(case),
        "reads_requests": not read.roles.isdisjoint({"reception", "social_worker", "manager"}),
        "may_close": not read.roles.isdisjoint({"social_worker", "manager"}),
        "close_reasons": [(code, _(words.CLOSE_REASONS[code])) for code in closing.REASONS],
        "words": words,
        "refusal": refusal,
        "errors": refusal.errors,
        **_edited(meeting, refusal, edited),
        **_choices(read, meeting),
        **await steps.section(tx, parts, read, programme),
        **await measures.section(tx, parts, read),
        **await tasks.section(tx, parts, read, actor.agent_id),
        **await documents.section(tx, parts, actor, read),
        **await shares.section(tx, parts, read),
        **await plans.section(tx, parts, read, programme),
        **await appointments.section(tx, parts, read, actor),
        **await assignments.section(tx, parts, read, actor, programme),
        **await _orientations(tx, parts, read, programme),
    }


async def _orientations(tx: Transaction, parts: Parts, read: Dossier, programme: Programme | None) -> dict[str, Any]:
    """The dossier's orientations, and what its reader may orient to: first what was found when nobody answered."""
    case = read.case
    possible = case.open and programme is not None and not programme.restricted
    may_orient = possible and not read.roles.isdisjoint(PROPOSERS)
    found = await orientations.of_dossier(tx, parts.keyring, case.case_id, parts.now()) if read.works_here else []
    fresh = await freshness.partners(parts.worker) if may_orient else None
    return {
        "orientations": found,
        "may_orient": may_orient,
        "orientation_offers": await orientations.offered(tx, case, _today(parts)) if may_orient else [],
        "partners_fresh": fresh,
        "partners_old": fresh is not None and fresh.is_old(parts.now()),
        "suggested_offer": next((str(one.instead.offer_id) for one in found if one.instead), ""),
    }


def _today(parts: Parts) -> date:
    return parts.now().astimezone(parts.settings.zone).date()


def _people(read: Dossier) -> list[tuple[str, str]]:
    """Each person of the dossier once, with all they are in it."""
    named = {one.person_id: str(one.name or _("sans nom")) for one in read.people}
    return [
        (name, ", ".join(_(words.word(words.ROLES, one.role)) for one in read.people if one.person_id == person_id))
        for person_id, name in named.items()
    ]


def _edited(meeting: conferences.Meeting | None, refusal: Refusal, edited: UUID | None) -> dict[str, Any]:
    """The action that is being changed, if it is still in the plan, and what its form holds."""
    wanted = refusal.typed["action_id"] or str(edited or "")
    actions = meeting.conference.actions if meeting else ()
    action = next((one for one in actions if str(one.action_id) == wanted), None)
    if meeting is None or action is None or refusal.typed["action_what"]:
        return {"edited": action, "typed": refusal.typed}
    held = Typed(
        action_what=dict(meeting.action_choices)[wanted],
        action_who=str(action.who),
        action_by_when=action.by_when.isoformat(),
        action_checked_by=str(action.checked_by),
        action_respects=[str(one) for one in action.respects],
        action_feasible="yes" if action.feasible else "",
    )
    return {"edited": action, "typed": Typed(held | refusal.typed)}


def _choices(read: Dossier, meeting: conferences.Meeting | None) -> dict[str, list[tuple[str, str]]]:
    """What the conference's forms let choose: pairs of value and text."""
    guests = meeting.conference.guests if meeting else ()
    return {
        "guests": [_guest(guest, read) for guest in guests],
        "family_group": [_guest(guest, read) for guest in guests if guest.of_the_family_group],
        "dossier_people": list({str(one.person_id): str(one.name or _("sans nom")) for one in read.people}.items()),
        "guest_roles": [(role.value, _(words.ROLES[role])) for role in _roles_to_invite(read, guests)],
        "condition_choices": meeting.condition_choices if meeting else [],
        "action_choices": meeting.action_choices if meeting else [],
        "unfinished_choices": meeting.unfinished_choices if meeting else [],
        "outcomes": [(code, _(text)) for code, text in words.OUTCOMES.items()],
        "declines": [(code, _(text)) for code, text in words.DECLINES.items()],
        "stops": [(code, _(text)) for code, text in words.STOPS.items()],
    }


async def _mandated(tx: Transaction, meeting: conferences.Meeting | None) -> dict[str, Any]:
    """Organisations that may be mandated, and the names of those that are."""
    if meeting is None:
        return {"organisation_choices": [], "mandated_names": []}
    choices = [(str(organisation_id), name) for organisation_id, name in await partners.every(tx, _OFFERED)]
    mandated = {str(one) for one in meeting.conference.mandated_by}
    return {"organisation_choices": choices, "mandated_names": [name for id, name in choices if id in mandated]}


def _roles_to_invite(read: Dossier, guests: Sequence[Guest]) -> list[Role]:
    """The person concerned is one: nobody else is offered that part, nor is it once they are invited."""
    concerned = {one.person_id for one in read.people if one.role == Role.CONCERNED}
    invited = {guest.person_id for guest in guests}
    return [role for role in Role if role is not Role.CONCERNED or not concerned or concerned - invited]


def _guest(guest: Guest, read: Dossier) -> tuple[str, str]:
    return str(guest.person_id), read.name_of(guest.person_id) or _("sans nom")


def _may_confer(read: Dossier, programme: Programme | None, meeting: conferences.Meeting | None) -> bool:
    free = meeting is None or meeting.conference.over
    allowed = programme is not None and allows_conference(programme)
    return free and allowed and read.case.open and "coordinator" in read.roles


def _facts(read: Dossier, called: Mapping[str, str]) -> list[tuple[str, str]]:
    case = read.case
    called_agents = {agent: str(name or "") for agent, name in read.agents.items()}
    unknown = _("personne pour l'instant")
    shared = [
        (_("Territoire"), called.get(case.territory_id, case.territory_id) if case.territory_id else _("aucun")),
        (_("Coordination"), called_agents.get(case.coordinator_id, unknown) if case.coordinator_id else unknown),
        (_("Référents"), ", ".join(called_agents.get(one, "") for one in case.referent_ids) or unknown),
    ]
    if not read.works_here:
        return shared
    themes = ", ".join(_(THEMES[theme].label) if theme in THEMES else theme for theme in case.themes)
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
    """What it is about, and what was written of it; without either, who or what it names."""
    details = told.entry.details
    written = " : ".join(part for part in (*_about(details), str(told.text or "")) if part)
    return written or _named(details, read)


_SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "appointment": words.appointment,
    "measure_id": words.measure,
    "step": words.step,
    "deadline": words.deadline,
}
"""A detail → what says the entry that has it."""


def _about(details: Mapping[str, Any]) -> Sequence[str]:
    if "joined" in details:
        return (readable(details["joined"]),)
    if "offer" in details:
        return details["offer"], _(words.word(words.REFUSALS, details["refusal"])) if "refusal" in details else ""
    for about, said in _SAID.items():
        if about in details:
            return (said(details),)
    if "agreement" in details:
        return (_(words.word(words.OWN_AGREEMENTS, details["agreement"])),)
    return (details.get("organisation", ""),)


def _named(details: Mapping[str, Any], read: Dossier) -> str:
    if "programme" in details:
        return _("Un dispositif a été demandé et n'est pas possible ici : cherchez avec la personne qui peut l'aider.")
    if "working_days" in details:
        return words.answered_within(details["working_days"], late=details["late"])
    if "agent_id" in details:
        return str(read.agents.get(UUID(details["agent_id"])) or "")
    return read.name_of(UUID(details["person_id"])) if "person_id" in details else ""

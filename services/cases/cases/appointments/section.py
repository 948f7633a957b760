"""The appointments on the dossier's page: those to come first, what each still needs, and the forms."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from cases import words
from cases.appointments import store, view
from cases.appointments.model import Help, Party, Place
from cases.appointments.view import Shown
from cases.dossiers.view import Dossier
from cases.settings import CasesSettings
from chassis import agents
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _

USUAL_MINUTES = 45


async def section(tx: Transaction, parts: Parts, read: Dossier, actor: Actor) -> dict[str, Any]:
    """What the template shows; nothing for who only sees that the dossier exists."""
    if not read.works_here:
        return {"appointments": [], "may_meet": False, "booking_url": ""}
    found = await view.open_all(tx, parts.keyring, await store.of_case(tx, read.case.case_id))
    may_meet = read.case.open and not read.case.private_time
    return {
        "appointments": sorted(found, key=lambda one: not one.appointment.to_come),
        "may_meet": may_meet,
        "booking_url": booking_url(parts, read) if may_meet else "",
        "appointment_now": parts.now(),
        "appointment_people": _people(read),
        "appointment_agents": await _agents(tx, parts, read) if may_meet else [],
        "appointment_me": str(actor.agent_id or ""),
        "appointment_minutes": USUAL_MINUTES,
        "appointment_first": _may_answer(read, found),
        "appointment_places": _pairs(words.PLACES, list(Place)),
        "appointment_parties": _pairs(words.PARTIES, list(Party)),
        "appointment_helps": _pairs(words.HELPS, list(Help)),
    }


def booking_url(parts: Parts, read: Dossier) -> str:
    """Where the person books by themself: the external service's address, with the dossier's reference in it."""
    assert isinstance(parts.settings, CasesSettings), "cases is composed from its own settings"
    return parts.settings.booking_link.replace("{reference}", quote(read.case.reference, safe=""))


def _people(read: Dossier) -> list[tuple[str, str]]:
    return list({str(one.person_id): str(one.name or _("sans nom")) for one in read.people}.items())


async def _agents(tx: Transaction, parts: Parts, read: Dossier) -> list[tuple[str, str]]:
    """Who works on the dossier, by name."""
    known = await agents.contacts(tx, await store.workers(tx, read.case))
    names = await parts.keyring.open(tx, [contact.name for contact in known.values()])
    return sorted(zip(map(str, known), map(str, names), strict=True), key=lambda one: one[1])


def _may_answer(read: Dossier, found: Sequence[Shown]) -> bool:
    return read.case.request_id is not None and not any(one.appointment.told for one in found)


def _pairs(called: Mapping[str, str], codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(str(code), _(words.word(called, code))) for code in codes]

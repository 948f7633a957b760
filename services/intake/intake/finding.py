"""Intake's part of the search across: people, by name, phone, birth date or the reference of a request."""

import re
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter

from chassis.actor import Actor
from chassis.service import Parts
from chassis.web.finding import Hit, finding_routes
from chassis.web.translations import translate as _
from contracts.envelope import derived_id
from contracts.references import InvalidReference, check_reference
from intake.desk.model import iso
from intake.duplicates.api import Asked
from intake.duplicates.searching import Searching
from intake.requests import store as requests

WORKS_ON_DOSSIERS: Final = ("social_worker", "coordinator", "manager")
NAMED: Final = 3
"""Letters of a name from which somebody is looked for."""
_PHONE = re.compile(r"^\+?[\d .()-]{6,20}$")


def person_search(searching: Searching) -> APIRouter:
    """People the reader may know of."""

    async def look(actor: Actor, parts: Parts, text: str) -> Sequence[Hit]:
        try:
            return await _of_reference(actor, parts, check_reference(text))
        except InvalidReference:
            pass
        asked = _asked(text)
        return [_hit(actor, one) for one in await searching.alike(actor, asked.known())] if asked else ()

    return finding_routes("/intake/find", look)


def _asked(text: str) -> Asked | None:
    born = iso(text)
    if re.fullmatch(r"\d{4}(-\d\d-\d\d)?", born):
        return Asked.model_construct(birth_date=born)
    if _PHONE.match(text):
        return Asked.model_construct(phone=text)
    return Asked.model_construct(name=text) if len(text) >= NAMED else None


async def _of_reference(actor: Actor, parts: Parts, reference: str) -> Sequence[Hit]:
    async with parts.app.transaction(actor) as tx:
        found = await requests.id_of_reference(tx, reference)
    return [Hit(reference, f"/intake/requests/{found}", _("Demande"))] if found else ()


def _hit(actor: Actor, one: dict[str, Any]) -> Hit:
    born = one["birth_date"]
    reasons = ", ".join(one["reasons"])
    when = _("naissance : {date}").format(date="/".join(reversed(born.split("-")))) if born else ""
    name = " ".join(filter(None, (one["given_name"], one["family_name"]))) or _("Sans nom")
    case = f"/cases/{derived_id(one['request_id'], 'case')}"
    beside = [(case, _("Dossier"))] if actor.has(*WORKS_ON_DOSSIERS) else []
    return Hit(name, f"/intake/requests/{one['request_id']}", " – ".join(filter(None, (when, reasons))), beside)

"""An orientation that nobody answers, and the next one, answered by the link and the code of two mails."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.demo import reading
from deploy.demo.department import ANSWERING, OFFERS, SILENT
from deploy.demo.dossier import Dossier, opened
from deploy.demo.operating import until
from deploy.demo.play import Doors
from deploy.demo.setup import Setting
from deploy.demo.visitor import Visitor
from deploy.local.stack import Stack

PLACE = "/cases/orientations/answer"
ASKED = "Une place pour quelques semaines, le temps de trouver un logement."
FIRST, INSTEAD = (
    next(offer.name for offer in OFFERS if offer.organisation == structure) for structure in (SILENT, ANSWERING)
)


@dataclass(frozen=True)
class Waiting:
    """An orientation that was proposed to a structure that does not answer."""

    installation: Stack
    dossier: Dossier
    since: datetime


def propose(doors: Doors, installation: Stack, setting: Setting, reference: str, since: datetime) -> Waiting:
    """Orient to the silent structure, without a word of the person, who agrees to share with the other one."""
    worker = doors.as_("social_worker")
    dossier = opened(worker, reference)
    shared = {"kind": "sharing", "given_how": "oral"}
    shared |= {"organisation_id": str(setting.organisations[ANSWERING.name])}
    worker.post(f"/intake/people/{dossier.concerned}/consents", shared)
    until(lambda: set(setting.offers.values()) <= _known(installation), "les offres de l'annuaire chez cases")
    _orient(dossier, setting.offers[FIRST])
    return Waiting(installation, dossier, since)


def _orient(dossier: Dossier, offer_id: UUID | str) -> None:
    dossier.step("orientations", {"offer_id": str(offer_id), "asked": ASKED, "first_name": "Personne"})


def _known(installation: Stack) -> set[UUID]:
    return {row["offer_id"] for row in reading.rows(installation, "cases", "SELECT offer_id FROM offers")}


def conclude(waiting: Waiting) -> None:
    """Wait until nobody has answered, orient to the offer found instead, and answer for it."""
    until(lambda: _first(waiting)["state"] == "expired", "la fin du délai de réponse d'une structure")
    _orient(waiting.dossier, _first(waiting)["instead"])
    _answer(waiting)


def _first(waiting: Waiting) -> dict[str, Any]:
    """The orientation that was proposed first."""
    first: dict[str, Any] = waiting.dossier.read("orientations")["items"][-1]
    return first


def _answer(waiting: Waiting) -> None:
    """As somebody of the structure who has its mailbox, and no account."""
    link = _read_in_mail(waiting, rf"{PLACE}/\w+")
    with Visitor(waiting.installation.public_url) as visitor:
        page = visitor.look(link)
        page = visitor.send(f"{PLACE}/code", page, {})
        page = visitor.send(f"{PLACE}/open", page, {"code": _read_in_mail(waiting, r"\b\d{6}\b")})
        visitor.send(PLACE, page, {"answer": "accepted"})


def _read_in_mail(waiting: Waiting, pattern: str) -> str:
    """What the structure's mails hold, once one of them holds it."""
    until(lambda: bool(_in_mails(waiting, pattern)), "le courriel à une structure sollicitée")
    return _in_mails(waiting, pattern)[-1]


def _in_mails(waiting: Waiting, pattern: str) -> list[str]:
    assert ANSWERING.email is not None, "it is written to"
    texts = reading.mails_to(waiting.installation.state.mail, ANSWERING.email, waiting.since)
    return [one for text in texts for one in re.findall(pattern, text)]


ORIENTATIONS = """
SELECT offers.name AS offer, organisations.name AS organisation, state, ground, instead.name AS instead
FROM orientations JOIN cases USING (case_id) JOIN offers USING (offer_id)
JOIN organisations ON organisations.organisation_id = orientations.organisation_id
LEFT JOIN offers AS instead ON instead.offer_id = orientations.instead
WHERE reference = $1 ORDER BY proposed_at
"""


def found(installation: Stack, reference: str) -> dict[str, Any]:
    """What cases keeps of each orientation of the dossier, in the order they were proposed in."""
    kept = reading.rows(installation, "cases", ORIENTATIONS, reference)
    return {"orientations": [dict(row) for row in kept]}

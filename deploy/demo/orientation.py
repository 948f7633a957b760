"""Orientations: one that nobody answers, and one that is answered by the link and the code of two mails."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.demo import reading
from deploy.demo.department import ANSWERING, OFFERS, SILENT, Organisation
from deploy.demo.dossier import Dossier, opened
from deploy.demo.operating import until
from deploy.demo.play import Doors
from deploy.demo.setup import Setting
from deploy.demo.visitor import Visitor
from deploy.local.stack import Stack

PLACE = "/cases/orientations/answer"
ASKED = "Une place pour quelques semaines, le temps de trouver un logement."


def propose_in_vain(doors: Doors, installation: Stack, setting: Setting, reference: str) -> Dossier:
    """Orient to the structure that does not answer, without a word of the person: nothing allows to share it."""
    dossier = opened(doors.as_("social_worker"), reference)
    until(lambda: set(setting.offers.values()) <= _known(installation), "les offres de l'annuaire chez cases")
    _orient(dossier, setting, SILENT)
    return dossier


def await_the_end(dossier: Dossier) -> None:
    """Wait until the delay of the answer is over."""
    until(lambda: dossier.read("orientations")["items"][0]["state"] == "expired", "la fin du délai d'une structure")


def agree(doors: Doors, setting: Setting, reference: str) -> Dossier:
    """The person agrees that the other structure learns what they ask for."""
    worker = doors.as_("social_worker")
    dossier = opened(worker, reference)
    shared = {"kind": "sharing", "given_how": "oral", "organisation_id": str(setting.organisations[ANSWERING.name])}
    worker.post(f"/intake/people/{dossier.concerned}/consents", shared)
    return dossier


def propose_and_answer(dossier: Dossier, installation: Stack, setting: Setting, since: datetime) -> None:
    """Orient to that structure, and answer as somebody of it who reads its mailbox and has no account."""
    _orient(dossier, setting, ANSWERING)
    link = _read_in_mail(installation, since, rf"{PLACE}/\w+")
    with Visitor(installation.public_url) as visitor:
        page = visitor.send(f"{PLACE}/code", visitor.look(link), {})
        page = visitor.send(f"{PLACE}/open", page, {"code": _read_in_mail(installation, since, r"\b\d{6}\b")})
        visitor.send(PLACE, page, {"answer": "accepted"})


def _orient(dossier: Dossier, setting: Setting, structure: Organisation) -> None:
    offer_id = next(setting.offers[offer.name] for offer in OFFERS if offer.organisation == structure)
    dossier.step("orientations", {"offer_id": str(offer_id), "asked": ASKED, "first_name": "Personne"})


def _known(installation: Stack) -> set[UUID]:
    return {row["offer_id"] for row in reading.rows(installation, "cases", "SELECT offer_id FROM offers")}


def _read_in_mail(installation: Stack, since: datetime, pattern: str) -> str:
    """What the structure's mails hold, once one of them holds it."""
    until(lambda: bool(_in_mails(installation, since, pattern)), "le courriel à une structure sollicitée")
    return _in_mails(installation, since, pattern)[-1]


def _in_mails(installation: Stack, since: datetime, pattern: str) -> list[str]:
    assert ANSWERING.email is not None, "it is written to"
    texts = reading.mails_to(installation.state.mail, ANSWERING.email, since)
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

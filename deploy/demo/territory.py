"""The conference of a territory over HTTP: diagnosis, one sitting with pitches and workshops, a ratified plan, and the
contract that comes of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from contracts.events.cases import agreement_id_of
from deploy.demo import reading
from deploy.demo.client import Client
from deploy.demo.convention import AGREEMENTS
from deploy.demo.department import ASSOCIATION, CCAS, CITY, today
from deploy.demo.dossier import Dossier
from deploy.demo.operating import until
from deploy.demo.script import PLERIN
from deploy.local.stack import Stack

CONFERENCES: Final = "/cases/territorial-conferences"
PARTNERS: Final = (CITY.name, CCAS.name, ASSOCIATION.name)
NOT_FOUND: Final = 404
FINDINGS: Final = {
    "need": "Le soir, aucun bus ne ramène des cours du soir et des entretiens d'embauche (exemple)",
    "group": "Parents seuls qui travaillent en horaires décalés (exemple)",
    "risk": "Des jeunes renoncent à se former faute de transport (exemple)",
    "means": "Un minibus associatif, libre après 17 heures (exemple)",
}


def ratify(manager: Client, installation: Stack, organisations: Mapping[str, UUID]) -> str:
    """From the diagnosis to the ratified plan. Returns the conference's case id. Raises Problem when a step is
    refused."""
    partners = [str(organisations[name]) for name in PARTNERS]
    until(lambda: set(partners) <= _known(installation), "les structures de l'annuaire chez cases")
    conference = opened(manager, "Se déplacer le soir (exemple)")
    diagnose(conference, partners)
    sit(conference, partners)
    _plan(conference, partners)
    conference.read()
    conference.step("ratify", {"ratified_by": partners, "contract": True})
    return conference.path.rpartition("/")[2]


def opened(manager: Client, title: str) -> Dossier:
    """A conference of the city's territory, to be held in one sitting."""
    asked = {"territory_id": CITY.territories[0], "title": title, "course": "sitting"}
    return Dossier(manager, f"{CONFERENCES}/{manager.post(CONFERENCES, asked).body['case_id']}")


def _known(installation: Stack) -> set[str]:
    return {str(row["organisation_id"]) for row in reading.rows(installation, "cases", "SELECT * FROM organisations")}


def diagnose(conference: Dossier, partners: list[str]) -> None:
    """What is found, who is invited; then it is presented."""
    for kind, text in FINDINGS.items():
        conference.step("findings", {"kind": kind, "text": text})
    for partner in partners:
        conference.read()
        conference.say(f"partners/{partner}", {})
    conference.read()
    conference.step("diagnosis", {})


def sit(conference: Dossier, partners: list[str]) -> None:
    """The sitting begins: a workshop, what somebody says there, a pitch."""
    conference.step("schedule", {"meeting_at": datetime.now(UTC).isoformat()})
    conference.step("meetings", {"organisation_ids": partners, "residents": 24})
    workshop = conference.step("workshops", {"title": "Rentrer le soir"}).body["workshop_id"]
    conference.step("contributions", {"workshop_id": workshop, "text": "Le dernier bus part avant la fin de mon cours"})
    pitch = {"title": "Le minibus du soir", "organisation_id": partners[-1], "text": "Trois arrêts, du lundi au jeudi"}
    conference.step("pitches", pitch)


def _plan(conference: Dossier, partners: list[str]) -> None:
    axis = conference.step("axes", {"title": "Se déplacer après 18 heures"}).body["axis_id"]
    common = {"axis_id": axis, "indicator": "Trajets", "by_when": (today() + timedelta(days=120)).isoformat()}
    shuttle = {"what": "Faire rouler le minibus du lundi au jeudi", "level": "intercommunal"}
    shelter = {"what": "Éclairer l'arrêt du collège", "level": "communal", "commune": PLERIN}
    conference.step("actions", common | shuttle | {"organisation_id": partners[-1], "checked_by": partners[0]})
    conference.step("actions", common | shelter | {"organisation_id": partners[0], "checked_by": partners[1]})


DUE = """
SELECT kind, due_on FROM due_dates WHERE subject = $1 AND state = 'waiting' AND stage = 'due' ORDER BY due_on
"""


def found(installation: Stack, manager: Client, case_id: str) -> dict[str, Any]:
    """What cases keeps of it, what falls due of it when, and the contract the directory drafted."""
    kept = manager.get(f"{CONFERENCES}/{case_id}").body
    contract = f"{AGREEMENTS}/{agreement_id_of(UUID(kept['conference_id']))}"
    until(lambda: manager.status(contract) != NOT_FOUND, "le contrat de territoire en projet")
    draft = manager.get(contract).body
    return {
        "phase": kept["phase"],
        "partners": len(kept["partners"]),
        "actions": len(kept["actions"]),
        "due": {row["kind"]: row["due_on"] for row in reading.rows(installation, "cases", DUE, UUID(case_id))},
        "contract": {"phase": draft["phase"], "actions": len(draft["terms"]["actions"])},
    }

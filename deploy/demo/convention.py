"""A convention of three years over HTTP: written, approved by each assembly, signed by all, in force the same day."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from contracts.durations import add_months
from deploy.demo import reading
from deploy.demo.client import Client
from deploy.demo.department import CCAS, CITY, NAME, today
from deploy.demo.dossier import Dossier
from deploy.demo.operating import until
from deploy.local.stack import Stack

AGREEMENTS: Final = "/directory/agreements"
YEARS: Final = 3
PARTIES: Final = {
    NAME: ("Présidence du conseil départemental", "Commission permanente"),
    CITY.name: ("Maire", "Conseil municipal"),
    CCAS.name: ("Présidence du CCAS", "Conseil d'administration"),
}
"""Who signs, and which assembly approves first."""
AXES: Final = {
    "Accompagner vers l'emploi (RSA)": (36_000, 14_000, 10_000),
    "Soutenir les parents": (18_000, 8_000, 4_000),
    "Aller vers les jeunes": (21_000, 11_000, 3_000),
    "Bien vieillir": (15_000, 7_000, 3_000),
}
"""What each party pays a year, in euros, in the order of `PARTIES`."""
ACTIONS: Final = ("Référent unique pour 120 allocataires", "Café des parents", "Permanence hors les murs", "Visites")


def sign(manager: Client, organisations: Mapping[str, UUID]) -> str:
    """From the draft to the last signature. Returns the agreement's id. Raises Problem when a step is refused."""
    agreement = approved(manager, organisations)
    for name, (signatory, _) in PARTIES.items():
        signed = {"organisation_id": str(organisations[name]), "signatory": signatory, "on": today().isoformat()}
        agreement.step("signatures", signed)
    return agreement.path.rpartition("/")[2]


def approved(manager: Client, organisations: Mapping[str, UUID]) -> Dossier:
    """From the draft to the last assembly."""
    agreement = negotiated(manager, organisations)
    for number, (name, (_, assembly)) in enumerate(PARTIES.items(), start=1):
        deliberation = {"assembly": assembly, "on": today().isoformat(), "number": f"{today().year}-{number:03}"}
        agreement.step("approvals", {"organisation_id": str(organisations[name])} | deliberation)
    return agreement


def negotiated(manager: Client, organisations: Mapping[str, UUID]) -> Dossier:
    """A text its parties agree on."""
    terms = _terms({name: str(organisations[name]) for name in PARTIES})
    agreement_id = manager.post(AGREEMENTS, {"kind": "convention", "terms": terms}).body["agreement_id"]
    agreement = Dossier(manager, f"{AGREEMENTS}/{agreement_id}", '"1"')
    agreement.step("negotiated", {"on": today().isoformat()})
    return agreement


def _terms(ids: Mapping[str, str]) -> dict[str, Any]:
    first, last = today(), add_months(today(), 12 * YEARS)
    owners = [ids[CCAS.name], ids[CITY.name], ids[NAME], ids[CCAS.name]]
    yearly = 100 * sum(map(sum, AXES.values()))
    years = range(first.year, first.year + YEARS)
    return {
        "title": "Convention d'action sociale de proximité (exemple)",
        "about": "Quatre axes partagés, un bilan par an.",
        "territory_ids": list(CITY.territories),
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "renewal": {"how": "explicit", "months": 12 * YEARS, "notice_months": 3, "times": 1},
        "parties": [
            {"organisation_id": ids[name], "signatory": signatory, "assembly": assembly}
            for name, (signatory, assembly) in PARTIES.items()
        ],
        "axes": [{"number": number, "title": title} for number, title in enumerate(AXES, start=1)],
        "actions": [
            {"number": number, "axis": number, "title": title, "owner_id": owner, "indicator": "Personnes accueillies"}
            for number, (title, owner) in enumerate(zip(ACTIONS, owners, strict=True), start=1)
        ],
        "amounts": [
            {"year": year, "payer_id": payer, "axis": axis, "cents": 100 * euros}
            for year in years
            for axis, paid in enumerate(AXES.values(), start=1)
            for payer, euros in zip(ids.values(), paid, strict=True)
        ],
        "stated": [{"of": "year", "which": str(year), "cents": yearly} for year in years],
    }


WARNED = """
SELECT stage, (fires_at AT TIME ZONE zone)::date AS "on" FROM due_dates
WHERE subject = $1 AND state = 'waiting' AND stage LIKE '%months' ORDER BY fires_at
"""


def found(installation: Stack, manager: Client, agreement_id: str) -> dict[str, Any]:
    """What the directory keeps of it once the clock has begun it: money of each year (cents), its last day, and when
    its end is announced."""
    path = f"{AGREEMENTS}/{agreement_id}"
    until(lambda: manager.get(path).body["phase"] == "in_force", "l'entrée en vigueur de la convention")
    kept = manager.get(path).body
    paid = kept["terms"]["amounts"]
    return {
        "phase": kept["phase"],
        "approvals": len(kept["approvals"]),
        "signatures": len(kept["signatures"]),
        "by_year": {year: sum(one["cents"] for one in paid if one["year"] == year) for year in _years(paid)},
        "last_day": kept["last_day"],
        "warned": [row["on"] for row in reading.rows(installation, "directory", WARNED, UUID(agreement_id))],
    }


def _years(paid: list[dict[str, Any]]) -> list[int]:
    return sorted({one["year"] for one in paid})

"""Agreements as départements sign them. Places, structures and figures are examples."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from directory.agreements.model import Terms
from directory.sharing import shared

DEPARTMENT, CITY, CCAS, CIAS, BAR = (UUID(int=number) for number in range(1, 6))
CENTRES = {f"centre-{number}": UUID(int=10 + number) for number in range(1, 7)}
ORGANISATIONS: Mapping[UUID, str] = {
    DEPARTMENT: "Département Exemple",
    CITY: "Ville Exemple",
    CCAS: "CCAS de Ville Exemple",
    CIAS: "CIAS Exemple",
    BAR: "Barreau Exemple",
} | {identity: f"Centre social Exemple {name[-1]}" for name, identity in CENTRES.items()}
NAMES = {str(identity): name for identity, name in ORGANISATIONS.items()}


def party(organisation_id: UUID, signatory: str, assembly: str | None = None) -> dict[str, Any]:
    return {"organisation_id": str(organisation_id), "signatory": signatory, "assembly": assembly}


DEPARTMENT_SIGNS = party(DEPARTMENT, "Présidence du conseil départemental", "Commission permanente")
CITY_SIGNS = party(CITY, "Maire", "Conseil municipal")
CCAS_SIGNS = party(CCAS, "Présidence du CCAS", "Conseil d'administration du CCAS")


def action(number: int, axis: int | None, title: str, owner: UUID, indicator: str, **more: Any) -> dict[str, Any]:
    known = {"number": number, "axis": axis, "title": title, "owner_id": str(owner), "indicator": indicator}
    return {name: value for name, value in known.items() if value is not None} | more


def amount(year: int, payer: UUID, euros: int, **more: Any) -> dict[str, Any]:
    return {"year": year, "payer_id": str(payer), "cents": euros * 100} | more


def stated(of: str, which: object, euros: int) -> dict[str, Any]:
    return {"of": of, "which": str(which), "cents": euros * 100}


AXES = {1: "Accompagner vers l'emploi (RSA)", 2: "Soutenir les parents", 3: "Aller vers les jeunes", 4: "Bien vieillir"}
PAID = {
    1: {DEPARTMENT: 36_000, CITY: 14_000, CCAS: 10_000},
    2: {DEPARTMENT: 18_000, CITY: 8_000, CCAS: 4_000},
    3: {DEPARTMENT: 21_000, CITY: 11_000, CCAS: 3_000},
    4: {DEPARTMENT: 15_000, CITY: 7_000, CCAS: 3_000},
}
"""Axis → who pays how many euros, each year."""


def convention(**more: Any) -> dict[str, Any]:
    """Three years between the département, a city and its CCAS: four axes, 150,000 euros a year."""
    years = (2026, 2027, 2028)
    return {
        "title": "Convention d'action sociale de proximité (exemple)",
        "about": "Quatre axes partagés, un bilan par an.",
        "territory_ids": ["saint-brieuc"],
        "starts_on": "2026-01-01",
        "ends_on": "2028-12-31",
        "renewal": {"how": "explicit", "months": 36, "notice_months": 3, "times": 1},
        "parties": [DEPARTMENT_SIGNS, CITY_SIGNS, CCAS_SIGNS],
        "axes": [{"number": number, "title": title} for number, title in AXES.items()],
        "actions": [
            action(1, 1, "Référent unique pour 120 allocataires", CCAS, "Allocataires suivis", target="120 par an"),
            action(2, 2, "Café des parents chaque mois", CITY, "Rencontres tenues", target="10 par an"),
            action(3, 3, "Permanence hors les murs", DEPARTMENT, "Jeunes rencontrés", due_on="2026-09-30"),
            action(4, 4, "Visites aux personnes isolées", CCAS, "Personnes visitées"),
        ],
        "amounts": [
            amount(year, payer, euros, axis=axis)
            for year in years
            for axis, paid in PAID.items()
            for payer, euros in paid.items()
        ],
        "stated": [
            stated("whole", "", 450_000),
            *(stated("year", year, 150_000) for year in years),
            stated("payer", DEPARTMENT, 270_000),
            stated("payer", CITY, 120_000),
            stated("payer", CCAS, 60_000),
            *(stated("axis", axis, 3 * euros) for axis, euros in ((1, 60_000), (2, 30_000), (3, 35_000), (4, 25_000))),
        ],
    } | more


def cooperation(**more: Any) -> dict[str, Any]:
    """A Maison départementale, a CCAS and a CIAS share first contact: no money; it goes on by itself."""
    return {
        "title": "Protocole de coopération pour le premier accueil (exemple)",
        "territory_ids": ["saint-brieuc"],
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "renewal": {"how": "tacit", "months": 12, "notice_months": 3, "times": 2},
        "parties": [
            DEPARTMENT_SIGNS,
            CCAS_SIGNS,
            party(CIAS, "Présidence du CIAS", "Conseil d'administration du CIAS"),
        ],
        "actions": [
            action(1, None, "Répondre sous dix jours à toute orientation", CCAS, "Réponses dans le délai"),
            action(2, None, "Réunion de coordination chaque trimestre", DEPARTMENT, "Réunions tenues"),
        ],
    } | more


SHARE = {str(DEPARTMENT): 50, str(CITY): 30, str(BAR): 20}
"""Who carries how many hundredths of the legal-access convention."""


def legal_access(**more: Any) -> dict[str, Any]:
    """Free consultations of lawyers in the city's premises; 9,999.99 euros a year, shared by hundredths."""
    return {
        "title": "Convention d'accès au droit (exemple)",
        "territory_ids": ["saint-brieuc"],
        "starts_on": "2026-01-01",
        "ends_on": "2027-12-31",
        "parties": [DEPARTMENT_SIGNS, CITY_SIGNS, party(BAR, "Bâtonnier ou bâtonnière")],
        "actions": [action(1, None, "Deux permanences d'avocats par mois", BAR, "Consultations données")],
        "amounts": [
            {"year": year, "payer_id": payer, "cents": cents}
            for year in (2026, 2027)
            for payer, cents in shared(999_999, SHARE).items()
        ],
        "stated": [{"of": "year", "which": str(year), "cents": 999_999} for year in (2026, 2027)],
    } | more


SUPPORT = 43_566_000
"""Cents: 435,660 euros over one département."""
INHABITANTS = {"saint-brieuc": 151_307, "arcachon": 68_213, "pays-exemple": 33_001}
CENTRES_OF = {
    "saint-brieuc": ("centre-1", "centre-2", "centre-3"),
    "arcachon": ("centre-4", "centre-5"),
    "pays-exemple": ("centre-6",),
}


def social_centres(**more: Any) -> dict[str, Any]:
    """435,660 euros to social centres: between territories by inhabitants, then equally between their centres."""
    by_territory = shared(SUPPORT, INHABITANTS)
    return {
        "title": "Soutien aux centres sociaux 2026 (exemple)",
        "territory_ids": sorted(INHABITANTS),
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "parties": [
            DEPARTMENT_SIGNS,
            *(party(identity, "Présidence de l'association gestionnaire") for identity in CENTRES.values()),
        ],
        "amounts": [
            {
                "year": 2026,
                "payer_id": str(DEPARTMENT),
                "payee_id": str(CENTRES[centre]),
                "territory_id": territory,
                "cents": cents,
            }
            for territory, part in by_territory.items()
            for centre, cents in shared(part, dict.fromkeys(CENTRES_OF[territory], 1)).items()
        ],
        "stated": [
            {"of": "whole", "cents": SUPPORT},
            *({"of": "territory", "which": name, "cents": cents} for name, cents in by_territory.items()),
        ],
    } | more


def early_detection(**more: Any) -> dict[str, Any]:
    """A city's education service and the Maison du Département spot children at risk early: names travel nowhere."""
    return {
        "title": "Protocole de repérage précoce (exemple)",
        "about": "Un professionnel demande conseil sans nommer l'enfant, ou les parents sont d'accord, ou c'est une "
        "information préoccupante, transmise à la cellule.",
        "territory_ids": ["saint-brieuc"],
        "starts_on": "2026-09-01",
        "ends_on": "2027-08-31",
        "renewal": {"how": "tacit", "months": 12},
        "parties": [
            party(CITY, "Adjoint ou adjointe à l'éducation", "Conseil municipal"),
            party(DEPARTMENT, "Direction de la Maison du Département"),
        ],
        "actions": [
            action(1, None, "Conseil anonyme sous deux jours", DEPARTMENT, "Conseils donnés"),
            action(2, None, "Formation commune une fois par an", CITY, "Professionnels formés"),
        ],
    } | more


def terms(given: dict[str, Any]) -> Terms:
    return Terms.model_validate_json(json.dumps(given))

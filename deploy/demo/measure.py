"""A MASP over HTTP: evaluation, application, decision, contract, and the first month of the account that is managed."""

from collections import Counter
from typing import Any
from uuid import UUID

from deploy.demo import reading
from deploy.demo.department import today
from deploy.demo.dossier import Dossier, opened
from deploy.demo.play import Doors
from deploy.local.stack import Stack

BENEFITS, RENT, CHARGES = 103_300, 46_000, 6_200
"""Cents of a month."""
LEFT = BENEFITS - RENT - CHARGES
MONTHS, LEVEL = 12, 2
CONDITIONS = ("adult", "receives_benefits", "struggles_with_resources", "health_or_safety_threatened")
DOCUMENTS = ("social_evaluation", "agreement", "resources", "charges")
CONFLICT = 409


def lead(doors: Doors, reference: str, association: UUID) -> None:
    """Lead the measure asked for under that reference into its contract. Raises Problem when a step is refused."""
    dossier, manager = opened(doors.as_("social_worker"), reference), doors.as_("manager")
    dossier.read()
    measure = f"measures/{dossier.step('measures', {}).body['measure_id']}"
    _apply(dossier, measure)
    granted = {"on": _today(), "outcome": "granted", "level": LEVEL}
    dossier.step(f"{measure}/decision", granted, by=manager)
    dossier.say(f"{measure}/delegation", {"organisation_id": str(association)}, by=manager)
    _sign(dossier, measure)
    _manage(dossier, measure)


def _apply(dossier: Dossier, measure: str) -> None:
    """The social evaluation, the person's agreement, the documents: then the file leaves."""
    evaluation = "Deux loyers impayés, l'électricité menacée de coupure ; l'AAH arrive et part avant les factures."
    body = {"text": evaluation, "evaluated_on": _today(), "eligibility": dict.fromkeys(CONDITIONS, True)}
    dossier.step(f"{measure}/evaluations", body)
    dossier.say(f"{measure}/agreement", {"on": _today()})
    dossier.say(f"{measure}/documents", {"documents": DOCUMENTS})
    dossier.step(f"{measure}/transmission", {"on": _today()})


def _sign(dossier: Dossier, measure: str) -> None:
    terms = {"level": LEVEL, "months": MONTHS, "rent_cents": RENT, "charges_cents": CHARGES}
    dossier.step(f"{measure}/contract", {"signed_on": _today(), "starts_on": _today(), **terms})


def _manage(dossier: Dossier, measure: str) -> None:
    """What came in cannot go to the person before rent and charges: it is tried, and refused."""
    entries = f"{measure}/entries"
    dossier.step(entries, _entry("benefit_received", BENEFITS))
    dossier.step(entries, _entry("paid_to_person", BENEFITS), accept=CONFLICT)
    for kind, cents in (("rent_paid", RENT), ("charges_paid", CHARGES), ("paid_to_person", LEFT)):
        dossier.step(entries, _entry(kind, cents))


def _entry(kind: str, cents: int) -> dict[str, Any]:
    return {"kind": kind, "on": _today(), "amount_cents": cents}


def _today() -> str:
    return today().isoformat()


CONTRACT = """
SELECT measure_id, phase, ends_on FROM measures JOIN measure_periods USING (measure_id) JOIN cases USING (case_id)
WHERE reference = $1 AND kind = 'contract'
"""
ALERTS = """
SELECT kind, stage, (fires_at AT TIME ZONE zone)::date AS "on" FROM due_dates
WHERE subject = $1 AND state = 'waiting' ORDER BY fires_at, kind
"""
ENTRIES = """
SELECT kind, from_account, to_account, amount_cents FROM measure_entries WHERE measure_id = $1 ORDER BY position
"""


def found(installation: Stack, reference: str) -> dict[str, Any]:
    """What cases keeps of it: until when the contract runs, what will be told when, what each account holds (cents)."""
    contracts = reading.rows(installation, "cases", CONTRACT, reference)
    if not contracts:
        return {}
    [contract] = contracts
    alerts = reading.rows(installation, "cases", ALERTS, contract["measure_id"])
    entries = reading.rows(installation, "cases", ENTRIES, contract["measure_id"])
    accounts: Counter[str] = Counter()
    for entry in entries:
        accounts[entry["to_account"]] += entry["amount_cents"]
        accounts[entry["from_account"]] -= entry["amount_cents"]
    return {
        "phase": contract["phase"],
        "ends_on": contract["ends_on"],
        "alerts": [dict(alert) for alert in alerts],
        "entries": [entry["kind"] for entry in entries],
        "accounts": dict(accounts),
    }

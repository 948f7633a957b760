"""Measures as ready as can be for each of their steps: tests take one thing away at a time."""

from datetime import date
from typing import Any
from uuid import UUID

from cases.measures.model import (
    Application,
    Contract,
    Decision,
    Eligibility,
    Evaluation,
    Failure,
    FailureKind,
    JudgeRequest,
    Measure,
    Order,
    Phase,
    Terms,
)
from contracts.programmes import load
from contracts.sealed import Sealed

MASP = load().current("masp")
CASE, MEASURE, PERSON, WORKER, ASSOCIATION = (UUID(int=number) for number in (60, 61, 62, 63, 64))
OPENED, START, TODAY = date(2026, 3, 2), date(2026, 4, 1), date(2026, 9, 1)
ELIGIBLE = Eligibility(
    adult=True, receives_benefits=True, struggles_with_resources=True, health_or_safety_threatened=True
)
REQUIRED = frozenset(one.code for one in MASP.documents if one.required)
SUPPORT = Terms(level=1, months=12)
MANAGED = Terms(level=2, months=12, rent_cents=45_000, charges_cents=5_000)


def sealed(name: str) -> Sealed:
    return Sealed(key_subject=f"case:{CASE}", event_id=MEASURE, field=name, data="AAAA")


def evaluation(on: date, number: int = 70) -> Evaluation:
    return Evaluation(evaluation_id=UUID(int=number), evaluated_on=on, text=sealed("evaluation"))


def contract(starts_on: date = START, terms: Terms = SUPPORT, number: int = 80, **more: Any) -> Contract:
    given = {"contract_id": UUID(int=number), "signed_on": OPENED, "starts_on": starts_on, "first_terms": terms}
    return Contract.model_validate(given | more)


def order(starts_on: date, months: int = 24, number: int = 90, **more: Any) -> Order:
    given = {"order_id": UUID(int=number), "decided_on": OPENED, "starts_on": starts_on, "months": months}
    return Order.model_validate(given | {"protected_cents": 60_000} | more)


def then(measure: Measure, **changes: Any) -> Measure:
    return measure.model_copy(update=changes)


NEW = Measure(
    measure_id=MEASURE,
    case_id=CASE,
    person_id=PERSON,
    programme_version=MASP.version,
    opened_by=WORKER,
    opened_on=OPENED,
)
PREPARED = then(NEW, eligibility=ELIGIBLE, evaluations=(evaluation(OPENED),), agreed_on=OPENED, documents=REQUIRED)
SENT = then(PREPARED, phase=Phase.SENT, application=Application(sent_on=OPENED, commune="22278"))
GRANTED = then(SENT, phase=Phase.GRANTED, decision=Decision(decided_on=OPENED, level=1))
GRANTED_2 = then(SENT, phase=Phase.GRANTED, decision=Decision(decided_on=OPENED, level=2))
SUPPORTED = then(GRANTED, phase=Phase.UNDER_CONTRACT, contracts=(contract(),))
MANAGED_FOR = then(GRANTED_2, phase=Phase.UNDER_CONTRACT, contracts=(contract(terms=MANAGED),))
BROKEN = then(
    SUPPORTED,
    phase=Phase.FAILED,
    contracts=(contract(broken_on=date(2026, 8, 1)),),
    failure=Failure(kind=FailureKind.BREACH, failed_on=date(2026, 8, 1)),
    compromised=True,
)
BEFORE_JUDGE = then(
    BROKEN, phase=Phase.BEFORE_JUDGE, judge_request=JudgeRequest(requested_on=date(2026, 8, 10), unpaid_months=3)
)
ORDERED = then(BEFORE_JUDGE, phase=Phase.ORDERED, orders=(order(date(2026, 8, 15)),))

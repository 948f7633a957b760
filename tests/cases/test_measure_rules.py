"""The rules of the MASP, one row per rule, and how its time is counted."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import words
from cases.dossiers.model import Refused
from cases.measures import life, rules
from cases.measures.counting import Length, Period, last_day, length, merged, reached_on, without
from cases.measures.life import Ending
from cases.measures.model import (
    Amendment,
    Application,
    Decision,
    EndReason,
    Failure,
    FailureKind,
    Interruption,
    JudgeRequest,
    Measure,
    Phase,
    Terms,
    Visit,
)
from tests.cases.measured import (
    BEFORE_JUDGE,
    BROKEN,
    ELIGIBLE,
    GRANTED,
    GRANTED_2,
    MANAGED,
    MANAGED_FOR,
    MASP,
    NEW,
    OPENED,
    ORDERED,
    PREPARED,
    SENT,
    START,
    SUPPORT,
    SUPPORTED,
    TODAY,
    contract,
    evaluation,
    order,
    sealed,
    then,
)

FILE = Application(sent_on=OPENED, commune="22278")


def unmet(**conditions: bool) -> Measure:
    return then(PREPARED, eligibility=ELIGIBLE.model_copy(update=conditions))


def ended(measure: Measure, reason: EndReason, held: int = 0, on: date = TODAY) -> Measure:
    return life.end(measure, Ending(reason, on, held), TODAY)


def years(number: int, before: date = START) -> Period:
    """So many years under contract, just before."""
    return Period(before.replace(year=before.year - number), before - timedelta(days=1))


# what is tried, and what the social worker reads; L271-… are articles of the CASF
REFUSALS: list[tuple[str, Callable[[], Any], str]] = [
    # The application
    ("no social evaluation: not sent",
     lambda: life.send(then(PREPARED, evaluations=(), eligibility=None), FILE, MASP, TODAY), "évaluation sociale"),
    ("a minor (L271-1)", lambda: life.send(unmet(adult=False), FILE, MASP, TODAY), "majeure"),
    ("no social benefits (L271-1)",
     lambda: life.send(unmet(receives_benefits=False), FILE, MASP, TODAY), "prestations sociales"),
    ("no trouble managing resources (L271-1)",
     lambda: life.send(unmet(struggles_with_resources=False), FILE, MASP, TODAY), "gérer ses ressources"),
    ("neither health nor safety threatened (L271-1)",
     lambda: life.send(unmet(health_or_safety_threatened=False), FILE, MASP, TODAY), "santé ou la sécurité"),
    ("the person has not agreed", lambda: life.send(then(PREPARED, agreed_on=None), FILE, MASP, TODAY), "accord"),
    ("a document is missing",
     lambda: life.send(then(PREPARED, documents=frozenset({"agreement"})), FILE, MASP, TODAY), "Il manque au dossier"),
    ("a document nobody asks for", lambda: life.receive(NEW, ["passport"], MASP), "pas demandé"),
    ("the first evaluation leaves the conditions out",
     lambda: life.evaluate(NEW, evaluation(OPENED), None, TODAY), "chaque condition"),
    ("an evaluation of tomorrow",
     lambda: life.evaluate(NEW, evaluation(TODAY + timedelta(days=1)), ELIGIBLE, TODAY), "à venir"),
    ("decided before it is sent",
     lambda: life.decide(PREPARED, Decision(decided_on=TODAY, level=1), MASP, TODAY), "autre étape"),
    ("refused without a reason",
     lambda: life.decide(SENT, Decision(decided_on=TODAY, level=None), MASP, TODAY), "raison"),
    ("granted although the person took their agreement back",
     lambda: life.decide(then(SENT, agreement_withdrawn_on=TODAY), Decision(decided_on=TODAY, level=1), MASP, TODAY),
     "accord"),
    # Contracts
    ("five months (L271-2)",
     lambda: life.sign(GRANTED, contract(terms=Terms(level=1, months=5)), (), MASP, TODAY), "6 à 24 mois"),
    ("twenty-five months (L271-2)",
     lambda: life.sign(GRANTED, contract(terms=Terms(level=1, months=25)), (), MASP, TODAY), "6 à 24 mois"),
    ("four years and a half in all, of which some in another dossier (L271-2)",
     lambda: life.sign(GRANTED, contract(terms=Terms(level=1, months=24)), [years(2), years(1, date(2020, 4, 1))],
                       MASP, TODAY), "48 mois"),
    ("four years and more, of which some elsewhere (L271-2)",
     lambda: life.sign(then(GRANTED, months_elsewhere=37), contract(), (), MASP, TODAY), "48 mois"),
    ("level 2 where level 1 was decided",
     lambda: life.sign(GRANTED, contract(terms=MANAGED), (), MASP, TODAY), "niveau"),
    ("level 2 without rent nor charges",
     lambda: life.sign(GRANTED_2, contract(terms=Terms(level=2, months=12)), (), MASP, TODAY), "loyer et les charges"),
    ("signed before it is granted", lambda: life.sign(SENT, contract(), (), MASP, TODAY), "autre étape"),
    ("renewed without an evaluation since its start (L271-2)",
     lambda: life.renew(SUPPORTED, contract(date(2027, 4, 1)), (), MASP, TODAY), "évaluation faite depuis"),
    ("renewed on an evaluation made after the signature (L271-2)",
     lambda: life.renew(then(SUPPORTED, evaluations=(evaluation(TODAY),)),
                        contract(date(2027, 4, 1), signed_on=date(2026, 8, 1)), (), MASP, TODAY),
     "évaluation faite depuis"),
    ("two contracts at once",
     lambda: life.renew(then(SUPPORTED, evaluations=(evaluation(TODAY),)),
                        contract(date(2027, 3, 31), signed_on=TODAY), (), MASP, TODAY), "après la fin"),
    ("renewed beyond four years (L271-2)",
     lambda: life.renew(then(SUPPORTED, evaluations=(evaluation(TODAY),), months_elsewhere=30),
                        contract(date(2027, 4, 1), signed_on=TODAY), (), MASP, TODAY), "48 mois"),
    ("an amendment beyond two years",
     lambda: life.amend(SUPPORTED, Amendment(signed_on=TODAY, terms=Terms(level=1, months=30)), (), MASP, TODAY,
                        by_department=False), "6 à 24 mois"),
    ("a social worker changes the level",
     lambda: life.amend(SUPPORTED, Amendment(signed_on=TODAY, terms=MANAGED), (), MASP, TODAY, by_department=False),
     "responsable"),
    ("an amendment that makes it end in the past",
     lambda: life.amend(then(SUPPORTED, contracts=(contract(date(2026, 1, 1)),)),
                        Amendment(signed_on=TODAY, terms=Terms(level=1, months=6)), (), MASP, TODAY,
                        by_department=False), "déjà fini"),
    ("an amendment to a contract that has ended",
     lambda: life.amend(then(SUPPORTED, contracts=(contract(date(2025, 1, 1)),)),
                        Amendment(signed_on=TODAY, terms=SUPPORT), (), MASP, TODAY, by_department=False),
     "renouveler"),
    ("suspended before it begins", lambda: life.interrupt(SUPPORTED, OPENED, TODAY), "pendant le contrat"),
    ("resumed before it was suspended",
     lambda: life.resume(life.interrupt(SUPPORTED, TODAY, TODAY), TODAY, TODAY), "après le début"),
    ("a visit before the contract",
     lambda: life.visit(SUPPORTED, Visit(visit_id=UUID(int=1), visited_on=OPENED, kept=True), TODAY),
     "pendant le contrat"),
    # Level 3
    ("the judge is asked although nothing was refused nor broken (L271-5)",
     lambda: life.ask_judge(then(BROKEN, failure=Failure(kind=FailureKind.UNSUCCESSFUL, failed_on=TODAY)),
                            JudgeRequest(requested_on=TODAY, unpaid_months=3), TODAY), "refus du contrat"),
    ("the judge is asked for one month of rent (L271-5)",
     lambda: life.ask_judge(BROKEN, JudgeRequest(requested_on=TODAY, unpaid_months=1), TODAY), "deux mois de loyer"),
    ("the judge is asked while the contract goes on (L271-5)",
     lambda: life.ask_judge(SUPPORTED, JudgeRequest(requested_on=TODAY, unpaid_months=3), TODAY), "autre étape"),
    ("an order of more than two years (L271-5)",
     lambda: life.order(BEFORE_JUDGE, order(TODAY, months=25), (), MASP, TODAY), "24 mois au plus"),
    ("orders of more than four years in all (L271-5)",
     lambda: life.order(BEFORE_JUDGE, order(TODAY), [years(3, TODAY)], MASP, TODAY), "48 mois"),
    ("two orders at once",
     lambda: life.order(then(ORDERED, phase=Phase.BEFORE_JUDGE), order(date(2027, 1, 1)), (), MASP, TODAY),
     "après la fin"),
    ("nothing left to live on (L271-5)",
     lambda: life.order(BEFORE_JUDGE, order(TODAY, protected_cents=0), (), MASP, TODAY), "de quoi vivre"),
    # The end
    ("ended for a breach nobody recorded", lambda: ended(SUPPORTED, EndReason.BREACH), "Enregistrez d'abord"),
    ("completed before any contract", lambda: ended(PREPARED, EndReason.COMPLETED), "ne convient pas"),
    ("ended while the report to the prosecutor is due (L271-6)",
     lambda: ended(BROKEN, EndReason.BREACH), "rapport au procureur"),
    ("moved away while the report to the prosecutor is due (L271-6)",
     lambda: ended(BROKEN, EndReason.MOVED), "rapport au procureur"),
    ("ended without saying whether the danger goes on (L271-6)",
     lambda: ended(then(BROKEN, compromised=None), EndReason.BREACH), "reste compromise"),
    ("danger denied without a new evaluation (L271-6)",
     lambda: life.judge_danger(BROKEN, TODAY, compromised=False), "nouvelle évaluation"),
    ("a report nobody owes", lambda: life.report(then(BROKEN, compromised=False), TODAY, TODAY), "Aucun rapport"),
    ("money is still held", lambda: ended(MANAGED_FOR, EndReason.COMPLETED, held=1), "compte géré"),
    ("failed before the contract was signed",
     lambda: life.fail(SUPPORTED, Failure(kind=FailureKind.BREACH, failed_on=date(2026, 1, 1)), TODAY,
                       compromised=False), "antérieure"),
    ("anything once it is over",
     lambda: life.visit(ended(SUPPORTED, EndReason.COMPLETED), Visit(visit_id=UUID(int=1), visited_on=TODAY, kept=True),
                        TODAY), "terminée"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "said"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_step_the_law_does_not_allow_is_explained(step: Callable[[], Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        step()
    assert said in " ".join(refused.value.missing)


# what is allowed at its very limit
ALLOWED: list[tuple[str, Callable[[], Measure], Phase]] = [
    ("six months", lambda: life.sign(GRANTED, contract(terms=Terms(level=1, months=6)), (), MASP, TODAY),
     Phase.UNDER_CONTRACT),
    ("two years", lambda: life.sign(GRANTED, contract(terms=Terms(level=1, months=24)), (), MASP, TODAY),
     Phase.UNDER_CONTRACT),
    ("the fourth year, after two contracts with a gap between",
     lambda: life.sign(GRANTED, contract(terms=Terms(level=1, months=24)), [years(1), years(1, date(2020, 4, 1))],
                       MASP, TODAY), Phase.UNDER_CONTRACT),
    ("renewed after an evaluation",
     lambda: life.renew(then(SUPPORTED, evaluations=(evaluation(TODAY),)), contract(date(2027, 4, 1), signed_on=TODAY),
                        (), MASP, TODAY), Phase.UNDER_CONTRACT),
    ("suspended while the next contract is already signed",
     lambda: life.interrupt(then(SUPPORTED, contracts=(contract(), contract(date(2027, 4, 1), number=81))), TODAY,
                            TODAY),
     Phase.INTERRUPTED),
    ("the département moves it to level 2",
     lambda: life.amend(SUPPORTED, Amendment(signed_on=TODAY, terms=MANAGED), (), MASP, TODAY, by_department=True),
     Phase.UNDER_CONTRACT),
    ("two months of unpaid rent",
     lambda: life.ask_judge(BROKEN, JudgeRequest(requested_on=TODAY, unpaid_months=2), TODAY), Phase.BEFORE_JUDGE),
    ("four years of contracts do not count for level 3",
     lambda: life.order(then(BEFORE_JUDGE, months_elsewhere=48), order(TODAY), (), MASP, TODAY), Phase.ORDERED),
    ("a second order of two years",
     lambda: life.order(then(ORDERED, phase=Phase.BEFORE_JUDGE), order(date(2028, 8, 15), number=91), (), MASP, TODAY),
     Phase.ORDERED),
    ("the judge refuses to go on, the order runs to its end",
     lambda: life.dismiss(then(ORDERED, phase=Phase.BEFORE_JUDGE)), Phase.ORDERED),
    ("the judge refuses", lambda: life.dismiss(BEFORE_JUDGE), Phase.FAILED),
    ("ended once the report is sent", lambda: ended(life.report(BROKEN, TODAY, TODAY), EndReason.BREACH), Phase.ENDED),
    ("a new evaluation finds no danger any more",
     lambda: ended(life.judge_danger(then(BROKEN, evaluations=(evaluation(TODAY),)), TODAY, compromised=False),
                   EndReason.BREACH), Phase.ENDED),
    ("the person died: no report is owed", lambda: ended(BROKEN, EndReason.DECEASED), Phase.ENDED),
    ("refused by the département",
     lambda: life.decide(SENT, Decision(decided_on=TODAY, level=None, reason=sealed("reason")), MASP, TODAY),
     Phase.REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("step", "phase"), [row[1:] for row in ALLOWED], ids=[row[0] for row in ALLOWED])
def test_a_step_the_law_allows(step: Callable[[], Measure], phase: Phase) -> None:
    assert step().phase is phase


# the phase before, what the withdrawal of the agreement makes of it, and as what
WITHDRAWALS: list[tuple[Measure, Phase, FailureKind | None]] = [
    (NEW, Phase.FAILED, FailureKind.REFUSAL),
    (SENT, Phase.FAILED, FailureKind.REFUSAL),
    (GRANTED, Phase.FAILED, FailureKind.REFUSAL),
    (SUPPORTED, Phase.FAILED, FailureKind.BREACH),
    (life.interrupt(SUPPORTED, TODAY, TODAY), Phase.FAILED, FailureKind.BREACH),
    (BROKEN, Phase.FAILED, FailureKind.BREACH),
    (BEFORE_JUDGE, Phase.BEFORE_JUDGE, FailureKind.BREACH),
    (ORDERED, Phase.ORDERED, FailureKind.BREACH),
]


@pytest.mark.parametrize(("measure", "phase", "kind"), WITHDRAWALS, ids=[row[0].phase for row in WITHDRAWALS])
def test_an_agreement_is_taken_back_at_any_step_and_stops_no_duty(
    measure: Measure, phase: Phase, kind: FailureKind
) -> None:
    withdrawn = life.withdraw(measure, TODAY, TODAY)
    assert (withdrawn.phase, withdrawn.agreement_withdrawn_on) == (phase, TODAY)
    assert withdrawn.failure is not None
    assert withdrawn.failure.kind is kind
    assert withdrawn.report_is_due is measure.report_is_due
    assert withdrawn.orders == measure.orders


def test_what_breaks_a_contract_ends_it_that_day() -> None:
    broken = life.fail(
        SUPPORTED, Failure(kind=FailureKind.BREACH, failed_on=date(2026, 6, 15)), TODAY, compromised=True
    )
    assert broken.contract is not None
    assert broken.contract.ends_on == date(2026, 6, 15)
    assert length(broken.under_contract) == Length(2, 15)


def test_level_three_that_fails_owes_a_report_of_its_own() -> None:
    reported = then(ORDERED, report_sent_on=date(2026, 8, 12))
    failed = life.fail(reported, Failure(kind=FailureKind.UNSUCCESSFUL, failed_on=TODAY), TODAY, compromised=True)
    assert failed.report_is_due


# Time counted ----------------------------------------------------------------------------------

# periods (first day, last day), and what they count for
COUNTED: Sequence[tuple[str, Sequence[tuple[str, str]], Length]] = [
    ("nothing", [], Length(0)),
    ("six months", [("2026-01-15", "2026-07-14")], Length(6)),
    ("six months from the end of August", [("2026-08-31", "2027-02-27")], Length(6)),
    ("two years with a 29 February", [("2027-03-01", "2029-02-28")], Length(24)),
    ("two contracts that follow each other", [("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")], Length(12)),
    ("two contracts with a year between", [("2024-01-01", "2024-12-31"), ("2026-01-01", "2026-12-31")], Length(24)),
    ("a contract that another dossier knows of too",
     [("2026-01-01", "2026-12-31"), ("2026-06-01", "2026-09-30")], Length(12)),
    ("days left over of two contracts make a month", [("2026-01-01", "2026-01-16"), ("2026-03-01", "2026-03-15")],
     Length(1)),
    ("a contract broken before it began", [("2026-05-01", "2026-04-15")], Length(0)),
]  # fmt: skip


@pytest.mark.parametrize(("days", "counted"), [row[1:] for row in COUNTED], ids=[row[0] for row in COUNTED])
def test_what_time_counts_for(days: Sequence[tuple[str, str]], counted: Length) -> None:
    assert length(Period(date.fromisoformat(first), date.fromisoformat(last)) for first, last in days) == counted


def test_a_suspended_contract_does_not_count_meanwhile() -> None:
    suspended = then(SUPPORTED, interruptions=(Interruption(since=date(2026, 6, 1), resumed_on=date(2026, 8, 1)),))
    assert length(suspended.under_contract) == Length(10)


def test_the_last_day_four_years_allow() -> None:
    assert rules.ceiling_of(SUPPORTED, [years(1)], MASP) == last_day(START, 36)
    assert rules.ceiling_of(then(SUPPORTED, months_elsewhere=30), (), MASP) == last_day(START, 18)
    assert rules.ceiling_of(ORDERED, (), MASP) == last_day(date(2026, 8, 15), 48)
    assert reached_on(Length(47, 10), START, 48) == date(2026, 4, 20)


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@settings(max_examples=200, deadline=None)
@given(starts_on=DAYS, months=st.integers(6, 24), gaps=st.lists(st.tuples(DAYS, st.integers(0, 200)), max_size=5))
def test_a_contract_never_counts_for_more_because_it_was_suspended(
    starts_on: date, months: int, gaps: list[tuple[date, int]]
) -> None:
    whole = Period(starts_on, last_day(starts_on, months))
    suspended = [Period(since, since + timedelta(days=days)) for since, days in gaps]
    left = without(whole, suspended)
    assert length([whole]) == Length(months)
    assert length(left) <= Length(months)
    assert merged([*left, *suspended, whole]) == merged([*suspended, whole])
    assert all(one.starts_on >= whole.starts_on and one.ends_on <= whole.ends_on for one in left)
    assert not any(gap.starts_on <= one.ends_on and one.starts_on <= gap.ends_on for one in left for gap in suspended)


@pytest.mark.parametrize(
    ("months", "days", "said"),
    [
        (12, 0, "12 mois"),
        (12, 1, "12 mois et 1 jour"),
        (1, 20, "1 mois et 20 jours"),
        (0, 3, "3 jours"),
        (0, 0, "0 jour"),
    ],
)
def test_time_is_said_without_what_is_nought_of_it(months: int, days: int, said: str) -> None:
    assert words.length(months, days) == said

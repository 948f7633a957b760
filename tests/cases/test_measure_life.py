"""The life of a measure under random legal and illegal moves: what the law forbids never comes about."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cases.dossiers.model import Refused
from cases.measures import deadlines, life
from cases.measures.counting import Length, length
from cases.measures.life import Ending
from cases.measures.model import (
    Amendment,
    Application,
    Decision,
    EndReason,
    Failure,
    FailureKind,
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
    MASP,
    NEW,
    OPENED,
    ORDERED,
    PREPARED,
    REQUIRED,
    SENT,
    SUPPORTED,
    contract,
    evaluation,
    order,
    sealed,
)

SO_FAR = [NEW, PREPARED, SENT, GRANTED, SUPPORTED, SUPPORTED, SUPPORTED, BROKEN, BEFORE_JUDGE, ORDERED]
CONTRACTED = (Phase.UNDER_CONTRACT, Phase.INTERRUPTED)


class Life(RuleBasedStateMachine):
    """Agents who try everything, in any order, as time goes by. A refusal leaves the measure as it was."""

    @initialize(so_far=st.sampled_from(SO_FAR), elsewhere=st.sampled_from([0, 0, 12, 30]))
    def begin(self, so_far: Measure, elsewhere: int) -> None:
        self.measure = so_far.model_copy(update={"months_elsewhere": elsewhere})
        self.today = date(2026, 9, 1)
        self.number = 100
        self.held = 0

    def attempt(self, step: Callable[[Measure], Measure]) -> None:
        before = self.measure
        try:
            self.measure = step(before)
        except Refused as refused:
            refusal: Refused | None = refused
        else:
            refusal = None
        if refusal is not None:
            assert refusal.missing, "a refusal says why"
            return
        assert not before.over, "what is over stays as it is"
        if before.report_is_due and self.measure.phase is Phase.ENDED:
            assert self.measure.end_reason is EndReason.DECEASED, "no end while the report is owed"
        if len(self.measure.contracts) > max(1, len(before.contracts)):
            start = before.contracts[-1].starts_on
            assert any(one.evaluated_on > start for one in before.evaluations), "renewed after an evaluation only"

    def next(self) -> UUID:
        self.number += 1
        return UUID(int=self.number)

    @rule(days=st.sampled_from([1, 30, 180, 365]))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(ago=st.integers(-1, 200), first=st.booleans())
    def evaluate(self, ago: int, first: bool) -> None:
        written = evaluation(self.today - timedelta(days=ago), self.next().int)
        self.attempt(lambda one: life.evaluate(one, written, ELIGIBLE if first else None, self.today))

    @rule()
    def agree(self) -> None:
        self.attempt(lambda one: life.agree(one, self.today, self.today))

    @rule(sure=st.integers(0, 5))
    def withdraw(self, sure: int) -> None:
        if sure == 5:
            self.attempt(lambda one: life.withdraw(one, self.today, self.today))

    @rule(complete=st.booleans())
    def receive(self, complete: bool) -> None:
        self.attempt(lambda one: life.receive(one, REQUIRED if complete else [], MASP))

    @rule()
    def send(self) -> None:
        self.attempt(lambda one: life.send(one, Application(sent_on=self.today, commune="22278"), MASP, self.today))

    @rule(level=st.sampled_from([1, 2, 2, None]))
    def decide(self, level: int | None) -> None:
        decision = Decision.model_validate(
            {"decided_on": self.today, "level": level, "reason": None if level else sealed("reason")}
        )
        self.attempt(lambda one: life.decide(one, decision, MASP, self.today))

    @rule(level=st.sampled_from([1, 2]), months=st.integers(4, 26), later=st.integers(-30, 60))
    def sign(self, level: int, months: int, later: int) -> None:
        terms = Terms.model_validate({"level": level, "months": months, "rent_cents": 40_000 if level == 2 else 0})
        new = contract(self.today + timedelta(days=later), terms, self.next().int, signed_on=self.today)
        self.attempt(lambda one: life.sign(one, new, (), MASP, self.today))

    @rule(months=st.sampled_from([5, 6, 12, 24]), later=st.integers(0, 3))
    def renew(self, months: int, later: int) -> None:
        last = self.measure.contract
        if last is not None:
            terms = last.terms.model_copy(update={"months": months})
            new = contract(last.ends_on + timedelta(days=later), terms, self.next().int, signed_on=self.today)
            self.attempt(lambda one: life.renew(one, new, (), MASP, self.today))

    @rule()
    def renew_well(self) -> None:
        """What chance alone would seldom do: the time goes by, an evaluation is written, a contract follows."""
        if self.measure.phase is Phase.UNDER_CONTRACT and self.measure.contract is not None:
            self.today = max(self.today, self.measure.contract.ends_on)
            self.evaluate(0, False)
            self.renew(24, 1)
            self.renew(12, 1)

    @rule(months=st.integers(5, 25), level=st.sampled_from([1, 2]), department=st.booleans())
    def amend(self, months: int, level: int, department: bool) -> None:
        terms = Terms.model_validate({"level": level, "months": months, "rent_cents": 40_000})
        signed = Amendment(signed_on=self.today, terms=terms)
        self.attempt(lambda one: life.amend(one, signed, (), MASP, self.today, by_department=department))

    @rule(ago=st.integers(-1, 60))
    def interrupt(self, ago: int) -> None:
        self.attempt(lambda one: life.interrupt(one, self.today - timedelta(days=ago), self.today))

    @rule(ago=st.integers(-1, 30))
    def resume(self, ago: int) -> None:
        self.attempt(lambda one: life.resume(one, self.today - timedelta(days=ago), self.today))

    @rule(ago=st.integers(-1, 400), kept=st.booleans())
    def visit(self, ago: int, kept: bool) -> None:
        made = Visit(visit_id=self.next(), visited_on=self.today - timedelta(days=ago), kept=kept)
        self.attempt(lambda one: life.visit(one, made, self.today))

    @rule(kind=st.sampled_from(list(FailureKind)), compromised=st.booleans(), sure=st.integers(0, 3))
    def fail(self, kind: FailureKind, compromised: bool, sure: int) -> None:
        if sure == 3:
            failure = Failure(kind=kind, failed_on=self.today)
            self.attempt(lambda one: life.fail(one, failure, self.today, compromised=compromised))

    @rule(compromised=st.booleans())
    def judge_danger(self, compromised: bool) -> None:
        self.attempt(lambda one: life.judge_danger(one, self.today, compromised=compromised))

    @rule(unpaid=st.integers(0, 4))
    def ask_judge(self, unpaid: int) -> None:
        request = JudgeRequest(requested_on=self.today, unpaid_months=unpaid)
        self.attempt(lambda one: life.ask_judge(one, request, self.today))

    @rule(months=st.integers(0, 26), later=st.integers(-10, 10), protected=st.sampled_from([0, 50_000]))
    def order(self, months: int, later: int, protected: int) -> None:
        last = self.measure.order
        start = (last.ends_on if last else self.today) + timedelta(days=later)
        made = order(start, months, self.next().int, decided_on=self.today, protected_cents=protected)
        self.attempt(lambda one: life.order(one, made, (), MASP, self.today))

    @rule()
    def dismiss(self) -> None:
        self.attempt(life.dismiss)

    @rule()
    def report(self) -> None:
        self.attempt(lambda one: life.report(one, self.today, self.today))

    @rule(held=st.sampled_from([0, 0, 1_000]))
    def money(self, held: int) -> None:
        """The ledger of a measure that is over stays as it is too."""
        if not self.measure.over:
            self.held = held

    @rule(reason=st.sampled_from(list(EndReason)), sure=st.integers(0, 3))
    def end(self, reason: EndReason, sure: int) -> None:
        if sure == 3:
            self.attempt(lambda one: life.end(one, Ending(reason, self.today, self.held), self.today))
            assert self.measure.phase is not Phase.ENDED or not self.held, "no end while money is held"

    @invariant()
    def four_years_of_contracts_at_most(self) -> None:
        spent = length(self.measure.under_contract)
        assert Length(spent.months + self.measure.months_elsewhere, spent.days) <= Length(48)

    @invariant()
    def each_contract_lasts_as_agreed_and_begins_after_the_last(self) -> None:
        contracts = self.measure.contracts
        assert all(6 <= one.terms.months <= 24 for one in contracts)
        assert all(one.ends_on < after.starts_on for one, after in pairwise(contracts))

    @invariant()
    def four_years_of_orders_at_most_after_a_refusal_or_a_breach(self) -> None:
        assert length(self.measure.under_order) <= Length(48)
        if self.measure.orders:
            assert self.measure.failure is not None
            assert all(one.months <= 24 and one.protected_cents > 0 for one in self.measure.orders)

    @invariant()
    def no_contract_without_conditions_agreement_and_decision(self) -> None:
        if self.measure.contracts:
            assert self.measure.eligibility == ELIGIBLE
            assert self.measure.agreed_on is not None
            assert self.measure.decision is not None
            assert self.measure.decision.level == self.measure.contracts[-1].terms.level
        if self.measure.phase in CONTRACTED:
            assert self.measure.agreement_withdrawn_on is None

    @invariant()
    def something_falls_due_exactly_while_something_runs(self) -> None:
        days = deadlines.due_days(self.measure, (), MASP)
        running = self.measure.phase in (*CONTRACTED, Phase.ORDERED)
        assert bool(days) is (running or (self.measure.phase is Phase.BEFORE_JUDGE and bool(self.measure.orders)))
        if deadlines.CEILING in days:
            assert days[deadlines.END] <= days[deadlines.CEILING]

    @invariant()
    def it_began_when_it_was_opened(self) -> None:
        assert self.measure.opened_on == OPENED


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)

"""The steps of a financial aid, walked at random: whatever is recorded, what is done stays possible, and deadlines run
between the steps they are stated of."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases.dossiers.model import Refused
from cases.steps import deadlines, model
from cases.steps.model import Record, State
from tests.cases.ready import ZONE
from tests.cases.test_step_rules import AID, record

BEGUN = date(2026, 3, 2)
OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEPS = st.sampled_from([step.code for step in AID.steps])
OUTCOMES = st.sampled_from(["granted", "granted_in_part", "refused"])


class StepsLife(RuleBasedStateMachine):
    """Records, corrects, sets aside and takes back, on any day, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Record] = {}
        self.today = BEGUN

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(step=STEPS, state=st.sampled_from(list(State)), days_ago=st.integers(-1, 30), outcome=OUTCOMES)
    def record(self, step: str, state: State, days_ago: int, outcome: str) -> None:
        day = self.today - timedelta(days=days_ago)
        new = record(step, day.isoformat(), state, outcome=outcome)
        with suppress(Refused):
            model.must_be_recordable(AID, self.records, new, self.today)
            self.records[step] = new

    @rule()
    def go_on(self) -> None:
        """What comes next may always be done today: nobody is stuck."""
        for step in AID.steps:
            to_do = model.state_of(step, self.records) is State.TO_DO
            if to_do and model.applies(step, self.records) and not model.first(AID, step, self.records):
                new = record(step.code, self.today.isoformat(), outcome="granted")
                model.must_be_recordable(AID, self.records, new, self.today)
                self.records[step.code] = new
                return

    @invariant()
    def what_is_done_was_possible(self) -> None:
        for step in AID.steps:
            if model.state_of(step, self.records) is State.DONE:
                assert model.applies(step, self.records)
                assert not model.first(AID, step, self.records)
                assert self.records[step.code].day <= self.today

    @invariant()
    def only_what_is_optional_is_set_aside(self) -> None:
        aside = [step for step in AID.steps if model.state_of(step, self.records) is State.SET_ASIDE]
        assert all(step.optional for step in aside)

    @invariant()
    def deadlines_run_until_their_step_and_from_another(self) -> None:
        running = deadlines.running(AID, self.records, OPENED, ZONE)
        for deadline in AID.own_deadlines:
            begun = deadline.runs_from == "submission" or deadline.runs_from in self.records
            until = model.state_of(AID.step(deadline.until or ""), self.records)
            assert deadline.code not in running or (begun and until is State.TO_DO)


StepsLife.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
test_the_steps_of_a_financial_aid = StepsLife.TestCase

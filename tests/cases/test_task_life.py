"""The life of a task, walked at random: what is over stays over, and only what is open falls due, on its last day."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases.dossiers.model import Refused
from cases.tasks import model
from cases.tasks.model import Kind, State, Task
from tests.cases.ready import CASE, sealed

ME, COLLEAGUE = UUID(int=1), UUID(int=2)
TODAY = date(2026, 3, 2)
DAYS = st.integers(0, 60).map(lambda days: TODAY + timedelta(days=days))


class TaskLife(RuleBasedStateMachine):
    """Moves a task, ends it, and tries again what is over."""

    def __init__(self) -> None:
        super().__init__()
        self.task = Task(
            UUID(int=3), CASE, Kind.TASK, sealed("what"), ME, TODAY, ME, datetime(2026, 3, 2, 9, tzinfo=UTC)
        )
        self.today = TODAY
        self.ended: Task | None = None

    def _do(self, made: Task | None) -> None:
        assert self.ended is None, "what is over refuses every step"
        assert made is not None
        self.task = made

    @rule(due_on=DAYS, agent=st.sampled_from([ME, COLLEAGUE]))
    def move(self, due_on: date, agent: UUID) -> None:
        try:
            self._do(model.move(self.task, due_on, agent))
        except Refused:
            assert self.ended is not None

    @rule(state=st.sampled_from([State.DONE, State.CANCELLED]))
    def end(self, state: State) -> None:
        try:
            self._do(model.end(self.task, state, self.today))
            self.ended = self.task
        except Refused:
            assert self.ended is not None

    @rule(days=st.integers(1, 10))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @invariant()
    def what_is_over_stays_as_it_was(self) -> None:
        assert self.ended is None or self.task == self.ended

    @invariant()
    def only_what_is_open_is_late_and_only_past_its_day(self) -> None:
        assert self.task.late(self.today) == (self.task.open and self.task.due_on < self.today)

    @invariant()
    def an_end_has_a_day_and_what_is_open_has_none(self) -> None:
        assert (self.task.ended_on is None) == self.task.open


TaskLife.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
test_the_life_of_a_task = TaskLife.TestCase

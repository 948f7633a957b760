"""Absences and who stands in, named and ended at random: nobody's dossiers are ever with somebody who is away."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases.assignments import model
from cases.assignments.model import Absence, Period
from cases.dossiers.model import Refused
from chassis.actor import Actor, Grant

PARIS = ZoneInfo("Europe/Paris")
START = date(2026, 3, 23)
"""The clocks change on the Sunday of that week."""
OURS, THEIRS = UUID(int=90), UUID(int=91)


def _agent(number: int, role: str = "social_worker", organisation: UUID = OURS) -> Actor:
    return Actor("agent", str(number), UUID(int=number), organisation, (Grant(role, "saint-brieuc"),))


TEAM = [_agent(1), _agent(2), _agent(3)]
ANYBODY = st.sampled_from([*TEAM, _agent(4, organisation=THEIRS), _agent(5, role="reception")])


class AbsenceLife(RuleBasedStateMachine):
    """Names substitutes, lets people come back early, lets days pass."""

    def __init__(self) -> None:
        super().__init__()
        self.today = START
        self.absences: dict[UUID, Absence] = {}

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(9), PARIS)

    @rule(agent=st.sampled_from(TEAM), substitute=ANYBODY, first=st.integers(-2, 6), days=st.integers(-1, 5))
    def name(self, agent: Actor, substitute: Actor, first: int, days: int) -> None:
        begins = self.today + timedelta(days=first)
        period = Period(begins, begins + timedelta(days=days))
        assert agent.agent_id is not None
        assert substitute.agent_id is not None
        two = {agent.agent_id, substitute.agent_id}
        away = [
            one for one in self.absences.values() if {one.agent_id, one.substitute_id} & two and one.ends_at > self.now
        ]
        try:
            model.must_be_nameable(agent, substitute, period, self.today, away, PARIS)
        except Refused:
            return
        made = UUID(int=100 + len(self.absences))
        self.absences[made] = Absence(made, agent.agent_id, substitute.agent_id, UUID(int=9), *period.bounds(PARIS))

    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        if self.absences:
            one = self.absences[data.draw(st.sampled_from(sorted(self.absences)))]
            self.absences[one.absence_id] = replace(one, ends_at=min(one.ends_at, self.now))

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @invariant()
    def whoever_stands_in_is_one_colleague_and_there(self) -> None:
        for day in range(8):
            at = self.now + timedelta(days=day)
            during = [one for one in self.absences.values() if one.begins_at <= at < one.ends_at]
            away = [one.agent_id for one in during]
            assert len(away) == len(set(away)), "one substitute at a time"
            assert {one.substitute_id for one in during}.isdisjoint(away), "who is not away"
            assert {one.substitute_id for one in during} <= {one.agent_id for one in TEAM}, "of the same work and house"


AbsenceLife.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
test_the_life_of_absences = AbsenceLife.TestCase

"""What may be decided of two people who look alike, and which safe-contact rule wins: one row per rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from intake.duplicates.rules import (
    UNDONE_WITHIN,
    Reached,
    Refused,
    State,
    forbidden_kinds,
    joined_rules,
    must_be_open,
    must_be_undoable,
    strictest,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def hours(*days: int, opens: str = "09:00:00", closes: str = "12:00:00") -> dict[str, Any]:
    return {"weekdays": list(days), "opens": opens, "closes": closes}


SAFE = Reached(safe_to_write=True, neutral=False, never=False)
UNSAFE = Reached(safe_to_write=False, neutral=False, never=False)
NEUTRAL = Reached(safe_to_write=True, neutral=True, never=False)
NEVER = Reached(safe_to_write=False, neutral=False, never=True)


def at(*times: dict[str, Any]) -> Reached:
    return Reached(True, False, False, times)


RULES = [
    # what one said, what the other said, what holds for both
    ("safe on both sides stays safe", SAFE, SAFE, SAFE),
    ("safe on one side only is not safe", SAFE, UNSAFE, UNSAFE),
    ("neutral on one side is neutral", SAFE, NEUTRAL, NEUTRAL),
    ("never on one side is never", SAFE, NEVER, NEVER),
    ("never, and neutral", NEUTRAL, NEVER, Reached(False, True, True)),
    ("hours of one side hold", SAFE, at(hours(1)), at(hours(1))),
    ("only the days both allow", at(hours(1, 2)), at(hours(2, 3)), at(hours(2))),
    (
        "only the hours both allow",
        at(hours(1, opens="09:00:00", closes="12:00:00")),
        at(hours(1, opens="11:00:00", closes="18:00:00")),
        at(hours(1, opens="11:00:00", closes="12:00:00")),
    ),
    ("days that exclude each other leave none", at(hours(1)), at(hours(2)), NEVER),
    (
        "hours that only touch leave none",
        at(hours(1, closes="12:00:00")),
        at(hours(1, opens="12:00:00", closes="14:00:00")),
        NEVER,
    ),
]


@pytest.mark.parametrize(("one", "other", "both"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_the_strictest_rule_wins(one: Reached, other: Reached, both: Reached) -> None:
    assert strictest(one, other) == strictest(other, one) == both


times = st.lists(
    st.builds(
        lambda days, opens, length: hours(
            *sorted(days), opens=f"{opens:02}:00:00", closes=f"{opens + length:02}:00:00"
        ),
        st.sets(st.integers(1, 7), min_size=1),
        st.integers(8, 15),
        st.integers(1, 4),
    ),
    max_size=2,
)
reached = st.builds(Reached, st.booleans(), st.booleans(), st.booleans(), times.map(tuple))


def allowed(one: Reached, day: int, clock: str) -> bool:
    within = [each for each in one.hours if day in each["weekdays"] and each["opens"] <= clock < each["closes"]]
    return not one.never and (not one.hours or bool(within))


@given(reached, reached, st.integers(1, 7), st.integers(7, 20))
def test_nobody_is_reached_when_either_forbids_it(one: Reached, other: Reached, day: int, hour: int) -> None:
    both, clock = strictest(one, other), f"{hour:02}:30:00"
    assert allowed(both, day, clock) == (allowed(one, day, clock) and allowed(other, day, clock))
    assert not both.safe_to_write or (one.safe_to_write and other.safe_to_write)
    assert both.neutral == (one.neutral or other.neutral)


def point(identity: str, value: str, rule: Reached, kind: str = "phone") -> dict[str, Any]:
    return {"contact_point_id": identity, "kind": kind, "value": value, **rule.rule()}


def test_only_what_both_gave_is_changed() -> None:
    ours = [point("a", "+33639980102", SAFE), point("b", "camille@example.org", SAFE, "email")]
    theirs = [point("c", "+33639980102", NEVER), point("d", "autre@example.org", NEVER, "email")]
    assert joined_rules(ours, theirs) == {"a": NEVER}
    assert joined_rules(theirs, ours) == {}
    assert joined_rules([point("e", "Camille@Example.org", SAFE, "email")], ours[1:]) == {}


def test_a_kind_forbidden_by_one_is_forbidden() -> None:
    assert forbidden_kinds(["post"], ["phone", "post"]) == ["phone", "post"]


LATE = UNDONE_WITHIN + timedelta(seconds=1)
UNDOING = [
    ("nothing was decided", State.OPEN, None, timedelta(0), "rien à annuler"),
    ("just decided", State.MERGED, NOW, timedelta(0), None),
    ("thirty days to the second", State.MERGED, NOW, UNDONE_WITHIN, None),
    ("a moment later", State.MERGED, NOW, LATE, "plus de 30 jours"),
    ("a link as a merge", State.LINKED, NOW, LATE, "plus de 30 jours"),
    ("undone before", State.OPEN, NOW, timedelta(0), "rien à annuler"),
]


@pytest.mark.parametrize(
    ("state", "decided", "later", "said"), [row[1:] for row in UNDOING], ids=[r[0] for r in UNDOING]
)
def test_how_long_a_decision_can_be_undone(
    state: State, decided: datetime | None, later: timedelta, said: str | None
) -> None:
    if said is None:
        must_be_undoable(state, decided, NOW + later)
        return
    with pytest.raises(Refused) as refused:
        must_be_undoable(state, decided, NOW + later)
    assert said in refused.value.sentence


class Deciding(RuleBasedStateMachine):
    """A suspicion decided, undone and decided again, with legal and illegal moves, as days pass.

    The two people's rules are kept as a merge keeps them, so that undoing gives both back what they had.
    """

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now = State.OPEN, NOW
        self.decided_at: datetime | None = None
        self.before = {"one": SAFE, "other": Reached(True, True, False, (hours(1),))}
        self.held = dict(self.before)

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.state is State.OPEN)
    @rule(to=st.sampled_from([State.MERGED, State.LINKED, State.DISMISSED]))
    def decide(self, to: State) -> None:
        must_be_open(self.state)
        self.state, self.decided_at = to, self.now
        if to is State.MERGED:
            self.held = dict.fromkeys(self.held, strictest(*self.held.values()))

    @precondition(lambda self: self.state is not State.OPEN)
    @rule()
    def decide_again(self) -> None:
        with pytest.raises(Refused):
            must_be_open(self.state)

    @precondition(lambda self: self.state is not State.OPEN)
    @rule()
    def undo(self) -> None:
        assert self.decided_at is not None
        if self.now - self.decided_at > UNDONE_WITHIN:
            with pytest.raises(Refused):
                must_be_undoable(self.state, self.decided_at, self.now)
            return
        must_be_undoable(self.state, self.decided_at, self.now)
        self.state, self.held = State.OPEN, dict(self.before)

    @precondition(lambda self: self.state is State.OPEN)
    @rule()
    def undo_nothing(self) -> None:
        with pytest.raises(Refused):
            must_be_undoable(self.state, self.decided_at, self.now)

    @invariant()
    def merged_people_are_reached_alike_and_never_more_freely(self) -> None:
        if self.state is State.MERGED:
            assert len(set(map(str, self.held.values()))) == 1
            assert all(strictest(now, self.before[who]) == now for who, now in self.held.items())
        else:
            assert self.held == self.before


TestDeciding = Deciding.TestCase
TestDeciding.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)

"""Households, relations, hours: one row per rule, in the words of the field."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.events.people import ContactPoint, Hours
from contracts.sealed import Sealed
from intake.households.model import (
    EndsBeforeItBegins,
    Membership,
    NoAuthority,
    Overlapping,
    Relation,
    WithThemself,
    must_not_overlap,
    recorded,
)

ALIX, LOU = UUID(int=1), UUID(int=2)
JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            Relation(ALIX, LOU, "parent", parental_authority=True),
            Relation(ALIX, LOU, "parent", parental_authority=True),
        ),
        (Relation(LOU, ALIX, "child"), Relation(ALIX, LOU, "parent")),
        (Relation(ALIX, LOU, "guardian", parental_authority=True), None),
        (Relation(ALIX, LOU, "partner"), None),
        (Relation(ALIX, LOU, "sibling", since=JANUARY, until=JANUARY), None),
    ],
    ids=["a parent", "a child is kept as the parent's", "a guardian with authority", "a partner", "for one day"],
)
def test_a_relation_is_recorded_one_way(said: Relation, kept: Relation | None) -> None:
    assert recorded(said) == (kept or said)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (Relation(ALIX, ALIX, "sibling"), WithThemself),
        (Relation(LOU, ALIX, "child", parental_authority=True), NoAuthority),
        (Relation(ALIX, LOU, "partner", parental_authority=True), NoAuthority),
        (Relation(ALIX, LOU, "curator", parental_authority=True), NoAuthority),
        (Relation(ALIX, LOU, "parent", since=MARCH, until=JANUARY), EndsBeforeItBegins),
    ],
    ids=[
        "nobody is related to themself",
        "a child holds no authority over a parent",
        "nor a partner over a partner",
        "nor a curator over an adult",
        "nothing ends before it begins",
    ],
)
def test_a_relation_that_cannot_be(said: Relation, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        recorded(said)


@pytest.mark.parametrize(
    ("members", "possible"),
    [
        ([Membership(ALIX, JANUARY), Membership(LOU, JANUARY)], True),
        ([Membership(ALIX, JANUARY, MARCH), Membership(ALIX, JUNE)], True),
        ([Membership(ALIX, JANUARY), Membership(ALIX, JUNE)], False),
        ([Membership(ALIX, JANUARY, MARCH), Membership(ALIX, MARCH)], False),
        ([Membership(ALIX, MARCH, JANUARY)], False),
    ],
    ids=["two live together", "one left and came back", "twice at once", "back before the end", "gone before coming"],
)
def test_who_lives_in_a_household(members: list[Membership], possible: bool) -> None:
    if possible:
        must_not_overlap(members)
    else:
        with pytest.raises(Overlapping):
            must_not_overlap(members)


class Comings(RuleBasedStateMachine):
    """People come and go, sometimes in impossible ways: on any day, each is in the household once at most."""

    def __init__(self) -> None:
        super().__init__()
        self.members: list[Membership] = []

    @rule(person=st.sampled_from([ALIX, LOU]), start=st.integers(0, 9), days=st.none() | st.integers(-2, 5))
    def comes(self, person: UUID, start: int, days: int | None) -> None:
        since = JANUARY + timedelta(days=start)
        until = None if days is None else since + timedelta(days=days)
        wanted = [*self.members, Membership(person, since, until)]
        try:
            must_not_overlap(wanted)
        except Overlapping:
            return
        self.members = wanted

    @invariant()
    def nobody_is_there_twice(self) -> None:
        for day in (JANUARY + timedelta(days=number) for number in range(-3, 20)):
            there = [
                one.person_id for one in self.members if one.since <= day and (one.until is None or day <= one.until)
            ]
            assert len(there) == len(set(there))


TestComings = Comings.TestCase
TestComings.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)


def _point(*hours: Hours, never: bool = False) -> ContactPoint:
    value = Sealed(key_subject=f"person:{ALIX}", event_id=ALIX, field="value", data="AAAA")
    return ContactPoint(
        contact_point_id=ALIX, kind="phone", value=value, safe_to_write=False, neutral=False, never=never, hours=hours
    )


MORNINGS = Hours(weekdays=(1, 2), opens=time(9), closes=time(12))
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("point", "at", "open_"),
    [
        (_point(), datetime.combine(MONDAY, time(3)), True),
        (_point(MORNINGS), datetime.combine(MONDAY, time(9)), True),
        (_point(MORNINGS), datetime.combine(MONDAY, time(12)), False),
        (_point(MORNINGS), datetime.combine(MONDAY + timedelta(days=2), time(10)), False),
        (_point(MORNINGS, never=True), datetime.combine(MONDAY, time(9)), False),
    ],
    ids=["no hours: at any time", "from the first minute", "no more at the last", "another day", "never is never"],
)
def test_at_which_hours_somebody_is_reached(point: ContactPoint, at: datetime, open_: bool) -> None:
    assert point.open_at(at) is open_

"""Rules of calls and grants, one row each."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calls.model import (
    Budget,
    Call,
    Criterion,
    Line,
    Payment,
    Project,
    Reading,
    Sharing,
    State,
    check_call,
    check_covers,
    check_deposit,
    check_grant,
    check_judge,
    check_payments,
    check_project,
    check_reading,
    check_report,
    check_undecided,
    left,
    proposed,
    score,
)
from directory.refusal import Refused
from directory.sharing import shared, shared_up_to

MONDAY = date(2026, 3, 2)
CALL = Call(
    call_id=UUID(int=1), title="Appel", kind="local_initiatives", about="", organisation_id=UUID(int=2),
    territory_ids=("armor", "centre", "littoral"), opens_on=MONDAY, closes_on=date(2026, 3, 31), envelope_cents=100_00,
    sharing=Sharing.NONE, parts={}, people={}, criteria=(Criterion("a", "A", 5, 2), Criterion("b", "B", 10)),
    report_due_on=date(2027, 3, 31),
)  # fmt: skip
PROJECT = Project(
    project_id=UUID(int=3), call_id=CALL.call_id, organisation_id=UUID(int=4), title="P", about="",
    territory_id="armor", budget=Budget((Line("Tout", 90_00),), (Line("Commune", 40_00),)), asked_cents=50_00,
    deposited_by=UUID(int=5), deposited_at=datetime(2026, 3, 3, tzinfo=UTC),
)  # fmt: skip
GRANTED = replace(PROJECT, state=State.GRANTED, granted_cents=50_00, report_due_on=date(2027, 3, 31))


def by_territory(sharing: Sharing, **more: Any) -> Call:
    return replace(CALL, sharing=sharing, **more)


@pytest.mark.parametrize(
    ("call", "ceilings"),
    [
        pytest.param(CALL, None, id="as decisions go"),
        pytest.param(
            by_territory(Sharing.TERRITORY), {"armor": 33_34, "centre": 33_33, "littoral": 33_33}, id="as much for each"
        ),
        pytest.param(
            by_territory(Sharing.POPULATION, people={"armor": 2000, "centre": 1000, "littoral": 0}),
            {"armor": 66_67, "centre": 33_33, "littoral": 0},
            id="by population",
        ),
        pytest.param(
            by_territory(Sharing.FIXED, parts={"armor": 1, "centre": 2, "littoral": 3}),
            {"armor": 16_67, "centre": 33_33, "littoral": 50_00},
            id="by fixed parts",
        ),
        pytest.param(
            by_territory(
                Sharing.FIXED,
                envelope_cents=435_660_00,
                territory_ids=("a", "b", "c", "d", "e", "f", "g"),
                parts={"a": 9, "b": 7, "c": 6, "d": 5, "e": 4, "f": 3, "g": 1},
            ),
            {"a": 112_026_86, "b": 87_132_00, "c": 74_684_57, "d": 62_237_14, "e": 49_789_71, "f": 37_342_29,
             "g": 12_447_43},
            id="435,660 euros to 35 social centres of seven territories",
        ),
    ],
)  # fmt: skip
def test_an_envelope_is_shared_out_to_the_cent(call: Call, ceilings: dict[str, int] | None) -> None:
    assert call.ceilings == ceilings
    assert ceilings is None or sum(ceilings.values()) == call.envelope_cents


AMOUNTS = st.integers(0, 10**9)
WEIGHTS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10**6), min_size=1, max_size=12)


@given(AMOUNTS, WEIGHTS)
def test_what_is_shared_adds_up_and_nobody_loses_a_cent_of_their_part(total: int, weights: dict[str, int]) -> None:
    parts = shared(total, weights)
    whole = sum(weights.values())
    assert sum(parts.values()) == (total if whole else 0)
    assert all(abs(parts[name] - Fraction(total * weight, whole or 1)) < 1 for name, weight in weights.items())
    backwards = dict(reversed(list(weights.items())))
    assert shared(total, backwards) == parts


@given(AMOUNTS, WEIGHTS, st.data())
def test_what_is_shared_up_to_what_was_asked_adds_up(total: int, weights: dict[str, int], data: st.DataObject) -> None:
    most = {name: data.draw(st.integers(0, 10**9)) for name in weights}
    parts = shared_up_to(total, weights, most)
    askable = sum(most[name] for name, weight in weights.items() if weight)
    assert sum(parts.values()) == min(total, askable)
    assert all(0 <= part <= most[name] for name, part in parts.items())


def reading(a: int, b: int, agent: int = 1) -> Reading:
    return Reading(UUID(int=agent), {"a": a, "b": b}, "favourable", "", datetime(2026, 4, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([], None),
        ([reading(5, 10)], 100),
        ([reading(0, 0)], 0),
        ([reading(5, 0)], Fraction(200, 3)),  # the heavier criterion alone
        ([reading(5, 10), reading(0, 0, 2)], 50),  # the mean of those who read
    ],
)
def test_a_score_is_out_of_100_whatever_the_scales(readings: list[Reading], expected: Fraction | None) -> None:
    assert score(CALL, readings) == expected


def test_a_sharing_by_score_proposes_no_more_than_is_asked_nor_than_is_left() -> None:
    call = by_territory(Sharing.SCORE)
    small = replace(PROJECT, project_id=UUID(int=6), asked_cents=10_00)
    best = replace(PROJECT, project_id=UUID(int=7))
    unread = replace(PROJECT, project_id=UUID(int=8))
    done = replace(GRANTED, project_id=UUID(int=9), granted_cents=45_01)
    scores = {small.project_id: Fraction(200, 3), best.project_id: Fraction(100)}
    found = proposed(call, [small, best, unread, done], scores)
    assert found == {small.project_id: 10_00, best.project_id: 44_99, unread.project_id: 0}


NEIGHBOUR = UUID(int=99)
REFUSALS = [
    ("it closes before it opens", lambda: check_call(replace(CALL, closes_on=date(2026, 3, 1))), "dates"),
    ("its report is due before it closes", lambda: check_call(replace(CALL, report_due_on=MONDAY)), "dates"),
    ("two criteria of one code", lambda: check_call(replace(CALL, criteria=(CALL.criteria[0],) * 2)), "criteria"),
    ("by score without criteria", lambda: check_call(by_territory(Sharing.SCORE, criteria=())), "criteria"),
    ("by territory, of none in particular", lambda: check_call(by_territory(Sharing.TERRITORY, territory_ids=("*",))),
     "sharing"),
    ("a part for elsewhere", lambda: check_call(by_territory(Sharing.FIXED, parts={"there": 1})), "sharing"),
    ("nobody lives there", lambda: check_call(by_territory(Sharing.POPULATION)), "sharing"),
    ("a project elsewhere", lambda: check_project(CALL, replace(PROJECT, territory_id="there")), "territory"),
    ("a budget that does not balance", lambda: check_project(CALL, replace(PROJECT, asked_cents=49_99)), "budget"),
    ("more than the whole envelope", lambda: check_project(replace(CALL, envelope_cents=49_99), PROJECT), "asked"),
    ("deposited the day before", lambda: check_deposit(CALL, date(2026, 3, 1), runs=True), "closed"),
    ("deposited the day after", lambda: check_deposit(CALL, date(2026, 4, 1), runs=False), "closed"),
    ("in a call taken back", lambda: check_deposit(replace(CALL, retired=True), MONDAY, runs=True), "closed"),
    ("one's own project", lambda: check_judge(PROJECT, PROJECT.organisation_id), "own-project"),
    ("a criterion left out", lambda: check_reading(CALL, replace(reading(1, 1), scores={"a": 1})), "scores"),
    ("more points than there are", lambda: check_reading(CALL, reading(6, 1)), "scores"),
    ("nothing granted", lambda: check_grant(PROJECT, left(CALL, {}), 0, ()), "amount"),
    ("more than was asked", lambda: check_grant(PROJECT, left(CALL, {}), 50_01, ()), "amount"),
    ("more than is left", lambda: check_grant(PROJECT, left(CALL, {"centre": 50_01}), 50_00, ()), "envelope"),
    ("more than is left of the territory's part",
     lambda: check_grant(PROJECT, left(by_territory(Sharing.TERRITORY), {"armor": 10_00}), 23_35, ()), "envelope"),
    ("payments of less", lambda: check_grant(PROJECT, left(CALL, {}), 50_00, [Payment(MONDAY, 49_99)]), "payments"),
    ("granted twice", lambda: check_grant(GRANTED, left(CALL, {}), 50_00, ()), "decided"),
    ("decided once withdrawn", lambda: check_undecided(replace(PROJECT, state=State.WITHDRAWN)), "decided"),
    ("payments changed to more", lambda: check_payments(GRANTED, [Payment(MONDAY, 50_01)]), "payments"),
    ("a report on what was not granted", lambda: check_report(PROJECT, MONDAY, MONDAY), "not-granted"),
    ("a report received tomorrow", lambda: check_report(GRANTED, date(2026, 3, 3), MONDAY), "dates"),
    ("a second report", lambda: check_report(replace(GRANTED, report_received_on=MONDAY), MONDAY, MONDAY), "received"),
    ("an envelope below what is granted", lambda: check_covers(CALL, {"armor": 100_01}), "envelope"),
    ("a part below it", lambda: check_covers(by_territory(Sharing.TERRITORY), {"armor": 33_35}), "envelope"),
    ("a granted territory leaves", lambda: check_covers(by_territory(Sharing.TERRITORY), {"there": 1}), "territory"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "slug"), [pytest.param(act, slug, id=name) for name, act, slug in REFUSALS])
def test_what_is_refused(act: Any, slug: str) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.slug == slug


def test_what_is_accepted() -> None:
    check_call(CALL)
    check_project(CALL, PROJECT)
    check_deposit(CALL, date(2026, 3, 31), runs=False)
    check_deposit(CALL, date(2026, 5, 1), runs=True)  # came in time, by post
    check_judge(PROJECT, NEIGHBOUR)
    check_reading(CALL, reading(5, 10))
    check_grant(PROJECT, left(CALL, {"centre": 50_00}), 50_00, [Payment(MONDAY, 20_00), Payment(MONDAY, 30_00)])
    check_report(GRANTED, MONDAY, MONDAY)
    check_covers(by_territory(Sharing.TERRITORY), {"armor": 33_34})

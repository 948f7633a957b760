"""Rules of collective actions, one row each; and the life of a waiting list."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from directory.actions.codes import code_hash, code_of
from directory.actions.model import (
    Action,
    Audience,
    Registration,
    Session,
    State,
    anonymous,
    attended,
    cancelled,
    check_action,
    check_open,
    invites,
    rewritten,
    spanning,
    with_sessions,
)
from directory.actions.roll import Roll
from directory.refusal import Refused

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def session(number: int, starts_at: datetime, **more: Any) -> Session:
    return Session(UUID(int=number), starts_at, starts_at + 2 * HOUR, **more)


FIRST, SECOND = session(1, NOW + 7 * DAY), session(2, NOW + 14 * DAY)


def action(*sessions: Session, **more: Any) -> Action:
    usual: dict[str, Any] = {
        "kind": "workshop", "title": "Atelier", "about": "", "organisation_id": UUID(int=8), "audience": "public",
        "audience_organisation_ids": (), "territory_ids": ("armor",), "site_id": None, "place": "Mairie", "places": 2,
        "changed_at": NOW,
    }  # fmt: skip
    first, last = spanning(sessions)
    return Action(UUID(int=9), **usual | {"sessions": sessions, "starts_at": first, "ends_at": last} | more)


BOTH = action(FIRST, SECOND)
OURS = UUID(int=50)
COMES = Registration(UUID(int=20), BOTH.action_id, 1, State.REGISTERED, NOW, code_hash="x", registered_by=OURS)


@pytest.mark.parametrize(
    ("act", "slug"),
    [
        pytest.param(
            lambda: check_action(action(replace(FIRST, ends_at=FIRST.starts_at))), "dates", id="no time at all"
        ),
        pytest.param(
            lambda: check_action(action(replace(FIRST, ends_at=FIRST.starts_at + DAY + HOUR))), "dates", id="over a day"
        ),
        pytest.param(lambda: check_action(replace(BOTH, place=None)), "place", id="nowhere"),
        pytest.param(lambda: check_action(replace(BOTH, site_id=OURS)), "place", id="in two places"),
        pytest.param(
            lambda: check_action(replace(BOTH, audience_organisation_ids=(OURS,))),
            "audience",
            id="public, for some only",
        ),
        pytest.param(
            lambda: check_open(replace(BOTH, cancelled=True), NOW, by_agent=True),
            "cancelled",
            id="coming to what is off",
        ),
        pytest.param(lambda: check_open(BOTH, FIRST.starts_at, by_agent=False), "over", id="a stranger once it began"),
        pytest.param(lambda: check_open(BOTH, SECOND.ends_at, by_agent=True), "over", id="anybody once it ended"),
        pytest.param(
            lambda: rewritten(BOTH, action(SECOND), FIRST.starts_at), "started", id="dropping a session that began"
        ),
        pytest.param(
            lambda: rewritten(BOTH, action(session(1, NOW - HOUR), SECOND), NOW), "started", id="moving one to the past"
        ),
        pytest.param(lambda: cancelled(BOTH, [FIRST.session_id], FIRST.starts_at), "started", id="cancelled too late"),
        pytest.param(lambda: cancelled(BOTH, [UUID(int=77)], NOW), "started", id="a session of something else"),
        pytest.param(lambda: attended(COMES, FIRST, True, NOW), "not-started", id="came before it began"),
        pytest.param(
            lambda: attended(replace(COMES, state=State.WAITING), FIRST, True, FIRST.ends_at),
            "not-registered",
            id="came without a place",
        ),
        pytest.param(lambda: Roll(2, frozenset({OURS, UUID(int=51)})).resized(1), "places", id="a room too small"),
    ],
)
def test_what_is_refused(act: Any, slug: str) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.slug == slug


def test_what_is_accepted() -> None:
    check_action(BOTH)
    check_open(BOTH, NOW, by_agent=False)
    check_open(BOTH, FIRST.ends_at, by_agent=True)  # late comers of a cycle
    assert attended(COMES, FIRST, True, FIRST.starts_at).attendance == {str(FIRST.session_id): True}
    assert anonymous(COMES) == replace(COMES, code_hash=None, registered_by=None)


@pytest.mark.parametrize(
    ("wanted", "sequences"),
    [
        pytest.param(action(FIRST, SECOND), (0, 0), id="nothing changed"),
        pytest.param(action(FIRST, SECOND, about="Autre texte"), (0, 0), id="what it is about"),
        pytest.param(action(FIRST, SECOND, title="Autre titre"), (1, 1), id="its title"),
        pytest.param(action(FIRST, SECOND, place="Gymnase"), (1, 1), id="its place"),
        pytest.param(action(session(1, NOW + 8 * DAY), SECOND), (1, 0), id="one session moved"),
        pytest.param(action(FIRST), (0, 1), id="one session left out"),
        pytest.param(action(FIRST, SECOND, session(3, NOW + 21 * DAY)), (0, 0, 0), id="one session more"),
    ],
)
def test_calendars_learn_what_they_show(wanted: Action, sequences: tuple[int, ...]) -> None:
    assert tuple(one.sequence for one in rewritten(BOTH, wanted, NOW).sessions) == sequences


def test_a_session_cancelled_is_still_told_and_the_last_one_cancels_the_action() -> None:
    once = cancelled(BOTH, [FIRST.session_id], NOW)
    assert [(one.cancelled, one.sequence) for one in once.sessions] == [(True, 1), (False, 0)]
    assert (once.cancelled, once.starts_at) == (False, SECOND.starts_at)
    twice = cancelled(once, [SECOND.session_id], NOW)
    assert (twice.cancelled, twice.ends_at) == (True, SECOND.ends_at)
    assert with_sessions(twice, twice.sessions).cancelled


@pytest.mark.parametrize(
    ("audience", "reserved", "organisation", "invited"),
    [
        (Audience.PUBLIC, (), None, True),
        (Audience.PROFESSIONALS, (), OURS, True),
        (Audience.AGENTS, (), OURS, True),
        (Audience.AGENTS, (OURS,), OURS, True),
        (Audience.AGENTS, (OURS,), UUID(int=51), False),
        (Audience.AGENTS, (OURS,), None, False),
    ],
)
def test_who_is_invited(audience: str, reserved: tuple[UUID, ...], organisation: UUID | None, *, invited: bool) -> None:
    assert invites(action(FIRST, audience=audience, audience_organisation_ids=reserved), organisation) is invited


def test_who_came_is_forgotten_thirty_days_after_the_last_session() -> None:
    late = Session(UUID(int=1), datetime(2026, 3, 1, 20, tzinfo=UTC), datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert action(late).forgotten_on(ZoneInfo("Europe/Paris")) == date(2026, 4, 1)  # it ended on 2 March there


def test_a_code_is_read_however_it_is_typed_and_says_nothing_without_the_key() -> None:
    key, other = bytes(32), bytes([1] * 32)
    code = code_of(key, OURS)
    assert (len(code), code) == (12, code_of(key, OURS))
    assert code_hash(key, f" {code[:4].lower()}-{code[4:8]}.{code[8:]} ") == code_hash(key, code)
    assert code_of(other, OURS) != code != code_of(key, UUID(int=51))
    assert code_hash(other, code) != code_hash(key, code)


class WaitingList(RuleBasedStateMachine):
    """People come, leave, and the room changes: against the list of who came, in order."""

    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.roll = Roll(2)
        self.count = 0
        self.came: list[UUID] = []

    @rule(target=people)
    def come(self) -> UUID:
        self.count += 1
        one = UUID(int=self.count)
        self.came.append(one)
        self.roll = self._checked(self.roll.entered(one))
        return one

    @rule(one=people)
    def leave(self, one: UUID) -> None:
        if one in self.came:
            self.came.remove(one)
        self.roll = self._checked(self.roll.left(one), gone=one)

    @rule(places=st.one_of(st.none(), st.integers(1, 6)))
    def resize(self, places: int | None) -> None:
        if places is not None and places < len(self.roll.registered):
            with pytest.raises(Refused):
                self.roll.resized(places)
        else:
            self.roll = self._checked(self.roll.resized(places))

    def _checked(self, after: Roll, gone: UUID | None = None) -> Roll:
        """Who had a place keeps it; those who move up are the ones who waited longest, each once."""
        before = self.roll
        assert before.registered - {gone} <= after.registered
        waited = [one for one in before.waiting if one != gone]
        moved = after.moved_up(before)
        assert moved == set(waited[: len(moved)])
        return after

    @invariant()
    def nobody_waits_while_there_is_room(self) -> None:
        roll = self.roll
        assert set(self.came) == roll.registered | set(roll.waiting)
        assert not roll.registered & set(roll.waiting)
        assert roll.free is None or roll.free >= 0
        assert not roll.waiting or roll.free == 0
        assert list(roll.waiting) == [one for one in self.came if one in roll.waiting]


WaitingList.TestCase.settings = settings(max_examples=15, stateful_step_count=25)
test_a_waiting_list_is_fair = WaitingList.TestCase

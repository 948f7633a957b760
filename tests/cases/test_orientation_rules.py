"""The rules of an orientation, one row per rule, in words a social worker reads; then its life, in any order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cases.dossiers.model import Refused
from cases.orientations import deadlines, links, model
from cases.orientations.links import CODE_LASTS, CODES, LINK_LASTS, TRIES, Link, Standing
from cases.orientations.model import ANSWERS, Ground, Orientation, State
from cases.words import ANSWERS as ANSWER_WORDS
from cases.words import ORIENTATIONS, REFUSALS
from contracts import programmes
from contracts.events.cases import KnownOrientationRefusal
from contracts.sealed import Sealed

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
ID, CASE, OFFER, OTHER, STRUCTURE, AGENT = (UUID(int=number) for number in range(1, 7))
SHIPPED = programmes.load()
FIRST_CONTACT, CONCERN, DETECTION = (
    SHIPPED.current(name) for name in ("first-contact", "child-concern", "early-detection")
)
REASONS: tuple[KnownOrientationRefusal, ...] = get_args(KnownOrientationRefusal)


def sealed(name: str) -> Sealed:
    return Sealed(key_subject=f"case:{CASE}", event_id=ID, field=name, data="AAAA")


PROPOSED = Orientation(
    orientation_id=ID,
    case_id=CASE,
    version=1,
    offer_id=OFFER,
    organisation_id=STRUCTURE,
    proposed_by=AGENT,
    proposing_organisation_id=UUID(int=9),
    proposed_at=NOW,
    answer_by=date(2026, 3, 17),
    ground=Ground.CONSENT,
    first_name=sealed("first_name"),
    asked=sealed("asked"),
    reach=sealed("reach"),
)
STUDIED = replace(PROPOSED, state=State.UNDER_STUDY)
ACCEPTED, REFUSED, EXPIRED, WITHDRAWN = (
    replace(PROPOSED, state=state) for state in (State.ACCEPTED, State.REFUSED, State.EXPIRED, State.WITHDRAWN)
)


def step(act: Callable[[], object]) -> str | None:
    """What a refused act says; None when it is done."""
    try:
        act()
    except Refused as refused:
        return " ".join(refused.missing)
    return None


# situation, what is read (None: it is done), the orientation, the act
LIFE: list[tuple[str, str | None, Orientation, Callable[[Orientation], object]]] = [
    ("a structure accepts", None, PROPOSED, lambda one: model.answer(one, State.ACCEPTED, None, NOW)),
    ("it studies the request", None, PROPOSED, lambda one: model.answer(one, State.UNDER_STUDY, None, NOW)),
    ("it refuses and says why", None, PROPOSED, lambda one: model.answer(one, State.REFUSED, "full", NOW)),
    ("it refuses without a reason", "pourquoi", PROPOSED, lambda one: model.answer(one, State.REFUSED, None, NOW)),
    ("it accepts with a reason", "que pour un refus", PROPOSED,
     lambda one: model.answer(one, State.ACCEPTED, "full", NOW)),
    ("after studying it accepts", None, STUDIED, lambda one: model.answer(one, State.ACCEPTED, None, NOW)),
    ("after studying it refuses", None, STUDIED, lambda one: model.answer(one, State.REFUSED, "other", NOW)),
    ("it studies twice", "déjà à l'étude", STUDIED, lambda one: model.answer(one, State.UNDER_STUDY, None, NOW)),
    ("it changes its yes", "a été acceptée", ACCEPTED, lambda one: model.answer(one, State.REFUSED, "full", NOW)),
    ("it changes its no", "a été refusée", REFUSED, lambda one: model.answer(one, State.ACCEPTED, None, NOW)),
    ("it answers too late", "délai", EXPIRED, lambda one: model.answer(one, State.ACCEPTED, None, NOW)),
    ("it answers what was withdrawn", "retirée", WITHDRAWN, lambda one: model.answer(one, State.ACCEPTED, None, NOW)),
    ("the agent withdraws it", None, PROPOSED, model.withdraw),
    ("the agent withdraws what is studied", None, STUDIED, model.withdraw),
    ("the agent withdraws what was accepted", "a été acceptée", ACCEPTED, model.withdraw),
    ("nobody answers", None, PROPOSED, lambda one: model.expire(one, OTHER)),
    ("nobody answers after studying", None, STUDIED, lambda one: model.expire(one, None)),
    ("time passes after an answer", "a été refusée", REFUSED, lambda one: model.expire(one, None)),
    ("another offer is asked too", None, PROPOSED,
     lambda one: model.must_be_proposable(FIRST_CONTACT, [one], OTHER)),
    ("the same offer is asked twice", "déjà sollicitée", PROPOSED,
     lambda one: model.must_be_proposable(FIRST_CONTACT, [one], OFFER)),
    ("an offer that refused is asked again", None, REFUSED,
     lambda one: model.must_be_proposable(FIRST_CONTACT, [one], OFFER)),
    ("a worry about a child is oriented", "cellule", REFUSED,
     lambda one: model.must_be_proposable(CONCERN, [], OFFER)),
]  # fmt: skip


@pytest.mark.parametrize(("said", "before", "act"), [row[1:] for row in LIFE], ids=[row[0] for row in LIFE])
def test_what_may_become_of_an_orientation(
    said: str | None, before: Orientation, act: Callable[[Orientation], object]
) -> None:
    refusal = step(lambda: act(before))
    assert (refusal is None) == (said is None)
    assert said is None or said in (refusal or "")


# situation, programme, the person agreed, a reason to tell without it, on what ground the structure is told
GROUNDS = [
    ("the person agreed", FIRST_CONTACT, True, None, Ground.CONSENT),
    ("the person agreed, and a reason was typed", FIRST_CONTACT, True, "Urgence", Ground.CONSENT),
    ("no agreement, a reason is recorded", FIRST_CONTACT, False, "Urgence", Ground.OVERRIDE),
    ("no agreement and no reason", FIRST_CONTACT, False, None, Ground.NOTHING),
    ("early detection keeps no child's name, even agreed", DETECTION, True, None, Ground.NOTHING),
    ("nor with a reason", DETECTION, False, "Urgence", Ground.NOTHING),
]


@pytest.mark.parametrize(
    ("programme", "agreed", "override", "ground"), [row[1:] for row in GROUNDS], ids=[row[0] for row in GROUNDS]
)
def test_on_what_ground_a_structure_is_told(programme: Any, agreed: bool, override: str | None, ground: Ground) -> None:
    assert model.ground_for(programme, agreed=agreed, override=override) is ground
    assert model.ground_sentence(ground)


def test_who_takes_the_agreement_back_is_read_no_more_whatever_was_answered() -> None:
    for before in (PROPOSED, STUDIED, ACCEPTED):
        after = model.stop_sharing(before)
        assert (after.shared, after.ground, after.state) == ((None, None, None), Ground.NOTHING, before.state)


def test_every_state_answer_and_reason_has_its_words() -> None:
    assert set(ORIENTATIONS) == {state.value for state in State}
    assert set(ANSWER_WORDS) == {state.value for state in ANSWERS}
    assert tuple(REFUSALS) == REASONS


# programme, since, the days of the reminder, the escalation and the end, all at 08:00 in Paris
CALENDAR = [
    ("first-contact", datetime(2026, 3, 2, 9, 15, tzinfo=UTC), (7, 12, 17)),
    ("suicide-prevention-network", datetime(2026, 3, 2, 9, 15, tzinfo=UTC), (3, 4, 5)),
    ("first-contact", datetime(2026, 3, 2, 23, 30, tzinfo=UTC), (8, 13, 18)),
    ("child-concern", datetime(2026, 3, 2, 9, 15, tzinfo=UTC), (7, 12, 17)),
]


@pytest.mark.parametrize(("name", "since", "days"), CALENDAR)
def test_deadlines_are_the_programmes_or_the_shipped_ones(
    name: str, since: datetime, days: tuple[int, int, int]
) -> None:
    due = deadlines.stages(ID, CASE, SHIPPED.current(name), since, "proposed", ZoneInfo("Europe/Paris"))
    assert [one.fires_at.astimezone(UTC) for one in due] == [datetime(2026, 3, day, 7, tzinfo=UTC) for day in days]
    assert {one.due_on for one in due} == {date(2026, 3, days[2])}, "each names the day an answer is expected by"


# Links and codes --------------------------------------------------------------------------------------

KEY = bytes(32)
GOOD = links.issue(ID, CASE, b"x", NOW)
CODE = links.code_hash(KEY, ID, "123456")
SENT = links.ask_code(GOOD, CODE, NOW)
MINUTE = timedelta(minutes=1)

# situation, what is read (None: it is done), the link, the act
LINKS: list[tuple[str, str | None, Link, Callable[[Link], object]]] = [
    ("a good link asks for a code", None, GOOD, lambda one: links.ask_code(one, CODE, NOW)),
    ("on its last second too", None, GOOD,
     lambda one: links.ask_code(one, CODE, NOW + LINK_LASTS - timedelta(seconds=1))),
    ("after seven days it does not", "plus valable", GOOD, lambda one: links.ask_code(one, CODE, NOW + LINK_LASTS)),
    ("revoked, it does not", "plus valable", links.revoke(GOOD, NOW), lambda one: links.ask_code(one, CODE, NOW)),
    ("twice in a minute, it does not", "une minute", SENT, lambda one: links.ask_code(one, CODE, NOW + MINUTE / 2)),
    ("a minute later it does", None, SENT, lambda one: links.ask_code(one, CODE, NOW + MINUTE)),
    ("the eleventh time it does not", "Trop de codes", replace(SENT, codes_left=0),
     lambda one: links.ask_code(one, CODE, NOW + MINUTE)),
    ("a good link is not renewed", "encore valable", GOOD, lambda one: links.must_be_renewable(one, NOW)),
    ("after seven days it is", None, GOOD, lambda one: links.must_be_renewable(one, NOW + LINK_LASTS)),
    ("used up, it is", None, replace(GOOD, codes_left=0), lambda one: links.must_be_renewable(one, NOW)),
    ("revoked, it is not", "révoqué", links.revoke(GOOD, NOW),
     lambda one: links.must_be_renewable(one, NOW + LINK_LASTS)),
    ("it is revoked twice", "déjà révoqué", links.revoke(GOOD, NOW), lambda one: links.revoke(one, NOW)),
]  # fmt: skip


@pytest.mark.parametrize(("said", "before", "act"), [row[1:] for row in LINKS], ids=[row[0] for row in LINKS])
def test_what_a_link_allows(said: str | None, before: Link, act: Callable[[Link], object]) -> None:
    refusal = step(lambda: act(before))
    assert (refusal is None) == (said is None)
    assert said is None or said in (refusal or "")


def test_a_code_is_good_once_within_ten_minutes() -> None:
    assert links.try_code(SENT, CODE, NOW + CODE_LASTS - timedelta(seconds=1))[1]
    assert not links.try_code(SENT, CODE, NOW + CODE_LASTS)[1]
    after, let_in = links.try_code(SENT, CODE, NOW)
    assert let_in
    assert links.try_code(after, CODE, NOW) == (after, False)


def test_five_wrong_tries_spend_a_code() -> None:
    link, wrong = SENT, links.code_hash(KEY, ID, "654321")
    for left in reversed(range(TRIES)):
        link, let_in = links.try_code(link, wrong, NOW)
        assert (link.tries_left, let_in) == (left, False)
    assert links.try_code(link, CODE, NOW) == (link, False)


def test_the_last_code_of_a_link_can_still_be_typed() -> None:
    last = links.ask_code(replace(GOOD, codes_left=1), CODE, NOW)
    assert last.standing(NOW) is Standing.GOOD
    let, let_in = links.try_code(last, CODE, NOW)
    assert (let_in, let.standing(NOW), let.lives(NOW)) == (True, Standing.EXPIRED, True)
    assert GOOD.codes_left == CODES


def test_secrets_differ_and_their_hashes_are_bound() -> None:
    random = Random(1)
    assert len({links.new_secret(random) for _ in range(100)}) == 100
    assert all(len(code) == 6 and code.isdigit() for code in (links.new_code(random) for _ in range(100)))
    assert links.code_hash(KEY, ID, "123456") != links.code_hash(KEY, CASE, "123456")
    assert links.link_hash(KEY, "a") != links.link_hash(bytes([1]) * 32, "a")


# Its life, in any order ---------------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """Everybody tries everything, in any order. A refusal leaves the orientation as it was."""

    @initialize(ground=st.sampled_from(list(Ground)))
    def begin(self, ground: Ground) -> None:
        self.orientation = replace(PROPOSED, ground=ground)
        if ground is Ground.NOTHING:
            self.orientation = model.without_person(self.orientation)
        self.ended: State | None = None

    def attempt(self, act: Callable[[], Orientation]) -> None:
        before = self.orientation
        try:
            self.orientation = act()
        except Refused as refused:
            refusal = refused
        else:
            assert self.orientation.version == before.version + 1, "each change is another version"
            return
        assert refusal.missing, "a refusal says why"

    @rule(state=st.sampled_from(ANSWERS), reason=st.sampled_from([None, *REASONS]))
    def answer(self, state: Any, reason: KnownOrientationRefusal | None) -> None:
        self.attempt(lambda: model.answer(self.orientation, state, reason, NOW))

    @rule()
    def withdraw(self) -> None:
        self.attempt(lambda: model.withdraw(self.orientation))

    @rule(instead=st.sampled_from([None, OTHER]))
    def expire(self, instead: UUID | None) -> None:
        self.attempt(lambda: model.expire(self.orientation, instead))

    @rule()
    def take_agreement_back(self) -> None:
        if self.orientation.ground is Ground.CONSENT:
            self.attempt(lambda: model.stop_sharing(self.orientation))

    @invariant()
    def what_is_over_stays_so(self) -> None:
        if self.ended is not None:
            assert self.orientation.state is self.ended
        if not self.orientation.open:
            self.ended = self.orientation.state

    @invariant()
    def the_person_is_read_only_on_a_ground_and_while_it_serves(self) -> None:
        if any(self.orientation.shared):
            assert self.orientation.ground is not Ground.NOTHING
            assert self.orientation.state in model.READ_IN

    @invariant()
    def only_a_refusal_has_a_reason(self) -> None:
        assert (self.orientation.reason is not None) == (self.orientation.state is State.REFUSED)


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
TestLife = Life.TestCase

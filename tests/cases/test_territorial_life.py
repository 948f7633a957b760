"""A conference of a territory: what each step needs, and its life under random legal and illegal moves."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cases.dossiers.model import Refused
from cases.follow_ups.model import Contact, FollowUp
from cases.territorial import life, rules
from cases.territorial.figures import Figures
from cases.territorial.model import (
    EVALUATION,
    FOLLOW_UP,
    ROUTES,
    Action,
    Attendance,
    Axis,
    Contribution,
    Course,
    Finding,
    Gathering,
    Phase,
    Pitch,
    Presented,
    Territorial,
    Workshop,
)

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = NOW.date()
CASE, CITY, CCAS, MDS, STRANGER = (UUID(int=number) for number in range(1, 6))
AXIS, WORKSHOP, ACTION, MANAGER = (UUID(int=number) for number in range(11, 15))
DISTRICT = Action(
    action_id=ACTION,
    axis_id=AXIS,
    what="Ouvrir une halte-garderie",
    level="intercommunal",
    organisation_id=CITY,
    indicator="Familles accueillies",
    by_when=date(2026, 9, 1),
    checked_by=CCAS,
)
PRESENTED = Presented(on=TODAY, figures=Figures(since=date(2025, 3, 1), until=date(2026, 3, 1), tables={}))


def opened(course: Course = Course.SITTING) -> Territorial:
    return Territorial(
        case_id=CASE,
        territory_id="ici",
        programme="territorial-conference",
        programme_version=1,
        title="Conférence d'essai",
        course=course,
        facilitator_id=MANAGER,
        opened_at=NOW,
    )


def found(kind: str) -> Finding:
    return Finding.model_validate({"finding_id": CASE, "kind": kind, "text": "…"})


PREPARED = opened().model_copy(
    update={
        "findings": (found("need"), found("means")),
        "presented": PRESENTED,
        "partners": (CITY, CCAS, MDS),
        "meeting_at": NOW,
    }
)
MET = PREPARED.model_copy(
    update={
        "phase": Phase.SITTING,
        "meeting_at": None,
        "attended": {Phase.SITTING: Attendance(on=TODAY, organisations=frozenset({CITY, CCAS}), residents=3)},
        "axes": (Axis(axis_id=AXIS, title="Petite enfance"),),
        "actions": (DISTRICT,),
    }
)
BOTH = [CITY, CCAS]

# what is not so → what is said before the diagnosis may be presented, or the meeting begin
NOT_READY = [
    ("no need is described", {"findings": (found("means"),)}, "besoin"),
    ("no means are described", {"findings": (found("group"),)}, "moyen"),
    ("the diagnosis is not presented", {"presented": None}, "Présentez le diagnostic"),
    ("one partner alone", {"partners": (CITY,)}, "deux structures"),
    ("no date", {"meeting_at": None}, "Fixez le jour"),
]
# what is not so → what is said before the plan is ratified
NOT_RATIFIABLE = [
    ("nobody is there", {"attended": {}}, "présentes"),
    ("no axis", {"axes": (), "actions": ()}, "aucun axe"),
    ("an axis without an action", {"actions": ()}, "n'a aucune action"),
    ("who acts is absent", {"actions": (DISTRICT.model_copy(update={"organisation_id": MDS}),)}, "engagée"),
    ("who checks is absent", {"actions": (DISTRICT.model_copy(update={"checked_by": MDS}),)}, "engagée"),
    ("an action of yesterday", {"actions": (DISTRICT.model_copy(update={"by_when": date(2026, 3, 1)}),)}, "précède"),
]


@pytest.mark.parametrize(("without", "says"), [row[1:] for row in NOT_READY], ids=[row[0] for row in NOT_READY])
def test_a_meeting_does_not_begin_unprepared(without: dict[str, object], says: str) -> None:
    unready = PREPARED.model_copy(update=without)
    assert any(says in sentence for sentence in life.missing(unready))
    with pytest.raises(Refused, match="refused"):
        life.meet(unready, Attendance(on=TODAY, organisations=frozenset(BOTH)), ZONE)


@pytest.mark.parametrize(
    ("without", "says"), [row[1:] for row in NOT_RATIFIABLE], ids=[row[0] for row in NOT_RATIFIABLE]
)
def test_a_plan_is_not_ratified_unready(without: dict[str, object], says: str) -> None:
    unready = MET.model_copy(update=without)
    assert any(says in sentence for sentence in life.missing(unready))
    with pytest.raises(Refused):
        life.ratify(unready, sorted(unready.present), NOW)


def test_a_plan_is_ratified_by_all_who_are_there_and_nobody_else() -> None:
    for by in ([CITY], [CITY, CCAS, MDS], []):
        with pytest.raises(Refused):
            life.ratify(MET, by, NOW)
    assert life.ratify(MET, BOTH, NOW).phase is Phase.RATIFIED


# what is tried → why it is refused
ILLEGAL: list[tuple[str, Callable[[], Territorial], str]] = [
    ("a finding once presented", lambda: life.find(PREPARED, found("need")), "tel qu'il a été montré"),
    ("an invitation twice", lambda: life.invite(PREPARED, CITY), "déjà invitée"),
    ("to take back who came", lambda: life.uninvite(MET, CITY), "reste partenaire"),
    ("a meeting of yesterday", lambda: life.schedule(PREPARED, NOW - timedelta(days=1), NOW, ZONE), "à venir"),
    (
        "a meeting before its day",
        lambda: life.meet(
            PREPARED.model_copy(update={"meeting_at": NOW + timedelta(days=9)}),
            Attendance(on=TODAY, organisations=frozenset(BOTH)),
            ZONE,
        ),
        "avant le jour prévu",
    ),
    ("a stranger at the meeting", lambda: life.attend(MET, [STRANGER], 0), "invitez-la"),
    ("an axis with actions dropped", lambda: life.drop_axis(MET, AXIS), "a des actions"),
    (
        "a communal action of no commune",
        lambda: life.plan_action(MET, DISTRICT.model_copy(update={"level": "communal"})),
        "commune",
    ),
    (
        "an action moved by one alone",
        lambda: life.move_action(life.ratify(MET, BOTH, NOW), ACTION, TODAY, [CITY]),
        "celle qui la vérifie",
    ),
    (
        "a quarterly meeting to come",
        lambda: life.gather(
            life.ratify(MET, BOTH, NOW),
            Gathering(gathering_id=CASE, on=TODAY + timedelta(days=1), organisations=frozenset(), text="…"),
            TODAY,
        ),
        "jour passé",
    ),
]


@pytest.mark.parametrize(("attempt", "says"), [row[1:] for row in ILLEGAL], ids=[row[0] for row in ILLEGAL])
def test_what_is_refused_says_why(attempt: Callable[[], Territorial], says: str) -> None:
    with pytest.raises(Refused) as refused:
        attempt()
    assert any(says in sentence for sentence in refused.value.missing)


def a_round(conference: Territorial) -> FollowUp:
    return FollowUp(
        conference_id=conference.conference_id,
        case_id=CASE,
        scale="territorial",
        met_on=TODAY,
        due_on=date(2026, 9, 2),
        at_least=2,
        guests=frozenset(conference.partners),
        family_group=conference.ratified_by,
        actions=tuple(action.action_id for action in conference.actions),
    )


ORGANISATIONS = st.sampled_from([CITY, CCAS, MDS, STRANGER])
SOME = st.lists(ORGANISATIONS, max_size=3, unique=True)


class Life(RuleBasedStateMachine):
    """A manager who tries everything, in any order. A refusal leaves the conference as it was."""

    @initialize(course=st.sampled_from(Course), so_far=st.integers(0, 4))
    def begin(self, course: Course, so_far: int) -> None:
        self.conference = opened(course)
        self.shown: Presented | None = None
        if so_far:
            self.conference = PREPARED.model_copy(update={"course": course})
        for _ in range(so_far - 1):
            self.go_on()

    def go_on(self) -> None:
        """The next meeting, or the plan ratified, as a sequence of legal steps would have it."""
        if self.conference.next_phase is not None:
            here = Attendance(on=TODAY, organisations=frozenset(BOTH))
            said = (Contribution(contribution_id=CASE, workshop_id=WORKSHOP, organisation_id=None, text="…"),)
            ready = self.conference.model_copy(update={"meeting_at": NOW, "contributions": said})
            self.attempt(lambda: life.meet(ready, here, ZONE))
        elif self.conference.phase in life.DECIDING:
            planned = self.conference.model_copy(update={"axes": MET.axes, "actions": MET.actions})
            self.attempt(lambda: life.ratify(planned, sorted(planned.present), NOW))
            if self.conference.ratified_at is not None:
                rounds = {FOLLOW_UP: a_round(self.conference), EVALUATION: a_round(self.conference)}
                self.conference = self.conference.model_copy(update={"rounds": rounds})

    def attempt(self, step: Callable[[], Territorial]) -> None:
        before = self.conference
        try:
            self.conference = step()
        except Refused as refused:
            refusal = refused
        else:
            gathered = self.conference.model_copy(update={"gatherings": before.gatherings})
            assert not before.over or gathered == before, "what is over stays, but for professionals who meet on"
            return
        assert refusal.missing, "a refusal says what is missing"
        assert self.conference == before

    @rule(kind=st.sampled_from(["need", "group", "risk", "means"]))
    def find(self, kind: str) -> None:
        self.attempt(lambda: life.find(self.conference, found(kind)))

    @rule()
    def present(self) -> None:
        self.attempt(lambda: life.present(self.conference, PRESENTED))

    @rule(one=ORGANISATIONS)
    def invite(self, one: UUID) -> None:
        self.attempt(lambda: life.invite(self.conference, one))

    @rule(one=ORGANISATIONS)
    def uninvite(self, one: UUID) -> None:
        self.attempt(lambda: life.uninvite(self.conference, one))

    @rule()
    def schedule(self) -> None:
        self.attempt(lambda: life.schedule(self.conference, NOW, NOW, ZONE))

    @rule(who=SOME)
    def meet(self, who: list[UUID]) -> None:
        self.attempt(lambda: life.meet(self.conference, Attendance(on=TODAY, organisations=frozenset(who)), ZONE))

    @rule()
    def lead_on(self) -> None:
        self.go_on()

    @rule(who=SOME)
    def attend(self, who: list[UUID]) -> None:
        self.attempt(lambda: life.attend(self.conference, who, 2))

    @rule(by=st.one_of(st.none(), ORGANISATIONS))
    def speak(self, by: UUID | None) -> None:
        self.attempt(lambda: life.open_workshop(self.conference, Workshop(workshop_id=WORKSHOP, title="…")))
        said = Contribution(contribution_id=CASE, workshop_id=WORKSHOP, organisation_id=by, text="…")
        self.attempt(lambda: life.contribute(self.conference, said))
        self.attempt(lambda: life.pitch(self.conference, Pitch(pitch_id=CASE, title="…", organisation_id=by, text="…")))

    @rule(owner=ORGANISATIONS, checker=ORGANISATIONS)
    def plan(self, owner: UUID, checker: UUID) -> None:
        if not self.conference.axes:
            self.attempt(lambda: life.write_axis(self.conference, MET.axes[0]))
        action = DISTRICT.model_copy(update={"organisation_id": owner, "checked_by": checker})
        self.attempt(lambda: life.plan_action(self.conference, action))

    @rule()
    def drop(self) -> None:
        self.attempt(lambda: life.drop_action(self.conference, ACTION))

    @rule(by=SOME)
    def ratify(self, by: list[UUID]) -> None:
        before = self.conference
        if before.phase not in life.DECIDING or not rules.missing(rules.TO_RATIFY[:-1], before):
            return
        self.attempt(lambda: life.ratify(self.conference, by, NOW))
        assert self.conference.phase is before.phase, "something was missing"

    @rule(which=st.sampled_from([FOLLOW_UP, EVALUATION]), asked=SOME, told=st.booleans())
    def record(self, which: str, asked: list[UUID], told: bool) -> None:
        contacts = [Contact(person_id=one, contacted_on=TODAY) for one in asked]
        outcomes = {ACTION: "carried_out"} if told else {}
        self.attempt(lambda: life.record(self.conference, which, contacts, outcomes, {}, TODAY))  # type: ignore[arg-type]

    @rule()
    def gather(self) -> None:
        held = Gathering(gathering_id=CASE, on=TODAY, organisations=frozenset(), text="…")
        self.attempt(lambda: life.gather(self.conference, held, TODAY))

    @rule()
    def stop(self) -> None:
        self.attempt(lambda: life.stop(self.conference, "…"))

    @invariant()
    def what_was_shown_stays(self) -> None:
        self.shown = self.shown or self.conference.presented
        assert self.conference.presented == self.shown

    @invariant()
    def nobody_is_bound_who_was_not_there(self) -> None:
        one = self.conference
        if one.ratified_at is None:
            return
        assert len(one.ratified_by) >= 2
        assert one.ratified_by == one.present
        assert all({action.organisation_id, action.checked_by} <= one.ratified_by for action in one.actions)
        assert {axis.axis_id for axis in one.axes} == {action.axis_id for action in one.actions}

    @invariant()
    def who_takes_part_is_a_partner(self) -> None:
        came = frozenset[UUID]().union(*(one.organisations for one in self.conference.attended.values()))
        assert came <= set(self.conference.partners)

    @invariant()
    def meetings_come_in_their_order(self) -> None:
        route = ROUTES[self.conference.course]
        held = [phase for phase in route if phase in self.conference.attended]
        assert held == list(route[1 : 1 + len(held)])

    @invariant()
    def a_year_ends_with_its_evaluation(self) -> None:
        if self.conference.phase is Phase.EVALUATED:
            evaluation = self.conference.rounds[EVALUATION]
            assert evaluation.recorded_on is not None
            assert len(evaluation.contacted) >= evaluation.at_least


Life.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase

"""The life of a conference under random legal and illegal moves: what must never happen never does."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases.conferences import life, rules
from cases.conferences.family import FAMILY_SCALE
from cases.conferences.life import Declaration
from cases.conferences.model import (
    Action,
    Condition,
    Conference,
    Coordination,
    Decision,
    Guest,
    Phase,
    Role,
    Safety,
    Stop,
)
from cases.dossiers.model import Refused
from cases.follow_ups import model as follow_ups
from cases.follow_ups.model import Contact, FollowUp
from contracts.events.cases import KnownFollowUpOutcome
from tests.cases.ready import (
    ACTION,
    ALIX,
    ALONE,
    ASKED_FOR,
    BY,
    CASE,
    CONDITION,
    CONFERENCE,
    COORDINATOR,
    DISCUSSED,
    INFORMED,
    MEETING,
    NOA,
    NOW,
    PREPARED,
    RATIFIED,
    REFERENT,
    SAM,
    SCHEDULED,
    TEACHER,
    ZONE,
    guest,
    instead,
    sealed,
)

PEOPLE = [SAM, ALIX, NOA, TEACHER, UUID(int=14)]
MET = frozenset({Phase.INFORMATION_SHARING, Phase.PRIVATE_TIME, Phase.ACCEPTANCE, Phase.RATIFIED, Phase.FOLLOWED_UP})
INDEPENDENT = Declaration(not_their_social_worker=True, no_tie_to_anyone=True)
OPEN_QUESTION = "Comment aider Sam à rester chez lui ?"


TODAY = date(2026, 7, 1)


def a_follow_up_of(conference: Conference) -> FollowUp:
    """What begins with a ratification."""
    return FollowUp(
        conference_id=conference.conference_id,
        case_id=CASE,
        met_on=MEETING.date(),
        due_on=date(2026, 8, 4),
        at_least=2,
        guests=frozenset(guest.person_id for guest in conference.guests),
        family_group=frozenset(guest.person_id for guest in conference.family_group),
        actions=tuple(action.action_id for action in conference.actions),
    )


class Life(RuleBasedStateMachine):
    """A coordinator who tries everything, in any order. A refusal leaves the conference as it was."""

    @initialize(so_far=st.integers(0, 7))
    def begin(self, so_far: int) -> None:
        """It has gone well so far: chance alone would seldom lead to a ratified plan."""
        self.by = BY
        self.at = MEETING
        self.ended: Phase | None = None
        self.follow_up: FollowUp | None = None
        self.ratified_under = BY
        self.taken_up: frozenset[UUID] = frozenset()
        self.conference = life.prepare(CASE, CONFERENCE, BY, INDEPENDENT)
        for step in self.well_led()[:so_far]:
            self.conference = step(self.conference)

    def well_led(self) -> list[Callable[[Conference], Conference]]:
        later = [MEETING + timedelta(hours=hours) for hours in range(4)]
        self.at = later[3]
        return [
            lambda _: PREPARED,
            lambda one: life.schedule(one, BY, MEETING, NOW, ZONE),
            lambda one: life.share_information(one, BY, later[0], [SAM, ALIX, NOA, TEACHER], ZONE),
            lambda one: life.leave_the_family_alone(one, later[1]),
            lambda one: life.come_back(one, later[2]),
            lambda one: life.plan_action(one, DISCUSSED.actions[0]),
            lambda one: life.ratify(one, BY, [SAM, ALIX, NOA], later[3]),
        ]

    def attempt(self, step: Callable[[], Conference]) -> None:
        before = self.conference
        ratifying = self.by
        try:
            self.conference = step()
        except Refused as refused:
            refusal = refused
        else:
            assert not before.over, "what is over stays as it is"
            if self.conference.phase is Phase.RATIFIED and before.phase is not Phase.RATIFIED:
                self.ratified_under = ratifying
            if before.phase is Phase.PRIVATE_TIME:
                assert self.conference.phase in (Phase.ACCEPTANCE, Phase.STOPPED), "nothing is recorded in private time"
            return
        assert refusal.missing, "a refusal says what is missing"
        assert self.conference == before

    @rule(question=st.sampled_from([OPEN_QUESTION, "Faut-il placer Sam ?", "Sam."]))
    def ask(self, question: str) -> None:
        self.attempt(lambda: life.ask(self.conference, question, sealed("question")))
        if self.conference.question is not None and question != OPEN_QUESTION:
            with pytest.raises(Refused):
                life.ask(self.conference, question, sealed("question"))

    @rule(person=st.sampled_from(PEOPLE), role=st.sampled_from(list(Role)), by=st.sampled_from([None, *PEOPLE]))
    def invite(self, person: UUID, role: Role, by: UUID | None) -> None:
        self.attempt(lambda: life.invite(self.conference, Guest(person_id=person, role=role, requested_by=by), self.by))

    @rule(person=st.sampled_from(PEOPLE))
    def uninvite(self, person: UUID) -> None:
        self.attempt(lambda: life.uninvite(self.conference, person))

    @rule(person=st.sampled_from(PEOPLE), safe=st.booleans(), met=st.booleans())
    def check(self, person: UUID, safe: bool, met: bool) -> None:
        on = date(2026, 4, 1) if met else None
        self.attempt(lambda: life.check_safety(self.conference, person, safe=safe, met_on=on))

    @precondition(lambda self: self.conference.phase in life.BEFORE_MEETING)
    @rule()
    def prepare_well(self) -> None:
        """All guests and conditions at once, as a sequence of legal steps would leave them."""
        self.conference = PREPARED.model_copy(
            update={"phase": self.conference.phase, "meeting_at": self.conference.meeting_at}
        )

    @rule(mandated=st.booleans())
    def mandate(self, mandated: bool) -> None:
        self.attempt(lambda: life.say_mandated(self.conference, mandated))

    @rule()
    def condition(self) -> None:
        stated = Condition(condition_id=CONDITION, text=sealed("condition"))
        self.attempt(lambda: life.state_condition(self.conference, stated, NOW.date()))

    @rule(referent=st.booleans())
    def coordinator_changes(self, referent: bool) -> None:
        other = UUID(int=3)
        self.by = Coordination(coordinator_id=other, referent_ids=(other,) if referent else ())
        self.attempt(lambda: life.declare(self.conference, self.by, INDEPENDENT))

    @rule()
    def coordinator_returns(self) -> None:
        self.by = BY
        self.attempt(lambda: life.declare(self.conference, BY, INDEPENDENT))

    @rule(days=st.integers(-400, 3))
    def schedule(self, days: int) -> None:
        self.attempt(lambda: life.schedule(self.conference, self.by, MEETING + timedelta(days=days), NOW, ZONE))

    @rule(present=st.frozensets(st.sampled_from(PEOPLE)), minutes=st.integers(-60, 600))
    def meet(self, present: frozenset[UUID], minutes: int) -> None:
        self.at = max(self.at, MEETING + timedelta(minutes=minutes))
        self.attempt(lambda: life.share_information(self.conference, self.by, self.at, present, ZONE))

    @rule()
    def meet_with_all(self) -> None:
        here = [one.person_id for one in self.conference.guests]
        self.attempt(lambda: life.share_information(self.conference, self.by, self.at, here, ZONE))

    @rule(minutes=st.integers(-10, 60))
    def leave(self, minutes: int) -> None:
        self.attempt(lambda: life.leave_the_family_alone(self.conference, self.at + timedelta(minutes=minutes)))

    @rule(minutes=st.integers(-10, 120))
    def come_back(self, minutes: int) -> None:
        self.attempt(lambda: life.come_back(self.conference, self.at + timedelta(minutes=minutes)))

    @rule(number=st.integers(40, 42), who=st.sampled_from(PEOPLE), respects=st.booleans(), feasible=st.booleans())
    def plan(self, number: int, who: UUID, respects: bool, feasible: bool) -> None:
        action = Action(
            action_id=UUID(int=number),
            what=sealed("action"),
            who=who,
            by_when=date(2026, 6, 1),
            checked_by=who,
            respects=frozenset({CONDITION}) if respects else frozenset(),
            feasible=feasible,
        )
        self.attempt(lambda: life.plan_action(self.conference, action))

    @rule(number=st.integers(40, 42))
    def drop(self, number: int) -> None:
        self.attempt(lambda: life.drop_action(self.conference, UUID(int=number)))

    @rule(agreed=st.frozensets(st.sampled_from(PEOPLE)))
    def ratify(self, agreed: frozenset[UUID]) -> None:
        self.attempt(lambda: life.ratify(self.conference, self.by, agreed, self.at))

    @rule()
    def ratify_together(self) -> None:
        self.attempt(lambda: life.ratify(self.conference, self.by, self.conference.family_present, self.at))

    @rule(recorded=st.booleans())
    def violence(self, recorded: bool) -> None:
        self.attempt(lambda: life.record_violence(self.conference, recorded))

    @rule(person=st.sampled_from(PEOPLE), authority=st.booleans(), other=st.sampled_from([None, True, False]))
    def describe(self, person: UUID, authority: bool, other: bool | None) -> None:
        self.attempt(lambda: life.describe(self.conference, person, parental_authority=authority, other_parent=other))

    @rule(contacted=st.booleans())
    def decide(self, contacted: bool) -> None:
        decision = Decision(
            may_be_contacted=contacted, decided_by="manager", recorded_by=REFERENT, recorded_on=date(2026, 4, 1)
        )
        self.attempt(lambda: life.decide_on_other_parent(self.conference, self.by, decision))

    @rule(person=st.sampled_from(PEOPLE))
    def a_tie_is_found(self, person: UUID) -> None:
        """The coordinator follows somebody of the dossier by now."""
        self.by = self.by.model_copy(update={"tied_to": frozenset({person})})

    @precondition(lambda self: self.conference.phase is Phase.RATIFIED)
    @rule(people=st.lists(st.sampled_from([*PEOPLE, COORDINATOR]), max_size=3), told=st.booleans())
    def follow(self, people: list[UUID], told: bool) -> None:
        """Somebody is contacted, and perhaps says what became of the plan. Enough of them close the follow-up."""
        known = self.follow_up or a_follow_up_of(self.conference)
        contacts = [Contact(person_id=one, contacted_on=TODAY) for one in people]
        outcomes: dict[UUID, KnownFollowUpOutcome] = dict.fromkeys(known.actions, "carried_out") if told else {}
        try:
            self.follow_up = follow_ups.record(known, contacts, outcomes, TODAY)
        except Refused:
            return
        if self.follow_up.recorded_on is not None:
            self.conference = life.finish(self.conference)

    @rule(number=st.integers(40, 42), agreed=st.frozensets(st.sampled_from(PEOPLE)))
    def move(self, number: int, agreed: frozenset[UUID]) -> None:
        before = self.conference
        if before.phase is not Phase.FOLLOWED_UP:
            self.attempt(lambda: life.move_action(before, UUID(int=number), date(2026, 12, 1), agreed))

    @precondition(lambda self: self.conference.phase is Phase.FOLLOWED_UP)
    @rule()
    def another_continues(self) -> None:
        """A new conference takes up the question, and needs all the rest anew."""
        before, self.by, self.ended, self.follow_up = self.conference, BY, None, None
        begun = life.prepare(CASE, UUID(int=51), BY, INDEPENDENT)
        self.taken_up = frozenset(action.action_id for action in before.actions)
        self.conference = life.take_up(begun, before, before.actions)
        assert (self.conference.phase, self.conference.question) == (Phase.PREPARATION, before.question)
        assert self.conference.guests == ()

    @rule(sure=st.integers(0, 9))
    def stop(self, sure: int) -> None:
        if sure == 9:
            self.attempt(lambda: life.stop(self.conference, Stop.CONSENT_WITHDRAWN))

    @invariant()
    def never_met_with_an_unchecked_guest(self) -> None:
        if self.conference.phase in MET:
            assert all(one.safety is Safety.SAFE for one in self.conference.guests)
            assert self.conference.question is not None
            assert self.conference.independent is not None

    @invariant()
    def never_met_with_the_other_parent_where_there_is_violence(self) -> None:
        one = self.conference
        held = one.phase in MET and one.phase not in life.AGREED
        if held and one.violence and not (one.decision and one.decision.may_be_contacted):
            assert not any(guest.other_parent for guest in one.guests)

    @invariant()
    def never_ratified_without_who_decides(self) -> None:
        one = self.conference
        if one.ratified_at is not None:
            assert any(guest.role is Role.CONCERNED and guest.person_id in one.ratified_by for guest in one.guests)
            assert not self.ratified_under.tied_to

    @invariant()
    def followed_up_by_two_of_the_family_group_at_least(self) -> None:
        if self.conference.phase is Phase.FOLLOWED_UP:
            assert self.follow_up is not None
            counted = {one.person_id for one in self.follow_up.contacts} & {
                guest.person_id for guest in self.conference.family_group
            }
            assert len(counted) >= 2
            assert COORDINATOR not in counted

    @invariant()
    def never_met_without_conditions_of_a_mandated_service(self) -> None:
        if self.conference.phase in MET:
            assert self.conference.mandated_service is False or self.conference.conditions

    @invariant()
    def only_guests_are_present_and_professionals_were_wanted(self) -> None:
        invited = {one.person_id for one in self.conference.guests}
        assert self.conference.present <= invited
        if self.conference.phase in MET:
            family = {one.person_id for one in self.conference.family_group}
            assert all(one.requested_by in family for one in self.conference.guests if not one.of_the_family_group)

    @invariant()
    def parts_of_the_meeting_are_in_order(self) -> None:
        one = self.conference
        moments = [moment for moment in (one.met_at, one.private_from, one.private_until) if moment]
        assert moments == sorted(moments)
        if any(action.action_id not in self.taken_up for action in one.actions):
            assert one.private_until is not None, "a plan is discussed after the private time"

    @invariant()
    def never_ratified_without_acceptance(self) -> None:
        one = self.conference
        if one.phase in (Phase.RATIFIED, Phase.FOLLOWED_UP):
            assert one.private_until is not None
            assert one.family_present
            assert one.ratified_by == one.family_present
            assert rules.missing(FAMILY_SCALE.to_ratify, one, self.ratified_under) == ()

    @invariant()
    def what_is_over_stays_over(self) -> None:
        if self.ended is not None:
            assert self.conference.phase is self.ended
        if self.conference.over:
            self.ended = self.conference.phase


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


# what is tried, in which state, and what the coordinator reads
REFUSALS: list[tuple[str, Callable[[], Any], str]] = [
    ("a tie to the family",
     lambda: life.prepare(CASE, CONFERENCE, BY, Declaration(True, False)), "aucun lien"),
    ("their own social worker",
     lambda: life.prepare(CASE, CONFERENCE, BY, Declaration(False, True)), "remplacé"),
    ("a referent coordinates",
     lambda: life.prepare(CASE, CONFERENCE, Coordination(coordinator_id=COORDINATOR, referent_ids=(COORDINATOR,)),
                          INDEPENDENT), "référente du dossier"),
    ("somebody is invited twice", lambda: life.invite(PREPARED, guest(ALIX, Role.RELATIVE), BY), "déjà invitée"),
    ("a professional nobody asked for",
     lambda: life.invite(PREPARED, Guest(person_id=UUID(int=14), role=Role.PROFESSIONAL), BY), "demande de la famille"),
    ("a stranger is checked",
     lambda: life.check_safety(PREPARED, UUID(int=14), safe=True, met_on=None), "n'est pas invitée"),
    ("conditions are wished away", lambda: life.say_mandated(PREPARED, False), "non négociables"),
    ("an unsafe guest, then a date",
     lambda: life.schedule(PREPARED.model_copy(update={"guests": instead(guest(ALIX, Role.RELATIVE, Safety.REFUSED))}),
                           BY, MEETING, NOW, ZONE), "retirez son invitation"),
    ("a date in the past",
     lambda: life.schedule(PREPARED, BY, NOW - timedelta(days=1), NOW, ZONE), "à venir"),
    ("the meeting begins before its day",
     lambda: life.share_information(SCHEDULED, BY, MEETING - timedelta(days=1), [SAM, ALIX], ZONE), "jour prévu"),
    ("somebody not invited is there",
     lambda: life.share_information(SCHEDULED, BY, MEETING, [SAM, ALIX, UUID(int=14)], ZONE), "n'est pas invitée"),
    ("a guest became unsafe since",
     lambda: life.share_information(
         SCHEDULED.model_copy(update={"guests": instead(guest(NOA, Role.SOCIAL_NETWORK, Safety.UNCHECKED))}),
         BY, MEETING, [SAM, ALIX], ZONE), "sécurité de 1 invité"),
    ("a guest is added during the meeting", lambda: life.invite(INFORMED, ASKED_FOR, BY), "autre étape"),
    ("something is noted in private time",
     lambda: life.plan_action(ALONE, DISCUSSED.actions[0]), "temps privé"),
    ("private time ends before it began",
     lambda: life.come_back(ALONE, MEETING), "précède"),
    ("a plan before the private time", lambda: life.plan_action(INFORMED, DISCUSSED.actions[0]), "autre étape"),
    ("an action for a stranger",
     lambda: life.plan_action(DISCUSSED, DISCUSSED.actions[0].model_copy(update={"who": UUID(int=14)})),
     "n'est pas invitée"),
    ("somebody who took over ratifies without declaring independence",
     lambda: life.ratify(DISCUSSED, Coordination(coordinator_id=UUID(int=3)), [SAM, ALIX, NOA], MEETING),
     "déclarer son indépendance"),
    ("independence is declared in private time",
     lambda: life.declare(ALONE, BY, INDEPENDENT), "temps privé"),
    ("independence is declared once the plan is ratified",
     lambda: life.declare(RATIFIED, BY, INDEPENDENT), "autre étape"),
    ("a professional ratifies",
     lambda: life.ratify(DISCUSSED, BY, [SAM, ALIX, NOA, TEACHER], MEETING), "présentes"),
    ("somebody has not agreed", lambda: life.ratify(DISCUSSED, BY, [SAM, ALIX], MEETING), "1 personne"),
    ("ratified twice", lambda: life.ratify(RATIFIED, BY, [SAM, ALIX, NOA], MEETING), "autre étape"),
    ("a second conference from one that is not followed up",
     lambda: life.take_up(PREPARED, RATIFIED, ()), "autre étape"),
    ("another day that who checks has not agreed to",
     lambda: life.move_action(RATIFIED, ACTION, date(2026, 7, 1), [ALIX]), "celle qui la vérifie"),
    ("another day for an action of no plan",
     lambda: life.move_action(RATIFIED, UUID(int=99), date(2026, 7, 1), [ALIX, NOA]), "n'est plus, dans le plan"),
    ("another day before the plan is ratified",
     lambda: life.move_action(DISCUSSED, ACTION, date(2026, 7, 1), [ALIX, NOA]), "autre étape"),
    ("the other parent where there is violence",
     lambda: life.invite(PREPARED.model_copy(update={"guests": (), "violence": True}),
                         Guest(person_id=ALIX, role=Role.RELATIVE, other_parent=True), BY), "n'est pas contacté"),
    ("a decision about nothing",
     lambda: life.decide_on_other_parent(PREPARED, BY, Decision(
         may_be_contacted=True, decided_by="cell", recorded_by=REFERENT, recorded_on=date(2026, 4, 1))),
     "rien n'est à décider"),
    ("violence recorded once the meeting has begun", lambda: life.record_violence(INFORMED, True), "autre étape"),
    ("who took over is tied to a guest",
     lambda: life.declare(PREPARED, BY.model_copy(update={"tied_to": frozenset({NOA})}), INDEPENDENT),
     "doit être remplacée"),
    ("a condition of tomorrow",
     lambda: life.state_condition(PREPARED, Condition(condition_id=CONDITION, text=sealed("condition"),
                                                      stated_on=date(2026, 3, 3)), NOW.date()), "à venir"),
    ("a service is named and none is mandated",
     lambda: life.say_mandated(PREPARED.model_copy(update={"conditions": ()}), False, [UUID(int=9)]),
     "service mandaté intervient"),
    ("a follow-up without a plan", lambda: life.finish(DISCUSSED), "autre étape"),
    ("anything once it is stopped",
     lambda: life.ask(life.stop(PREPARED, Stop.CONSENT_WITHDRAWN), OPEN_QUESTION, sealed("question")),
     "La réunion n'aura pas lieu."),
]  # fmt: skip


@pytest.mark.parametrize(("step", "said"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_step_too_soon_is_explained(step: Callable[[], Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        step()
    assert said in " ".join(refused.value.missing)


@pytest.mark.parametrize(
    "conference", [PREPARED, SCHEDULED, INFORMED, ALONE, DISCUSSED, RATIFIED], ids=lambda one: one.phase
)
def test_a_withdrawn_consent_stops_it_at_any_phase_without_saying_who_or_why(conference: Conference) -> None:
    stopped = life.stop(conference, Stop.CONSENT_WITHDRAWN)
    assert stopped.over
    assert life.phase_sentence(stopped) == "La réunion n'aura pas lieu."


def test_a_moment_of_the_meeting_is_kept_as_told() -> None:
    at: datetime = MEETING + timedelta(minutes=5)
    met = life.share_information(SCHEDULED, BY, at, [SAM, ALIX], ZONE)
    assert met.met_at == at
    assert met.present == {SAM, ALIX}

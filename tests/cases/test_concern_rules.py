"""Rules of a worry about a child, one row each. Source: CASF L226-3, L226-5, D226-2-4."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cases.concerns import model
from cases.concerns.model import (
    Authority,
    Child,
    Concern,
    Conclusion,
    Course,
    Danger,
    Evaluation,
    Informant,
    Report,
    Seizure,
    Told,
)
from cases.dossiers.model import Refused

CASE = UUID("3f0d4f6a-5c55-5b0e-9d3f-6c1f8c1f4f10")
DAY = date(2026, 3, 2)
LONGEST = date(2026, 6, 2)


def report(role: str = "school") -> Report:
    return Report(
        reference="23456789B",
        received_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        channel="phone",
        asked={"requester": {"role": role}},
    )


def concern(role: str = "school") -> Concern:
    return model.received(CASE, DAY, report(role))


def child(born_on: date | None = None, *, evaluated: bool = False) -> Child:
    return Child(child_id=uuid4(), name="Enfant Exemple", born_on=born_on, evaluated_on=DAY if evaluated else None)


def under_evaluation(*children: Child) -> Concern:
    return model.qualify(concern(), Danger.TO_BE_EVALUATED, Course.EVALUATION, None, DAY).with_(children=children)


TOLD = Told(on=DAY, by="un professionnel")
ENDS = Evaluation(concluded_on=DAY, conclusion=Conclusion.SUPPORT)

# what is asked → a word of the refusal; None: it is done
RULES: list[tuple[str, Callable[[], Concern], str | None]] = [
    (
        "an evaluation takes three months from receipt at most",
        lambda: model.qualify(concern(), Danger.TO_BE_EVALUATED, Course.EVALUATION, date(2026, 6, 3), DAY),
        "trois mois",
    ),
    (
        "three months to the day are allowed",
        lambda: model.qualify(concern(), Danger.TO_BE_EVALUATED, Course.EVALUATION, LONGEST, DAY),
        None,
    ),
    (
        "a serious danger needs a sooner day",
        lambda: model.qualify(concern(), Danger.SERIOUS, Course.EVALUATION, None, DAY),
        "sérieux",
    ),
    (
        "a serious danger with a sooner day",
        lambda: model.qualify(concern(), Danger.SERIOUS, Course.EVALUATION, date(2026, 4, 1), DAY),
        None,
    ),
    (
        "a child under two needs a sooner day",
        lambda: model.qualify(
            concern().with_(children=(child(date(2024, 3, 3)),)), Danger.TO_BE_EVALUATED, Course.EVALUATION, None, DAY
        ),
        "moins de deux ans",
    ),
    (
        "a child of two to the day does not",
        lambda: model.qualify(
            concern().with_(children=(child(date(2024, 3, 2)),)), Danger.TO_BE_EVALUATED, Course.EVALUATION, None, DAY
        ),
        None,
    ),
    (
        "immediate danger goes to the prosecutor",
        lambda: model.qualify(concern(), Danger.IMMEDIATE, Course.EVALUATION, None, DAY),
        "procureur",
    ),
    (
        "a danger that is noted is not left without follow-up",
        lambda: model.qualify(concern(), Danger.SERIOUS, Course.NO_FOLLOW_UP, None, DAY),
        "danger",
    ),
    (
        "no evaluation ends before it was decided on",
        lambda: model.conclude(concern(), ENDS),
        "première analyse",
    ),
    (
        "every minor of the home is evaluated",
        lambda: model.conclude(model.tell_parents(under_evaluation(child(evaluated=True), child()), TOLD), ENDS),
        "autres mineurs",
    ),
    (
        "the parents are told first",
        lambda: model.conclude(under_evaluation(child(evaluated=True)), ENDS),
        "parents",
    ),
    (
        "unless the child's interest forbids it",
        lambda: model.conclude(
            model.tell_parents(under_evaluation(child(evaluated=True)), Told(not_told_because="violences")), ENDS
        ),
        None,
    ),
    ("told or not told, one of both", lambda: model.tell_parents(concern(), Told()), "quand les parents"),
    (
        "a child of another home is not evaluated here",
        lambda: model.child_evaluated(concern(), uuid4(), DAY),
        "ce foyer",
    ),
    ("nothing closes before the first analysis", lambda: model.close(concern(), DAY), "première analyse"),
    (
        "what was decided for the prosecutor is sent to them",
        lambda: model.close(
            model.give_feedback(model.qualify(concern(), Danger.IMMEDIATE, Course.PROSECUTOR, None, DAY), DAY), DAY
        ),
        "autorité judiciaire",
    ),
    (
        "the parents are told in writing that a judge is seized",
        lambda: model.close(
            model.give_feedback(
                model.seize(
                    model.qualify(concern(), Danger.IMMEDIATE, Course.PROSECUTOR, None, DAY),
                    Seizure(authority=Authority.PROSECUTOR, on=DAY),
                ),
                DAY,
            ),
            DAY,
        ),
        "par écrit",
    ),
    (
        "a professional who reported is told what came of it",
        lambda: model.close(model.qualify(concern(), Danger.NONE, Course.NO_FOLLOW_UP, None, DAY), DAY),
        "qui a informé",
    ),
    (
        "a neighbour who asked nothing need not be",
        lambda: model.close(model.qualify(concern("social_network"), Danger.NONE, Course.NO_FOLLOW_UP, None, DAY), DAY),
        None,
    ),
    (
        "no feedback before there is something to say",
        lambda: model.give_feedback(concern(), DAY),
        "première analyse",
    ),
]


@pytest.mark.parametrize(("step", "refusal"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_rule(step: Callable[[], Concern], refusal: str | None) -> None:
    if refusal is None:
        step()
        return
    with pytest.raises(Refused) as refused:
        step()
    assert refusal in " ".join(refused.value.missing)


FEEDBACK: list[tuple[str, str, date | None, date | None]] = [
    ("a professional, from sending", "school", None, date(2026, 6, 2)),
    ("a neighbour, not unasked", "social_network", None, None),
    ("a neighbour, from asking", "social_network", date(2026, 11, 30), date(2027, 2, 28)),
]


@pytest.mark.parametrize(("role", "asked_on", "due"), [row[1:] for row in FEEDBACK], ids=[row[0] for row in FEEDBACK])
def test_feedback_is_due_within_three_months(role: str, asked_on: date | None, due: date | None) -> None:
    reported = concern(role)
    assert (model.ask_feedback(reported, asked_on) if asked_on else reported).feedback_due_on == due


def test_small_counts_do_not_leave_the_cell() -> None:
    assert model.shown({"received": 12, "open": 4, "judge": 0}) == {"received": 12, "open": None, "judge": 0}


class Life(RuleBasedStateMachine):
    """Any steps in any order: what is refused changes nothing, and what the law asks always holds."""

    def __init__(self) -> None:
        super().__init__()
        self.concern = concern()

    def _try(self, step: Callable[[], Concern]) -> None:
        try:
            self.concern = step()
        except Refused as refused:
            assert refused.missing  # noqa: PT017 - part of a walk

    @rule(
        danger=st.sampled_from(Danger),
        course=st.sampled_from(Course),
        by=st.none() | st.dates(DAY, date(2026, 9, 1)),
    )
    def qualify(self, danger: Danger, course: Course, by: date | None) -> None:
        self._try(lambda: model.qualify(self.concern, danger, course, by, DAY))

    @rule(born_on=st.none() | st.dates(date(2010, 1, 1), DAY), evaluated=st.booleans())
    def add_child(self, born_on: date | None, evaluated: bool) -> None:
        self._try(lambda: model.add_child(self.concern, child(born_on, evaluated=evaluated)))

    @precondition(lambda self: self.concern.children)
    @rule()
    def evaluate_all(self) -> None:
        for one in self.concern.children:
            self._try(lambda one=one: model.child_evaluated(self.concern, one.child_id, DAY))  # type: ignore[misc]

    @rule(told=st.sampled_from([TOLD, Told(not_told_because="son intérêt"), Told()]))
    def parents(self, told: Told) -> None:
        self._try(lambda: model.tell_parents(self.concern, told))

    @rule(conclusion=st.sampled_from(Conclusion))
    def conclude(self, conclusion: Conclusion) -> None:
        self._try(lambda: model.conclude(self.concern, Evaluation(concluded_on=DAY, conclusion=conclusion)))

    @rule(authority=st.sampled_from(Authority))
    def seize(self, authority: Authority) -> None:
        self._try(lambda: model.seize(self.concern, Seizure(authority=authority, on=DAY)))

    @rule()
    def tell_in_writing(self) -> None:
        self._try(lambda: model.tell_parents_of_seizure(self.concern, TOLD))

    @rule()
    def feedback(self) -> None:
        self._try(lambda: model.give_feedback(self.concern, DAY))

    @rule()
    def close(self) -> None:
        self._try(lambda: model.close(self.concern, DAY))

    @invariant()
    def never_longer_than_three_months(self) -> None:
        assert self.concern.evaluate_by <= LONGEST

    @invariant()
    def an_evaluation_is_of_every_child(self) -> None:
        if self.concern.evaluation is not None and self.concern.closed_on is not None:
            assert self.concern.parents is not None
            assert self.concern.children

    @invariant()
    def closed_is_done(self) -> None:
        if self.concern.closed_on is not None:
            assert self.concern.course is not None
            assert self.concern.feedback_due_on is None
            assert all(seizure.parents is not None for seizure in self.concern.seizures)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_who_reports_is_known_from_their_role() -> None:
    assert report("school").informant is Informant.PROFESSIONAL
    assert report("relative").informant is Informant.OTHER

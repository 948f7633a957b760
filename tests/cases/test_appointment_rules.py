"""What an appointment needs: one row per rule; and its life under random legal and illegal moves."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cases.appointments import model, slots
from cases.appointments.model import Appointment, Help, Party, Place, Plan, Setting, Status
from cases.dossiers.model import Refused
from contracts.events.people import Needs

PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
AGENT, COLLEAGUE, STRANGER = UUID(int=1), UUID(int=2), UUID(int=3)
SAM, ALIX, SOMEBODY = UUID(int=10), UUID(int=11), UUID(int=12)
MADE, CASE = UUID(int=20), UUID(int=21)
SETTING = Setting(NOW, workers={AGENT, COLLEAGUE}, people={SAM, ALIX})


def plan(starts_at: datetime = TOMORROW, minutes: int = 45, **changes: object) -> Plan:
    usual: dict[str, object] = {"place": Place.OFFICE, "agents": [AGENT], "people": [SAM], "has_where": True}
    return Plan(starts_at, starts_at + timedelta(minutes=minutes), **usual | changes)  # type: ignore[arg-type]


def made(**changes: object) -> Appointment:
    booked = model.make(plan(), SETTING, appointment_id=MADE, case_id=CASE, proposed=False)
    return booked.model_copy(update=changes)


def setting(**changes: object) -> Setting:
    usual: dict[str, object] = {"now": NOW, "workers": {AGENT}, "people": {SAM}}
    return Setting(**usual | changes)  # type: ignore[arg-type]


# what is planned, in which dossier, and what the social worker reads (nothing: it can be booked)
PLANS: Sequence[tuple[str, Plan, Setting, str | None]] = [
    ("tomorrow, at the office", plan(), SETTING, None),
    ("this very moment", plan(NOW), SETTING, "Ce moment est passé"),
    ("in a minute", plan(NOW + timedelta(minutes=1)), SETTING, None),
    ("in two years", plan(NOW + timedelta(days=730)), SETTING, None),
    ("in ten years, by a slip", plan(NOW + timedelta(days=3650)), SETTING, "vérifiez l'année"),
    ("for five minutes", plan(minutes=5), SETTING, None),
    ("for four minutes", plan(minutes=4), SETTING, "vérifiez sa durée"),
    ("for a whole day of accompaniment", plan(minutes=720), SETTING, None),
    ("for more than twelve hours", plan(minutes=721), SETTING, "vérifiez sa durée"),
    ("without an agent", plan(agents=[]), SETTING, "quel agent"),
    ("with two agents of the dossier", plan(agents=[AGENT, COLLEAGUE]), SETTING, None),
    ("with an agent who does not work on it", plan(agents=[AGENT, STRANGER]), SETTING, "ne travaille pas"),
    ("with nobody met", plan(people=[]), SETTING, "quelle personne"),
    ("with nobody named, in an anonymous dossier", plan(people=[]), setting(people=set()), None),
    ("with two people of the dossier", plan(people=[SAM, ALIX]), SETTING, None),
    ("with somebody who is not in it", plan(people=[SOMEBODY]), SETTING, "n'est pas dans ce dossier"),
    ("at the office, nobody knows where", plan(has_where=False), SETTING, "le lieu"),
    ("by phone", plan(place=Place.PHONE, has_where=False), SETTING, None),
    ("at home", plan(place=Place.HOME, has_where=False), SETTING, None),
    ("by video, the link to come", plan(place=Place.VIDEO, has_where=False), SETTING, None),
    ("the first one, in answer to the request", plan(answers_request=True), SETTING, None),
    ("in answer, where nobody asked", plan(answers_request=True), setting(has_request=False), "Seul le premier"),
    ("a second one, in answer", plan(answers_request=True), setting(earlier=[made()]), "Seul le premier"),
    ("in answer, after a mere proposal", plan(answers_request=True), setting(earlier=[made(told=False)]), None),
]


@pytest.mark.parametrize(("planned", "here", "said"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_what_can_be_booked(planned: Plan, here: Setting, said: str | None) -> None:
    found = model.refusals(planned, here)
    assert found == () if said is None else len(found) == 1 and said in found[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Refused) as refused:
        model.make(plan(NOW, agents=[]), SETTING, appointment_id=MADE, case_id=CASE, proposed=False)
    assert len(refused.value.missing) == 2


PROPOSED, BOOKED = made(status=Status.PROPOSED, told=False), made()
KEPT, MISSED = made(status=Status.KEPT), made(status=Status.MISSED, by=Party.PERSON)
CANCELLED = made(status=Status.CANCELLED, by=Party.SERVICE)
BEFORE, DURING, AFTER = NOW, TOMORROW + timedelta(minutes=10), TOMORROW + timedelta(days=1)


def moving(one: Appointment, now: datetime) -> Appointment:
    return model.move(one, plan(now + timedelta(days=7)), Setting(now, SETTING.workers, SETTING.people))


def missing(by: Party) -> Callable[[Appointment, datetime], Appointment]:
    return lambda one, now: model.miss(one, by, now)


def cancelling(one: Appointment, now: datetime) -> Appointment:
    return model.cancel(one, Party.PERSON, now)


# from what, doing what, when, and what it becomes: a status, or what the social worker reads
STEPS: Sequence[tuple[str, Appointment, Callable[[Appointment, datetime], Appointment], datetime, Status | str]] = [
    ("a proposal is confirmed", PROPOSED, model.confirm, BEFORE, Status.BOOKED),
    ("a proposal is confirmed at the last moment", PROPOSED, model.confirm, DURING, Status.BOOKED),
    ("a proposal that passed", PROPOSED, model.confirm, AFTER, "est passé"),
    ("what is booked is confirmed again", BOOKED, model.confirm, BEFORE, "ne l'est plus"),
    ("a proposal is moved", PROPOSED, moving, BEFORE, Status.PROPOSED),
    ("a proposal that passed is moved", PROPOSED, moving, AFTER, Status.PROPOSED),
    ("what is booked is moved", BOOKED, moving, BEFORE, Status.BOOKED),
    ("what has begun is moved", BOOKED, moving, DURING, "a commencé"),
    ("what was kept is moved", KEPT, moving, AFTER, "ne peut plus changer"),
    ("what was cancelled is moved", CANCELLED, moving, BEFORE, "ne peut plus changer"),
    ("kept before it began", BOOKED, model.keep, BEFORE, "pas encore commencé"),
    ("kept", BOOKED, model.keep, DURING, Status.KEPT),
    ("a mere proposal is kept", PROPOSED, model.keep, AFTER, "n'est que proposé"),
    ("kept, after « missed » by a slip", MISSED, model.keep, AFTER, Status.KEPT),
    ("kept twice", KEPT, model.keep, AFTER, "déjà enregistré"),
    ("kept, though cancelled", CANCELLED, model.keep, AFTER, "annulé"),
    ("missed by the person", BOOKED, missing(Party.PERSON), AFTER, Status.MISSED),
    ("missed by the service", BOOKED, missing(Party.SERVICE), AFTER, Status.MISSED),
    ("missed before it began", BOOKED, missing(Party.PERSON), BEFORE, "pas encore commencé"),
    ("missed, after « kept » by a slip", KEPT, missing(Party.PERSON), AFTER, Status.MISSED),
    ("missed by the service after all", MISSED, missing(Party.SERVICE), AFTER, Status.MISSED),
    ("missed twice", MISSED, missing(Party.PERSON), AFTER, "déjà enregistré"),
    ("a proposal is cancelled", PROPOSED, cancelling, AFTER, Status.CANCELLED),
    ("what is booked is cancelled", BOOKED, cancelling, BEFORE, Status.CANCELLED),
    ("what has begun is cancelled", BOOKED, cancelling, DURING, "tenu ou manqué"),
    ("cancelled twice", CANCELLED, cancelling, BEFORE, "ne peut plus changer"),
]


@pytest.mark.parametrize(("one", "step", "now", "then"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS])
def test_each_step(
    one: Appointment, step: Callable[[Appointment, datetime], Appointment], now: datetime, then: Status | str
) -> None:
    if isinstance(then, Status):
        after = step(one, now)
        assert (after.status, after.sequence, after.uid) == (then, one.sequence + 1, one.uid)
    else:
        with pytest.raises(Refused) as refused:
            step(one, now)
        assert then in refused.value.missing[0]


def test_an_appointment_booked_elsewhere_is_changed_there() -> None:
    with pytest.raises(Refused):
        model.must_be_changed_here(made(booking="12"))
    model.must_be_changed_here(made())


ARABIC, SIGNS, READING = Needs(interpreter="ar"), Needs(sign_language=True), Needs(reading_help=True)
# who is met, what is booked, what is still missing
NEEDS: Sequence[tuple[str, list[Needs], set[Help], tuple[Help, ...]]] = [
    ("nobody needs anything", [Needs()], set(), ()),
    ("an interpreter, not booked", [ARABIC], set(), (Help.INTERPRETER,)),
    ("an interpreter, booked", [ARABIC], {Help.INTERPRETER}, ()),
    ("sign language, an interpreter booked", [SIGNS], {Help.INTERPRETER}, (Help.SIGN_LANGUAGE,)),
    ("two people, each with their own", [ARABIC, SIGNS], set(), (Help.INTERPRETER, Help.SIGN_LANGUAGE)),
    ("help to read: the agent's own", [READING], set(), ()),
]


@pytest.mark.parametrize(("needs", "booked", "lacks"), [row[1:] for row in NEEDS], ids=[row[0] for row in NEEDS])
def test_what_people_need_is_a_condition(needs: list[Needs], booked: set[Help], lacks: tuple[Help, ...]) -> None:
    assert model.lacking(made(arranged=frozenset(booked)), needs) == lacks


def test_nothing_is_missing_of_what_is_over() -> None:
    assert model.lacking(KEPT, [ARABIC]) == ()


def test_an_interpreter_booked_for_the_old_time_is_booked_anew() -> None:
    arranged = model.arrange(BOOKED, [Help.INTERPRETER], NOW)
    assert moving(arranged, NOW).arranged == frozenset()
    elsewhere = model.move(arranged, plan(place=Place.PHONE), SETTING)
    assert elsewhere.arranged == {Help.INTERPRETER}


# Times of the clock on the wall -----------------------------------------------------------------

# what is typed, where, and the instant meant; None: refused
CLOCKS: Sequence[tuple[str, str, ZoneInfo, str | None]] = [
    ("in winter", "2026-03-28T14:00", PARIS, "2026-03-28T13:00+00:00"),
    ("the day summer time begins", "2026-03-29T14:00", PARIS, "2026-03-29T12:00+00:00"),
    ("just before the hour is skipped", "2026-03-29T01:59", PARIS, "2026-03-29T00:59+00:00"),
    ("in the hour that is skipped", "2026-03-29T02:30", PARIS, None),
    ("just after", "2026-03-29T03:00", PARIS, "2026-03-29T01:00+00:00"),
    ("in the hour that comes twice", "2026-10-25T02:00", PARIS, None),
    ("just after that", "2026-10-25T03:00", PARIS, "2026-10-25T02:00+00:00"),
    ("the day winter time begins", "2026-10-25T14:00", PARIS, "2026-10-25T13:00+00:00"),
    ("on Réunion, which has no summer time", "2026-03-29T02:30", REUNION, "2026-03-28T22:30+00:00"),
    ("with an offset of its own", "2026-10-25T02:30+02:00", PARIS, "2026-10-25T00:30+00:00"),
]


@pytest.mark.parametrize(("typed", "zone", "meant"), [row[1:] for row in CLOCKS], ids=[row[0] for row in CLOCKS])
def test_the_moment_somebody_means(typed: str, zone: ZoneInfo, meant: str | None) -> None:
    told = datetime.fromisoformat(typed)
    if meant is None:
        with pytest.raises(Refused):
            slots.instant(told, zone)
    else:
        assert slots.instant(told, zone) == datetime.fromisoformat(meant)


HOUR = timedelta(hours=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


# from when, for how long, what is taken, and the other times named
FREE: Sequence[tuple[str, datetime, timedelta, list[tuple[str, str]], list[str]]] = [
    ("a free day", local("2026-03-10T14:00"), HOUR, [], ["2026-03-10T09:00", "2026-03-10T09:30", "2026-03-10T10:00"]),
    (
        "around what is taken",
        local("2026-03-10T14:00"),
        HOUR,
        [("2026-03-10T09:00", "2026-03-10T15:00")],
        ["2026-03-10T15:00", "2026-03-10T15:30", "2026-03-10T16:00"],
    ),
    (
        "a Friday that is full: on Monday, by the clock of summer",
        local("2026-03-27T14:00"),
        HOUR,
        [("2026-03-27T08:00", "2026-03-27T18:00")],
        ["2026-03-30T09:00", "2026-03-30T09:30", "2026-03-30T10:00"],
    ),
    ("longer than a day of work", local("2026-03-10T14:00"), timedelta(hours=9), [], []),
    ("today, nothing that is past", local("2026-03-02T11:00"), 7 * HOUR, [], ["2026-03-03T09:00", "2026-03-03T09:30"]),
]


@pytest.mark.parametrize(("wanted", "lasts", "taken", "found"), [row[1:] for row in FREE], ids=[row[0] for row in FREE])
def test_other_times(wanted: datetime, lasts: timedelta, taken: list[tuple[str, str]], found: list[str]) -> None:
    busy = [(local(start), local(end)) for start, end in taken]
    free = slots.free(wanted, lasts, busy, NOW, PARIS)
    assert free[: len(found)] == [local(one) for one in found]
    assert len(free) == 3 or not found


# Its whole life -----------------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """An agent who tries everything, in any order, while time passes. A refusal leaves it as it was."""

    @initialize(proposed=st.booleans())
    def begin(self, proposed: bool) -> None:
        self.now = NOW
        self.one = model.make(plan(), SETTING, appointment_id=MADE, case_id=CASE, proposed=proposed)
        self.was_told = self.one.told

    def attempt(self, step: Callable[[], Appointment]) -> None:
        before = self.one
        try:
            self.one = step()
        except Refused as refused:
            refusal = refused
        else:
            self.stepped_from(before)
            return
        assert refusal.missing, "a refusal says why"
        assert self.one == before

    def stepped_from(self, before: Appointment) -> None:
        assert before.status is not Status.CANCELLED, "what is cancelled stays so"
        assert self.one.sequence >= before.sequence, "a calendar never goes back"
        if self.one.status in (Status.KEPT, Status.MISSED):
            assert self.one.starts_at <= self.now, "nobody knows what came of tomorrow"
        if (self.one.starts_at, self.one.ends_at) != (before.starts_at, before.ends_at):
            assert self.one.starts_at > self.now, "nothing is moved into the past"
            assert self.one.sequence > before.sequence

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def confirm(self) -> None:
        self.attempt(lambda: model.confirm(self.one, self.now))

    @rule(hours=st.integers(-30, 60), agents=st.sampled_from([[AGENT], [COLLEAGUE], [STRANGER], []]))
    def move(self, hours: int, agents: list[UUID]) -> None:
        planned = plan(self.now + timedelta(hours=hours), agents=agents)
        self.attempt(lambda: model.move(self.one, planned, Setting(self.now, SETTING.workers, SETTING.people)))

    @rule()
    def keep(self) -> None:
        self.attempt(lambda: model.keep(self.one, self.now))

    @rule(by=st.sampled_from(Party))
    def miss(self, by: Party) -> None:
        self.attempt(lambda: model.miss(self.one, by, self.now))

    @rule(by=st.sampled_from(Party))
    def cancel(self, by: Party) -> None:
        self.attempt(lambda: model.cancel(self.one, by, self.now))

    @rule(arranged=st.sets(st.sampled_from(Help)))
    def arrange(self, arranged: set[Help]) -> None:
        self.attempt(lambda: model.arrange(self.one, arranged, self.now))

    @invariant()
    def holds(self) -> None:
        assert self.one.uid == f"{MADE}@maillage"
        assert self.one.lasts == timedelta(minutes=45)
        assert set(self.one.agents) <= {AGENT, COLLEAGUE}
        assert self.one.told or self.one.status in (Status.PROPOSED, Status.CANCELLED), "what is booked is told"
        assert self.one.told or not self.was_told, "what was told once is known"
        assert (self.one.by is not None) == (self.one.status in (Status.MISSED, Status.CANCELLED))
        assert self.one.taken is (self.one.status not in (Status.MISSED, Status.CANCELLED))
        self.was_told = self.one.told


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

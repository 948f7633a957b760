"""The life of an agreement: a table of what is allowed when, and random moves that never reach what must not be."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.durations import add_months
from directory.agreements import deadlines, life
from directory.agreements.model import (
    Agreement,
    Approval,
    Denunciation,
    EndReason,
    Phase,
    Progress,
    Refused,
    Result,
    Review,
    Signature,
    Terms,
)
from tests.directory.agreed import CCAS, CIAS, CITY, DEPARTMENT, NAMES, convention, cooperation, legal_access, terms

ID = UUID(int=100)
TEXT = terms(convention())
DECIDED, SIGNED, STARTS = date(2025, 11, 3), date(2025, 12, 15), date(2026, 1, 1)


def approval(by: UUID, on: date = DECIDED) -> Approval:
    return Approval(organisation_id=by, assembly="Assemblée", on=on, number=f"{on:%Y}-042")


def signature(by: UUID, on: date = SIGNED) -> Signature:
    return Signature(organisation_id=by, signatory="Office", on=on)


def notice(by: UUID, on: date, last_day: date) -> Denunciation:
    return Denunciation(organisation_id=by, on=on, last_day=last_day, why="Changement de priorités")


def reviewed(agreement: Agreement, on: date, year: int) -> Review:
    results = [Result(action=one.number, progress=Progress.UNDER_WAY, value="12") for one in agreement.terms.actions]
    return Review(year=year, held_on=on, results=tuple(results))


def drafted(text: Terms = TEXT) -> Agreement:
    return life.draft(ID, "convention", text, date(2025, 9, 1))


def settled(text: Terms = TEXT) -> Agreement:
    return life.settle(drafted(text), date(2025, 10, 1), date(2025, 10, 1), NAMES)


def approved(text: Terms = TEXT) -> Agreement:
    agreement = settled(text)
    for one in text.deliberating:
        agreement = life.approve(agreement, approval(one.organisation_id), DECIDED)
    return agreement


def signed(text: Terms = TEXT) -> Agreement:
    agreement = approved(text)
    for party_id in text.party_ids:
        agreement = life.sign(agreement, signature(party_id), SIGNED)
    return agreement


def in_force(text: Terms = TEXT) -> Agreement:
    return life.begin(signed(text), STARTS)


def amending(agreement: Agreement, **change: object) -> Agreement:
    return life.write(agreement, agreement.terms.model_copy(update=change))


def test_from_the_first_draft_to_the_last_day() -> None:
    assert [one.phase for one in (drafted(), settled(), approved(), signed(), in_force())] == [
        Phase.DRAFT,
        Phase.NEGOTIATED,
        Phase.APPROVED,
        Phase.SIGNED,
        Phase.IN_FORCE,
    ]
    ended = life.come_to_term(in_force(), date(2029, 1, 1))
    assert (ended.phase, ended.ended_on, ended.end_reason) == (Phase.ENDED, date(2028, 12, 31), EndReason.EXPIRED)


def test_who_has_no_assembly_signs_what_the_others_approved() -> None:
    text = terms(legal_access())
    assert [one.organisation_id for one in settled(text).still_to_approve] == [DEPARTMENT, CITY]
    assert settled(
        terms(legal_access(parties=[one | {"assembly": None} for one in legal_access()["parties"]]))
    ).phase is (Phase.APPROVED)


LATE = date(2026, 6, 1)
AMENDED = amending(in_force(), title="Autre titre")
REFUSED: list[tuple[str, Callable[[], Agreement], str]] = [
    ("a text that is settled is not rewritten", lambda: life.write(settled(), TEXT), "rouvrez la négociation"),
    ("nor settled twice", lambda: life.settle(settled(), LATE, LATE, NAMES), "déjà arrêté"),
    (
        "a text whose sums are off is not settled",
        lambda: life.settle(drafted(terms(convention(amounts=[]))), LATE, LATE, NAMES),
        "au lieu de",
    ),
    ("nothing is dated from tomorrow", lambda: life.settle(drafted(), LATE, DECIDED, NAMES), "à venir"),
    ("an assembly does not approve a draft", lambda: life.approve(drafted(), approval(CITY), LATE), "texte arrêté"),
    (
        "nor a text older than the one settled",
        lambda: life.approve(settled(), approval(CITY, date(2025, 9, 30)), LATE),
        "autre texte",
    ),
    (
        "an assembly approves once",
        lambda: life.approve(life.approve(settled(), approval(CITY), LATE), approval(CITY), LATE),
        "Aucune délibération",
    ),
    ("nobody else approves", lambda: life.approve(settled(), approval(CIAS), LATE), "Aucune délibération"),
    (
        "nobody signs before every assembly approved",
        lambda: life.sign(settled(), signature(CITY), LATE),
        "ont approuvé",
    ),
    (
        "nor on a day before the last approval",
        lambda: life.sign(approved(), signature(CITY, date(2025, 10, 15)), LATE),
        "approuvé par tous",
    ),
    (
        "a party signs once",
        lambda: life.sign(life.sign(approved(), signature(CITY), LATE), signature(CITY), LATE),
        "Aucune signature",
    ),
    ("nobody else signs", lambda: life.sign(approved(), signature(CIAS), LATE), "Aucune signature"),
    (
        "what somebody signed is not renegotiated",
        lambda: life.reopen(life.sign(approved(), signature(CITY), LATE)),
        "préparez un avenant",
    ),
    ("a draft is not reopened", lambda: life.reopen(drafted()), "arrêté"),
    ("it does not begin before its first day", lambda: life.begin(signed(), date(2025, 12, 31)), "premier jour"),
    ("nor unsigned", lambda: life.begin(approved(), LATE), "toutes les parties"),
    ("what is signed is not abandoned", lambda: life.abandon(signed(), "Non", LATE), "dénoncer"),
    (
        "an amendment does not change the first day",
        lambda: amending(in_force(), starts_on=date(2026, 2, 1)),
        "ne change pas le début",
    ),
    (
        "without a new text there is no amendment",
        lambda: life.amend(in_force(), "x", LATE, [], LATE, NAMES),
        "Préparez",
    ),
    (
        "an amendment is approved by each assembly",
        lambda: life.amend(AMENDED, "Titre", LATE, [approval(CITY, LATE)], LATE, NAMES),
        "Commission permanente : indiquez la délibération",
    ),
    (
        "before it is signed",
        lambda: life.amend(
            AMENDED, "Titre", LATE, [approval(one, date(2026, 6, 2)) for one in TEXT.party_ids], LATE, NAMES
        ),
        "d'après la signature",
    ),
    (
        "an amendment does not end it in the past",
        lambda: life.amend(amending(in_force(), ends_on=date(2026, 5, 1)), "Fin", LATE, [], LATE, NAMES),
        "dans le passé",
    ),
    (
        "what goes on by itself is not renewed by a decision",
        lambda: life.renew(in_force(terms(cooperation())), LATE, LATE),
        "reconduction expresse",
    ),
    (
        "nor more often than the text says",
        lambda: life.renew(life.renew(in_force(), LATE, LATE), LATE, LATE),
        "autant de fois",
    ),
    (
        "a stranger does not denounce it",
        lambda: life.denounce(in_force(), notice(CIAS, LATE, date(2028, 12, 31)), LATE),
        "Seule une partie",
    ),
    (
        "nor a party within its notice",
        lambda: life.denounce(in_force(), notice(CITY, LATE, date(2026, 8, 31)), LATE),
        "préavis est de 3 mois",
    ),
    (
        "nor after its end",
        lambda: life.denounce(in_force(), notice(CITY, LATE, date(2029, 1, 1)), LATE),
        "s'arrête déjà",
    ),
    (
        "nor twice",
        lambda: life.denounce(
            life.denounce(in_force(), notice(CITY, LATE, TEXT.ends_on), LATE), notice(CCAS, LATE, TEXT.ends_on), LATE
        ),
        "déjà dénoncé",
    ),
    ("it does not end on its last day", lambda: life.come_to_term(in_force(), date(2028, 12, 31)), "n'est pas passé"),
    (
        "a review says where each action stands",
        lambda: life.review(in_force(), Review(year=1, held_on=LATE), LATE),
        "Action 1",
    ),
    (
        "reviews follow each other year by year",
        lambda: life.review(in_force(), reviewed(in_force(), LATE, 2), LATE),
        "celui de l'année 1",
    ),
    (
        "what never was in force has none",
        lambda: life.review(signed(), reviewed(signed(), LATE, 1), LATE),
        "en vigueur",
    ),
]


@pytest.mark.parametrize(("step", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_step_out_of_turn_is_refused_with_what_to_do(step: Callable[[], Agreement], said: str) -> None:
    with pytest.raises(Refused) as refused:
        step()
    assert any(said in sentence for sentence in refused.value.why), refused.value.why


def test_reopened_it_is_approved_anew() -> None:
    again = life.reopen(approved())
    assert (again.phase, again.approvals, again.negotiated_on) == (Phase.DRAFT, (), None)


def test_an_amendment_is_numbered_and_says_what_it_changes() -> None:
    text = amending(in_force(), title="Autre titre", stated=())
    after = life.amend(text, "Nouveau titre", LATE, [approval(one, LATE) for one in TEXT.party_ids], LATE, NAMES)
    [amendment] = after.amendments
    assert (amendment.number, amendment.changed, amendment.before) == (1, ("title", "stated"), TEXT)
    assert (after.terms.title, after.proposed, after.phase) == ("Autre titre", None, Phase.IN_FORCE)


@pytest.mark.parametrize(
    ("text", "renewals", "today", "last_day", "phase"),
    [
        (cooperation(), 0, date(2027, 1, 1), date(2027, 12, 31), Phase.IN_FORCE),
        (cooperation(), 1, date(2028, 1, 1), date(2028, 12, 31), Phase.IN_FORCE),
        (cooperation(), 2, date(2029, 1, 1), date(2028, 12, 31), Phase.ENDED),  # twice at most
        (cooperation(), 0, date(2028, 3, 1), date(2028, 12, 31), Phase.IN_FORCE),  # nobody looked for a year
        (convention(), 0, date(2029, 1, 1), date(2028, 12, 31), Phase.ENDED),  # nobody decided to go on
    ],
)
def test_what_is_tacit_goes_on_at_its_date_as_often_as_agreed(
    text: dict[str, object], renewals: int, today: date, last_day: date, phase: Phase
) -> None:
    agreement = in_force(terms(text))
    for _ in range(renewals):
        agreement = life.come_to_term(agreement, agreement.last_day + timedelta(days=1))
    after = life.come_to_term(agreement, today)
    assert (after.last_day, after.phase) == (last_day, phase)


def test_denounced_in_time_it_does_not_go_on() -> None:
    told = notice(CCAS, date(2026, 9, 1), date(2026, 12, 31))
    ended = life.come_to_term(
        life.denounce(in_force(terms(cooperation())), told, LATE.replace(month=9)), date(2027, 1, 1)
    )
    assert (ended.ended_on, ended.end_reason) == (date(2026, 12, 31), EndReason.DENOUNCED)


@pytest.mark.parametrize(
    ("reviews", "due_on"),
    [(0, date(2027, 1, 1)), (1, date(2028, 1, 1)), (2, date(2028, 12, 31)), (3, None)],
)
def test_a_review_is_due_each_year_and_at_the_end(reviews: int, due_on: date | None) -> None:
    agreement = in_force()
    for year in range(1, reviews + 1):
        agreement = life.review(agreement, reviewed(agreement, date(2029, 1, 1), year), date(2029, 1, 1))
    assert agreement.review_due_on == due_on
    assert set(agreement.standing) == ({1, 2, 3, 4} if reviews else set())


@pytest.mark.parametrize(
    ("starts_on", "last_day", "today", "expected"),
    [
        ("2026-01-01", "2028-12-31", "2026-01-01", {"six_months": "2028-06-30", "three_months": "2028-09-30"}),
        ("2026-01-01", "2028-08-31", "2026-01-01", {"six_months": "2028-02-29", "three_months": "2028-05-31"}),
        ("2026-01-01", "2026-04-30", "2026-01-01", {"three_months": "2026-01-30"}),  # shorter than six months
        ("2026-01-01", "2026-03-01", "2026-01-01", {}),
        ("2026-01-01", "2026-12-31", "2026-07-15", {"six_months": "2026-06-30", "three_months": "2026-09-30"}),
        ("2026-01-01", "2026-12-31", "2026-11-15", {"three_months": "2026-09-30"}),  # late: the nearest alone
    ],
)
def test_the_end_is_warned_of_six_and_three_months_ahead(
    starts_on: str, last_day: str, today: str, expected: dict[str, str]
) -> None:
    days = deadlines.warned(*(date.fromisoformat(one) for one in (starts_on, last_day, today)))
    assert {stage: day.isoformat() for stage, day in days.items()} == expected


class Life(RuleBasedStateMachine):
    """Everybody tries everything, in any order, as time goes by."""

    @initialize(text=st.sampled_from([convention(), cooperation(), legal_access()]), to=st.integers(0, 4))
    def begin(self, text: dict[str, object], to: int) -> None:
        ready = (drafted, settled, approved, signed, in_force)[to]
        self.today, self.agreement = date(2026, 1, 1), ready(terms(text))

    def attempt(self, step: Callable[[Agreement], Agreement]) -> None:
        before = self.agreement
        try:
            self.agreement = step(before)
        except Refused as error:
            refused: Refused | None = error
        else:
            refused = None
        if refused is not None:
            assert all(refused.why), "a refusal says what to do"
            return
        assert before.phase is not Phase.ENDED or self.agreement.reviews != before.reviews, "what ended stays as it was"
        order = list(Phase)
        moved = order.index(self.agreement.phase) - order.index(before.phase)
        assert moved <= 2 or self.agreement.end_reason is EndReason.ABANDONED, "no phase is skipped"
        if moved < 0:
            assert self.agreement.phase is Phase.DRAFT
            assert not before.signatures, "only the unsigned is renegotiated"

    @rule(days=st.sampled_from([1, 40, 200, 400]))
    def time_goes_by(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def settle(self) -> None:
        self.attempt(lambda one: life.settle(one, self.today, self.today, NAMES))

    @rule()
    def reopen(self) -> None:
        self.attempt(life.reopen)

    @rule(by=st.sampled_from([DEPARTMENT, CITY, CCAS, CIAS]), ago=st.integers(0, 60))
    def approve(self, by: UUID, ago: int) -> None:
        self.attempt(lambda one: life.approve(one, approval(by, self.today - timedelta(days=ago)), self.today))

    @rule(ago=st.integers(0, 60))
    def everybody_signs(self, ago: int) -> None:
        for by in self.agreement.terms.party_ids:
            self.sign(by, self.today - timedelta(days=ago))

    def sign(self, by: UUID, on: date) -> None:
        self.attempt(lambda one: life.sign(one, signature(by, on), self.today))

    @rule()
    def first_day(self) -> None:
        self.attempt(lambda one: life.begin(one, self.today))

    @rule()
    def last_day(self) -> None:
        self.attempt(lambda one: life.come_to_term(one, self.today))

    @rule(months=st.integers(-6, 24))
    def propose(self, months: int) -> None:
        ends_on = max(add_months(self.agreement.terms.ends_on, months), self.agreement.terms.starts_on)
        self.attempt(lambda one: amending(one, ends_on=ends_on))

    @rule(everybody=st.booleans())
    def amend(self, everybody: bool) -> None:
        given = [approval(one, self.today) for one in self.agreement.terms.party_ids] if everybody else []
        self.attempt(lambda one: life.amend(one, "Durée", self.today, given, self.today, NAMES))

    @rule()
    def renew(self) -> None:
        self.attempt(lambda one: life.renew(one, self.today, self.today))

    @rule(months=st.integers(0, 8))
    def denounce(self, months: int) -> None:
        told = notice(DEPARTMENT, self.today, add_months(self.today, months))
        self.attempt(lambda one: life.denounce(one, told, self.today))

    @rule()
    def review(self) -> None:
        held = reviewed(self.agreement, self.today, len(self.agreement.reviews) + 1)
        self.attempt(lambda one: life.review(one, held, self.today))

    @rule(sure=st.integers(0, 9))
    def abandon(self, sure: int) -> None:
        if sure == 9:
            self.attempt(lambda one: life.abandon(one, "Plus de projet", self.today))

    @invariant()
    def it_holds_together(self) -> None:
        one = self.agreement
        bound = one.phase in (Phase.SIGNED, Phase.IN_FORCE) or one.in_force_on is not None
        if bound:
            assert not one.still_to_sign or one.amendments
            assert {given.organisation_id for given in one.signatures} >= {
                party.organisation_id for party in one.terms.parties
            }
        assert one.phase is not Phase.APPROVED or not one.still_to_approve
        assert (one.phase is Phase.ENDED) == (one.ended_on is not None) == (one.end_reason is not None)
        assert one.last_day >= one.terms.starts_on
        assert one.terms.renewal.times is None or len(one.renewals) <= one.terms.renewal.times
        assert [amendment.number for amendment in one.amendments] == list(range(1, len(one.amendments) + 1))
        assert Agreement.model_validate(one.model_dump(mode="json")) == one, "what is kept comes back the same"


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)

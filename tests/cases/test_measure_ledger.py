"""The money managed at level 2: rent and charges first, nothing overdrawn, and a ledger that always balances."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cases.dossiers.model import Refused
from cases.measures import ledger
from cases.measures.ledger import SIDES, Account, Entry, Kind, Made, Month, Movement
from cases.measures.model import Measure, Phase
from chassis.web.money import cents, euros
from chassis.web.validation import FieldError
from tests.cases.measured import MANAGED, MANAGED_FOR, START, SUPPORTED, TODAY, contract, then

AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
SEPTEMBER, AUGUST = date(2026, 9, 1), date(2026, 8, 1)


def movement(kind: Kind, amount: int, on: date = TODAY, month: date | None = None) -> Movement:
    return Movement(kind, on, month or ledger.month_of(on), amount)


def made(number: int) -> Made:
    return Made(UUID(int=number), AT, None)


def book(*movements: Movement, measure: Measure = MANAGED_FOR) -> list[Entry]:
    """A ledger of these lines, each allowed after those before."""
    lines: list[Entry] = []
    for number, one in enumerate(movements):
        lines.append(ledger.enter(measure, lines, one, made(number), TODAY))
    return lines


BENEFIT = movement(Kind.BENEFIT_RECEIVED, 100_000)
RENT, CHARGES = movement(Kind.RENT_PAID, 45_000), movement(Kind.CHARGES_PAID, 5_000)
RENT_OF_AUGUST = movement(Kind.RENT_PAID, 45_000, month=AUGUST)
OVER_BY_JULY = then(MANAGED_FOR, phase=Phase.FAILED, contracts=(contract(terms=MANAGED, broken_on=date(2026, 7, 31)),))

# what lies in the ledger (rent 450 €, charges 50 € a month), what is added, what is said
REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("more is paid than there is", lambda: book(BENEFIT, movement(Kind.RENT_PAID, 100_001)), "1\u202f000,00\u00a0€"),
    ("the person is paid what the rent needs",
     lambda: book(BENEFIT, movement(Kind.PAID_TO_PERSON, 50_001)), "au plus 500,00\u00a0€"),
    ("a third is paid what the rent needs", lambda: book(BENEFIT, movement(Kind.OTHER_PAID, 50_001)), "en premier"),
    ("rent is paid, charges are not",
     lambda: book(BENEFIT, RENT, movement(Kind.PAID_TO_PERSON, 50_001)), "0,00\u00a0€ de loyer et 50,00\u00a0€"),
    ("this month's rent is not last month's",
     lambda: book(BENEFIT, RENT_OF_AUGUST, CHARGES, movement(Kind.PAID_TO_PERSON, 10_001)), "au plus 50,00\u00a0€"),
    ("said to be for a month whose rent is paid",
     lambda: book(BENEFIT, RENT_OF_AUGUST, movement(Kind.CHARGES_PAID, 5_000, month=AUGUST),
                  movement(Kind.PAID_TO_PERSON, 10_000, month=AUGUST)), "en premier"),
    ("a benefit of the day before the contract",
     lambda: book(movement(Kind.BENEFIT_RECEIVED, 1, date(2026, 3, 31))), "entre le début du contrat"),
    ("a benefit after the contract is broken",
     lambda: book(BENEFIT, measure=OVER_BY_JULY), "directement à la personne"),
    ("an entry of tomorrow", lambda: book(movement(Kind.BENEFIT_RECEIVED, 1, date(2026, 9, 2))), "et aujourd'hui"),
    ("nothing at all", lambda: book(movement(Kind.BENEFIT_RECEIVED, 0)), "plus grand que zéro"),
    ("three zeros too many", lambda: book(movement(Kind.BENEFIT_RECEIVED, 10_000_001)), "plausible"),
    ("a month that begins on the second",
     lambda: book(movement(Kind.BENEFIT_RECEIVED, 1, month=date(2026, 9, 2))), "premier jour"),
    ("level 1 manages nothing", lambda: book(BENEFIT, measure=SUPPORTED), "niveau 2"),
    ("a measure that has ended", lambda: book(BENEFIT, measure=then(MANAGED_FOR, phase=Phase.ENDED)), "niveau 2"),
    ("what is not there is taken back",
     lambda: ledger.reverse(MANAGED_FOR, book(BENEFIT), UUID(int=99), made(9), TODAY), "n'est pas"),
    ("a benefit that is spent is taken back",
     lambda: ledger.reverse(MANAGED_FOR, book(BENEFIT, RENT), UUID(int=0), made(9), TODAY), "déjà été dépensée"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_entered_is_explained(step: Callable[[], object], said: str) -> None:
    with pytest.raises(Refused) as refused:
        step()
    assert said in " ".join(refused.value.missing)


# what is entered, and what is left on the account, in cents
ENTERED: list[tuple[str, tuple[Movement, ...], int]] = [
    ("a benefit", (BENEFIT,), 100_000),
    ("rent and charges, then all the rest to the person",
     (BENEFIT, RENT, CHARGES, movement(Kind.PAID_TO_PERSON, 50_000)), 0),
    ("what rent and charges leave, before they are paid", (BENEFIT, movement(Kind.PAID_TO_PERSON, 50_000)), 50_000),
    ("another income", (movement(Kind.OTHER_RECEIVED, 1_000),), 1_000),
    ("rent is paid with all there is", (movement(Kind.BENEFIT_RECEIVED, 40_000), movement(Kind.RENT_PAID, 40_000)), 0),
]  # fmt: skip


@pytest.mark.parametrize(("movements", "left"), [row[1:] for row in ENTERED], ids=[row[0] for row in ENTERED])
def test_what_can_be_entered(movements: tuple[Movement, ...], left: int) -> None:
    assert ledger.balance(book(*movements), Account.HELD) == left


def test_once_the_contract_is_over_what_is_held_goes_back_to_the_person() -> None:
    lines = book(BENEFIT)
    lines.append(ledger.enter(OVER_BY_JULY, lines, movement(Kind.PAID_TO_PERSON, 100_000), made(5), TODAY))
    assert ledger.balance(lines, Account.HELD) == 0


def test_a_mistake_is_taken_back_once_by_its_opposite() -> None:
    lines = book(BENEFIT, movement(Kind.RENT_PAID, 54_000))
    back = ledger.reverse(MANAGED_FOR, lines, lines[1].entry_id, made(9), TODAY)
    assert (back.from_account, back.to_account, back.amount_cents) == (Account.RENT, Account.HELD, 54_000)
    assert ledger.balance([*lines, back], Account.HELD) == 100_000
    assert [month.of(Kind.RENT_PAID) for month in ledger.months([*lines, back])] == [0]
    for again in (lines[1].entry_id, back.entry_id):
        with pytest.raises(Refused):
            ledger.reverse(MANAGED_FOR, [*lines, back], again, made(10), TODAY)


def test_rent_paid_in_september_for_august_counts_for_august() -> None:
    september, august = ledger.months(book(BENEFIT, RENT_OF_AUGUST))
    assert (september.month, august.month) == (SEPTEMBER, AUGUST)
    assert (september.uncovered(MANAGED), august.uncovered(MANAGED)) == ((45_000, 5_000), (0, 5_000))


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("450", 45_000),
        ("450,5", 45_050),
        ("450.50", 45_050),
        ("1 234,56 €", 123_456),
        ("1\u202f234,56\u00a0€", 123_456),
    ],
)
def test_amounts_as_people_write_them(typed: str, held: int) -> None:
    assert cents(typed) == held
    assert cents(euros(held)) == held


@pytest.mark.parametrize("typed", ["", "quatre cents", "-5", "1,234", "1e9", "1234567890"])
def test_what_is_no_amount(typed: str) -> None:
    with pytest.raises(FieldError):
        cents(typed)


class Bookkeeping(RuleBasedStateMachine):
    """Somebody who enters anything, on any day, and takes anything back."""

    @initialize()
    def begin(self) -> None:
        self.book: list[Entry] = []
        self.number = 0

    def attempt(self, step: Callable[[Made], Entry]) -> Entry | None:
        self.number += 1
        try:
            entry = step(made(self.number))
        except Refused:
            return None
        self.book = [*self.book, entry]
        return entry

    @rule(
        kind=st.sampled_from(list(Kind)),
        amount=st.integers(-1, 120_000),
        on=st.dates(date(2026, 3, 15), date(2026, 9, 15)),
    )
    def enter(self, kind: Kind, amount: int, on: date) -> None:
        before = self.book
        entry = self.attempt(lambda by: ledger.enter(MANAGED_FOR, before, movement(kind, amount, on), by, TODAY))
        if entry is not None and kind in (Kind.PAID_TO_PERSON, Kind.OTHER_PAID):
            month = next((one for one in ledger.months(before) if one.month == entry.month), Month(entry.month))
            assert ledger.balance(self.book, Account.HELD) >= sum(month.uncovered(MANAGED)), "rent and charges first"

    @rule()
    def benefit(self) -> None:
        self.attempt(lambda by: ledger.enter(MANAGED_FOR, self.book, BENEFIT, by, TODAY))

    @rule(number=st.integers(1, 30))
    def reverse(self, number: int) -> None:
        self.attempt(lambda by: ledger.reverse(MANAGED_FOR, self.book, UUID(int=number), by, TODAY))

    @invariant()
    def it_always_balances(self) -> None:
        assert sum(ledger.balance(self.book, account) for account in Account) == 0

    @invariant()
    def nothing_is_overdrawn(self) -> None:
        assert ledger.balance(self.book, Account.HELD) >= 0

    @invariant()
    def months_add_up_to_what_is_held(self) -> None:
        signs = {kind: 1 if sides[1] is Account.HELD else -1 for kind, sides in SIDES.items()}
        sums = [amount * signs[kind] for month in ledger.months(self.book) for kind, amount in month.sums.items()]
        assert sum(sums) == ledger.balance(self.book, Account.HELD)

    @invariant()
    def every_line_is_of_the_contract_and_takes_back_one_at_most(self) -> None:
        taken_back = [one.reverses for one in self.book if one.reverses is not None]
        assert len(taken_back) == len(set(taken_back))
        assert all(START <= one.entered_on <= TODAY and one.amount_cents > 0 for one in self.book)


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

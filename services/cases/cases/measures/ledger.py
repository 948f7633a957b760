"""The money managed for a person at level 2: a ledger that cannot but balance.

Every entry moves one amount from one account to another, in a single line: what one loses the other gains, so there
is no such thing as an unbalanced entry, and the balances of all accounts together are always nothing. One of the two
is the account held for the person. Nothing is changed or taken out: a mistake is corrected by the opposite entry.
Amounts are whole cents.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from cases.dossiers.model import Refused
from cases.measures.model import Measure, Terms
from chassis.web.money import euros
from chassis.web.translations import translate as _
from contracts.sealed import Sealed

MOST_CENTS: Final = 10_000_000
"""One entry: more than any benefit, less than a mistake of three zeros."""


class Account(StrEnum):
    """`held`: the account managed for the person. The others say where money comes from and goes to."""

    HELD = "held"
    BENEFITS = "benefits"
    RENT = "rent"
    CHARGES = "charges"
    PERSON = "person"
    OTHER = "other"


class Kind(StrEnum):
    """What an entry is, in a social worker's words."""

    BENEFIT_RECEIVED = "benefit_received"
    RENT_PAID = "rent_paid"
    CHARGES_PAID = "charges_paid"
    PAID_TO_PERSON = "paid_to_person"
    OTHER_PAID = "other_paid"
    OTHER_RECEIVED = "other_received"


SIDES: Final = {
    Kind.BENEFIT_RECEIVED: (Account.BENEFITS, Account.HELD),
    Kind.RENT_PAID: (Account.HELD, Account.RENT),
    Kind.CHARGES_PAID: (Account.HELD, Account.CHARGES),
    Kind.PAID_TO_PERSON: (Account.HELD, Account.PERSON),
    Kind.OTHER_PAID: (Account.HELD, Account.OTHER),
    Kind.OTHER_RECEIVED: (Account.OTHER, Account.HELD),
}
"""From which account to which."""
_RECEIVED: Final = frozenset({Kind.BENEFIT_RECEIVED, Kind.OTHER_RECEIVED})
_AFTER_RENT: Final = frozenset({Kind.PAID_TO_PERSON, Kind.OTHER_PAID})
"""What is only paid once rent and charges are covered."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What somebody wants to enter. `month`: the first day of the month it counts for."""

    kind: Kind
    entered_on: date
    month: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger. `reverses`: the entry it takes back."""

    entry_id: UUID
    measure_id: UUID
    case_id: UUID
    kind: Kind
    entered_on: date
    month: date
    from_account: Account
    to_account: Account
    amount_cents: int
    at: datetime
    agent_id: UUID | None = None
    reverses: UUID | None = None
    note: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Who enters something, and when; under which ids."""

    entry_id: UUID
    at: datetime
    agent_id: UUID | None
    note: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """What came and went for one month, in cents; what was taken back is already taken off."""

    month: date
    sums: dict[Kind, int] = field(default_factory=dict)

    def of(self, kind: Kind) -> int:
        return self.sums.get(kind, 0)

    def uncovered(self, terms: Terms) -> tuple[int, int]:
        """Rent and charges of the month that are still to be paid."""
        left = terms.rent_cents - self.of(Kind.RENT_PAID), terms.charges_cents - self.of(Kind.CHARGES_PAID)
        return max(left[0], 0), max(left[1], 0)


def balance(entries: Iterable[Entry], account: Account) -> int:
    """What came to an account, less what left it."""
    return sum(one.amount_cents * ((one.to_account is account) - (one.from_account is account)) for one in entries)


def months(entries: Iterable[Entry]) -> list[Month]:
    """The ledger by month, the latest first."""
    found: dict[date, Month] = {}
    for one in entries:
        sums = found.setdefault(one.month, Month(one.month)).sums
        sums[one.kind] = sums.get(one.kind, 0) + (one.amount_cents if one.reverses is None else -one.amount_cents)
    return sorted(found.values(), key=lambda month: month.month, reverse=True)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def enter(measure: Measure, book: Sequence[Entry], movement: Movement, made: Made, today: date) -> Entry:
    """Add a line. Raises Refused."""
    _check(measure, movement, today)
    _require(
        only_benefits_of_the_contract_are_received(measure, movement),
        only_what_is_held_is_paid(book, movement),
        rent_and_charges_come_first(measure, book, movement),
    )
    return _line(measure, movement, SIDES[movement.kind], made)


def reverse(measure: Measure, book: Sequence[Entry], entry_id: UUID, made: Made, today: date) -> Entry:
    """Take an entry back by its opposite, once. Raises Refused."""
    entry = next((one for one in book if one.entry_id == entry_id), None)
    if measure.over or entry is None:
        raise Refused(_("Cette écriture n'est pas, ou n'est plus, dans un compte ouvert."))
    if entry.reverses is not None or any(one.reverses == entry_id for one in book):
        raise Refused(_("Cette écriture est déjà annulée, ou en annule une autre : saisissez plutôt la bonne."))
    if entry.kind in _RECEIVED and balance(book, Account.HELD) < entry.amount_cents:
        raise Refused(_("Cette somme a déjà été dépensée : annulez d'abord les paiements faits avec elle."))
    movement = Movement(entry.kind, today, entry.month, entry.amount_cents)
    return _line(measure, movement, (entry.to_account, entry.from_account), made, entry_id)


def _line(
    measure: Measure,
    movement: Movement,
    sides: tuple[Account, Account],
    made: Made,
    reverses: UUID | None = None,
) -> Entry:
    return Entry(
        entry_id=made.entry_id,
        measure_id=measure.measure_id,
        case_id=measure.case_id,
        kind=movement.kind,
        entered_on=movement.entered_on,
        month=movement.month,
        from_account=sides[0],
        to_account=sides[1],
        amount_cents=movement.amount_cents,
        at=made.at,
        agent_id=made.agent_id,
        reverses=reverses,
        note=made.note,
    )


def is_managed(measure: Measure) -> bool:
    """Whether benefits are, or were, managed for the person."""
    terms = [term for one in measure.contracts for term in (one.first_terms, *(a.terms for a in one.amendments))]
    return any(term.level == 2 for term in terms)


def _check(measure: Measure, movement: Movement, today: date) -> None:
    if measure.over or not is_managed(measure):
        raise Refused(_("Seule une mesure de niveau 2 en cours a un compte géré."))
    if movement.entered_on > today or movement.entered_on < measure.contracts[0].starts_on:
        raise Refused(_("Une écriture est datée entre le début du contrat et aujourd'hui."))
    if not 0 < movement.amount_cents <= MOST_CENTS:
        raise Refused(_("Indiquez un montant plus grand que zéro, et plausible."))
    if movement.month != month_of(movement.month):
        raise Refused(_("Indiquez le mois par son premier jour."))


def only_benefits_of_the_contract_are_received(measure: Measure, movement: Movement) -> str | None:
    """The contract at level 2 is the mandate to receive the person's benefits; without it they are the person's."""
    if movement.kind is not Kind.BENEFIT_RECEIVED:
        return None
    terms = measure.terms_on(movement.entered_on)
    if terms is not None and terms.level == 2:
        return None
    return _("Aucun contrat de niveau 2 ne couvre ce jour : la prestation revient directement à la personne.")


def only_what_is_held_is_paid(book: Sequence[Entry], movement: Movement) -> str | None:
    """The account held for the person is never overdrawn."""
    held = balance(book, Account.HELD)
    if movement.kind in _RECEIVED or movement.amount_cents <= held:
        return None
    return _("Il ne reste que %(held)s sur le compte géré : on ne paie que ce qui y est.") % {"held": euros(held)}


def rent_and_charges_come_first(measure: Measure, book: Sequence[Entry], movement: Movement) -> str | None:
    """Rent and charges first: nothing else is paid that would leave this month's uncovered (L271-2, level 2).

    This month is that of the day of payment, whatever month it is said to count for. Once the contract is over
    there is none to cover, and what is held goes back to the person.
    """
    terms = measure.terms_on(movement.entered_on)
    if movement.kind not in _AFTER_RENT or terms is None or terms.level == 1:
        return None
    month = month_of(movement.entered_on)
    current = next((one for one in months(book) if one.month == month), Month(month))
    rent, charges = current.uncovered(terms)
    free = balance(book, Account.HELD) - rent - charges
    if movement.amount_cents <= free:
        return None
    return _(
        "Le loyer et les charges passent en premier : il reste à payer ce mois-ci %(rent)s de loyer et %(charges)s de "
        "charges. On peut verser au plus %(free)s."
    ) % {"rent": euros(rent), "charges": euros(charges), "free": euros(max(free, 0))}


def _require(*sentences: str | None) -> None:
    missing = [one for one in sentences if one]
    if missing:
        raise Refused(*missing)

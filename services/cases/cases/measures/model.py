"""A measure (MASP, mesure d'accompagnement social personnalisé) of one person, from the application to its end.

Source: CASF L271-1 to L271-8, D271-1 to D271-12. Levels 1 and 2 are contracts; level 3 is the judge's order.
It holds no clear text: evaluations, the notes of visits and the reasons of a refusal are sealed.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cases.measures.counting import Period, last_day, without
from contracts.sealed import Sealed

MASP: Final = "masp"
"""The programme that says which documents are asked for and how early an end is announced."""
READERS: Final = ("social_worker", "manager")
"""Who reads a measure. Not the coordinator of a family conference, who is neutral and has no need to know."""


class Phase(StrEnum):
    APPLICATION = "application"
    SENT = "sent"
    GRANTED = "granted"
    REFUSED = "refused"
    UNDER_CONTRACT = "under_contract"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    BEFORE_JUDGE = "before_judge"
    ORDERED = "ordered"
    ENDED = "ended"


_NOT_YET: Final = date(9000, 1, 1)

OVER: Final = frozenset({Phase.REFUSED, Phase.ENDED})
BEFORE_CONTRACT: Final = frozenset({Phase.APPLICATION, Phase.SENT, Phase.GRANTED})
UNDER_CONTRACT: Final = frozenset({Phase.UNDER_CONTRACT, Phase.INTERRUPTED})
AFTER_FAILURE: Final = frozenset({Phase.FAILED, Phase.BEFORE_JUDGE, Phase.ORDERED})

Level = Literal[1, 2]
"""1: support; 2: support and management of benefits, rent and charges first."""


class FailureKind(StrEnum):
    """How a measure fails: the person refuses the contract, does not keep to it, or it does not help (L271-6)."""

    REFUSAL = "refusal"
    BREACH = "breach"
    UNSUCCESSFUL = "unsuccessful"


class EndReason(StrEnum):
    COMPLETED = "completed"
    NOT_ELIGIBLE = "not_eligible"
    REFUSAL = "refusal"
    BREACH = "breach"
    UNSUCCESSFUL = "unsuccessful"
    MOVED = "moved"
    DECEASED = "deceased"
    PROTECTION = "protection"
    """A judge has ordered a MAJ or another protection."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Eligibility(_Part):
    """What the social worker found for each condition of L271-1."""

    adult: bool
    receives_benefits: bool
    struggles_with_resources: bool
    health_or_safety_threatened: bool


class Evaluation(_Part):
    """A social evaluation, written by a social worker; one before the application, one before each renewal."""

    evaluation_id: UUID
    evaluated_on: date
    text: Sealed


class Application(_Part):
    """The file as it left: to the Maison départementale of this commune (INSEE code), where the person lives."""

    sent_on: date
    commune: str


class Decision(_Part):
    """The département's decision. `level`: the one granted; None: refused, for a reason."""

    decided_on: date
    level: Level | None
    reason: Sealed | None = None


class Terms(_Part):
    """What a contract says. Months are calendar months; rent and charges are those of one month, in cents, and are
    paid out of the benefits at level 2."""

    level: Level
    months: int
    rent_cents: int = 0
    charges_cents: int = 0


class Amendment(_Part):
    """The terms that hold from the day it was signed."""

    signed_on: date
    terms: Terms


class Contract(_Part):
    """A contract between the person and the département. `broken_on`: its last day when it ended before its term."""

    contract_id: UUID
    signed_on: date
    starts_on: date
    first_terms: Terms
    amendments: tuple[Amendment, ...] = ()
    broken_on: date | None = None

    @property
    def terms(self) -> Terms:
        """Those of today."""
        return self.amendments[-1].terms if self.amendments else self.first_terms

    def terms_on(self, day: date) -> Terms:
        """Those that held on a day."""
        signed = [one.terms for one in self.amendments if one.signed_on <= day]
        return signed[-1] if signed else self.first_terms

    @property
    def ends_on(self) -> date:
        """Its last day, as it now stands."""
        term = last_day(self.starts_on, self.terms.months)
        return term if self.broken_on is None else min(term, self.broken_on)

    @property
    def period(self) -> Period:
        return Period(self.starts_on, self.ends_on)


class Interruption(_Part):
    """Support was suspended from `since` on; `resumed_on` is its first day again."""

    since: date
    resumed_on: date | None = None

    @property
    def period(self) -> Period:
        return Period(self.since, self.resumed_on - timedelta(days=1) if self.resumed_on else _NOT_YET)


class Visit(_Part):
    """A visit at home, kept or missed."""

    visit_id: UUID
    visited_on: date
    kept: bool
    note: Sealed | None = None


class Failure(_Part):
    kind: FailureKind
    failed_on: date


class JudgeRequest(_Part):
    """The president of the département asks the judge for rent to be paid directly to the landlord (L271-5)."""

    requested_on: date
    unpaid_months: int


class Order(_Part):
    """Level 3: the judge's decision. `protected_cents`: what is left to live on each month, in cents."""

    order_id: UUID
    decided_on: date
    starts_on: date
    months: int
    protected_cents: int
    lifted_on: date | None = None

    @property
    def ends_on(self) -> date:
        term = last_day(self.starts_on, self.months)
        return term if self.lifted_on is None else min(term, self.lifted_on)

    @property
    def period(self) -> Period:
        return Period(self.starts_on, self.ends_on)


class Measure(_Part):
    """A measure as it stands. `months_elsewhere`: time under contract before, that no dossier here knows of.

    `compromised`: whether health or safety stays compromised although it failed; None: not said. While it does, a
    report to the prosecutor is due (L271-6).
    """

    measure_id: UUID
    case_id: UUID
    person_id: UUID
    programme_version: int
    opened_by: UUID
    opened_on: date
    months_elsewhere: int = 0
    phase: Phase = Phase.APPLICATION
    eligibility: Eligibility | None = None
    evaluations: tuple[Evaluation, ...] = ()
    agreed_on: date | None = None
    agreement_withdrawn_on: date | None = None
    documents: frozenset[str] = frozenset()
    application: Application | None = None
    decision: Decision | None = None
    delegated_to: UUID | None = None
    contracts: tuple[Contract, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    visits: tuple[Visit, ...] = ()
    failure: Failure | None = None
    compromised: bool | None = None
    report_sent_on: date | None = None
    judge_request: JudgeRequest | None = None
    orders: tuple[Order, ...] = ()
    ended_on: date | None = None
    end_reason: EndReason | None = None

    @property
    def over(self) -> bool:
        return self.phase in OVER

    @property
    def contract(self) -> Contract | None:
        """The last one signed."""
        return self.contracts[-1] if self.contracts else None

    @property
    def order(self) -> Order | None:
        """The last one of the judge."""
        return self.orders[-1] if self.orders else None

    @property
    def report_is_due(self) -> bool:
        """Whether the département owes the prosecutor a report that is not recorded as sent."""
        return self.failure is not None and self.compromised is True and self.report_sent_on is None

    @property
    def under_contract(self) -> list[Period]:
        """Time that counts towards the four years of contracts."""
        suspended = [one.period for one in self.interruptions]
        return [left for contract in self.contracts for left in without(contract.period, suspended)]

    @property
    def under_order(self) -> list[Period]:
        """Time that counts towards the four years of level 3."""
        return [order.period for order in self.orders]

    def terms_on(self, day: date) -> Terms | None:
        """The terms of the contract that covers a day."""
        covering = [one for one in self.contracts if one.starts_on <= day <= one.ends_on]
        return covering[-1].terms_on(day) if covering else None

"""An agreement between partners: a convention, a protocol, a territory contract, the award of a call.

It binds organisations and names nobody else: parties sign by an office ("Présidente du conseil départemental"), and
no field holds a person who is helped.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.durations import add_months
from contracts.events.data import TerritoryId
from directory.files.model import ADDRESS
from directory.typed import Cents, Day, Text


class Refused(Exception):
    """A step the rules do not allow. `why`: in French, each with what to do."""

    def __init__(self, *why: str) -> None:
        super().__init__("refused by the rules")
        self.why = why


class Phase(StrEnum):
    DRAFT = "draft"
    NEGOTIATED = "negotiated"
    APPROVED = "approved"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    ENDED = "ended"


class EndReason(StrEnum):
    EXPIRED = "expired"
    DENOUNCED = "denounced"
    ABANDONED = "abandoned"


class How(StrEnum):
    """How an agreement goes on after its last day."""

    NONE = "none"
    EXPLICIT = "explicit"
    TACIT = "tacit"


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"
    DROPPED = "dropped"


Kind = Literal["convention", "protocol", "territory_contract", "award"]
BINDING: Final = frozenset({Phase.SIGNED, Phase.IN_FORCE})


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Address = Annotated[str, Field(pattern=r"^https://[^\s/]+(/\S*)?$", max_length=1000)]
Link = Address | Annotated[str, Field(pattern=ADDRESS)]
"""Where a document lies: elsewhere, or here."""
Number = Annotated[int, Field(ge=1, le=200)]
Paid = Annotated[Cents, Field(ge=1)]
Year = Annotated[int, Field(ge=2000, le=2100)]


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(Value):
    """Who is bound. `signatory`: the office that signs; `assembly`: the body that approves first, where one must."""

    organisation_id: UUID
    signatory: Line
    assembly: Line | None = None


class Axis(Value):
    number: Number
    title: Line


class Action(Value):
    """What is done under an axis, by which party, told by which indicator."""

    number: Number
    axis: Number | None = None
    title: Line
    owner_id: UUID
    indicator: Line
    target: Line | None = None
    due_on: Day | None = None


class Amount(Value):
    """What a party pays in a year, to another party or, without one, to what they do together."""

    year: Year
    payer_id: UUID
    payee_id: UUID | None = None
    axis: Number | None = None
    territory_id: TerritoryId | None = None
    cents: Paid


Sum = Literal["whole", "year", "payer", "payee", "axis", "territory"]


class Stated(Value):
    """A sum as the text states it: of all, or of one year, party, axis or territory (`which`); its amounts make it."""

    of: Sum
    which: Annotated[str, Field(max_length=64)] = ""
    cents: Paid


class Opening(Value):
    """What it opens in the directory: a permanence, which begins and ends with it, or places kept in an offer that
    goes on without it."""

    offer_id: UUID
    how: Literal["permanence", "places"]
    places: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _told(self) -> "Opening":
        if (self.how == "places") != (self.places is not None):
            raise FieldError(N_("Indiquez un nombre de places pour des places réservées, et pour elles seules."))
        return self


class Renewal(Value):
    """How it goes on: for so many months, at most so many times; `notice_months` ahead a party may say no."""

    how: How = How.NONE
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    notice_months: Annotated[int, Field(ge=0, le=24)] = 0
    times: Annotated[int, Field(ge=1, le=20)] | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "Renewal":
        if (self.how is not How.NONE) != (self.months is not None):
            raise FieldError(N_("Indiquez de combien de mois l'accord est reconduit, ou qu'il ne l'est pas."))
        return self


_MANY: Final = 200
_Many = Field(max_length=_MANY)


class Terms(Value):
    """The text the parties agree on. `ends_on` is its last day."""

    title: Line
    about: Text | None = None
    territory_ids: Annotated[tuple[TerritoryId, ...], Field(min_length=1, max_length=_MANY)]
    starts_on: Day
    ends_on: Day
    renewal: Renewal = Renewal()
    parties: Annotated[tuple[Party, ...], _Many] = ()
    axes: Annotated[tuple[Axis, ...], _Many] = ()
    actions: Annotated[tuple[Action, ...], _Many] = ()
    amounts: Annotated[tuple[Amount, ...], Field(max_length=2000)] = ()
    stated: Annotated[tuple[Stated, ...], _Many] = ()
    opens: Annotated[tuple[Opening, ...], _Many] = ()

    @model_validator(mode="after")
    def _in_order(self) -> "Terms":
        if self.ends_on < self.starts_on:
            raise FieldError(N_("La fin ne peut pas précéder le début."))
        return self

    @property
    def party_ids(self) -> tuple[UUID, ...]:
        return tuple(party.organisation_id for party in self.parties)

    @property
    def deliberating(self) -> tuple[Party, ...]:
        """Parties whose assembly approves before they sign."""
        return tuple(party for party in self.parties if party.assembly)

    @property
    def total_cents(self) -> int:
        return sum(amount.cents for amount in self.amounts)

    def changed_from(self, before: "Terms") -> tuple[str, ...]:
        """Names of the parts that differ."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) != getattr(before, name))


class Approval(Value):
    """An assembly approved the text: the deliberation's day and number."""

    organisation_id: UUID
    assembly: Line
    on: Day
    number: Line


class Signature(Value):
    organisation_id: UUID
    signatory: Line
    on: Day


class Amendment(Value):
    """A numbered change, signed by every party on that day; `before` is the text it replaced."""

    number: Number
    what: Text
    signed_on: Day
    approvals: tuple[Approval, ...] = ()
    changed: tuple[str, ...]
    before: Terms


class Renewed(Value):
    how: How
    on: Day
    until: Day


class Denunciation(Value):
    """A party ends it: at its last day (it will not go on), or on an earlier one."""

    organisation_id: UUID
    on: Day
    last_day: Day
    why: Text


class Result(Value):
    """Where an action stands at a review. `value`: of its indicator."""

    action: Number
    progress: Progress
    value: Line | None = None


class Review(Value):
    """A yearly look at what was done; `year` counts from 1."""

    year: Number
    held_on: Day
    note: Text | None = None
    results: tuple[Result, ...] = ()


class Document(Value):
    """Where a signed copy or an annex lies."""

    document_id: UUID
    title: Line
    link: Link
    added_on: Day


class Agreement(Value):
    """An agreement as it stands. `proposed`: the text of an amendment under negotiation."""

    agreement_id: UUID
    kind: Kind
    phase: Phase = Phase.DRAFT
    terms: Terms
    opened_on: Day
    negotiated_on: Day | None = None
    approvals: tuple[Approval, ...] = ()
    signatures: tuple[Signature, ...] = ()
    in_force_on: Day | None = None
    proposed: Terms | None = None
    amendments: tuple[Amendment, ...] = ()
    renewals: tuple[Renewed, ...] = ()
    denunciation: Denunciation | None = None
    reviews: tuple[Review, ...] = ()
    documents: tuple[Document, ...] = ()
    ended_on: Day | None = None
    end_reason: EndReason | None = None
    abandoned_because: Text | None = None

    @property
    def last_day(self) -> date:
        """The last day it binds its parties, as it is known today."""
        return self.denunciation.last_day if self.denunciation else self.terms.ends_on

    @property
    def text(self) -> Terms:
        """What is being written: the draft, or the amendment under negotiation, or else what holds."""
        return self.proposed or self.terms

    @property
    def writable(self) -> bool:
        return self.phase is Phase.DRAFT or (self.phase in BINDING and self.denunciation is None)

    @property
    def renewable(self) -> bool:
        """Whether its text lets it go on once more after its last day."""
        renewal = self.terms.renewal
        left = renewal.times is None or len(self.renewals) < renewal.times
        return renewal.how is not How.NONE and left and self.denunciation is None

    @property
    def renews_tacitly(self) -> bool:
        return self.renewable and self.terms.renewal.how is How.TACIT

    @property
    def still_to_approve(self) -> tuple[Party, ...]:
        return _without(self.terms.deliberating, self.approvals)

    @property
    def still_to_sign(self) -> tuple[Party, ...]:
        return _without(self.terms.parties, self.signatures)

    def opening_of(self, offer_id: UUID) -> Opening | None:
        """How it opens that offer, or did before it was amended."""
        texts = (self.terms, *(one.before for one in reversed(self.amendments)))
        return next((opening for text in texts for opening in text.opens if opening.offer_id == offer_id), None)

    @property
    def review_due_on(self) -> date | None:
        """By when its parties look at it next: each anniversary, and its last day. None: not in force, or all done."""
        done = len(self.reviews)
        if self.phase is not Phase.IN_FORCE or add_months(self.terms.starts_on, 12 * done) > self.last_day:
            return None
        return min(add_months(self.terms.starts_on, 12 * (done + 1)), self.last_day)

    @property
    def standing(self) -> dict[int, Result]:
        """Action → where it stood when it was last looked at."""
        return {result.action: result for review in self.reviews for result in review.results}


def _without(parties: Iterable[Party], done: Iterable[Approval | Signature]) -> tuple[Party, ...]:
    already = {one.organisation_id for one in done}
    return tuple(party for party in parties if party.organisation_id not in already)

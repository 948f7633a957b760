"""What is submitted about calls and projects, checked one field at a time; the rules are the model's."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events.data import TerritoryId
from directory.agreements.model import Link
from directory.calls.model import DOCUMENTS, Budget, Criterion, Document, Kind, Line, Opinion, Payment, Sharing
from directory.typed import Cents, Day, Text, Title

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=40)]
Points = Annotated[int, Field(ge=0, le=1_000)]
Positive = Annotated[int, Field(ge=1, le=1_000)]
Part = Annotated[int, Field(ge=0, le=10**12)]
Granted = Annotated[Cents, Field(gt=0)]


class Said(BaseModel):
    """Something submitted; what it does not provide for is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CriterionSaid(Said):
    code: Code
    label: Title
    best: Positive = 5
    weight: Positive = 1

    @property
    def criterion(self) -> Criterion:
        return Criterion(**dict(self))


class CallSaid(Said):
    """A call as somebody who runs it writes it. `parts`: territory → part, for a sharing by fixed parts."""

    title: Title
    kind: Kind
    about: Text
    territory_ids: Annotated[tuple[TerritoryId, ...], Field(min_length=1, max_length=200)]
    opens_on: Day
    closes_on: Day
    envelope_cents: Granted
    sharing: Sharing = Sharing.NONE
    parts: dict[TerritoryId, Part] = Field(default_factory=dict)
    criteria: Annotated[tuple[CriterionSaid, ...], Field(max_length=20)] = ()
    report_due_on: Day

    @property
    def written(self) -> dict[str, Any]:
        """The fields of a call that are written."""
        return dict(self) | {
            "territory_ids": tuple(sorted(set(self.territory_ids))),
            "criteria": tuple(one.criterion for one in self.criteria),
        }


class LineSaid(Said):
    label: Title
    cents: Granted


class DocumentSaid(Said):
    title: Title
    link: Link


class ProjectSaid(Said):
    """A project as the organisation that asks writes it. `income`: what else pays for it."""

    title: Title
    about: Text
    territory_id: TerritoryId
    expenses: Annotated[tuple[LineSaid, ...], Field(min_length=1, max_length=50)]
    income: Annotated[tuple[LineSaid, ...], Field(max_length=50)] = ()
    asked_cents: Granted
    documents: Annotated[tuple[DocumentSaid, ...], Field(max_length=DOCUMENTS)] = ()

    @property
    def written(self) -> dict[str, Any]:
        """The fields of a project that are written."""
        budget = Budget(_lines(self.expenses), _lines(self.income))
        documents = tuple(Document(one.title, one.link) for one in self.documents)
        return self.model_dump(exclude={"expenses", "income"}) | {"budget": budget, "documents": documents}


def _lines(said: tuple[LineSaid, ...]) -> tuple[Line, ...]:
    return tuple(Line(one.label, one.cents) for one in said)


class NewProjectSaid(ProjectSaid):
    """`organisation_id`: whose project it is, when who runs the call enters it for them."""

    organisation_id: UUID | None = None


class ReadingSaid(Said):
    """What one person who read a project says of it."""

    scores: dict[Code, Points] = Field(default_factory=dict)
    opinion: Opinion
    comment: Text


class PaymentSaid(Said):
    due_on: Day
    cents: Granted
    paid_on: Day | None = None

    @property
    def payment(self) -> Payment:
        return Payment(**dict(self))


class DecisionSaid(Said):
    """An amount granted, or refused with its reason. `report_due_on`: the call's unless another is agreed."""

    outcome: Literal["granted", "refused"]
    decided_on: Day
    granted_cents: Granted | None = None
    payments: Annotated[tuple[PaymentSaid, ...], Field(max_length=24)] = ()
    report_due_on: Day | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.outcome == "granted" and self.granted_cents is None:
            raise FieldError(N_("Indiquez le montant accordé."))
        if self.outcome == "refused" and self.reason is None:
            raise FieldError(N_("Indiquez le motif du refus : la structure le lira."))
        return self


class ReportSaid(Said):
    received_on: Day


class PaymentsSaid(Said):
    """The payments as they now stand, those made with their day."""

    payments: Annotated[tuple[PaymentSaid, ...], Field(min_length=1, max_length=24)]

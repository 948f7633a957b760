"""Forms of a measure, on the dossier's page: the same acts as the API, on the measure under way."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.measures import acts, ledger
from cases.measures.acts import Ordered
from cases.measures.ledger import Kind, Movement
from cases.measures.model import Eligibility, EndReason, FailureKind, Level, Terms
from cases.measures.money import Euros
from cases.typed import Day, NoteText, Text
from chassis.web.idempotency import Idempotency
from contracts.events.data import Commune

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#mesure"
Months = Annotated[int, Field(ge=1, le=120)]


class OpenForm(BaseModel):
    masp_elsewhere: Annotated[int, Field(ge=0, le=48)] = 0


class EvaluationForm(BaseModel):
    """Conditions are asked for the first one only; a box not ticked says no."""

    masp_evaluation: NoteText
    masp_evaluated_on: Day
    masp_first: bool = False
    masp_conditions: list[str] = Field(default_factory=list)

    @property
    def eligibility(self) -> Eligibility | None:
        if not self.masp_first:
            return None
        return Eligibility.model_validate({name: name in self.masp_conditions for name in Eligibility.model_fields})


class AgreementForm(EditForm):
    masp_agreed_on: Day


class WithdrawalForm(EditForm):
    masp_withdrawn_on: Day


class DocumentsForm(EditForm):
    masp_documents: list[str] = Field(default_factory=list)


class SendForm(EditForm):
    masp_sent_on: Day
    masp_commune: Commune | None = None


class GrantForm(EditForm):
    masp_granted_on: Day
    masp_granted_level: Annotated[int, Field(ge=1, le=2)]


class RefuseForm(EditForm):
    masp_refused_on: Day
    masp_reason: Text


class DelegateForm(EditForm):
    masp_organisation: UUID | None = None


class ContractForm(EditForm):
    masp_level: Annotated[int, Field(ge=1, le=2)]
    masp_months: Months
    masp_rent: Euros = 0
    masp_charges: Euros = 0
    masp_signed_on: Day
    masp_starts_on: Day

    @property
    def terms(self) -> Terms:
        return _terms(self.masp_level, self.masp_months, self.masp_rent, self.masp_charges)


class AmendmentForm(EditForm):
    masp_new_level: Annotated[int, Field(ge=1, le=2)]
    masp_new_months: Months
    masp_new_rent: Euros = 0
    masp_new_charges: Euros = 0
    masp_amended_on: Day

    @property
    def terms(self) -> Terms:
        return _terms(self.masp_new_level, self.masp_new_months, self.masp_new_rent, self.masp_new_charges)


class InterruptForm(EditForm):
    masp_since: Day


class ResumeForm(EditForm):
    masp_resumed_on: Day


class VisitForm(BaseModel):
    masp_visited_on: Day
    masp_visit_kept: bool
    masp_visit_note: NoteText | None = None


class FailForm(EditForm):
    masp_failure: FailureKind
    masp_failed_on: Day
    masp_compromised: bool


class DangerForm(EditForm):
    masp_danger: bool


class JudgeForm(EditForm):
    masp_asked_on: Day
    masp_unpaid: Annotated[int, Field(ge=0, le=600)]


class OrderForm(EditForm):
    masp_ordered_on: Day
    masp_order_starts_on: Day
    masp_order_months: Months
    masp_protected: Euros


class ReportForm(EditForm):
    masp_report_on: Day


class EndForm(EditForm):
    masp_ended_on: Day
    masp_end_reason: EndReason


class EntryForm(BaseModel):
    masp_entry: Kind
    masp_entry_on: Day
    masp_entry_month: Day | None = None
    masp_amount: Euros
    masp_entry_note: Text | None = None

    @property
    def movement(self) -> Movement:
        month = ledger.month_of(self.masp_entry_month or self.masp_entry_on)
        return Movement(self.masp_entry, self.masp_entry_on, month, self.masp_amount)


class ReverseForm(BaseModel):
    masp_reversed: UUID


def _level(number: int) -> Level:
    return 2 if number == 2 else 1


def _terms(level: int, months: int, rent: int, charges: int) -> Terms:
    return Terms(level=_level(level), months=months, rent_cents=rent, charges_cents=charges)


@router.post("/measure")
async def open_measure(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: OpenForm) -> None:
        await acts.open_measure(work, None, form.masp_elsewhere)

    return await sent.add(key, OpenForm, act, _PLACE)


@router.post("/measure-evaluation")
async def evaluate(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: EvaluationForm) -> None:
        await acts.evaluate(work, None, form.masp_evaluation, form.masp_evaluated_on, form.eligibility)

    return await sent.add(key, EvaluationForm, act, _PLACE)


@router.post("/measure-agreement")
async def agree(sent: SentForm) -> Response:
    return await sent.edit(AgreementForm, lambda work, form: acts.agree(work, None, form.masp_agreed_on), _PLACE)


@router.post("/measure-withdrawal")
async def withdraw(sent: SentForm) -> Response:
    return await sent.edit(WithdrawalForm, lambda work, form: acts.withdraw(work, None, form.masp_withdrawn_on), _PLACE)


@router.post("/measure-documents")
async def receive(sent: SentForm) -> Response:
    return await sent.edit(DocumentsForm, lambda work, form: acts.receive(work, None, form.masp_documents), _PLACE)


@router.post("/measure-transmission")
async def send(sent: SentForm) -> Response:
    async def act(work: Work, form: SendForm) -> None:
        await acts.send(work, None, form.masp_sent_on, form.masp_commune)

    return await sent.edit(SendForm, act, _PLACE)


@router.post("/measure-grant")
async def grant(sent: SentForm) -> Response:
    async def act(work: Work, form: GrantForm) -> None:
        await acts.decide(work, None, form.masp_granted_on, _level(form.masp_granted_level), None)

    return await sent.edit(GrantForm, act, _PLACE)


@router.post("/measure-refusal")
async def refuse(sent: SentForm) -> Response:
    async def act(work: Work, form: RefuseForm) -> None:
        await acts.decide(work, None, form.masp_refused_on, None, form.masp_reason)

    return await sent.edit(RefuseForm, act, _PLACE)


@router.post("/measure-delegation")
async def delegate(sent: SentForm) -> Response:
    return await sent.edit(DelegateForm, lambda work, form: acts.delegate(work, None, form.masp_organisation), _PLACE)


@router.post("/measure-contract")
async def sign(sent: SentForm) -> Response:
    async def act(work: Work, form: ContractForm) -> None:
        await acts.sign(work, None, form.masp_signed_on, form.masp_starts_on, form.terms)

    return await sent.edit(ContractForm, act, _PLACE)


@router.post("/measure-renewal")
async def renew(sent: SentForm) -> Response:
    async def act(work: Work, form: ContractForm) -> None:
        await acts.renew(work, None, form.masp_signed_on, form.masp_starts_on, form.terms)

    return await sent.edit(ContractForm, act, _PLACE)


@router.post("/measure-amendment")
async def amend(sent: SentForm) -> Response:
    async def act(work: Work, form: AmendmentForm) -> None:
        await acts.amend(work, None, form.masp_amended_on, form.terms)

    return await sent.edit(AmendmentForm, act, _PLACE)


@router.post("/measure-interruption")
async def interrupt(sent: SentForm) -> Response:
    return await sent.edit(InterruptForm, lambda work, form: acts.interrupt(work, None, form.masp_since), _PLACE)


@router.post("/measure-resumption")
async def resume(sent: SentForm) -> Response:
    return await sent.edit(ResumeForm, lambda work, form: acts.resume(work, None, form.masp_resumed_on), _PLACE)


@router.post("/measure-visit")
async def visit(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: VisitForm) -> None:
        await acts.visit(work, None, form.masp_visited_on, form.masp_visit_note, kept=form.masp_visit_kept)

    return await sent.add(key, VisitForm, act, _PLACE)


@router.post("/measure-failure")
async def fail(sent: SentForm) -> Response:
    async def act(work: Work, form: FailForm) -> None:
        await acts.fail(work, None, form.masp_failure, form.masp_failed_on, compromised=form.masp_compromised)

    return await sent.edit(FailForm, act, _PLACE)


@router.post("/measure-danger")
async def judge_danger(sent: SentForm) -> Response:
    async def act(work: Work, form: DangerForm) -> None:
        await acts.judge_danger(work, None, compromised=form.masp_danger)

    return await sent.edit(DangerForm, act, _PLACE)


@router.post("/measure-judge-request")
async def ask_judge(sent: SentForm) -> Response:
    async def act(work: Work, form: JudgeForm) -> None:
        await acts.ask_judge(work, None, form.masp_asked_on, form.masp_unpaid)

    return await sent.edit(JudgeForm, act, _PLACE)


@router.post("/measure-order")
async def order(sent: SentForm) -> Response:
    async def act(work: Work, form: OrderForm) -> None:
        ordered = Ordered(form.masp_ordered_on, form.masp_order_starts_on, form.masp_order_months, form.masp_protected)
        await acts.record_order(work, None, ordered)

    return await sent.edit(OrderForm, act, _PLACE)


@router.post("/measure-dismissal")
async def dismiss(sent: SentForm) -> Response:
    return await sent.edit(EditForm, lambda work, _form: acts.record_order(work, None, None), _PLACE)


@router.post("/measure-report")
async def report(sent: SentForm) -> Response:
    return await sent.edit(ReportForm, lambda work, form: acts.report(work, None, form.masp_report_on), _PLACE)


@router.post("/measure-end")
async def end(sent: SentForm) -> Response:
    async def act(work: Work, form: EndForm) -> None:
        await acts.end(work, None, form.masp_end_reason, form.masp_ended_on)

    return await sent.edit(EndForm, act, _PLACE)


@router.post("/measure-entry")
async def enter(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: EntryForm) -> None:
        await acts.enter(work, None, form.movement, form.masp_entry_note)

    return await sent.add(key, EntryForm, act, _PLACE)


@router.post("/measure-reversal")
async def reverse(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: ReverseForm) -> None:
        await acts.reverse(work, None, form.masp_reversed, None)

    return await sent.add(key, ReverseForm, act, _PLACE)

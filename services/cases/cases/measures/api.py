"""HTTP of a dossier's measures (MASP), step by step. What a rule does not allow answers 409, with what is missing."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.dossiers import store as dossiers
from cases.dossiers.changes import Creating, Edit, Editing
from cases.dossiers.work import NoSuchCase, Work
from cases.measures import acts, ledger, view
from cases.measures.acts import Ordered
from cases.measures.ledger import Kind, Movement
from cases.measures.model import READERS, Eligibility, EndReason, FailureKind, Level, Measure, Terms
from cases.measures.money import Cents
from cases.typed import Day, NoteText, Text
from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer
from chassis.web.identity import require
from chassis.web.preconditions import etag
from chassis.web.problems import not_found
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events.data import Commune

router = APIRouter(prefix="/cases/{case_id}/measures", tags=["measures"])
Reader = Annotated[Actor, Depends(require(*READERS))]
Months = Annotated[int, Field(ge=0, le=120)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Opened(_Body):
    """For whom; nobody said: the person concerned. `months_elsewhere`: under contract before, in no dossier here."""

    person_id: UUID | None = None
    months_elsewhere: Annotated[int, Field(ge=0, le=48)] = 0


class Evaluated(_Body):
    """A social evaluation; before the decision also what it found for each condition."""

    text: NoteText
    evaluated_on: Day
    eligibility: Eligibility | None = None


class Dated(_Body):
    on: Day


class Received(_Body):
    """Codes of the programme's documents, all those received so far."""

    documents: Annotated[tuple[str, ...], Field(max_length=50)]


class Transmitted(_Body):
    """`commune`: where the person lives (INSEE code), when not the dossier's."""

    on: Day
    commune: Commune | None = None


class Decided(_Body):
    """The département's decision: a level granted, or a refusal with its reason."""

    on: Day
    outcome: Literal["granted", "refused"]
    level: Level | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Decided":
        if (self.outcome == "granted") != (self.level is not None):
            raise FieldError(N_("Une mesure accordée a un niveau, 1 ou 2 ; une mesure refusée n'en a pas."))
        return self


class Delegated(_Body):
    """None: the département supports the person itself."""

    organisation_id: UUID | None


class _Agreed(_Body):
    level: Level
    months: Months
    rent_cents: Cents = 0
    charges_cents: Cents = 0

    @property
    def terms(self) -> Terms:
        return Terms(level=self.level, months=self.months, rent_cents=self.rent_cents, charges_cents=self.charges_cents)


class Signed(_Agreed):
    """A contract. Rent and charges are those of a month, in cents."""

    signed_on: Day
    starts_on: Day


class Amended(_Agreed):
    """The terms from that day on, all of them."""

    signed_on: Day


class Visited(_Body):
    on: Day
    kept: bool
    note: NoteText | None = None


class Failed(_Body):
    """`compromised`: health or safety stays so, the person's or the household's; a report to the prosecutor is due."""

    on: Day
    kind: FailureKind
    compromised: bool


class Danger(_Body):
    compromised: bool


class JudgeAsked(_Body):
    on: Day
    unpaid_months: Annotated[int, Field(ge=0, le=600)]


class JudgeOrdered(_Body):
    """Level 3. `protected_cents`: what is left to the person to live on each month."""

    decided_on: Day
    starts_on: Day
    months: Months
    protected_cents: Cents


class JudgeDecided(_Body):
    """The judge's decision; without an order the request was dismissed."""

    order: JudgeOrdered | None

    @property
    def ordered(self) -> Ordered | None:
        return Ordered(**self.order.model_dump()) if self.order else None


class Ended(_Body):
    on: Day
    reason: EndReason


class Entered(_Body):
    """A line of the ledger. `month`: any day of the month it counts for; that of `on` unless said."""

    kind: Kind
    on: Day
    amount_cents: Cents
    month: Day | None = None
    note: Text | None = None

    @property
    def movement(self) -> Movement:
        return Movement(self.kind, self.on, ledger.month_of(self.month or self.on), self.amount_cents)


class Reversed(_Body):
    note: Text | None = None


def _answer(work: Work, measure: Measure, *, status: int = 200, **members: Any) -> Answer:
    return created(work, status=status, measure_id=measure.measure_id, phase=measure.phase.value, **members)


async def _step(edit: Edit, act: Callable[[Work], Awaitable[Measure]]) -> Response:
    async with edit.work() as work:
        return changed(_answer(work, await act(work)))


async def _read(parts: Parts, actor: Actor, case_id: UUID) -> tuple[list[view.Shown], int]:
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        return await view.read(tx, parts, case_id), case.version


@router.get("")
async def measures(case_id: UUID, actor: Reader, parts: CurrentParts) -> Response:
    """The measures of a dossier, the latest first."""
    found, version = await _read(parts, actor, case_id)
    return as_json({"items": [view.shown(one) for one in found], "version": version}, {"ETag": etag(version)})


@router.get("/{measure_id}/entries")
async def entries(case_id: UUID, measure_id: UUID, actor: Reader, parts: CurrentParts) -> Response:
    """The ledger of the money managed for the person."""
    found, version = await _read(parts, actor, case_id)
    one = next((one for one in found if one.measure.measure_id == measure_id), None)
    if one is None:
        raise not_found(N_("Cette mesure n'est pas dans ce dossier."))
    return as_json(view.ledger_shown(one), {"ETag": etag(version)})


@router.post("", status_code=201)
async def open_measure(body: Opened, creation: Creating) -> Response:
    """A social worker instructs a measure."""

    async def act(work: Work) -> Answer:
        return _answer(work, await acts.open_measure(work, body.person_id, body.months_elsewhere), status=201)

    return await creation.once(act)


@router.post("/{measure_id}/evaluations", status_code=201)
async def evaluate(measure_id: UUID, body: Evaluated, creation: Creating) -> Response:
    """Write a social evaluation."""

    async def act(work: Work) -> Answer:
        measure = await acts.evaluate(work, measure_id, body.text, body.evaluated_on, body.eligibility)
        return _answer(work, measure, status=201, evaluation_id=measure.evaluations[-1].evaluation_id)

    return await creation.once(act)


@router.put("/{measure_id}/agreement")
async def agree(measure_id: UUID, body: Dated, edit: Editing) -> Response:
    """The person agrees."""
    return await _step(edit, lambda work: acts.agree(work, measure_id, body.on))


@router.post("/{measure_id}/agreement/withdrawal")
async def withdraw(measure_id: UUID, body: Dated, edit: Editing) -> Response:
    """The person no longer agrees."""
    return await _step(edit, lambda work: acts.withdraw(work, measure_id, body.on))


@router.put("/{measure_id}/documents")
async def receive(measure_id: UUID, body: Received, edit: Editing) -> Response:
    """Say which documents have been received."""
    return await _step(edit, lambda work: acts.receive(work, measure_id, body.documents))


@router.post("/{measure_id}/transmission")
async def send(measure_id: UUID, body: Transmitted, edit: Editing) -> Response:
    """The complete file leaves for the Maison départementale of the place of residence."""
    return await _step(edit, lambda work: acts.send(work, measure_id, body.on, body.commune))


@router.post("/{measure_id}/decision")
async def decide(measure_id: UUID, body: Decided, edit: Editing) -> Response:
    """The département grants a level, or refuses."""

    async def act(work: Work) -> Measure:
        return await acts.decide(work, measure_id, body.on, body.level, body.reason)

    return await _step(edit, act)


@router.put("/{measure_id}/delegation")
async def delegate(measure_id: UUID, body: Delegated, edit: Editing) -> Response:
    """Entrust the support to an organisation of the directory."""
    return await _step(edit, lambda work: acts.delegate(work, measure_id, body.organisation_id))


@router.post("/{measure_id}/contract")
async def sign(measure_id: UUID, body: Signed, edit: Editing) -> Response:
    """The contract is signed."""

    async def act(work: Work) -> Measure:
        return await acts.sign(work, measure_id, body.signed_on, body.starts_on, body.terms)

    return await _step(edit, act)


@router.post("/{measure_id}/renewal")
async def renew(measure_id: UUID, body: Signed, edit: Editing) -> Response:
    """Another contract follows, after an evaluation."""

    async def act(work: Work) -> Measure:
        return await acts.renew(work, measure_id, body.signed_on, body.starts_on, body.terms)

    return await _step(edit, act)


@router.post("/{measure_id}/amendment")
async def amend(measure_id: UUID, body: Amended, edit: Editing) -> Response:
    """The contract's terms change."""
    return await _step(edit, lambda work: acts.amend(work, measure_id, body.signed_on, body.terms))


@router.post("/{measure_id}/interruption")
async def interrupt(measure_id: UUID, body: Dated, edit: Editing) -> Response:
    """The contract is suspended from that day on."""
    return await _step(edit, lambda work: acts.interrupt(work, measure_id, body.on))


@router.post("/{measure_id}/resumption")
async def resume(measure_id: UUID, body: Dated, edit: Editing) -> Response:
    """Support begins again that day."""
    return await _step(edit, lambda work: acts.resume(work, measure_id, body.on))


@router.post("/{measure_id}/visits", status_code=201)
async def visit(measure_id: UUID, body: Visited, creation: Creating) -> Response:
    """Record a visit at home."""

    async def act(work: Work) -> Answer:
        visit_id = await acts.visit(work, measure_id, body.on, body.note, kept=body.kept)
        return created(work, measure_id=measure_id, visit_id=visit_id)

    return await creation.once(act)


@router.post("/{measure_id}/failure")
async def fail(measure_id: UUID, body: Failed, edit: Editing) -> Response:
    """The contract is refused or broken, or the measure did not help."""

    async def act(work: Work) -> Measure:
        return await acts.fail(work, measure_id, body.kind, body.on, compromised=body.compromised)

    return await _step(edit, act)


@router.put("/{measure_id}/danger")
async def judge_danger(measure_id: UUID, body: Danger, edit: Editing) -> Response:
    """Say whether health or safety stays compromised after a failure."""

    async def act(work: Work) -> Measure:
        return await acts.judge_danger(work, measure_id, compromised=body.compromised)

    return await _step(edit, act)


@router.post("/{measure_id}/judge-request")
async def ask_judge(measure_id: UUID, body: JudgeAsked, edit: Editing) -> Response:
    """Ask the judge for level 3."""

    async def act(work: Work) -> Measure:
        return await acts.ask_judge(work, measure_id, body.on, body.unpaid_months)

    return await _step(edit, act)


@router.post("/{measure_id}/judge-decision")
async def record_order(measure_id: UUID, body: JudgeDecided, edit: Editing) -> Response:
    """Record what the judge decided."""
    return await _step(edit, lambda work: acts.record_order(work, measure_id, body.ordered))


@router.post("/{measure_id}/report")
async def report(measure_id: UUID, body: Dated, edit: Editing) -> Response:
    """The report to the prosecutor was sent."""
    return await _step(edit, lambda work: acts.report(work, measure_id, body.on))


@router.post("/{measure_id}/end")
async def end(measure_id: UUID, body: Ended, edit: Editing) -> Response:
    """The measure ends."""
    return await _step(edit, lambda work: acts.end(work, measure_id, body.reason, body.on))


@router.post("/{measure_id}/entries", status_code=201)
async def enter(measure_id: UUID, body: Entered, creation: Creating) -> Response:
    """Add a line to the ledger."""

    async def act(work: Work) -> Answer:
        entry = await acts.enter(work, measure_id, body.movement, body.note)
        return created(work, measure_id=measure_id, entry_id=entry.entry_id)

    return await creation.once(act)


@router.post("/{measure_id}/entries/{entry_id}/reversal", status_code=201)
async def reverse(measure_id: UUID, entry_id: UUID, body: Reversed, creation: Creating) -> Response:
    """Take an entry back by its opposite."""

    async def act(work: Work) -> Answer:
        entry = await acts.reverse(work, measure_id, entry_id, body.note)
        return created(work, measure_id=measure_id, entry_id=entry.entry_id)

    return await creation.once(act)

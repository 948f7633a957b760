"""What agents do with a measure: one function per act, in the transaction that holds the dossier."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.measures import deadlines, ledger, life, store
from cases.measures.ledger import Account, Entry, Movement
from cases.measures.life import Ending
from cases.measures.model import (
    BEFORE_CONTRACT,
    MASP,
    READERS,
    Amendment,
    Application,
    Contract,
    Decision,
    Eligibility,
    EndReason,
    Evaluation,
    Failure,
    FailureKind,
    JudgeRequest,
    Level,
    Measure,
    Order,
    Terms,
    Visit,
)
from cases.measures.store import Elsewhere
from cases.people import store as people
from cases.programmes import programmes
from chassis.web.translations import translate as _
from contracts import communes
from contracts.envelope import new_id
from contracts.events import MeasureSigned
from contracts.programme import Programme

SUPPORT = READERS
"""Who supports the person, and records it."""
DEPARTMENT = ("manager",)
"""Who decides in the name of the département's president."""


@dataclass(frozen=True, slots=True)
class Held:
    """A measure taken to be changed, with what its rules need beside it."""

    work: Work
    measure: Measure
    programme: Programme
    elsewhere: Elsewhere

    async def become(self, changed: Measure) -> Measure:
        """Write what a step made of it, and what falls due by it."""
        await store.save(self.work.tx, changed)
        others = self.elsewhere.contracts if changed.order is None else self.elsewhere.orders
        await deadlines.keep(self.work, changed, others, self.programme)
        return changed


def programme_for(work: Work, version: int) -> Programme:
    """The MASP as this deployment described it in that version. Raises UnknownProgramme."""
    return programmes(work.parts.settings.programmes).version(MASP, version)


async def hold(work: Work, measure_id: UUID | None, *roles: str) -> Held:
    """That measure of the dossier, or the one under way, for who works here as one of `roles`.

    Raises NotTheirs, NoSuchCase for a measure of another dossier, Refused when none is under way.
    """
    work.require(*roles)
    must_be_writable(work.case)
    if measure_id is None:
        measure = await store.under_way(work.tx, work.case.case_id)
        if measure is None:
            raise Refused(_("Aucune mesure n'est en cours dans ce dossier."))
    else:
        measure = await store.find(work.tx, work.case.case_id, measure_id)
        if measure is None:
            raise NoSuchCase
    return await _held(work, measure)


async def _held(work: Work, measure: Measure) -> Held:
    programme = programme_for(work, measure.programme_version)
    async with work.as_service() as seeing:
        return Held(work, measure, programme, await store.elsewhere(seeing, measure))


async def _note(held: Held, kind: str, **details: str | int) -> None:
    told = {"measure_id": str(held.measure.measure_id), **details}
    await held.work.enter(kind, readers=READERS, details=told)


# The application -------------------------------------------------------------------------------


async def open_measure(work: Work, person_id: UUID | None = None, months_elsewhere: int = 0) -> Measure:
    """A social worker instructs a measure for somebody of the dossier; for the person concerned unless said."""
    work.require(*SUPPORT)
    must_be_writable(work.case)
    if await store.under_way(work.tx, work.case.case_id) is not None:
        raise Refused(_("Une mesure est déjà en cours dans ce dossier."))
    assert work.actor.agent_id is not None, "an agent instructs it"
    measure = Measure(
        measure_id=new_id(),
        case_id=work.case.case_id,
        person_id=await _whose(work, person_id),
        programme_version=_version(work),
        opened_by=work.actor.agent_id,
        opened_on=work.today,
        months_elsewhere=months_elsewhere,
    )
    await store.save(work.tx, measure)
    await work.enter("measure_opened", readers=READERS, details={"person_id": str(measure.person_id)})
    return measure


async def _whose(work: Work, person_id: UUID | None) -> UUID:
    places = await people.of_case(work.tx, work.case.case_id)
    concerned = [one.person_id for one in places if one.role == "concerned"]
    if person_id is None and not concerned:
        raise Refused(_("Une mesure est un contrat avec quelqu'un : identifiez d'abord la personne concernée."))
    if person_id is not None and person_id not in {one.person_id for one in places}:
        raise Refused(_("Cette personne n'est pas dans le dossier : ajoutez-la d'abord."))
    return person_id or concerned[0]


def _version(work: Work) -> int:
    """The version a dossier of the programme began under; for another dossier, today's."""
    if work.case.programme == MASP:
        return work.case.programme_version
    return programmes(work.parts.settings.programmes).current(MASP).version


async def evaluate(
    work: Work, measure_id: UUID | None, text: str, evaluated_on: date, eligibility: Eligibility | None
) -> Measure:
    """Write a social evaluation."""
    held = await hold(work, measure_id, *SUPPORT)
    sealed = await work.seal(text, (made := new_id()), "evaluation")
    evaluation = Evaluation(evaluation_id=made, evaluated_on=evaluated_on, text=sealed)
    changed = life.evaluate(held.measure, evaluation, eligibility, work.today)
    await _note(held, "measure_evaluated", on=evaluated_on.isoformat())
    return await held.become(changed)


async def agree(work: Work, measure_id: UUID | None, agreed_on: date) -> Measure:
    """The person agrees; their last word counts, wherever it was said."""
    held = await hold(work, measure_id, *SUPPORT)
    withdrawn_at = await store.consent_withdrawn_at(work.tx, held.measure.person_id)
    if withdrawn_at is not None and agreed_on < withdrawn_at.astimezone(work.parts.settings.zone).date():
        raise Refused(_("La personne a retiré son accord depuis cette date : recueillez-le de nouveau."))
    changed = life.agree(held.measure, agreed_on, work.today)
    await _note(held, "measure_agreed", on=agreed_on.isoformat())
    return await held.become(changed)


async def withdraw(work: Work, measure_id: UUID | None, withdrawn_on: date) -> Measure:
    """The person takes their agreement back, at any step."""
    held = await hold(work, measure_id, *SUPPORT)
    return await _withdrawn(held, withdrawn_on)


async def _withdrawn(held: Held, on: date) -> Measure:
    changed = life.withdraw(held.measure, on, held.work.today)
    await _note(held, "measure_agreement_withdrawn", on=on.isoformat())
    return await held.become(changed)


async def consent_withdrawn(work: Work, on: date) -> None:
    """The person said so elsewhere. A measure that is over, or was told already, stays as it is."""
    measure = await store.under_way(work.tx, work.case.case_id)
    if measure is not None and measure.agreement_withdrawn_on is None:
        since = measure.contracts[0].signed_on if measure.contracts else measure.opened_on
        await _withdrawn(await _held(work, measure), min(max(on, since), work.today))


async def count_anew(work: Work) -> None:
    """Somebody was found to be the same person, or not to be after all: the years allowed end on another day."""
    measure = await store.under_way(work.tx, work.case.case_id)
    if measure is not None:
        held = await _held(work, measure)
        await held.become(measure)


async def request_withdrawn(work: Work) -> bool:
    """The request was taken back: what is not yet under contract is refused by it. Returns whether a measure keeps the
    dossier open: one under contract binds until it ends, one that failed until it is said what becomes of it."""
    measure = await store.under_way(work.tx, work.case.case_id)
    if measure is not None and measure.phase in BEFORE_CONTRACT:
        await _withdrawn(await _held(work, measure), max(work.today, measure.opened_on))
    return measure is not None


async def receive(work: Work, measure_id: UUID | None, documents: Collection[str]) -> Measure:
    """Say which documents of the file have been received."""
    held = await hold(work, measure_id, *SUPPORT)
    changed = life.receive(held.measure, documents, held.programme)
    await _note(held, "measure_documents", received=len(changed.documents))
    return await held.become(changed)


async def send(work: Work, measure_id: UUID | None, sent_on: date, commune: str | None) -> Measure:
    """The file leaves for the Maison départementale of the commune of residence; the dossier's unless said."""
    held = await hold(work, measure_id, *SUPPORT)
    resolved = communes.resolve(commune or work.case.commune)
    if resolved is None:
        raise Refused(_("Cette commune n'est pas dans la liste officielle : vérifiez son code INSEE."))
    application = Application(sent_on=sent_on, commune=resolved.commune.code)
    changed = life.send(held.measure, application, held.programme, work.today)
    await _note(held, "measure_sent", on=sent_on.isoformat())
    return await held.become(changed)


async def decide(
    work: Work, measure_id: UUID | None, decided_on: date, level: Level | None, reason: str | None
) -> Measure:
    """The département grants level 1 or 2, or refuses (`level` None) for a reason."""
    held = await hold(work, measure_id, *DEPARTMENT)
    sealed = await work.seal(reason, held.measure.measure_id, "reason") if reason and level is None else None
    decision = Decision(decided_on=decided_on, level=level, reason=sealed)
    changed = life.decide(held.measure, decision, held.programme, work.today)
    await _note(held, "measure_granted" if level else "measure_refused", on=decided_on.isoformat())
    return await held.become(changed)


async def delegate(work: Work, measure_id: UUID | None, organisation_id: UUID | None) -> Measure:
    """Entrust the support to an organisation of the directory, or take it back."""
    held = await hold(work, measure_id, *DEPARTMENT)
    if organisation_id is not None and await store.organisation(work.tx, organisation_id) is None:
        raise Refused(_("Cette structure n'est pas, ou n'est plus, dans l'annuaire : choisissez-en une autre."))
    changed = life.delegate(held.measure, organisation_id)
    await _note(held, "measure_delegated" if organisation_id else "measure_taken_back")
    return await held.become(changed)


# Contracts -------------------------------------------------------------------------------------


async def sign(work: Work, measure_id: UUID | None, signed_on: date, starts_on: date, terms: Terms) -> Measure:
    """The contract is signed."""
    held = await hold(work, measure_id, *SUPPORT)
    contract = Contract(contract_id=new_id(), signed_on=signed_on, starts_on=starts_on, first_terms=terms)
    changed = life.sign(held.measure, contract, held.elsewhere.contracts, held.programme, work.today)
    return await _signed(held, changed, "measure_signed")


async def renew(work: Work, measure_id: UUID | None, signed_on: date, starts_on: date, terms: Terms) -> Measure:
    """Another contract follows, after an evaluation."""
    held = await hold(work, measure_id, *SUPPORT)
    contract = Contract(contract_id=new_id(), signed_on=signed_on, starts_on=starts_on, first_terms=terms)
    changed = life.renew(held.measure, contract, held.elsewhere.contracts, held.programme, work.today)
    return await _signed(held, changed, "measure_renewed")


async def amend(work: Work, measure_id: UUID | None, signed_on: date, terms: Terms) -> Measure:
    """The contract's terms change; its level by a manager only."""
    held = await hold(work, measure_id, *SUPPORT)
    by_department = not work.case.roles_of(work.actor).isdisjoint(DEPARTMENT)
    changed = life.amend(
        held.measure,
        Amendment(signed_on=signed_on, terms=terms),
        held.elsewhere.contracts,
        held.programme,
        work.today,
        by_department=by_department,
    )
    return await _signed(held, changed, "measure_amended")


async def _signed(held: Held, changed: Measure, kind: str) -> Measure:
    contract = changed.contract
    assert contract is not None, "it was signed"
    told = MeasureSigned(
        case_id=changed.case_id,
        measure_id=changed.measure_id,
        contract_id=contract.contract_id,
        level=contract.terms.level,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        delegated_to=changed.delegated_to,
    )
    await held.work.tell(told)
    await _note(held, kind, level=contract.terms.level, until=contract.ends_on.isoformat())
    return await held.become(changed)


async def interrupt(work: Work, measure_id: UUID | None, since: date) -> Measure:
    held = await hold(work, measure_id, *SUPPORT)
    changed = life.interrupt(held.measure, since, work.today)
    await _note(held, "measure_interrupted", on=since.isoformat())
    return await held.become(changed)


async def resume(work: Work, measure_id: UUID | None, resumed_on: date) -> Measure:
    held = await hold(work, measure_id, *SUPPORT)
    changed = life.resume(held.measure, resumed_on, work.today)
    await _note(held, "measure_resumed", on=resumed_on.isoformat())
    return await held.become(changed)


async def visit(work: Work, measure_id: UUID | None, visited_on: date, note: str | None, *, kept: bool) -> UUID:
    """Record a visit at home. Returns its id."""
    held = await hold(work, measure_id, *SUPPORT)
    made = new_id()
    sealed = await work.seal(note, made, "visit") if note else None
    visited = Visit(visit_id=made, visited_on=visited_on, kept=kept, note=sealed)
    changed = life.visit(held.measure, visited, work.today)
    await _note(held, "measure_visited" if kept else "measure_visit_missed", on=visited_on.isoformat())
    await held.become(changed)
    return made


# Failure, the judge, the prosecutor, the end ----------------------------------------------------


async def fail(
    work: Work, measure_id: UUID | None, kind: FailureKind, failed_on: date, *, compromised: bool
) -> Measure:
    """Record that the measure failed, and whether health or safety stays compromised: a report is then due."""
    held = await hold(work, measure_id, *SUPPORT)
    failure = Failure(kind=kind, failed_on=failed_on)
    changed = life.fail(held.measure, failure, work.today, compromised=compromised)
    await _note(held, "measure_failed", on=failed_on.isoformat(), how=kind.value)
    await _duty(held, changed)
    return await held.become(changed)


async def judge_danger(work: Work, measure_id: UUID | None, *, compromised: bool) -> Measure:
    """Say whether health or safety stays compromised."""
    held = await hold(work, measure_id, *SUPPORT)
    changed = life.judge_danger(held.measure, work.today, compromised=compromised)
    await _duty(held, changed)
    return await held.become(changed)


async def _duty(held: Held, changed: Measure) -> None:
    if changed.report_is_due and not held.measure.report_is_due:
        await _note(held, "measure_report_due")
    if held.measure.report_is_due and not changed.report_is_due:
        await _note(held, "measure_report_not_due")


async def ask_judge(work: Work, measure_id: UUID | None, requested_on: date, unpaid_months: int) -> Measure:
    """The president of the département asks the judge for level 3."""
    held = await hold(work, measure_id, *DEPARTMENT)
    request = JudgeRequest(requested_on=requested_on, unpaid_months=unpaid_months)
    changed = life.ask_judge(held.measure, request, work.today)
    await _note(held, "measure_judge_asked", on=requested_on.isoformat())
    return await held.become(changed)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What the judge decided, when they ordered level 3."""

    decided_on: date
    starts_on: date
    months: int
    protected_cents: int


async def record_order(work: Work, measure_id: UUID | None, ordered: Ordered | None) -> Measure:
    """Record the judge's decision; None: dismissed."""
    held = await hold(work, measure_id, *DEPARTMENT)
    if ordered is None:
        changed = life.dismiss(held.measure)
        await _note(held, "measure_judge_dismissed")
        return await held.become(changed)
    order = Order(
        order_id=new_id(),
        decided_on=ordered.decided_on,
        starts_on=ordered.starts_on,
        months=ordered.months,
        protected_cents=ordered.protected_cents,
    )
    changed = life.order(held.measure, order, held.elsewhere.orders, held.programme, work.today)
    await _note(held, "measure_ordered", until=order.ends_on.isoformat())
    return await held.become(changed)


async def report(work: Work, measure_id: UUID | None, sent_on: date) -> Measure:
    """The report to the prosecutor was sent."""
    held = await hold(work, measure_id, *DEPARTMENT)
    changed = life.report(held.measure, sent_on, work.today)
    await _note(held, "measure_report_sent", on=sent_on.isoformat())
    return await held.become(changed)


async def end(work: Work, measure_id: UUID | None, reason: EndReason, ended_on: date) -> Measure:
    """The measure ends."""
    held = await hold(work, measure_id, *SUPPORT)
    book = await store.book(work.tx, held.measure.measure_id)
    ending = Ending(reason, ended_on, ledger.balance(book, Account.HELD))
    changed = life.end(held.measure, ending, work.today)
    await _note(held, "measure_ended", on=ended_on.isoformat(), why=reason.value)
    return await held.become(changed)


async def end_with(work: Work, reason: EndReason | None) -> None:
    """The dossier closes: its measure ends with it, where that is a reason to. Raises Refused where it is none."""
    if await store.under_way(work.tx, work.case.case_id) is None:
        return
    if reason is None:
        raise Refused(_("Une mesure (MASP) est en cours : mettez-y fin avant de clore le dossier."))
    await end(work, None, reason, work.today)


# The ledger ------------------------------------------------------------------------------------


async def enter(work: Work, measure_id: UUID | None, movement: Movement, note: str | None) -> Entry:
    """Add a line to the ledger of the money managed for the person."""
    held = await hold(work, measure_id, *SUPPORT)
    book = await store.book(work.tx, held.measure.measure_id)
    entry = ledger.enter(held.measure, book, movement, await _made(work, note), work.today)
    return await _entered(held, entry, "measure_entry")


async def reverse(work: Work, measure_id: UUID | None, entry_id: UUID, note: str | None) -> Entry:
    """Take an entry back by its opposite."""
    held = await hold(work, measure_id, *SUPPORT)
    book = await store.book(work.tx, held.measure.measure_id)
    entry = ledger.reverse(held.measure, book, entry_id, await _made(work, note), work.today)
    return await _entered(held, entry, "measure_entry_reversed")


async def _made(work: Work, note: str | None) -> ledger.Made:
    made = new_id()
    sealed = await work.seal(note, made, "note") if note else None
    return ledger.Made(made, work.now, work.actor.agent_id, sealed)


async def _entered(held: Held, entry: Entry, kind: str) -> Entry:
    await store.enter(held.work.tx, entry)
    await _note(held, kind, on=entry.entered_on.isoformat(), entry_id=str(entry.entry_id))
    return entry

"""Measures as those who support the person see them: opened, with what is missing, what is held and what is near."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cases.measures import deadlines, ledger, life, rules, store
from cases.measures.counting import Length, length
from cases.measures.ledger import Account, Entry, Month
from cases.measures.model import MASP, Contract, Measure, Phase
from cases.programmes import programmes
from chassis.database import Transaction
from chassis.sealing import Opened
from chassis.service import Parts
from contracts.programme import Programme
from contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure opened. `texts`: what was sealed, by the id of what it is of: evaluation, visit, entry, measure."""

    measure: Measure
    programme: Programme
    texts: Mapping[UUID, Opened | None]
    book: Sequence[Entry]
    delegated_to: str | None
    missing: Sequence[str]
    falls_due: Mapping[str, date]
    spent: Length
    """Time under contract, in all the person's measures."""

    @property
    def sentence(self) -> str:
        return life.phase_sentence(self.measure)

    @property
    def held_cents(self) -> int:
        return ledger.balance(self.book, Account.HELD)

    @property
    def months(self) -> list[Month]:
        return ledger.months(self.book)

    @property
    def is_managed(self) -> bool:
        return ledger.is_managed(self.measure)

    def near(self, today: date) -> list[tuple[str, date]]:
        """What falls due soon enough to be announced, or has: (kind, day)."""
        return [(kind, day) for kind, day in self.falls_due.items() if self._announced_on(kind, day) <= today]

    def ahead(self, today: date) -> list[tuple[str, date, date]]:
        """What falls due later: (kind, day, the day it is announced)."""
        told = [(kind, day, self._announced_on(kind, day)) for kind, day in self.falls_due.items()]
        return [one for one in told if one[2] > today]

    def _announced_on(self, kind: str, day: date) -> date:
        lead = self.programme.deadline(kind).lead
        return lead.before(day) if lead is not None else day


async def read(tx: Transaction, parts: Parts, case_id: UUID) -> list[Shown]:
    """The measures of a dossier this actor may read, the latest first."""
    return [await _shown(tx, parts, measure) for measure in await store.of_case(tx, case_id)]


async def _shown(tx: Transaction, parts: Parts, measure: Measure) -> Shown:
    programme = programmes(parts.settings.programmes).version(MASP, measure.programme_version)
    async with parts.worker.transaction() as seeing:
        elsewhere = await store.elsewhere(seeing, measure)
    book = await store.book(tx, measure.measure_id)
    others = elsewhere.contracts if measure.order is None else elsewhere.orders
    spent = length([*measure.under_contract, *elsewhere.contracts])
    return Shown(
        measure,
        programme,
        await _open(tx, parts, _sealed(measure, book)),
        book,
        await store.organisation(tx, measure.delegated_to) if measure.delegated_to else None,
        _missing(measure, programme),
        deadlines.due_days(measure, others, programme),
        Length(spent.months + measure.months_elsewhere, spent.days),
    )


def _missing(measure: Measure, programme: Programme) -> tuple[str, ...]:
    needed = {Phase.APPLICATION: rules.TO_SEND, Phase.SENT: rules.TO_GRANT}.get(measure.phase, ())
    owed = rules.report_is_owed(measure)
    return (*rules.missing(needed, measure, programme), *([owed] if owed else []))


def _sealed(measure: Measure, book: Sequence[Entry]) -> dict[UUID, Sealed]:
    found = {one.evaluation_id: one.text for one in measure.evaluations}
    found |= {one.visit_id: one.note for one in measure.visits if one.note}
    found |= {one.entry_id: one.note for one in book if one.note}
    reason = measure.decision.reason if measure.decision else None
    return found | ({measure.measure_id: reason} if reason else {})


async def _open(tx: Transaction, parts: Parts, blocks: Mapping[UUID, Sealed]) -> dict[UUID, Opened | None]:
    return dict(zip(blocks, await parts.keyring.open(tx, list(blocks.values())), strict=True))


def shown(one: Shown) -> dict[str, Any]:
    """A measure in JSON, without its ledger. Amounts in cents."""
    measure = one.measure
    facts = measure.model_dump(
        mode="json", exclude={"case_id", "evaluations", "decision", "contracts", "visits", "orders", "phase"}
    )
    return facts | {
        "phase": measure.phase,
        "sentence": one.sentence,
        "missing": one.missing,
        "report_is_due": measure.report_is_due,
        "documents": sorted(measure.documents),
        "documents_asked": [
            {"code": asked.code, "label": asked.label, "required": asked.required} for asked in one.programme.documents
        ],
        "evaluations": [
            {
                "evaluation_id": each.evaluation_id,
                "evaluated_on": each.evaluated_on,
                "text": _text(one, each.evaluation_id),
            }
            for each in measure.evaluations
        ],
        "decision": _decision(one),
        "contracts": [_contract(each) for each in measure.contracts],
        "visits": [
            {
                "visit_id": each.visit_id,
                "visited_on": each.visited_on,
                "kept": each.kept,
                "note": _text(one, each.visit_id),
            }
            for each in measure.visits
        ],
        "orders": [each.model_dump(mode="json") | {"ends_on": each.ends_on} for each in measure.orders],
        "falls_due": one.falls_due,
        "months_spent": one.spent.months,
        "days_spent": one.spent.days,
        "held_cents": one.held_cents,
    }


def _text(one: Shown, id: UUID) -> str | None:
    opened = one.texts.get(id)
    return None if opened is None else str(opened)


def _decision(one: Shown) -> dict[str, Any] | None:
    decision = one.measure.decision
    if decision is None:
        return None
    return {
        "decided_on": decision.decided_on,
        "level": decision.level,
        "reason": _text(one, one.measure.measure_id),
    }


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "contract_id": contract.contract_id,
        "signed_on": contract.signed_on,
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on,
        **contract.terms.model_dump(mode="json"),
        "amendments": [each.model_dump(mode="json") for each in contract.amendments],
    }


def ledger_shown(one: Shown) -> dict[str, Any]:
    """The ledger in JSON: lines in order, sums by month, what is held. Amounts in cents."""
    return {
        "measure_id": one.measure.measure_id,
        "held_cents": one.held_cents,
        "months": [
            {"month": each.month, "sums": {kind.value: amount for kind, amount in each.sums.items()}}
            for each in one.months
        ],
        "entries": [_entry(one, each) for each in one.book],
    }


def _entry(one: Shown, entry: Entry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "kind": entry.kind,
        "entered_on": entry.entered_on,
        "month": entry.month,
        "from_account": entry.from_account,
        "to_account": entry.to_account,
        "amount_cents": entry.amount_cents,
        "reverses": entry.reverses,
        "note": _text(one, entry.entry_id),
    }

"""What falls due in a measure: the end of its contract or order, and the day nothing more is allowed after.

Days follow from the measure as it stands: `keep` says them again after each step, which moves those that changed and
cancels those that are no longer.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from cases.assignments import store as assignments
from cases.dossiers import store as dossiers
from cases.dossiers.work import Work, by_clock
from cases.measures import rules, store
from cases.measures.counting import Period
from cases.measures.model import READERS, UNDER_CONTRACT, Contract, Measure, Order, Phase
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import due_instant
from contracts.envelope import derived_id
from contracts.programme import Programme

END: Final = "measure_end"
CEILING: Final = "measure_ceiling"
KINDS: Final = (END, CEILING)
"""Codes of the programme's deadlines, and kinds of the due dates."""


def due_days(measure: Measure, others: Sequence[Period], programme: Programme) -> dict[str, date]:
    """What falls due, and when. `others`: what the person's other measures count."""
    current: Contract | Order | None = None
    if measure.phase in UNDER_CONTRACT:
        current = measure.contract
    elif measure.phase in (Phase.ORDERED, Phase.BEFORE_JUDGE):
        current = measure.order
    if current is None:
        return {}
    days = {END: current.ends_on}
    # While it is suspended nothing counts, and nobody knows until when.
    if measure.phase is not Phase.INTERRUPTED:
        days[CEILING] = rules.ceiling_of(measure, others, programme)
    return days


def stages(measure: Measure, kind: str, due_on: date, programme: Programme, parts: Parts) -> list[DueDate]:
    """Early by the programme's lead, due that day, overdue after its grace; at 08:00 in the deployment's zone."""
    deadline, zone = programme.deadline(kind), parts.settings.zone
    days = {"due": due_on, "overdue": deadline.grace.after(due_on)}
    if deadline.lead is not None:
        days["early"] = deadline.lead.before(due_on)
    return [
        DueDate(
            derived_id(measure.measure_id, kind),
            stage,
            kind,
            measure.measure_id,
            due_on,
            zone.key,
            due_instant(day, zone),
            {"case_id": str(measure.case_id)},
        )
        for stage, day in days.items()
    ]


async def keep(work: Work, measure: Measure, others: Sequence[Period], programme: Programme) -> None:
    """Set what falls due by the measure as it stands, and cancel the rest."""
    days = due_days(measure, others, programme)
    await due_dates.cancel(work.tx, measure.measure_id, *(kind for kind in KINDS if kind not in days))
    due = [one for kind, day in days.items() for one in stages(measure, kind, day, programme, work.parts)]
    await due_dates.schedule(work.tx, due)


def on_due(parts: Parts) -> OnDue:
    """Tells who supports the person; a manager where nobody does; whoever opened the measure where there is none."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        measure = await store.find(tx, UUID(due.details["case_id"]), due.subject)
        assert case is not None, "a measure belongs to a dossier"
        assert measure is not None, "it is never deleted"
        work = by_clock(tx, parts, case, due)
        await work.tell_due(
            due,
            await assignments.acting_for(
                tx, await assignments.in_charge_of(tx, case.case_id) or measure.opened_by, due.fires_at
            ),
        )
        await work.enter(f"{due.kind}_{due.stage}", readers=READERS, details={"due_on": due.due_on.isoformat()})

    return tell

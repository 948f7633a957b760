"""What falls due in a worry about a child. Its rows and events say that something does, never what."""

from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.concerns import store
from cases.concerns.model import Concern
from cases.telling import SOURCE
from chassis import due_dates, outbox
from chassis.database import Transaction
from chassis.due_dates import RESTRICTED, DueDate
from contracts.durations import due_instant, parse_duration
from contracts.envelope import derived_id, event
from contracts.events import ConcernDue

_LEAD: Final = parse_duration("P1M")
"""How long before the day the cell is warned."""
_GRACE: Final = parse_duration("P1D")


def stages(case_id: UUID, what: str, due_on: date, zone: ZoneInfo) -> list[DueDate]:
    """Early, due and overdue, on days of the deployment's zone."""
    days = {"early": _LEAD.before(due_on), "due": due_on, "overdue": _GRACE.after(due_on)}
    return [
        DueDate(derived_id(case_id, what), stage, RESTRICTED, case_id, due_on, zone.key, due_instant(day, zone))
        for stage, day in days.items()
    ]


async def begin(tx: Transaction, case_id: UUID, evaluate_by: date, zone: ZoneInfo) -> None:
    """The evaluation falls due, whether or not the cell has opened the report."""
    await due_dates.schedule(tx, stages(case_id, "evaluation", evaluate_by, zone))


async def follow(tx: Transaction, before: Concern, after: Concern, zone: ZoneInfo) -> None:
    """Move, add or cancel what a step changed."""
    wanted = _days(after)
    if wanted == _days(before) and before.journal:
        return
    await due_dates.cancel(tx, after.case_id, RESTRICTED)
    for what, day in wanted.items():
        await due_dates.schedule(tx, stages(after.case_id, what, day, zone))


def _days(concern: Concern) -> dict[str, date]:
    days = {"evaluation": concern.evaluation_due_on, "feedback": concern.feedback_due_on}
    return {what: day for what, day in days.items() if day is not None}


async def tell(tx: Transaction, due: DueDate) -> None:
    """Tell on the restricted topic that a day has come: an id and a date."""
    told = ConcernDue(case_id=due.subject, due_on=due.due_on)
    version = await store.bump(tx, due.subject)
    await outbox.append(tx, event(told, id=due.event_id, source=SOURCE, sequence=version, time=due.fires_at))

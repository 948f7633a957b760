"""What falls due in a worry about a child. Its rows and events say that something does, never what."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.concerns import store
from cases.concerns.model import Concern
from cases.telling import SOURCE
from chassis import due_dates, outbox
from chassis.database import Transaction
from chassis.due_dates import RESTRICTED, DueDate
from contracts.durations import due_instant
from contracts.envelope import derived_id, event
from contracts.events import ConcernDue
from contracts.programme import Deadline, Programme

UNDER_TWO = "concern_evaluation_under_two"
"""A deadline that a programme may state beside the others: a child so young is seen coming sooner."""


def stages(case_id: UUID, what: str, due_on: date, deadline: Deadline, zone: ZoneInfo) -> list[DueDate]:
    """Early, due and overdue, on days of the deployment's zone: as long before and after as the programme says."""
    days = {"due": due_on, "overdue": deadline.grace.after(due_on)}
    if deadline.lead is not None:
        days["early"] = deadline.lead.before(due_on)
    return [
        DueDate(derived_id(case_id, what), stage, RESTRICTED, case_id, due_on, zone.key, due_instant(day, zone))
        for stage, day in days.items()
    ]


async def begin(tx: Transaction, case_id: UUID, evaluate_by: date, programme: Programme, zone: ZoneInfo) -> None:
    """The evaluation falls due, whether or not the cell has opened the report."""
    deadline = programme.deadline("concern_evaluation")
    await due_dates.schedule(tx, stages(case_id, "evaluation", evaluate_by, deadline, zone))


async def follow(
    tx: Transaction, before: Concern, after: Concern, programme: Programme, zone: ZoneInfo, today: date
) -> None:
    """Move, add or cancel what a step changed."""
    wanted = falls_due(after, programme, today)
    if wanted == falls_due(before, programme, today) and before.journal:
        return
    await due_dates.cancel(tx, after.case_id, RESTRICTED)
    for what, (day, deadline) in wanted.items():
        await due_dates.schedule(tx, stages(after.case_id, what, day, deadline, zone))


def falls_due(concern: Concern, programme: Programme, today: date) -> Mapping[str, tuple[date, Deadline]]:
    """What is expected, by when, and by which deadline of the programme it is announced."""
    days = {"evaluation": concern.evaluation_due_on, "feedback": concern.feedback_due_on}
    by = {"evaluation": _evaluation(concern, programme, today), "feedback": programme.deadline("concern_feedback")}
    return {what: (day, by[what]) for what, day in days.items() if day is not None}


def _evaluation(concern: Concern, programme: Programme, today: date) -> Deadline:
    stated = {one.code: one for one in programme.deadlines}
    ordinary = stated["concern_evaluation"]
    return stated.get(UNDER_TWO, ordinary) if concern.has_child_under_two(today) else ordinary


async def tell(tx: Transaction, due: DueDate) -> None:
    """Tell on the restricted topic that a day has come: an id and a date."""
    told = ConcernDue(case_id=due.subject, due_on=due.due_on)
    version = await store.bump(tx, due.subject)
    await outbox.append(tx, event(told, id=due.event_id, source=SOURCE, sequence=version, time=due.fires_at))

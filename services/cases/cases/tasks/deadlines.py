"""When a task or an action falls due: said in days, moved with it, void once it is over."""

from uuid import UUID

from cases.assignments import store as assignments
from cases.dossiers import store as dossiers
from cases.dossiers.work import Work, by_clock
from cases.programmes import programme_of
from cases.tasks import model, store
from cases.tasks.model import Task
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import due_instant
from contracts.envelope import derived_id
from contracts.programme import Programme


def stages(task: Task, programme: Programme, parts: Parts) -> list[DueDate]:
    """Early by the programme's lead, due that day, overdue after its grace; at 08:00 in the deployment's zone."""
    deadline, zone = model.deadline_of(task.kind, programme), parts.settings.zone
    days = {"due": task.due_on, "overdue": deadline.grace.after(task.due_on)}
    if deadline.lead is not None:
        days["early"] = deadline.lead.before(task.due_on)
    return [
        DueDate(
            derived_id(task.task_id, task.kind),
            stage,
            task.kind,
            task.task_id,
            task.due_on,
            zone.key,
            due_instant(day, zone),
            {"case_id": str(task.case_id)},
        )
        for stage, day in days.items()
    ]


async def keep(work: Work, task: Task, *, announced: bool = False) -> None:
    """Set what falls due by the task as it stands. What would have been announced already is not any more, unless it
    is to be `announced` whenever it is set."""
    await due_dates.cancel(work.tx, task.task_id, task.kind)
    if task.open:
        due = stages(task, programme_of(work.case, work.parts.settings.programmes), work.parts)
        to_come = [one for one in due if announced or one.stage != "early" or one.fires_at > work.now]
        await due_dates.schedule(work.tx, to_come)


def on_due(parts: Parts) -> OnDue:
    """Tells who answers for it, or whoever stands in for them."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        task = await store.find(tx, due.subject)
        assert case is not None, "a task belongs to a dossier"
        assert task is not None, "it is never deleted"
        work = by_clock(tx, parts, case, due)
        await work.tell_due(due, await assignments.acting_for(tx, task.agent_id, due.fires_at))
        [what] = await parts.keyring.open(tx, [task.what])
        await work.enter(f"{due.kind}_{due.stage}", text=str(what), details={"due_on": due.due_on.isoformat()})

    return tell

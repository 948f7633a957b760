"""What agents do with the tasks of their dossier, in the transaction that holds it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from cases.dossiers import store as dossiers
from cases.dossiers.model import WORKERS, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.tasks import deadlines, model, store
from cases.tasks.model import Kind, State, Task
from contracts.envelope import new_id


async def set_task(
    work: Work, what: str, agent_id: UUID, due_on: date, kind: Kind = Kind.TASK, who: UUID | None = None
) -> Task:
    """Say what is to be done, by when, and who answers for it. Raises Refused."""
    assert work.actor.agent_id is not None, "agents alone work on dossiers"
    work.require(*WORKERS)
    must_be_writable(work.case)
    model.must_be_settable(work.case, await dossiers.agent(work.tx, agent_id), due_on, work.today)
    task_id = new_id()
    sealed = await work.seal(what, task_id, "what")
    task = Task(task_id, work.case.case_id, kind, sealed, agent_id, due_on, work.actor.agent_id, work.now, who)
    await _keep(work, task, "set")
    return task


async def ask(work: Work, what: str, agent_id: UUID, due_on: date, task_id: UUID) -> None:
    """What the service itself asks of an agent: nobody else set it, so they are told at once. Said again, it is the
    same task."""
    if await store.find(work.tx, task_id) is None:
        sealed = await work.seal(what, task_id, "what")
        task = Task(task_id, work.case.case_id, Kind.TASK, sealed, agent_id, due_on, agent_id, work.now)
        await _keep(work, task, "set", announced=True)


async def move(work: Work, task_id: UUID, due_on: date | None, agent_id: UUID | None) -> Task:
    """Give it another day, or to another agent. Raises Refused."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    task = await of_dossier(work, task_id)
    moved = model.move(task, due_on or task.due_on, agent_id or task.agent_id)
    agent = await dossiers.agent(work.tx, moved.agent_id)
    model.must_be_settable(work.case, agent, due_on or work.today, work.today)
    await _keep(work, moved, "moved")
    return moved


async def end(work: Work, task_id: UUID, state: State) -> Task:
    """It is done, or need not be. Raises Refused."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    ended = model.end(await of_dossier(work, task_id), state, work.today)
    await _keep(work, ended, state)
    return ended


async def hand_over(work: Work, agent_id: UUID, to: UUID) -> None:
    """What an agent still has to do in this dossier goes to another one, due dates unmoved."""
    for task in await store.still_open(work.tx, work.case.case_id, agent_id):
        await store.save(work.tx, replace(task, agent_id=to))


async def cancel_all(work: Work) -> None:
    """The dossier closes: nothing is to be done any more."""
    for task in await store.still_open(work.tx, work.case.case_id):
        await _keep(work, model.end(task, State.CANCELLED, work.today), State.CANCELLED)


async def of_dossier(work: Work, task_id: UUID) -> Task:
    """A task of the dossier at hand. Raises NoSuchCase."""
    task = await store.find(work.tx, task_id)
    if task is None or task.case_id != work.case.case_id:
        raise NoSuchCase
    return task


async def _keep(work: Work, task: Task, became: str, *, announced: bool = False) -> None:
    await store.save(work.tx, task)
    await deadlines.keep(work, task, announced=announced)
    [what] = await work.parts.keyring.open(work.tx, [task.what])
    details = {"due_on": task.due_on.isoformat()}
    await work.enter(f"{task.kind}_{became}", text=str(what), details=details, about=task.task_id)

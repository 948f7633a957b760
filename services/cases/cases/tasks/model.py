"""What is to be done in a dossier: a task of an agent, or an action of its shared plan.

It holds no clear text: what is to be done is sealed.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from cases.dossiers.model import WORKERS, Case, Refused
from chassis.actor import Actor
from chassis.web.translations import translate as _
from contracts.durations import Duration
from contracts.programme import Deadline, Programme
from contracts.sealed import Sealed


class Kind(StrEnum):
    """Also the kind of its due dates, and the code of the programme's deadline."""

    TASK = "task"
    ACTION = "action"


class State(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Task:
    """A task or an action as it stands. `agent_id` answers for it and is told when it falls due: who does a task, who
    checks an action. `who` carries an action out: somebody of the dossier, or an agent."""

    task_id: UUID
    case_id: UUID
    kind: Kind
    what: Sealed
    agent_id: UUID
    due_on: date
    set_by: UUID
    set_at: datetime
    who: UUID | None = None
    state: State = State.OPEN
    ended_on: date | None = None

    @property
    def open(self) -> bool:
        return self.state is State.OPEN

    def late(self, today: date) -> bool:
        """Whether it should have been done before today."""
        return self.open and self.due_on < today


def must_be_settable(case: Case, agent: Actor | None, due_on: date, today: date) -> None:
    """Raises Refused for a day already past, or somebody who could not even read it."""
    faults = (_impossible_day(due_on, today), _stranger(case, agent))
    missing = tuple(fault for fault in faults if fault)
    if missing:
        raise Refused(*missing)


def _impossible_day(due_on: date, today: date) -> str | None:
    return _("L'échéance est déjà passée : choisissez aujourd'hui ou un jour à venir.") if due_on < today else None


def _stranger(case: Case, agent: Actor | None) -> str | None:
    if agent is None:
        return _("Cette personne n'est pas, ou n'est plus, dans l'annuaire des agents.")
    if case.roles_of(agent).isdisjoint(WORKERS):
        return _("Cette personne n'a pas accès à ce dossier : chargez-la d'abord du dossier.")
    return None


def move(task: Task, due_on: date, agent_id: UUID) -> Task:
    """Another day, or another agent. Raises Refused once it is over."""
    _must_be_open(task)
    return replace(task, due_on=due_on, agent_id=agent_id)


def end(task: Task, state: State, today: date) -> Task:
    """It is done, or need not be. Raises Refused once it is over."""
    _must_be_open(task)
    return replace(task, state=state, ended_on=today)


def _must_be_open(task: Task) -> None:
    if task.state is State.DONE:
        raise Refused(_("C'est déjà fait : ajoutez une nouvelle échéance s'il reste quelque chose à faire."))
    if task.state is State.CANCELLED:
        raise Refused(_("C'est annulé : ajoutez une nouvelle échéance s'il reste quelque chose à faire."))


_SHIPPED: Final = {
    kind: Deadline(code=kind, label=kind, runs_from="agreed_day", within=Duration(), lead=Duration(days=days))
    for kind, days in ((Kind.TASK, 2), (Kind.ACTION, 7))
}
"""For a programme that does not state it: announced two days before a task, a week before an action."""


def deadline_of(kind: Kind, programme: Programme) -> Deadline:
    """When something agreed for a day is announced, and overdue."""
    try:
        return programme.deadline(kind)
    except KeyError:
        return _SHIPPED[kind]

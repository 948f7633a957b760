"""What agents do with a dossier besides its conference."""

from collections.abc import Sequence
from uuid import UUID

from cases.conferences import store as conferences
from cases.dossiers import store
from cases.conferences import neutrality
from cases.dossiers.model import WORKERS, Assignment, Refused, must_be_writable, unassignable
from cases.dossiers.work import NotTheirs, Work
from chassis.web.translations import translate as _


async def add_note(work: Work, text: str, readers: Sequence[str] = WORKERS) -> UUID:
    """Write a note, sealed; without readers it is the author's alone. Returns the entry's id."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    return await work.enter("note", text=text, readers=readers)


async def assign(work: Work, agent_id: UUID, assignment: Assignment) -> None:
    """A manager assigns an agent; a social worker may take a dossier of their territory themself."""
    if work.case.roles_of(work.actor).isdisjoint(_assigners(work, agent_id, assignment)):
        raise NotTheirs
    must_be_writable(work.case)
    fault = unassignable(work.case, await store.agent(work.tx, agent_id), assignment)
    if fault is None and assignment is Assignment.COORDINATOR:
        fault = await neutrality.unfit(work, agent_id)
    if fault is not None:
        raise Refused(fault)
    await _assigned(work, agent_id, assignment)
    await work.enter("agent_assigned", details={"agent_id": str(agent_id), "as": assignment})


async def take(work: Work) -> None:
    """A social worker of the territory becomes a referent."""
    if work.actor.agent_id is None:
        raise NotTheirs
    await assign(work, work.actor.agent_id, Assignment.REFERENT)


def _assigners(work: Work, agent_id: UUID, assignment: Assignment) -> Sequence[str]:
    themself = agent_id == work.actor.agent_id and assignment is Assignment.REFERENT
    return ("manager", "social_worker") if themself else ("manager",)


async def _assigned(work: Work, agent_id: UUID, assignment: Assignment) -> None:
    if assignment is Assignment.COORDINATOR:
        await store.coordinate(work.tx, work.case.case_id, agent_id)
    else:
        await store.refer(work.tx, work.case.case_id, agent_id, work.now)


async def release(work: Work, agent_id: UUID) -> None:
    """An agent no longer works on the dossier. A coordinator is replaced, not released, while a conference goes on."""
    work.require("manager")
    must_be_writable(work.case)
    case = work.case
    if agent_id == case.coordinator_id and await conferences.under_way(work.tx, case.case_id):
        raise Refused(_("Une conférence est en cours : nommez d'abord qui en reprend la coordination."))
    if agent_id == case.coordinator_id:
        await store.coordinate(work.tx, case.case_id, None)
    await store.release(work.tx, case.case_id, agent_id)
    await work.enter("agent_released", details={"agent_id": str(agent_id)})


async def say_legal_duty(work: Work, holds: bool) -> None:
    """Say whether the law requires this dossier to go on, whatever is withdrawn."""
    work.require("social_worker", "manager")
    must_be_writable(work.case)
    await store.mark(work.tx, work.case.case_id, legal_duty=holds)
    await work.enter("legal_duty_begins" if holds else "legal_duty_ends", readers=("social_worker", "manager"))

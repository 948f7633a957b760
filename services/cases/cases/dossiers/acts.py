"""What agents do with a dossier besides its conference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cases.conferences import neutrality
from cases.conferences import store as conferences
from cases.dossiers import store
from cases.dossiers.model import WORKERS, Assignment, Refused, must_be_writable, unassignable
from cases.dossiers.work import Work
from cases.plans import model as plans
from cases.plans.store import referents
from cases.programmes import programme_of
from cases.shares import acts as shares
from cases.shares.model import Override
from cases.tasks import store as tasks
from cases.telling import NotTheirs
from chassis.actor import Actor
from chassis.web.translations import translate as _


async def add_note(work: Work, text: str, readers: Sequence[str] = WORKERS) -> UUID:
    """Write a note, sealed; without readers it is the author's alone. Returns the entry's id."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    return await work.enter("note", text=text, readers=readers)


@dataclass(frozen=True, slots=True)
class Charge:
    """Which of the programme's referents an agent is, and why the dossier is opened to their organisation."""

    code: str | None = None
    why: str = ""
    override: Override | None = None


_ORDINARY: Final = Charge()


async def assign(work: Work, agent_id: UUID, assignment: Assignment, charge: Charge = _ORDINARY) -> None:
    """A manager assigns an agent; a social worker may take a dossier of their territory themself."""
    if work.case.roles_of(work.actor).isdisjoint(_assigners(work, agent_id, assignment)):
        raise NotTheirs
    must_be_writable(work.case)
    agent = await store.agent(work.tx, agent_id)
    fault = unassignable(work.case, agent, assignment)
    if fault is None and assignment is Assignment.COORDINATOR:
        fault = await neutrality.unfit(work, agent_id)
    if agent is None or fault is not None:
        raise Refused(fault or "")
    asked = await _asked_by_the_programme(work, charge.code, agent)
    if assignment is Assignment.REFERENT and not asked and _stranger(work, agent):
        await shares.open_to(work, agent, charge.why, charge.override)
    await _assigned(work, agent_id, assignment, charge.code)
    await work.enter("agent_assigned", details={"agent_id": str(agent_id), "as": assignment})


async def take(work: Work) -> None:
    """A social worker of the territory becomes a referent."""
    if work.actor.agent_id is None:
        raise NotTheirs
    await assign(work, work.actor.agent_id, Assignment.REFERENT)


def _assigners(work: Work, agent_id: UUID, assignment: Assignment) -> Sequence[str]:
    themself = agent_id == work.actor.agent_id and assignment is Assignment.REFERENT
    return ("manager", "social_worker") if themself else ("manager",)


def _stranger(work: Work, agent: Actor) -> bool:
    """Somebody of another organisation who does not read this dossier yet."""
    return agent.organisation_id != work.actor.organisation_id and work.case.roles_of(agent).isdisjoint(WORKERS)


async def _asked_by_the_programme(work: Work, code: str | None, agent: Actor) -> bool:
    """Whether the programme wants this referent: agreeing to it is agreeing to them. Raises Refused for one it does not
    want, or who is of the same organisation as another."""
    if code is None:
        return False
    programme = programme_of(work.case, work.parts.settings.programmes)
    fault = plans.unfit(programme, code, agent, await referents(work.tx, work.case.case_id))
    if fault is not None:
        raise Refused(fault)
    return True


async def _assigned(work: Work, agent_id: UUID, assignment: Assignment, code: str | None) -> None:
    if assignment is Assignment.COORDINATOR:
        await store.coordinate(work.tx, work.case.case_id, agent_id)
    else:
        await store.refer(work.tx, work.case.case_id, agent_id, work.now, code)


async def release(work: Work, agent_id: UUID) -> None:
    """An agent no longer works on the dossier. A coordinator is replaced, not released, while a conference goes on."""
    work.require("manager")
    must_be_writable(work.case)
    case = work.case
    if agent_id == case.coordinator_id and await conferences.under_way(work.tx, case.case_id):
        raise Refused(_("Une conférence est en cours : nommez d'abord qui en reprend la coordination."))
    if agent_id == case.coordinator_id:
        await store.coordinate(work.tx, case.case_id, None)
    if await tasks.still_open(work.tx, case.case_id, agent_id):
        raise Refused(_("Cette personne a encore des tâches dans ce dossier : confiez-les d'abord à une autre."))
    await store.release(work.tx, case.case_id, agent_id)
    await work.enter("agent_released", details={"agent_id": str(agent_id)})
    agent = await store.agent(work.tx, agent_id)
    if agent is not None and agent.organisation_id is not None:
        await shares.left(work, agent.organisation_id)


async def say_legal_duty(work: Work, holds: bool) -> None:
    """Say whether the law requires this dossier to go on, whatever is withdrawn."""
    work.require("social_worker", "manager")
    must_be_writable(work.case)
    await store.mark(work.tx, work.case.case_id, legal_duty=holds)
    await work.enter("legal_duty_begins" if holds else "legal_duty_ends", readers=("social_worker", "manager"))

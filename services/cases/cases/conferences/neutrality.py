"""Whether who coordinates is neutral still, and who else could: what other dossiers say of them, never which ones."""

from uuid import UUID

from cases.conferences import coordinators, pool, store
from cases.conferences.coordinators import Candidate
from cases.conferences.model import Coordination
from cases.dossiers import store as dossiers
from cases.dossiers.model import Case
from cases.dossiers.work import NoSuchCase, Work
from cases.people import store as people
from cases.telling import NotTheirs
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts


def speaks_of_violence(case: Case) -> bool:
    """Whether the request itself does."""
    return any("violence" in theme for theme in case.themes)


async def around(tx: Transaction, parts: Parts, case: Case) -> Coordination:
    """What the rules look at around a conference, as it is at this moment."""
    known = Coordination(
        coordinator_id=case.coordinator_id,
        referent_ids=tuple(case.referent_ids),
        minor=case.minor,
        violence=speaks_of_violence(case),
    )
    if case.coordinator_id is None:
        return known
    agent = await dossiers.agent(tx, case.coordinator_id)
    tied = await _tied(parts, case.coordinator_id, await people.of_case(tx, case.case_id), case.case_id)
    return known.model_copy(update={"organisation_id": agent.organisation_id if agent else None, "tied_to": tied})


async def _tied(parts: Parts, agent_id: UUID, named: list[people.Named], case_id: UUID) -> frozenset[UUID]:
    person_ids = list({one.person_id for one in named})
    async with parts.worker.transaction() as seeing:
        return (await pool.ties(seeing, [agent_id], person_ids, case_id)).get(agent_id, frozenset())


async def unfit(work: Work, agent_id: UUID) -> str | None:
    """Why an agent who holds the role may not coordinate here, or None."""
    conference = await store.under_way(work.tx, work.case.case_id)
    async with work.parts.worker.transaction() as seeing:
        found = await pool.candidates(seeing, work.case.case_id, work.case.territory_id, work.now, agent_id)
    return next((coordinators.unfit(one, conference) for one in found), None)


async def proposed(parts: Parts, actor: Actor, case_id: UUID) -> list[Candidate]:
    """Who may coordinate a dossier, for its managers. Raises NoSuchCase, NotTheirs."""
    async with parts.app.transaction(actor) as tx:
        case = await dossiers.find(tx, case_id)
        if case is None:
            raise NoSuchCase
        if "manager" not in case.roles_of(actor):
            raise NotTheirs
        return await proposed_for(tx, parts, case)


async def proposed_for(tx: Transaction, parts: Parts, case: Case) -> list[Candidate]:
    """`proposed`, for who manages the dossier."""
    conference = await store.under_way(tx, case.case_id)
    async with parts.worker.transaction() as seeing:
        found = await pool.candidates(seeing, case.case_id, case.territory_id, parts.now())
    return [one for one in coordinators.proposed(found, conference) if one.agent_id != case.coordinator_id]

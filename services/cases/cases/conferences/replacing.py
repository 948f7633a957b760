"""A coordinator declines, or the family objects: somebody else takes over all that was prepared."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

from cases.conferences import pool, store
from cases.conferences.coordinators import DeclineReason, SetAside, must_be_replaceable
from cases.dossiers import store as dossiers
from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Outdated, Work
from cases.people import store as people
from chassis.actor import Actor
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.envelope import new_id


@asynccontextmanager
async def standing_down(parts: Parts, actor: Actor, case_id: UUID, expected: int) -> AsyncIterator[Work]:
    """Take a dossier that the actor sees, in the service's own transaction: who stands down no longer sees it at its
    end, which row-level security would not let them write. Raises NoSuchCase, Outdated."""
    async with parts.app.transaction(actor) as tx:
        if await dossiers.find(tx, case_id) is None:
            raise NoSuchCase
    async with parts.worker.transaction() as tx:
        case = await dossiers.take(tx, case_id, expected)
        if case is None:
            raise Outdated
        yield Work(tx, parts, case, actor, parts.now(), lambda _: new_id(), traceparent=current_traceparent())


async def decline(work: Work, reason: DeclineReason, tied_to: Collection[UUID] = ()) -> None:
    """The coordinator declines, even in mid-preparation. `tied_to`: whom of the dossier they know, which counts in any
    other one too."""
    work.require("coordinator")
    named = {one.person_id for one in await people.of_case(work.tx, work.case.case_id)}
    if not named >= set(tied_to):
        raise Refused(_("Une des personnes citées n'est pas dans ce dossier."))
    agent_id = await _stand_down(work, reason)
    if reason is SetAside.TIE:
        await pool.tie(work.tx, agent_id, tied_to, work.now)
    await work.enter("coordinator_declined", readers=("manager",), details={"reason": reason})


async def object_to(work: Work) -> None:
    """A manager records that the family objects to the coordinator, which it may once."""
    work.require("manager")
    if await pool.was_objected(work.tx, work.case.case_id):
        raise Refused(_("La famille s'est déjà opposée une fois à une personne qui coordonne."))
    await _stand_down(work, SetAside.OBJECTION)
    await work.enter("coordinator_objected", readers=("manager",))


async def _stand_down(work: Work, reason: SetAside) -> UUID:
    must_be_writable(work.case)
    must_be_replaceable(await store.latest(work.tx, work.case.case_id))
    agent_id = work.case.coordinator_id
    if agent_id is None:
        raise Refused(_("Personne ne coordonne ce dossier."))
    await pool.set_aside(work.tx, work.case.case_id, agent_id, reason, work.now)
    await dossiers.coordinate(work.tx, work.case.case_id, None)
    await work.enter("agent_released", details={"agent_id": str(agent_id)})
    return agent_id

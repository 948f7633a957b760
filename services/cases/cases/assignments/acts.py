"""What managers decide of their agents' dossiers: reassigned in bulk, or stood in for during an absence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cases.assignments import model, store
from cases.assignments.model import Absence, Period
from cases.dossiers import acts as assigning
from cases.dossiers import store as dossiers
from cases.dossiers.model import Assignment, Refused, must_be_writable, unassignable
from cases.dossiers.work import NoSuchCase, Work, by_agent
from cases.tasks import acts as tasks
from cases.telling import NotTheirs
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.envelope import new_id


@dataclass(frozen=True, slots=True)
class Reassigned:
    """What came of a reassignment: dossiers that changed hands, and those that did not, with why."""

    done: Sequence[UUID]
    refused: Sequence[tuple[UUID, str]]


async def reassign(
    tx: Transaction, parts: Parts, actor: Actor, agent_id: UUID | None, to: UUID, chosen: Sequence[UUID] | None
) -> Reassigned:
    """Another referent in an agent's place, in chosen dossiers or all that are open; without an agent, a first one in
    chosen dossiers that have none. A dossier that refuses stays as it was, and keeps no other from changing hands.
    Raises Refused where none could."""
    await _must_be_replaceable(tx, agent_id, to)
    held = await store.referred_to(tx, agent_id) if agent_id and chosen is None else chosen or ()
    case_ids = sorted(set(held))
    if len(case_ids) > model.AT_ONCE:
        raise Refused(_("C'est trop de dossiers à la fois : choisissez-en une partie."))
    refused = [(case_id, why) for case_id in case_ids if (why := await _one(tx, parts, actor, case_id, agent_id, to))]
    unchanged = {case_id for case_id, _why in refused}
    return Reassigned([case_id for case_id in case_ids if case_id not in unchanged], refused)


async def replace(work: Work, agent_id: UUID, to: UUID) -> None:
    """Another referent in an agent's place, in one dossier. Raises Refused, or NotTheirs for who is no manager."""
    await _must_be_replaceable(work.tx, agent_id, to)
    await _replace(work, agent_id, to)


async def _must_be_replaceable(tx: Transaction, agent_id: UUID | None, to: UUID) -> None:
    agent = await dossiers.agent(tx, agent_id) if agent_id else None
    model.must_be_replaceable(agent, await dossiers.agent(tx, to))


async def _one(
    tx: Transaction, parts: Parts, actor: Actor, case_id: UUID, agent_id: UUID | None, to: UUID
) -> str | None:
    """One dossier changes hands, or says why not and is left as it was."""
    try:
        async with tx.transaction():
            work = await by_agent(tx, parts, actor, case_id)
            await (_replace(work, agent_id, to) if agent_id else _first(work, to))
    except Refused as refused:
        return " ".join(refused.missing)
    except NotTheirs:
        return _("Vous n'êtes pas responsable de ce dossier.")
    except NoSuchCase:
        return _("Ce dossier n'existe pas, ou vous ne pouvez pas le voir.")
    return None


async def _first(work: Work, to: UUID) -> None:
    if work.case.referent_ids:
        raise Refused(_("Ce dossier a déjà un référent."))
    await assigning.assign(work, to, Assignment.REFERENT)


async def _replace(work: Work, agent_id: UUID, to: UUID) -> None:
    work.require("manager")
    must_be_writable(work.case)
    fault = unassignable(work.case, await dossiers.agent(work.tx, to), Assignment.REFERENT)
    if fault is not None:
        raise Refused(fault)
    if not await store.replace(work.tx, work.case.case_id, agent_id, to, work.now):
        raise Refused(_("Cette personne n'est pas référente de ce dossier."))
    await tasks.hand_over(work, agent_id, to)
    await work.enter("agent_released", details={"agent_id": str(agent_id)})
    await work.enter("agent_assigned", details={"agent_id": str(to), "as": Assignment.REFERENT})


async def name_substitute(
    tx: Transaction, parts: Parts, actor: Actor, agent_id: UUID, substitute_id: UUID, period: Period
) -> Absence:
    """Somebody stands in for a referent who is away. Raises Refused, or NotTheirs for who does not manage them."""
    zone, now = parts.settings.zone, parts.now()
    agent, substitute = await dossiers.agent(tx, agent_id), await dossiers.agent(tx, substitute_id)
    if agent is None:
        raise Refused(_("Cette personne n'est pas, ou n'est plus, dans l'annuaire des agents."))
    if actor.agent_id is None or not model.manages(actor, agent):
        raise NotTheirs
    await store.hold(tx, agent_id, substitute_id)
    away = await store.away(tx, [agent_id, substitute_id], now)
    model.must_be_nameable(agent, substitute, period, _day(parts), away, zone)
    if await store.coordinated_by(tx, substitute_id, agent_id):
        raise Refused(
            _("Cette personne coordonne une conférence dans un de ces dossiers : elle doit y rester indépendante.")
        )
    absence = Absence(new_id(), agent_id, substitute_id, actor.agent_id, *period.bounds(zone))
    await store.add(tx, absence)
    return absence


def _day(parts: Parts) -> date:
    return parts.now().astimezone(parts.settings.zone).date()


async def end_absence(tx: Transaction, parts: Parts, actor: Actor, absence_id: UUID) -> None:
    """They are back before the day that was said. Raises NoSuchCase, or NotTheirs for who does not manage them."""
    absence = await store.find(tx, absence_id)
    if absence is None:
        raise NoSuchCase
    agent = await dossiers.agent(tx, absence.agent_id)
    if agent is not None and not model.manages(actor, agent):
        raise NotTheirs
    await store.end(tx, absence_id, parts.now())

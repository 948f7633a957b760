"""Who is in charge, on the dossier's page: referents, who stands in for them, whom the programme still wants."""

from typing import Any
from uuid import UUID

from cases.assignments import store, view
from cases.conferences import neutrality
from cases.conferences.model import allows_conference
from cases.dossiers import store as dossiers
from cases.dossiers.model import Assignment, unassignable
from cases.dossiers.view import Dossier
from cases.plans import model as plans
from cases.plans.model import Referent
from cases.plans.store import referents
from cases.shares import store as shares
from cases.tasks.section import names_of
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.programme import Programme


async def section(
    tx: Transaction, parts: Parts, read: Dossier, actor: Actor, programme: Programme | None
) -> dict[str, Any]:
    """What the template shows of who is in charge, and for a manager of an open dossier whom they may charge."""
    if not read.works_here:
        return {}
    found = await referents(tx, read.case.case_id)
    wanted = programme.referents if programme else ()
    return {
        "charged": await _charged(tx, parts, found, {one.code: one.label for one in wanted}),
        "charge_missing": plans.missing(read.case, programme, found) if programme else (),
        "charge_codes": [(one.code, one.label) for one in wanted],
        "may_take": _may_take(read, actor),
        **await _charge(tx, parts, read, actor, programme),
    }


async def _charged(
    tx: Transaction, parts: Parts, found: list[Referent], labels: dict[str, str]
) -> list[dict[str, Any]]:
    """Each referent: name, organisation, which one of the programme's, and who stands in for them now."""
    now = parts.now()
    away = await store.away(tx, [one.agent_id for one in found], now)
    standing_in = {one.agent_id: one.substitute_id for one in away if one.begins_at <= now}
    names = await names_of(tx, parts, [*(one.agent_id for one in found), *standing_in.values()])
    called = await shares.names(tx, [one.organisation_id for one in found if one.organisation_id])
    return [
        {
            "name": names.get(one.agent_id, "") or _("n'est plus en fonction"),
            "organisation": called.get(one.organisation_id, "") if one.organisation_id else "",
            "part": labels.get(one.code, "") if one.code else "",
            "substitute": names.get(standing_in[one.agent_id], "") if one.agent_id in standing_in else "",
        }
        for one in found
    ]


def _may_take(read: Dossier, actor: Actor) -> bool:
    fits = unassignable(read.case, actor, Assignment.REFERENT) is None
    return fits and "social_worker" in read.roles and actor.agent_id not in read.case.referent_ids


async def _charge(
    tx: Transaction, parts: Parts, read: Dossier, actor: Actor, programme: Programme | None
) -> dict[str, Any]:
    """Who may be put in charge, and who is, for a manager who decides it."""
    if "manager" not in read.roles or not read.case.open:
        return {"assignable": [], "coordinators": [], "in_charge": [], "replaceable": []}
    possible = await dossiers.assignable(tx, read.case.territory_id)
    names = await names_of(tx, parts, possible)
    organisations = await store.organisations(tx, possible)
    called = await shares.names(tx, [one for one in organisations.values() if one])
    confers = programme is not None and allows_conference(programme)
    proposed = await neutrality.proposed_for(tx, parts, read.case) if confers else []
    return {
        "assignable": view.labelled(names, organisations, called, actor),
        "coordinators": [(names.get(one.agent_id, _("sans nom")), one) for one in proposed],
        "in_charge": [_in_charge(read, one) for one in (read.case.coordinator_id, *read.case.referent_ids) if one],
        "replaceable": [_in_charge(read, one) for one in read.case.referent_ids],
    }


def _in_charge(read: Dossier, agent_id: UUID) -> tuple[str, str]:
    return str(agent_id), str(read.agents.get(agent_id) or _("sans nom"))

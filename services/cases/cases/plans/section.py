"""The shared plan and the people on the dossier's page: what keeps the plan from beginning, and the forms."""

from typing import Any, get_args

from cases import words
from cases.dossiers.view import Dossier
from cases.people import store as people
from cases.people.acts import SUPPORTERS, AddedRole
from cases.plans import model, store
from cases.tasks import view
from cases.tasks.model import Kind
from cases.tasks.section import agents_of, names_of
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.events.people import KnownOwnAgreement
from contracts.programme import Programme


async def section(tx: Transaction, parts: Parts, read: Dossier, programme: Programme | None) -> dict[str, Any]:
    """What the template shows; a conference has a plan of its own."""
    if not read.works_here:
        return {}
    named = {str(one.person_id): str(one.name or _("sans nom")) for one in read.people}
    return {
        "own_agreements": [
            (named.get(str(one["person_id"]), _("sans nom")), one)
            for one in await people.own_agreements(tx, read.case.case_id)
        ],
        "may_add_people": read.case.open and not read.roles.isdisjoint(SUPPORTERS),
        "people_named": list(named.items()),
        "added_roles": [(role, _(words.ROLES[role])) for role in get_args(AddedRole)],
        "own_agreement_words": [(one, _(words.OWN_AGREEMENTS[one])) for one in get_args(KnownOwnAgreement)],
        **(await _plan(tx, parts, read, programme, named) if programme and programme.kind != "conference" else {}),
    }


async def _plan(
    tx: Transaction, parts: Parts, read: Dossier, programme: Programme, named: dict[str, str]
) -> dict[str, Any]:
    today = parts.now().astimezone(parts.settings.zone).date()
    referents = await store.referents(tx, read.case.case_id)
    actions = await view.of_dossier(tx, parts.keyring, read.case.case_id, Kind.ACTION, today)
    charged = await agents_of(tx, read, None)
    called = await names_of(tx, parts, [*charged, *(one.task.agent_id for one in actions)])
    agents = {str(agent): name for agent, name in called.items()}
    return {
        "plan": actions,
        "plan_missing": model.missing(read.case, programme, referents),
        "plan_names": named | agents,
        "plan_who": [*named.items(), *((str(agent), agents[str(agent)]) for agent in charged)],
        "plan_checkers": [(str(agent), agents[str(agent)]) for agent in charged],
    }

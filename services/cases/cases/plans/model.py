"""The shared plan of a dossier that several organisations follow together: who has to be there before it begins.

Accompagnement global: an employment adviser and a social worker, and the city's early-childhood manager where a crèche
place (AVIP) is part of it; each of a different organisation, one plan.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.dossiers.model import Case, Refused
from chassis.actor import Actor
from chassis.web.translations import translate as _
from contracts.programme import Programme


@dataclass(frozen=True, slots=True)
class Referent:
    """A referent; `code`: which of those the programme wants, if any."""

    agent_id: UUID
    organisation_id: UUID | None
    code: str | None


def unfit(programme: Programme, code: str, agent: Actor, referents: Sequence[Referent]) -> str | None:
    """Why an agent cannot be that referent of the programme, or None."""
    others = [one for one in referents if one.code is not None and one.agent_id != agent.agent_id]
    if code not in {one.code for one in programme.referents}:
        return _("Le dispositif de ce dossier ne prévoit pas ce référent.")
    if any(one.code == code for one in others):
        return _("Une autre personne est déjà ce référent : déchargez-la d'abord du dossier.")
    if any(one.organisation_id == agent.organisation_id for one in others):
        return _("Chaque référent de ce dispositif relève d'une structure différente.")
    return None


def missing(case: Case, programme: Programme, referents: Sequence[Referent]) -> tuple[str, ...]:
    """What keeps a plan from beginning: each referent the programme wants who is not there yet."""
    there = {one.code for one in referents}
    wanted = [one for one in programme.referents_needed(case.answers or {}) if one.code not in there]
    return tuple(
        _("Avant le plan partagé, nommez la personne référente : %(who)s.") % {"who": one.label} for one in wanted
    )


def must_be_plannable(
    case: Case, programme: Programme, referents: Sequence[Referent], who: UUID, known: Collection[UUID]
) -> None:
    """Raises Refused. `known`: people and agents of the dossier, one of whom carries the action out."""
    if programme.kind == "conference":
        raise Refused(_("Le plan de ce dossier est celui que la famille ratifie en conférence."))
    faults = list(missing(case, programme, referents))
    if who not in known:
        faults.append(_("La personne qui réalise l'action n'est pas dans ce dossier : ajoutez-la d'abord."))
    if faults:
        raise Refused(*faults)

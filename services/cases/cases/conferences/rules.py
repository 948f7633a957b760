"""What any conference needs before each step: one rule, one function, one French sentence with its why.

Source of all of them: the practice of family group conferences as départements apply it. `cases.conferences.family`
adds what holds for families only.
"""

from collections.abc import Callable, Sequence
from typing import Final

from cases.conferences.model import Conference, Coordination
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as ngettext

Rule = Callable[[Conference, Coordination], str | None]
"""Says what is missing, or None."""


def coordinator_is_independent(conference: Conference, by: Coordination) -> str | None:
    """The coordinator is neutral: no tie to anyone in it, and says so."""
    if by.coordinator_id is not None and by.coordinator_id not in by.referent_ids:
        if conference.independent == by.coordinator_id:
            return None
        return _("La personne qui coordonne doit déclarer son indépendance : aucun lien avec la famille ni ses suivis.")
    return _("Désignez pour coordonner une personne indépendante, qui n'est pas référente du dossier.")


def coordinator_has_no_tie(_conference: Conference, by: Coordination) -> str | None:
    """Independence is kept over time: whoever follows somebody of it by now, or knows somebody invited since, is
    replaced."""
    if not by.tied_to:
        return None
    return _(
        "La personne qui coordonne a un lien avec une personne de la conférence : elle doit être remplacée "
        "avant l'étape suivante."
    )


def coordinator_is_of_no_mandated_service(conference: Conference, by: Coordination) -> str | None:
    """Who sets the conditions of a conference does not coordinate it."""
    if by.organisation_id is None or by.organisation_id not in conference.mandated_by:
        return None
    return _("La personne qui coordonne travaille pour un service mandaté dans ce dossier : elle doit être remplacée.")


def question_is_asked(conference: Conference, _by: Coordination) -> str | None:
    """The concern is put as one open question."""
    if conference.question is not None:
        return None
    return _("Formulez avec la personne la question ouverte à laquelle la famille répondra.")


def plan_has_an_action(conference: Conference, _by: Coordination) -> str | None:
    """A plan says what will be done."""
    return None if conference.actions else _("Le plan ne comporte encore aucune action : enregistrez-en au moins une.")


def every_action_is_somebodys(conference: Conference, _by: Coordination) -> str | None:
    """Who does an action, and who checks, is in the conference; not so of all that comes from the one before."""
    invited = {guest.person_id for guest in conference.guests}
    if all({action.who, action.checked_by} <= invited for action in conference.actions):
        return None
    return _("Une action est confiée à une personne qui n'est pas invitée : modifiez-la, ou retirez-la.")


def every_action_is_to_come(conference: Conference, _by: Coordination) -> str | None:
    """An action is done by a day that is not past when the plan is made."""
    day = conference.met_at.date() if conference.met_at else None
    if day is None or all(action.by_when >= day for action in conference.actions):
        return None
    return _("La date d'une action précède la réunion : convenez d'une date à venir, ou retirez l'action.")


def every_action_respects_the_conditions(conference: Conference, _by: Coordination) -> str | None:
    """The plan may not contradict the non-negotiable conditions: the coordinator checks each action against each."""
    conditions = {condition.condition_id for condition in conference.conditions}
    if all(conditions <= action.respects for action in conference.actions):
        return None
    return _("Vérifiez chaque action avec chaque condition non négociable : le plan ne peut pas les contredire.")


def every_action_is_feasible(conference: Conference, _by: Coordination) -> str | None:
    """The plan is discussed against feasibility."""
    if all(action.feasible for action in conference.actions):
        return None
    return _("Une action n'est pas jugée réalisable : modifiez-la avec la famille, ou retirez-la.")


def everyone_present_ratifies(conference: Conference, _by: Coordination) -> str | None:
    """The plan is ratified by the people present, all of them."""
    left = len(conference.family_present - conference.ratified_by)
    if not left:
        return None
    return ngettext(
        "Il manque l'accord de %(n)s personne présente : le plan est ratifié par toutes.",
        "Il manque l'accord de %(n)s personnes présentes : le plan est ratifié par toutes.",
        left,
    ) % {"n": left}


NEUTRALITY: Final[Sequence[Rule]] = (
    coordinator_is_independent,
    coordinator_has_no_tie,
    coordinator_is_of_no_mandated_service,
)
TO_SCHEDULE: Final[Sequence[Rule]] = (*NEUTRALITY, question_is_asked)
TO_RATIFY: Final[Sequence[Rule]] = (
    *NEUTRALITY,
    plan_has_an_action,
    every_action_is_somebodys,
    every_action_is_to_come,
    every_action_respects_the_conditions,
    every_action_is_feasible,
    everyone_present_ratifies,
)


def missing(rules: Sequence[Rule], conference: Conference, by: Coordination) -> tuple[str, ...]:
    """Every sentence that stands between a conference and a step."""
    return tuple(sentence for rule in rules if (sentence := rule(conference, by)))

"""What a conference needs before each step: one rule, one function, one French sentence with its why.

Source of all of them: the practice of family group conferences as départements apply it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from cases.conferences.model import FAMILY, Conference, Coordination, Role, Safety
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


def question_is_asked(conference: Conference, _by: Coordination) -> str | None:
    """The concern is put as one open question."""
    if conference.question is not None:
        return None
    return _("Formulez avec la personne la question ouverte à laquelle la famille répondra.")


def family_group_is_invited(conference: Conference, _by: Coordination) -> str | None:
    """A decision of the family needs a family: two at least, whom the follow-up can contact."""
    if len(conference.family_group) >= 2:
        return None
    return _("Invitez au moins deux personnes de la famille ou de son entourage : la décision est la leur.")


def every_family_member_was_met(conference: Conference, _by: Coordination) -> str | None:
    """The coordinator meets each member of the family before the meeting."""
    left = sum(guest.role in FAMILY and guest.met_on is None for guest in conference.guests)
    if not left:
        return None
    return ngettext(
        "Rencontrez encore %(n)s membre de la famille : chacun est rencontré avant la réunion.",
        "Rencontrez encore %(n)s membres de la famille : chacun est rencontré avant la réunion.",
        left,
    ) % {"n": left}


def every_guest_is_checked(conference: Conference, _by: Coordination) -> str | None:
    """No meeting takes place while one guest's safety is unchecked."""
    left = sum(guest.safety is Safety.UNCHECKED for guest in conference.guests)
    if not left:
        return None
    return ngettext(
        "Vérifiez la sécurité de %(n)s invité : aucune réunion n'a lieu tant qu'elle n'est pas vérifiée pour tous.",
        "Vérifiez la sécurité de %(n)s invités : aucune réunion n'a lieu tant qu'elle n'est pas vérifiée pour tous.",
        left,
    ) % {"n": left}


def no_guest_is_unsafe(conference: Conference, _by: Coordination) -> str | None:
    """No meeting takes place while one guest's safety is refused."""
    if all(guest.safety is not Safety.REFUSED for guest in conference.guests):
        return None
    return _("La sécurité d'un invité n'est pas assurée : retirez son invitation, ou reprenez la vérification.")


def professionals_come_at_the_familys_request(conference: Conference, _by: Coordination) -> str | None:
    """Professionals take part only when the family asks for them."""
    wanted = {guest.person_id for guest in conference.family_group}
    if all(guest.requested_by in wanted for guest in conference.guests if guest.role is Role.PROFESSIONAL):
        return None
    return _("Un professionnel ne vient qu'à la demande de la famille : indiquez qui la souhaite, ou retirez-le.")


def mandated_service_is_known(conference: Conference, _by: Coordination) -> str | None:
    """Whether a State service, or one mandated by it, is involved decides on conditions."""
    if conference.mandated_service is not None:
        return None
    return _("Indiquez si un service de l'État, ou mandaté par lui, intervient : il fixerait des conditions.")


def conditions_are_stated(conference: Conference, _by: Coordination) -> str | None:
    """A mandated service states its non-negotiable conditions before the meeting."""
    if not conference.mandated_service or conference.conditions:
        return None
    return _("Le service mandaté énonce ses conditions non négociables avant la réunion : enregistrez-les.")


def family_is_present(conference: Conference, _by: Coordination) -> str | None:
    """A meeting of one is none."""
    if len(conference.family_present) >= 2:
        return None
    return _("Indiquez qui est là : au moins deux personnes de la famille ou de son entourage.")


def plan_has_an_action(conference: Conference, _by: Coordination) -> str | None:
    """A plan says what will be done."""
    return None if conference.actions else _("Le plan ne comporte encore aucune action : enregistrez-en au moins une.")


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


OF_SAFETY: Final[Sequence[Rule]] = (every_family_member_was_met, every_guest_is_checked, no_guest_is_unsafe)
"""What only those may read who know how each guest's safety was judged."""
TO_SCHEDULE: Final[Sequence[Rule]] = (
    coordinator_is_independent,
    question_is_asked,
    family_group_is_invited,
    *OF_SAFETY,
    professionals_come_at_the_familys_request,
    mandated_service_is_known,
    conditions_are_stated,
)
TO_MEET: Final[Sequence[Rule]] = (*TO_SCHEDULE, family_is_present)
TO_RATIFY: Final[Sequence[Rule]] = (
    coordinator_is_independent,
    plan_has_an_action,
    every_action_respects_the_conditions,
    every_action_is_feasible,
    everyone_present_ratifies,
)


def missing(rules: Sequence[Rule], conference: Conference, by: Coordination) -> tuple[str, ...]:
    """Every sentence that stands between a conference and a step."""
    return tuple(sentence for rule in rules if (sentence := rule(conference, by)))

"""What a conference of a territory needs before each step: one rule, one function, one French sentence with its why."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cases.territorial.model import Phase, Territorial
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as ngettext

Rule = Callable[[Territorial], str | None]
"""Says what is missing, or None."""


def a_need_is_found(conference: Territorial) -> str | None:
    """Figures say how many ask, not what is the matter."""
    if any(one.kind in ("need", "group", "risk") for one in conference.findings):
        return None
    return _("Décrivez au moins un besoin, un public en difficulté ou un risque : les chiffres seuls ne le disent pas.")


def means_are_found(conference: Territorial) -> str | None:
    """What can be done depends on who is there to do it."""
    if any(one.kind == "means" for one in conference.findings):
        return None
    return _("Décrivez au moins un moyen présent sur le territoire : les actions s'appuieront dessus.")


def diagnosis_is_presented(conference: Territorial) -> str | None:
    """Everybody works from the same diagnosis."""
    if conference.presented is not None:
        return None
    return _("Présentez le diagnostic : tous les partenaires partent du même constat.")


def partners_are_invited(conference: Territorial) -> str | None:
    """A plan is agreed upon by several."""
    if len(conference.partners) >= 2:
        return None
    return _("Invitez au moins deux structures : le plan est le leur.")


def meeting_is_set(conference: Territorial) -> str | None:
    """A meeting has a date."""
    if conference.meeting_at is not None:
        return None
    return _("Fixez le jour et l'heure de la prochaine réunion : les structures s'y préparent.")


def somebody_was_heard(conference: Territorial) -> str | None:
    """What is given back was first said."""
    if conference.contributions or conference.pitches:
        return None
    return _("Enregistrez au moins une contribution : la restitution part de ce qui a été dit.")


def partners_are_present(conference: Territorial) -> str | None:
    """One alone agrees with nobody."""
    if len(conference.present) >= 2:
        return None
    return _("Indiquez quelles structures sont présentes : au moins deux partenaires ratifient un plan.")


def every_axis_has_an_action(conference: Territorial) -> str | None:
    """A plan says what will be done, along each of its axes."""
    if not conference.axes:
        return _("Le plan n'a encore aucun axe : écrivez-en au moins un avec les partenaires.")
    empty = {axis.axis_id for axis in conference.axes} - {action.axis_id for action in conference.actions}
    if not empty:
        return None
    return ngettext(
        "%(n)s axe n'a aucune action : ajoutez-en une, ou retirez l'axe.",
        "%(n)s axes n'ont aucune action : ajoutez-en, ou retirez ces axes.",
        len(empty),
    ) % {"n": len(empty)}


def who_acts_is_present(conference: Territorial) -> str | None:
    """Those who are not there cannot be bound by those who are."""
    bound = {one for action in conference.actions for one in (action.organisation_id, action.checked_by)}
    left = len(bound - conference.present)
    if not left:
        return None
    return ngettext(
        "%(n)s structure à qui une action est confiée n'est pas présente : elle ne peut pas être engagée sans elle.",
        "%(n)s structures à qui des actions sont confiées ne sont pas présentes : elles ne peuvent pas être engagées "
        "sans elles.",
        left,
    ) % {"n": left}


def every_action_is_to_come(conference: Territorial) -> str | None:
    """An action is done by a day that is not past when it is agreed upon."""
    day = conference.last_meeting.on if conference.last_meeting else None
    if day is None or all(action.by_when >= day for action in conference.actions):
        return None
    return _("La date d'une action précède la réunion : convenez d'une date à venir, ou retirez l'action.")


def everyone_present_ratifies(conference: Territorial) -> str | None:
    """The plan is ratified by the partners present, all of them."""
    left = len(conference.present - conference.ratified_by)
    if not left:
        return None
    return ngettext(
        "Il manque l'accord de %(n)s structure présente : le plan est ratifié par toutes.",
        "Il manque l'accord de %(n)s structures présentes : le plan est ratifié par toutes.",
        left,
    ) % {"n": left}


TO_PRESENT: Final[Sequence[Rule]] = (a_need_is_found, means_are_found)
TO_MEET: Final[Sequence[Rule]] = (diagnosis_is_presented, partners_are_invited, meeting_is_set)
TO_RATIFY: Final[Sequence[Rule]] = (
    partners_are_present,
    every_axis_has_an_action,
    who_acts_is_present,
    every_action_is_to_come,
    everyone_present_ratifies,
)
NEXT: Final[Mapping[Phase, Sequence[Rule]]] = {
    Phase.DIAGNOSIS: (*TO_PRESENT, *TO_MEET),
    Phase.CONSULTATION: (*TO_MEET, somebody_was_heard),
    Phase.RESTITUTION: TO_RATIFY,
    Phase.SITTING: TO_RATIFY,
}
"""Phase → what must be met before the next step out of it."""


def missing(rules: Sequence[Rule], conference: Territorial) -> tuple[str, ...]:
    """Every sentence that stands between a conference and a step."""
    return tuple(sentence for rule in rules if (sentence := rule(conference)))

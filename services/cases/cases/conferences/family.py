"""What holds for a family conference and for no other: its safety, its private time, and who decides in it.

`cases.conferences.rules` holds what any conference needs (a neutral coordinator, a question, a plan that its people
ratify), and `life` is the same for all: a conference of another scale has a `Scale` of its own. Nothing but this
module says what is proper to families.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cases.conferences import rules
from cases.conferences.model import FAMILY, Conference, Coordination, Guest, Role, Safety
from cases.conferences.rules import Rule
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as ngettext


def family_group_is_invited(conference: Conference, _by: Coordination) -> str | None:
    """A decision of the family needs a family: two at least, whom the follow-up can contact."""
    if len(conference.family_group) >= 2:
        return None
    return _("Invitez au moins deux personnes de la famille ou de son entourage : la décision est la leur.")


def who_decides_is_invited(conference: Conference, by: Coordination) -> str | None:
    """The person concerned takes part; for a minor, somebody who holds parental authority does."""
    if any(_decides(guest, by) for guest in conference.guests):
        return None
    if by.minor:
        return _("Invitez une personne qui exerce l'autorité parentale : la personne concernée est mineure.")
    return _("Invitez la personne concernée : rien ne se décide sans elle.")


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


def other_parent_is_known(conference: Conference, by: Coordination) -> str | None:
    """Where violence is recorded, nobody is left to be the other parent unnoticed."""
    if not _violence(conference, by) or all(
        guest.other_parent is not None for guest in conference.guests if guest.role is Role.RELATIVE
    ):
        return None
    return _("Des violences sont enregistrées : indiquez pour chaque membre de la famille s'il est l'autre parent.")


def other_parent_is_not_contacted(conference: Conference, by: Coordination) -> str | None:
    """Where violence or a protection order is recorded the other parent is not contacted: a manager or the cell
    decides otherwise."""
    invited = any(guest.other_parent for guest in conference.guests)
    if not invited or not _violence(conference, by) or (conference.decision and conference.decision.may_be_contacted):
        return None
    return _(
        "Des violences ou une ordonnance de protection sont enregistrées : l'autre parent n'est pas contacté. "
        "Un responsable ou la cellule peut en décider autrement."
    )


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


def family_was_alone(conference: Conference, _by: Coordination) -> str | None:
    """The family builds its plan in its private time, which has begun and ended."""
    if conference.private_from and conference.private_until:
        return None
    return _("La famille construit son plan pendant son temps privé : il doit avoir eu lieu.")


def who_decides_agrees(conference: Conference, by: Coordination) -> str | None:
    """The person concerned ratifies; for a minor, somebody who holds parental authority does."""
    if any(_decides(guest, by) and guest.person_id in conference.ratified_by for guest in conference.guests):
        return None
    if by.minor:
        return _("Il manque l'accord d'une personne qui exerce l'autorité parentale sur la personne concernée.")
    return _("Il manque l'accord de la personne concernée : le plan ne se ratifie pas sans elle.")


def _decides(guest: Guest, by: Coordination) -> bool:
    return guest.parental_authority if by.minor else guest.role is Role.CONCERNED


def _violence(conference: Conference, by: Coordination) -> bool:
    return conference.violence or by.violence


@dataclass(frozen=True, slots=True)
class Scale:
    """What a conference of one scale needs before each step. `to_invite` holds for each invitation; `of_safety` is
    what only those may read who know how each guest's safety was judged."""

    to_invite: Sequence[Rule]
    to_schedule: Sequence[Rule]
    to_meet: Sequence[Rule]
    to_ratify: Sequence[Rule]
    of_safety: Sequence[Rule]


_OF_SAFETY: Final[Sequence[Rule]] = (every_family_member_was_met, every_guest_is_checked, no_guest_is_unsafe)
_OF_THE_OTHER_PARENT: Final[Sequence[Rule]] = (other_parent_is_known, other_parent_is_not_contacted)
_TO_SCHEDULE: Final[Sequence[Rule]] = (
    *rules.TO_SCHEDULE,
    family_group_is_invited,
    who_decides_is_invited,
    *_OF_SAFETY,
    *_OF_THE_OTHER_PARENT,
    professionals_come_at_the_familys_request,
    mandated_service_is_known,
    conditions_are_stated,
)
FAMILY_SCALE: Final = Scale(
    to_invite=(professionals_come_at_the_familys_request, *_OF_THE_OTHER_PARENT),
    to_schedule=_TO_SCHEDULE,
    to_meet=(*_TO_SCHEDULE, family_is_present),
    to_ratify=(*rules.TO_RATIFY, family_was_alone, who_decides_agrees),
    of_safety=_OF_SAFETY,
)
_SCALES: Final[Mapping[str, Scale]] = {"family": FAMILY_SCALE}


def scale_of(conference: Conference) -> Scale:
    """The rules of a conference's scale."""
    return _SCALES[conference.scale]

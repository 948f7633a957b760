"""Who may coordinate a conference: neutral people first, then those who have the time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from cases.conferences.life import BEFORE_MEETING
from cases.conferences.model import Conference
from cases.dossiers.model import Refused
from chassis.web.translations import translate as _


class SetAside(StrEnum):
    """Why somebody does not coordinate in a dossier."""

    TIE = "tie"
    WORKLOAD = "workload"
    OTHER = "other"
    OBJECTION = "objection"
    """The family objects, which it may once."""


DeclineReason = Literal[SetAside.TIE, SetAside.WORKLOAD, SetAside.OTHER]
"""Why a coordinator declines."""
NEVER_AGAIN: Final = frozenset({SetAside.TIE, SetAside.OBJECTION})
"""Reasons nobody gets over; who had no time may have some later, when a manager asks again."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A coordinator, and what is known of them in view of one dossier. `under_way`: conferences they coordinate or
    are about to; `absent_until`: while they are declared absent; `here`: they coordinate on its territory."""

    agent_id: UUID
    organisation_id: UUID
    here: bool
    under_way: int = 0
    absent_until: datetime | None = None
    tied: bool = False
    set_aside: SetAside | None = None


def unfit(candidate: Candidate, conference: Conference | None) -> str | None:
    """Why somebody may not coordinate, whoever asks them; it does not say which tie. None: they may."""
    mandated = conference is not None and candidate.organisation_id in conference.mandated_by
    if candidate.set_aside is SetAside.OBJECTION:
        return _("La famille s'est opposée à cette personne : proposez-en une autre.")
    if candidate.tied or mandated or candidate.set_aside in NEVER_AGAIN:
        return _("Cette personne a un lien avec ce dossier : proposez, pour coordonner, quelqu'un d'indépendant.")
    return None


def proposed(candidates: Iterable[Candidate], conference: Conference | None) -> list[Candidate]:
    """Those who are independent and have not declined: those present first, then those who have least to do."""
    fit = [one for one in candidates if unfit(one, conference) is None and one.set_aside is None]
    return sorted(fit, key=lambda one: (one.absent_until is not None, one.under_way, not one.here, one.agent_id))


def must_be_replaceable(conference: Conference | None) -> None:
    """Raises Refused once the meeting has begun: somebody is there until a manager names who takes over."""
    if conference is None or conference.over or conference.phase in BEFORE_MEETING:
        return
    raise Refused(
        _("La réunion a commencé : un responsable nomme d'abord qui reprend la coordination. Demandez-le-lui.")
    )

"""The follow-up of a ratified plan: has it been carried out? At least two people of the family group tell; of a
territory's plan, two organisations that ratified it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as ngettext
from contracts.events.cases import KnownFollowUpOutcome
from contracts.sealed import Sealed

CARRIED_OUT: Final = "carried_out"
NOT_CARRIED_OUT: Final = "not_carried_out"
PARTLY: Final = "partly_carried_out"
UNKNOWN: Final = "unknown"
NO_LONGER_RELEVANT: Final = "no_longer_relevant"
SETTLED: Final = frozenset({CARRIED_OUT, NO_LONGER_RELEVANT})
"""Outcomes after which nothing more is expected of an action."""


class Contact(BaseModel):
    """Somebody, or an organisation, was asked whether the plan was carried out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: UUID
    contacted_on: date


class FollowUp(BaseModel):
    """A follow-up as it stands. `guests` are all who were invited, `family_group` those of them who count; of a
    territory's conference they are organisations."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    conference_id: UUID
    case_id: UUID
    scale: Literal["family", "territorial"] = "family"
    met_on: date
    due_on: date
    at_least: int
    guests: frozenset[UUID]
    family_group: frozenset[UUID]
    actions: tuple[UUID, ...]
    contacts: tuple[Contact, ...] = ()
    outcomes: Mapping[UUID, KnownFollowUpOutcome] = {}
    recorded_on: date | None = None
    shared: Sealed | None = None
    """The sentence that the group agreed to share among its members; nothing is shared without one."""

    @property
    def contacted(self) -> frozenset[UUID]:
        """Different people of the family group: friends count, professionals and the same person twice do not."""
        return frozenset(contact.person_id for contact in self.contacts) & self.family_group

    @property
    def unfinished(self) -> tuple[UUID, ...]:
        """Actions of which something is still expected."""
        return tuple(action for action in self.actions if self.outcomes.get(action) not in SETTLED)

    @property
    def outcome(self) -> KnownFollowUpOutcome:
        """Of the plan as a whole; what is no longer relevant weighs nothing beside the rest."""
        found = set(self.outcomes.values())
        if len(found) > 1:
            found.discard(NO_LONGER_RELEVANT)
        if len(found) == 1:
            return found.pop()
        return PARTLY if found & {CARRIED_OUT, PARTLY} else UNKNOWN


def enough_people_were_contacted(follow_up: FollowUp) -> str | None:
    """At least two different people of the family group, or organisations of the territory."""
    left = follow_up.at_least - len(follow_up.contacted)
    if left <= 0:
        return None
    if follow_up.scale == "territorial":
        return ngettext(
            "Demandez encore à %(n)s structure partenaire, différente des précédentes, où en est le plan.",
            "Demandez encore à %(n)s structures partenaires, différentes des précédentes, où en est le plan.",
            left,
        ) % {"n": left}
    return ngettext(
        "Contactez encore %(n)s personne de la famille ou de son entourage, différente des précédentes. "
        "Les professionnels ne comptent pas.",
        "Contactez encore %(n)s personnes différentes de la famille ou de son entourage. "
        "Les professionnels ne comptent pas.",
        left,
    ) % {"n": left}


def every_action_has_an_outcome(follow_up: FollowUp) -> str | None:
    """What became of each action is said, were it that nobody knows."""
    left = len(set(follow_up.actions) - set(follow_up.outcomes))
    if not left:
        return None
    return ngettext(
        "Indiquez ce qu'est devenue %(n)s action du plan.",
        "Indiquez ce que sont devenues %(n)s actions du plan.",
        left,
    ) % {"n": left}


def missing(follow_up: FollowUp) -> tuple[str, ...]:
    """What keeps a follow-up open; nothing once it may be closed."""
    found = (rule(follow_up) for rule in (enough_people_were_contacted, every_action_has_an_outcome))
    return tuple(sentence for sentence in found if sentence)


def record(
    follow_up: FollowUp,
    contacts: Sequence[Contact],
    outcomes: Mapping[UUID, KnownFollowUpOutcome],
    today: date,
) -> FollowUp:
    """Add contacts and what became of actions; it is recorded once nothing is missing. Raises Refused."""
    if follow_up.recorded_on is not None:
        raise Refused(_("Ce suivi est déjà enregistré."))
    _check(follow_up, contacts, outcomes, today)
    told = follow_up.model_copy(
        update={
            "contacts": (*follow_up.contacts, *contacts),
            "outcomes": {**follow_up.outcomes, **outcomes},
        }
    )
    return told if missing(told) else told.model_copy(update={"recorded_on": today})


def settle(follow_up: FollowUp, action_id: UUID, outcome: KnownFollowUpOutcome) -> FollowUp:
    """What became, after the follow-up, of an action that was left unfinished by it. Raises Refused."""
    if follow_up.recorded_on is None:
        raise Refused(_("Le suivi du plan est encore ouvert : indiquez-y ce qu'est devenue cette action."))
    if action_id not in follow_up.unfinished:
        raise Refused(_("Cette action n'est pas, ou n'est plus, à réaliser."))
    return follow_up.model_copy(update={"outcomes": {**follow_up.outcomes, action_id: outcome}})


def _check(follow_up: FollowUp, contacts: Sequence[Contact], outcomes: Mapping[UUID, str], today: date) -> None:
    if not follow_up.guests >= {contact.person_id for contact in contacts}:
        raise Refused(_("Une des personnes ou structures contactées n'était pas invitée à la conférence."))
    if not set(follow_up.actions) >= set(outcomes):
        raise Refused(_("Une des actions citées n'est pas dans le plan ratifié."))
    if not all(follow_up.met_on <= contact.contacted_on <= today for contact in contacts):
        raise Refused(_("Un contact de suivi a lieu après la réunion, et au plus tard aujourd'hui."))

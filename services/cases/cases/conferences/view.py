"""A conference as those who work on its dossier see it: opened, with what is missing before the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from cases.conferences import family, life, rules, store
from cases.conferences.family import scale_of
from cases.conferences.model import SAFETY_READERS, Conference, Coordination, Guest, Phase
from cases.conferences.neutrality import around
from cases.dossiers.model import Case
from cases.follow_ups import model as follow_ups
from cases.follow_ups import store as follow_up_store
from cases.follow_ups.model import FollowUp
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.sealing import Opened
from chassis.service import Parts
from chassis.web.translations import N_
from chassis.web.translations import translate as _

_STEPS: Final[Mapping[Phase, str]] = {
    Phase.PREPARATION: N_("Préparation"),
    Phase.SCHEDULED: N_("Réunion fixée"),
    Phase.INFORMATION_SHARING: N_("Partage de l'information"),
    Phase.PRIVATE_TIME: N_("Temps privé de la famille"),
    Phase.ACCEPTANCE: N_("Accord sur le plan"),
    Phase.RATIFIED: N_("Suivi du plan"),
}
_FORMS: Final[Mapping[rules.Rule, str]] = {
    rules.question_is_asked: "question",
    family.family_group_is_invited: "invitee",
    family.who_decides_is_invited: "invitee",
    family.every_family_member_was_met: "safety",
    family.every_guest_is_checked: "safety",
    family.no_guest_is_unsafe: "safety",
    family.other_parent_is_known: "describe",
    family.professionals_come_at_the_familys_request: "uninvite",
    family.mandated_service_is_known: "mandated-service",
    family.conditions_are_stated: "mandated-service",
}
"""What must be met → the form that answers it."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A conference opened. Texts stand in the order of its conditions and actions."""

    conference: Conference
    follow_up: FollowUp | None
    question: Opened | None
    conditions: Sequence[Opened | None]
    actions: Sequence[Opened | None]
    missing: Sequence[str]
    forms: Mapping[str, str]
    """Sentence of what is missing → the form that answers it."""
    reads_safety: bool
    """Whether this reader may know who is safe, and who was met."""

    def must_declare(self, case: Case) -> bool:
        """Whether who coordinates by now has still to declare their independence, and may."""
        return self.conference.phase in life.TO_RATIFICATION and self.conference.independent != case.coordinator_id

    @property
    def path(self) -> list[tuple[str, Literal["done", "now", "ahead"]]]:
        """Each step, and whether it is behind, at hand or ahead; none of a conference that was stopped."""
        if self.conference.phase not in _STEPS and self.conference.phase is not Phase.FOLLOWED_UP:
            return []
        here = list(_STEPS).index(self.conference.phase) if self.conference.phase in _STEPS else len(_STEPS)
        return [
            (_(name), "done" if place < here else "now" if place == here else "ahead")
            for place, name in enumerate(_STEPS.values())
        ]

    @property
    def sentence(self) -> str:
        return life.phase_sentence(self.conference)

    @property
    def condition_choices(self) -> list[tuple[str, str]]:
        """(id, text) of each condition."""
        ids = (condition.condition_id for condition in self.conference.conditions)
        return [(str(id), str(text)) for id, text in zip(ids, self.conditions, strict=True)]

    @property
    def action_choices(self) -> list[tuple[str, str]]:
        """(id, text) of each action."""
        ids = (action.action_id for action in self.conference.actions)
        return [(str(id), str(text)) for id, text in zip(ids, self.actions, strict=True)]

    @property
    def unfinished_choices(self) -> list[tuple[str, str]]:
        """(id, text) of each action still expected once the plan is ratified."""
        left = {str(one) for one in self.follow_up.unfinished} if self.follow_up else set()
        return [choice for choice in self.action_choices if choice[0] in left]


async def read(tx: Transaction, parts: Parts, case: Case, actor: Actor) -> Meeting | None:
    """The conference of a dossier, if any that this actor may read."""
    conference = await store.latest(tx, case.case_id)
    if conference is None:
        return None
    follow_up = await follow_up_store.find(tx, conference.conference_id)
    conditions = [condition.text for condition in conference.conditions]
    actions = [action.what for action in conference.actions]
    by = await around(tx, parts, case)
    question, *opened = await parts.keyring.open(tx, [conference.question, *conditions, *actions])
    return Meeting(
        conference,
        follow_up,
        question,
        opened[: len(conditions)],
        opened[len(conditions) :],
        missing(conference, follow_up, by, reads_safety=_reads_safety(case, actor)),
        {sentence: form for rule, form in _FORMS.items() if (sentence := rule(conference, by))},
        _reads_safety(case, actor),
    )


def _reads_safety(case: Case, actor: Actor) -> bool:
    return not case.roles_of(actor).isdisjoint(SAFETY_READERS)


async def missing_now(tx: Transaction, parts: Parts, case: Case, actor: Actor, conference: Conference) -> Sequence[str]:
    """`missing`, for the answer to a change."""
    follow_up = await follow_up_store.find(tx, conference.conference_id)
    by = await around(tx, parts, case)
    return missing(conference, follow_up, by, reads_safety=_reads_safety(case, actor))


def missing(
    conference: Conference, follow_up: FollowUp | None, by: Coordination, *, reads_safety: bool
) -> tuple[str, ...]:
    """What stands between the conference and its next step, as far as this reader may know."""
    if follow_up is not None and not conference.over:
        return follow_ups.missing(follow_up)
    needed = life.next_rules(conference)
    if reads_safety:
        return rules.missing(needed, conference, by)
    of_safety = scale_of(conference).of_safety
    told = rules.missing([rule for rule in needed if rule not in of_safety], conference, by)
    # The same words whether a guest is safe or not.
    return (*told, _("La préparation n'est pas terminée.")) if conference.phase is Phase.PREPARATION else told


def shown(meeting: Meeting) -> dict[str, Any]:
    """A conference in JSON."""
    conference = meeting.conference
    return {
        "conference_id": conference.conference_id,
        "phase": conference.phase,
        "sentence": meeting.sentence,
        "missing": meeting.missing,
        "question": _text(meeting.question),
        "continues": conference.continues,
        "mandated_service": conference.mandated_service,
        "mandated_by": sorted(conference.mandated_by),
        "violence": conference.violence,
        "other_parent": conference.decision.model_dump(mode="json") if conference.decision else None,
        "invitees": [_guest(guest, reads_safety=meeting.reads_safety) for guest in conference.guests],
        "conditions": [
            {"condition_id": condition.condition_id, "text": _text(text), "stated_on": condition.stated_on}
            for condition, text in zip(conference.conditions, meeting.conditions, strict=True)
        ],
        "meeting_at": conference.meeting_at,
        "met_at": conference.met_at,
        "private_from": conference.private_from,
        "private_until": conference.private_until,
        "present": sorted(conference.present),
        "actions": [
            action.model_dump(mode="json", exclude={"what"}) | {"what": _text(text)}
            for action, text in zip(conference.actions, meeting.actions, strict=True)
        ],
        "ratified_at": conference.ratified_at,
        "ratified_by": sorted(conference.ratified_by),
        "follow_up": _follow_up(meeting.follow_up) if meeting.follow_up else None,
    }


def _guest(guest: Guest, *, reads_safety: bool) -> dict[str, Any]:
    return guest.model_dump(mode="json", exclude={"came"} if reads_safety else {"came", "met_on", "safety"})


def _text(opened: Opened | None) -> str | None:
    return None if opened is None else str(opened)


def _follow_up(follow_up: FollowUp) -> dict[str, Any]:
    return {
        "due_on": follow_up.due_on,
        "contacted": len(follow_up.contacted),
        "at_least": follow_up.at_least,
        "outcomes": {str(action): outcome for action, outcome in follow_up.outcomes.items()},
        "recorded_on": follow_up.recorded_on,
    }

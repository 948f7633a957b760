"""The life of a conference: each function is one step, gives the conference after it, or raises Refused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from cases.conferences import rules
from cases.conferences.family import scale_of
from cases.conferences.model import (
    Action,
    Condition,
    Conference,
    Coordination,
    Decision,
    Guest,
    Phase,
    Role,
    Safety,
    Stop,
)
from cases.conferences.question import fault_of
from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.sealed import Sealed

P = TypeVar("P", bound=BaseModel)

BEFORE_MEETING: Final = (Phase.PREPARATION, Phase.SCHEDULED)
TO_RATIFICATION: Final = (*BEFORE_MEETING, Phase.INFORMATION_SHARING, Phase.ACCEPTANCE)
"""While a coordinator may take over; nothing is recorded in private time."""
AGREED: Final = (Phase.RATIFIED, Phase.FOLLOWED_UP)
"""While there is a plan to carry out."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the coordinator declares of their independence."""

    not_their_social_worker: bool
    no_tie_to_anyone: bool


def prepare(case_id: UUID, conference_id: UUID, by: Coordination, declared: Declaration) -> Conference:
    """A conference begins with its coordinator's declaration of independence."""
    return declare(Conference(conference_id=conference_id, case_id=case_id), by, declared)


def declare(conference: Conference, by: Coordination, declared: Declaration) -> Conference:
    """The coordinator, or the one who replaces them, declares to be independent."""
    _in(conference, *TO_RATIFICATION)
    if not (declared.not_their_social_worker and declared.no_tie_to_anyone):
        raise Refused(
            _("Une conférence se coordonne sans aucun lien avec la famille. Demandez à être remplacé pour celle-ci.")
        )
    declaring = _with(conference, independent=by.coordinator_id)
    _require(rules.NEUTRALITY, declaring, by)
    return declaring


def take_up(conference: Conference, before: Conference, unfinished: Sequence[Action]) -> Conference:
    """A new conference from the follow-up of another: its question, and the actions left undone, to be discussed anew
    by those who are invited this time."""
    _in(before, Phase.FOLLOWED_UP)
    return _with(conference, continues=before.conference_id, question=before.question, actions=tuple(unfinished))


def ask(conference: Conference, question: str, sealed: Sealed) -> Conference:
    """Put the concern as one open question; `sealed` is the same text."""
    _in(conference, *BEFORE_MEETING)
    fault = fault_of(question)
    if fault is not None:
        raise Refused(fault)
    return _with(conference, question=sealed)


def invite(conference: Conference, guest: Guest, by: Coordination) -> Conference:
    """Invite somebody, not yet checked. Their tie to the coordinator does not hinder it: the next step waits."""
    _in(conference, *BEFORE_MEETING)
    if conference.guest(guest.person_id) is not None:
        raise Refused(_("Cette personne est déjà invitée."))
    invited = _with(conference, guests=(*conference.guests, guest))
    _require(scale_of(conference).to_invite, invited, by)
    return invited


def describe(
    conference: Conference, person_id: UUID, *, parental_authority: bool, other_parent: bool | None
) -> Conference:
    """Say of a guest whether they hold parental authority, and whether they are the other parent."""
    _in(conference, *BEFORE_MEETING)
    guest = _invited(conference, person_id)
    said = _with(guest, parental_authority=parental_authority, other_parent=other_parent)
    return _with(conference, guests=_replaced(conference.guests, guest, said))


def record_violence(conference: Conference, recorded: bool) -> Conference:
    """Say that violence or a protection order is known, or no longer holds. What was decided before is void.

    Also while a plan is carried out: nobody is written to about it from then on.
    """
    _in(conference, *BEFORE_MEETING, *AGREED)
    return _with(conference, violence=recorded, decision=None)


def decide_on_other_parent(conference: Conference, by: Coordination, decision: Decision) -> Conference:
    """A manager's decision, or the cell's, to contact the other parent or not although violence is recorded."""
    _in(conference, *BEFORE_MEETING)
    if not (conference.violence or by.violence):
        raise Refused(_("Aucune violence ni ordonnance de protection n'est enregistrée : rien n'est à décider."))
    return _with(conference, decision=decision)


def uninvite(conference: Conference, person_id: UUID) -> Conference:
    """Take an invitation back, for example where safety is refused."""
    _in(conference, *BEFORE_MEETING)
    _invited(conference, person_id)
    return _with(conference, guests=tuple(guest for guest in conference.guests if guest.person_id != person_id))


def check_safety(conference: Conference, person_id: UUID, *, safe: bool, met_on: date | None) -> Conference:
    """Say whether a guest can safely take part, and when they were met. The last word counts."""
    _in(conference, *BEFORE_MEETING)
    guest = _invited(conference, person_id)
    checked = _with(
        guest, safety=Safety.SAFE if safe else Safety.REFUSED, met_on=met_on if met_on is not None else guest.met_on
    )
    return _with(conference, guests=_replaced(conference.guests, guest, checked))


def say_mandated(conference: Conference, mandated: bool, organisations: Collection[UUID] = ()) -> Conference:
    """Say whether a State service, or one mandated by it, is involved, and which organisations that is."""
    _in(conference, *BEFORE_MEETING)
    if not mandated and conference.conditions:
        raise Refused(_("Un service mandaté a déjà énoncé des conditions : elles restent non négociables."))
    if not mandated and organisations:
        raise Refused(_("Un service est nommé : indiquez qu'un service mandaté intervient."))
    return _with(conference, mandated_service=mandated, mandated_by=frozenset(organisations))


def state_condition(conference: Conference, condition: Condition, today: date) -> Conference:
    """Record a non-negotiable condition of the mandated service, stated before the meeting."""
    _in(conference, *BEFORE_MEETING)
    if condition.stated_on is not None and condition.stated_on > today:
        raise Refused(_("Une condition s'enregistre quand le service l'a énoncée : sa date ne peut pas être à venir."))
    return _with(conference, mandated_service=True, conditions=(*conference.conditions, condition))


def schedule(
    conference: Conference, by: Coordination, meeting_at: datetime, now: datetime, zone: ZoneInfo
) -> Conference:
    """Set the meeting, or move it: every guest is checked by then."""
    _in(conference, *BEFORE_MEETING)
    _require(scale_of(conference).to_schedule, conference, by)
    if _day(meeting_at, zone) < _day(now, zone):
        raise Refused(_("La réunion se tient à une date à venir."))
    moved = conference.meeting_at is not None
    return _with(conference, phase=Phase.SCHEDULED, meeting_at=meeting_at, sequence=conference.sequence + moved)


def share_information(
    conference: Conference, by: Coordination, at: datetime, present: Collection[UUID], zone: ZoneInfo
) -> Conference:
    """The meeting begins, with those who are there: introductions, information, answers."""
    _in(conference, Phase.SCHEDULED)
    for person_id in present:
        _invited(conference, person_id)
    meeting = _with(conference, phase=Phase.INFORMATION_SHARING, met_at=at, present=frozenset(present))
    _require(scale_of(conference).to_meet, meeting, by)
    if any(one.stated_on and one.stated_on > _day(at, zone) for one in conference.conditions):
        raise Refused(_("Les conditions non négociables s'énoncent avant la réunion : l'une d'elles date d'après."))
    if conference.meeting_at is None or _day(at, zone) < _day(conference.meeting_at, zone):
        raise Refused(_("La réunion ne peut pas commencer avant le jour prévu : déplacez-la d'abord."))
    return meeting


def leave_the_family_alone(conference: Conference, at: datetime) -> Conference:
    """Coordinator and professionals leave the room. Nothing but this moment and its end is recorded."""
    _in(conference, Phase.INFORMATION_SHARING)
    _after(conference.met_at, at)
    return _with(conference, phase=Phase.PRIVATE_TIME, private_from=at)


def come_back(conference: Conference, at: datetime) -> Conference:
    """The family calls the coordinator back: its plan is discussed by all."""
    _in(conference, Phase.PRIVATE_TIME)
    _after(conference.private_from, at)
    return _with(conference, phase=Phase.ACCEPTANCE, private_until=at)


def plan_action(conference: Conference, action: Action) -> Conference:
    """Add an action to the plan, or put it in the place of the one with its id."""
    _in(conference, Phase.ACCEPTANCE)
    _possible(conference, action)
    known = next((one for one in conference.actions if one.action_id == action.action_id), None)
    actions = _replaced(conference.actions, known, action) if known else (*conference.actions, action)
    return _with(conference, actions=actions)


def drop_action(conference: Conference, action_id: UUID) -> Conference:
    """Take an action out of the plan."""
    _in(conference, Phase.ACCEPTANCE)
    left = tuple(action for action in conference.actions if action.action_id != action_id)
    if len(left) == len(conference.actions):
        raise Refused(_("Cette action n'est pas, ou n'est plus, dans le plan."))
    return _with(conference, actions=left)


def ratify(conference: Conference, by: Coordination, ratified_by: Collection[UUID], at: datetime) -> Conference:
    """The people present ratify the plan, checked against conditions and feasibility."""
    _in(conference, Phase.ACCEPTANCE)
    if not conference.family_present >= set(ratified_by):
        raise Refused(_("Le plan est ratifié par les personnes présentes de la famille ou de son entourage."))
    ratified = _with(conference, phase=Phase.RATIFIED, ratified_at=at, ratified_by=frozenset(ratified_by))
    _require(scale_of(conference).to_ratify, ratified, by)
    return ratified


def finish(conference: Conference) -> Conference:
    """The follow-up is recorded."""
    _in(conference, Phase.RATIFIED)
    return _with(conference, phase=Phase.FOLLOWED_UP)


def move_action(conference: Conference, action_id: UUID, by_when: date, agreed: Collection[UUID]) -> Conference:
    """Another day for an action of the ratified plan, agreed with who does it and who checks."""
    _in(conference, *AGREED)
    action = next((one for one in conference.actions if one.action_id == action_id), None)
    if action is None:
        raise Refused(_("Cette action n'est pas, ou n'est plus, dans le plan."))
    if not {action.who, action.checked_by} <= set(agreed):
        raise Refused(_("Une nouvelle date se convient avec la personne qui fait l'action et celle qui la vérifie."))
    return _with(conference, actions=_replaced(conference.actions, action, _with(action, by_when=by_when)))


def stop(conference: Conference, reason: Stop) -> Conference:
    """Stop at any phase, private time included. Others read that the meeting will not take place, never why."""
    if conference.over:
        raise Refused(phase_sentence(conference))
    return _with(conference, phase=Phase.STOPPED, stopped=reason, sequence=conference.sequence + 1)


def to_be_told(conference: Conference, safe: Collection[UUID], *, violence: bool) -> tuple[UUID, ...]:
    """Who is told that the meeting will not take place: guests found safe; nobody where violence is known, of which no
    message leaves."""
    if conference.violence or violence:
        return ()
    return tuple(sorted(guest.person_id for guest in conference.guests if guest.person_id in safe))


def to_be_invited(conference: Conference, *, minor: bool, unsafe: bool) -> tuple[UUID, ...]:
    """Who is told the day of the meeting: guests found safe, not the minor it is about; nobody where violence or a duty
    towards a child is known (`unsafe`), of which no message leaves."""
    if conference.violence or unsafe:
        return ()
    safe = [guest for guest in conference.guests if guest.safety is Safety.SAFE]
    return tuple(sorted(guest.person_id for guest in safe if not (minor and guest.role is Role.CONCERNED)))


def to_be_reminded(conference: Conference, action: Action, *, minor: bool, unsafe: bool) -> UUID | None:
    """Whom an action of the plan is recalled to before its day: whoever of the family group promised it; not the minor
    the conference is about, and nobody where violence or a duty towards a child is known (`unsafe`), of which no
    message leaves."""
    if conference.violence or unsafe:
        return None
    group = {guest.person_id: guest.role for guest in conference.family_group}
    spared = minor and group.get(action.who) is Role.CONCERNED
    return action.who if action.who in group and not spared else None


def next_rules(conference: Conference) -> Sequence[rules.Rule]:
    """What must be met before the next phase."""
    return {
        Phase.PREPARATION: scale_of(conference).to_schedule,
        Phase.SCHEDULED: scale_of(conference).to_schedule,
        Phase.ACCEPTANCE: scale_of(conference).to_ratify,
    }.get(conference.phase, ())


def phase_sentence(conference: Conference) -> str:
    """Where a conference stands, in words that anybody may read."""
    return {
        Phase.PREPARATION: _("La conférence est en préparation."),
        Phase.SCHEDULED: _("La réunion est fixée."),
        Phase.INFORMATION_SHARING: _("La réunion a commencé : c'est le partage de l'information."),
        Phase.PRIVATE_TIME: _("C'est le temps privé de la famille : rien ne s'enregistre avant sa fin."),
        Phase.ACCEPTANCE: _("La famille a construit son plan : il est discuté avec tous."),
        Phase.RATIFIED: _("Le plan est ratifié ; le suivi est à faire."),
        Phase.FOLLOWED_UP: _("Le plan a été suivi : la conférence est terminée."),
        Phase.STOPPED: _("La réunion n'aura pas lieu."),
    }[conference.phase]


def _with(part: P, **changes: object) -> P:
    return part.model_copy(update=changes)


def _in(conference: Conference, *phases: Phase) -> None:
    if conference.phase in phases:
        return
    if conference.phase in (Phase.PRIVATE_TIME, Phase.STOPPED):
        raise Refused(phase_sentence(conference))
    raise Refused(phase_sentence(conference) + " " + _("Cette action se fait à une autre étape."))


def _require(needed: Sequence[rules.Rule], conference: Conference, by: Coordination) -> None:
    found = rules.missing(needed, conference, by)
    if found:
        raise Refused(*found)


def _invited(conference: Conference, person_id: UUID) -> Guest:
    guest = conference.guest(person_id)
    if guest is None:
        raise Refused(_("Cette personne n'est pas invitée à cette conférence."))
    return guest


def _possible(conference: Conference, action: Action) -> None:
    _invited(conference, action.who)
    _invited(conference, action.checked_by)
    if not action.respects <= {condition.condition_id for condition in conference.conditions}:
        raise Refused(_("Une condition citée n'est pas une de celles de cette conférence."))


def _after(before: datetime | None, at: datetime) -> None:
    if before is None or at < before:
        raise Refused(_("L'heure indiquée précède celle de l'étape d'avant."))


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _replaced(parts: tuple[P, ...], old: P, new: P) -> tuple[P, ...]:
    return tuple(new if part == old else part for part in parts)

"""The life of a conference of a territory: each function is one step, gives the conference after it, or raises
Refused."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from cases.dossiers.model import Refused
from cases.follow_ups import model as follow_ups
from cases.follow_ups.model import Contact, FollowUp
from cases.territorial import rules
from cases.territorial.model import (
    EVALUATION,
    Action,
    Attendance,
    Axis,
    Contribution,
    Finding,
    Gathering,
    Phase,
    Pitch,
    Presented,
    Round,
    Territorial,
    Workshop,
)
from chassis.web.translations import translate as _
from contracts.events.cases import KnownFollowUpOutcome

P = TypeVar("P", bound=BaseModel)

MEETINGS: Final = (Phase.CONSULTATION, Phase.RESTITUTION, Phase.SITTING)
HEARING: Final = (Phase.CONSULTATION, Phase.SITTING)
"""Where workshops sit and residents are heard."""
DECIDING: Final = (Phase.RESTITUTION, Phase.SITTING)
"""Where axes and actions are written, and the plan is ratified."""
TO_RATIFICATION: Final = (Phase.DIAGNOSIS, *MEETINGS)
AGREED: Final = (Phase.RATIFIED, Phase.EVALUATED)


def find(conference: Territorial, finding: Finding) -> Territorial:
    """Say something in the diagnosis."""
    _not_presented(conference)
    return _with(conference, findings=(*conference.findings, finding))


def take_back(conference: Territorial, finding_id: UUID) -> Territorial:
    """Take something out of the diagnosis."""
    _not_presented(conference)
    return _with(conference, findings=tuple(one for one in conference.findings if one.finding_id != finding_id))


def present(conference: Territorial, presented: Presented) -> Territorial:
    """Show the diagnosis: what was shown stays what was shown."""
    _not_presented(conference)
    _require(rules.TO_PRESENT, conference)
    return _with(conference, presented=presented)


def invite(conference: Territorial, organisation_id: UUID) -> Territorial:
    """An organisation becomes a partner, up to the ratification: some join on the way."""
    _in(conference, *TO_RATIFICATION)
    if organisation_id in conference.partners:
        raise Refused(_("Cette structure est déjà invitée."))
    return _with(conference, partners=(*conference.partners, organisation_id))


def uninvite(conference: Territorial, organisation_id: UUID) -> Territorial:
    """Take an invitation back, of an organisation that has not taken part."""
    _in(conference, *TO_RATIFICATION)
    _partners(conference, [organisation_id])
    if organisation_id in _taking_part(conference):
        raise Refused(_("Cette structure a déjà participé, ou une action lui est confiée : elle reste partenaire."))
    return _with(conference, partners=tuple(one for one in conference.partners if one != organisation_id))


def schedule(conference: Territorial, meeting_at: datetime, now: datetime, zone: ZoneInfo) -> Territorial:
    """Set the next meeting, or move it."""
    if conference.next_phase is None:
        raise Refused(phase_sentence(conference) + " " + _("Aucune réunion n'est à fixer."))
    if _day(meeting_at, zone) < _day(now, zone):
        raise Refused(_("Choisissez une date à venir."))
    return _with(conference, meeting_at=meeting_at)


def meet(conference: Territorial, attendance: Attendance, zone: ZoneInfo) -> Territorial:
    """The next meeting begins: which partners are there, and how many residents."""
    following = conference.next_phase
    if following is None:
        raise Refused(phase_sentence(conference) + " " + _("Aucune réunion n'est à tenir."))
    _require(rules.NEXT[conference.phase], conference)
    if conference.meeting_at is None or attendance.on < _day(conference.meeting_at, zone):
        raise Refused(_("La réunion ne peut pas commencer avant le jour prévu : déplacez-la d'abord."))
    _partners(conference, attendance.organisations)
    attended = {**conference.attended, following: attendance}
    return _with(conference, phase=following, attended=attended, meeting_at=None)


def attend(conference: Territorial, organisations: Collection[UUID], residents: int) -> Territorial:
    """Somebody else is there after all, or is not."""
    _in(conference, *MEETINGS)
    _partners(conference, organisations)
    before = conference.attended[conference.phase]
    now = _with(before, organisations=frozenset(organisations), residents=residents)
    return _with(conference, attended={**conference.attended, conference.phase: now})


def open_workshop(conference: Territorial, workshop: Workshop) -> Territorial:
    _in(conference, *HEARING)
    return _with(conference, workshops=(*conference.workshops, workshop))


def contribute(conference: Territorial, contribution: Contribution) -> Territorial:
    """Somebody says something in a workshop: a partner, or a resident, whom nobody names."""
    _in(conference, *HEARING)
    if contribution.workshop_id not in {one.workshop_id for one in conference.workshops}:
        raise Refused(_("Cet atelier n'est pas un de ceux de cette conférence."))
    _partners(conference, _given(contribution.organisation_id))
    return _with(conference, contributions=(*conference.contributions, contribution))


def pitch(conference: Territorial, presented: Pitch) -> Territorial:
    """An initiative is presented in a few minutes."""
    _in(conference, *MEETINGS)
    _partners(conference, _given(presented.organisation_id))
    return _with(conference, pitches=(*conference.pitches, presented))


def write_axis(conference: Territorial, axis: Axis) -> Territorial:
    _in(conference, *DECIDING)
    return _with(conference, axes=(*conference.axes, axis))


def drop_axis(conference: Territorial, axis_id: UUID) -> Territorial:
    """Take out an axis without actions."""
    _in(conference, *DECIDING)
    if axis_id in {action.axis_id for action in conference.actions}:
        raise Refused(_("Cet axe a des actions : retirez-les d'abord."))
    return _with(conference, axes=tuple(one for one in conference.axes if one.axis_id != axis_id))


def plan_action(conference: Territorial, action: Action) -> Territorial:
    """Add an action to the plan, or put it in the place of the one with its id."""
    _in(conference, *DECIDING)
    _possible(conference, action)
    others = [one for one in conference.actions if one.action_id != action.action_id]
    return _with(conference, actions=(*others, action))


def drop_action(conference: Territorial, action_id: UUID) -> Territorial:
    _in(conference, *DECIDING)
    _planned(conference, action_id)
    return _with(conference, actions=tuple(one for one in conference.actions if one.action_id != action_id))


def ratify(
    conference: Territorial, ratified_by: Collection[UUID], at: datetime, *, contract: bool = False
) -> Territorial:
    """The partners present ratify the plan; with `contract`, an agreement between them is to come of it."""
    _in(conference, *DECIDING)
    if not conference.present >= set(ratified_by):
        raise Refused(_("Le plan est ratifié par les structures présentes à la réunion."))
    ratified = _with(
        conference, phase=Phase.RATIFIED, ratified_at=at, ratified_by=frozenset(ratified_by), contract=contract
    )
    _require(rules.TO_RATIFY, ratified)
    return ratified


def begin_rounds(conference: Territorial, rounds: Mapping[Round, FollowUp]) -> Territorial:
    """When and with whom the partners come back to the plan."""
    return _with(conference, rounds=rounds)


def record(
    conference: Territorial,
    which: Round,
    contacts: Sequence[Contact],
    outcomes: Mapping[UUID, KnownFollowUpOutcome],
    measured: Mapping[UUID, str],
    today: date,
) -> Territorial:
    """What partners say of the plan. The evaluation, once nothing is missing, ends the year."""
    _in(conference, Phase.RATIFIED)
    for action_id in measured:
        _planned(conference, action_id)
    recorded = follow_ups.record(conference.rounds[which], contacts, outcomes, today)
    done = which == EVALUATION and recorded.recorded_on is not None
    return _with(
        conference,
        rounds={**conference.rounds, which: recorded},
        measured={**conference.measured, **measured},
        phase=Phase.EVALUATED if done else conference.phase,
    )


def move_action(conference: Territorial, action_id: UUID, by_when: date, agreed: Collection[UUID]) -> Territorial:
    """Another day for an action of the ratified plan, agreed with who does it and who checks."""
    _in(conference, Phase.RATIFIED)
    action = _planned(conference, action_id)
    if action_id in conference.settled:
        raise Refused(_("Cette action n'est plus à réaliser."))
    if not {action.organisation_id, action.checked_by} <= set(agreed):
        raise Refused(_("Une nouvelle date se convient avec la structure qui fait l'action et celle qui la vérifie."))
    moved = _with(action, by_when=by_when)
    return _with(conference, actions=tuple(moved if one == action else one for one in conference.actions))


def gather(conference: Territorial, gathering: Gathering, today: date) -> Territorial:
    """A quarterly meeting of professionals was held."""
    _in(conference, *AGREED)
    _partners(conference, gathering.organisations)
    if gathering.on > today:
        raise Refused(_("Une réunion s'enregistre quand elle a eu lieu : indiquez un jour passé."))
    return _with(conference, gatherings=(*conference.gatherings, gathering))


def hand_over(conference: Territorial, facilitator_id: UUID) -> Territorial:
    """Another manager leads it, and is told what falls due."""
    return _with(conference, facilitator_id=facilitator_id)


def stop(conference: Territorial, why: str) -> Territorial:
    """It does not go on, at any phase; what was ratified is then no longer followed up."""
    if conference.over:
        raise Refused(phase_sentence(conference))
    return _with(conference, phase=Phase.STOPPED, stopped=why, meeting_at=None)


def missing(conference: Territorial) -> tuple[str, ...]:
    """What stands between the conference and its next step."""
    if conference.phase is Phase.RATIFIED:
        due = next((one for one in conference.rounds.values() if one.recorded_on is None), None)
        return follow_ups.missing(due) if due else ()
    return rules.missing(rules.NEXT.get(conference.phase, ()), conference)


def phase_sentence(conference: Territorial) -> str:
    """Where a conference stands."""
    return {
        Phase.DIAGNOSIS: _("Le diagnostic du territoire est en cours."),
        Phase.CONSULTATION: _("C'est la concertation : partenaires et habitants contribuent."),
        Phase.RESTITUTION: _("C'est la restitution : axes et actions s'écrivent ensemble."),
        Phase.SITTING: _("La séance a lieu : initiatives, ateliers, axes et actions."),
        Phase.RATIFIED: _("Le plan est ratifié ; il est suivi jusqu'à son évaluation."),
        Phase.EVALUATED: _("Le plan a été évalué : cette conférence est terminée."),
        Phase.STOPPED: _("Cette conférence a été arrêtée."),
    }[conference.phase]


def _with(part: P, **changes: object) -> P:
    return part.model_copy(update=changes)


def _in(conference: Territorial, *phases: Phase) -> None:
    if conference.phase not in phases:
        raise Refused(phase_sentence(conference) + " " + _("Cela se fait à une autre étape."))


def _not_presented(conference: Territorial) -> None:
    _in(conference, Phase.DIAGNOSIS)
    if conference.presented is not None:
        raise Refused(_("Le diagnostic a été présenté : il reste tel qu'il a été montré."))


def _require(needed: Sequence[rules.Rule], conference: Territorial) -> None:
    found = rules.missing(needed, conference)
    if found:
        raise Refused(*found)


def _partners(conference: Territorial, organisations: Collection[UUID]) -> None:
    if not set(organisations) <= set(conference.partners):
        raise Refused(_("Une structure citée n'est pas invitée à cette conférence : invitez-la d'abord."))


def _given(organisation_id: UUID | None) -> Collection[UUID]:
    return () if organisation_id is None else (organisation_id,)


def _taking_part(conference: Territorial) -> frozenset[UUID]:
    came = [one.organisations for one in conference.attended.values()]
    bound = [{action.organisation_id, action.checked_by} for action in conference.actions]
    spoke = [_given(one.organisation_id) for one in conference.contributions]
    pitched = [_given(one.organisation_id) for one in conference.pitches]
    return frozenset().union(*came, *bound, *spoke, *pitched)


def _planned(conference: Territorial, action_id: UUID) -> Action:
    action = next((one for one in conference.actions if one.action_id == action_id), None)
    if action is None:
        raise Refused(_("Cette action n'est pas, ou n'est plus, dans le plan."))
    return action


def _possible(conference: Territorial, action: Action) -> None:
    _partners(conference, (action.organisation_id, action.checked_by))
    if action.axis_id not in {one.axis_id for one in conference.axes}:
        raise Refused(_("Cet axe n'est pas, ou n'est plus, dans le plan."))
    if (action.level == "communal") != (action.commune is not None):
        raise Refused(_("Une action communale se fait dans une commune, à indiquer ; une autre, dans plusieurs."))


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()

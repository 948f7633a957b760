"""What managers do with the conference of their territory: one function per act, in the transaction that holds it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

import orjson

from cases.dossiers.model import Refused
from cases.dossiers.work import NoSuchCase
from cases.follow_ups import model as follow_ups
from cases.follow_ups.model import Contact
from cases.partners import store as partners
from cases.programmes import programmes
from cases.telling import NotTheirs
from cases.territorial import counting, deadlines, life, store
from cases.territorial.model import (
    FOLLOW_UP,
    NEXT,
    Action,
    Attendance,
    Axis,
    Contribution,
    Course,
    Finding,
    FindingKind,
    Gathering,
    Level,
    Phase,
    Pitch,
    Presented,
    Round,
    Territorial,
    Workshop,
)
from cases.territorial.store import Held
from cases.territorial.work import Work, manages
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts import communes
from contracts.envelope import new_id
from contracts.events import (
    CaseClosed,
    CaseOpened,
    ConferenceRatified,
    ConferenceScheduled,
    ConferenceStopped,
    FollowUpRecorded,
)
from contracts.events.cases import KnownFollowUpOutcome
from contracts.programme import Programme
from contracts.programmes import UnknownProgramme

PROGRAMME: Final = "territorial-conference"
SCALE: Final = "territorial"


async def open_conference(
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    territory_id: str,
    title: str,
    course: Course,
    *,
    continues: UUID | None = None,
    programme: str = PROGRAMME,
) -> Work:
    """A manager opens a conference for a territory of theirs; nobody asks for it. One that `continues` another takes
    its partners up, and is then no longer due there. Raises NotTheirs, NoSuchCase, Refused."""
    if actor.agent_id is None or not manages(actor, territory_id):
        raise NotTheirs
    runs, now = _programme(parts, programme), parts.now()
    before = await _before(tx, parts, territory_id, continues)
    conference = Territorial(
        case_id=new_id(),
        territory_id=territory_id,
        programme=runs.id,
        programme_version=runs.version,
        title=title,
        course=course,
        facilitator_id=actor.agent_id,
        opened_at=now,
        continues=continues,
        partners=before.partners if before else (),
    )
    work = Work(tx, parts, Held(conference, 1, new_id()), actor, now, traceparent=current_traceparent())
    await store.add(tx, conference, work.correlation_id, await work.sealed_state())
    opened = CaseOpened(
        case_id=work.case_id,
        programme=runs.id,
        programme_version=runs.version,
        territory_id=territory_id,
        opened_on=work.today,
    )
    await work.tell(opened)
    return work


def _programme(parts: Parts, id: str) -> Programme:
    try:
        found = programmes(parts.settings.programmes).current(id)
    except UnknownProgramme:
        found = None
    if found is None or found.kind != "territory":
        raise Refused(_("Ce dispositif n'est pas celui d'une conférence territoriale."))
    return found


async def _before(tx: Transaction, parts: Parts, territory_id: str, continues: UUID | None) -> Territorial | None:
    """The conference of the year before, whose successor is no longer due."""
    if continues is None:
        return None
    held = await store.take(tx, parts.keyring, continues, None)
    if held is None:
        raise NoSuchCase
    if held.conference.territory_id != territory_id or held.conference.phase not in life.AGREED:
        raise Refused(_("Une conférence prend la suite d'une autre du même territoire, dont le plan est ratifié."))
    if await store.next_of(tx, continues) is not None:
        raise Refused(_("La conférence suivante est déjà ouverte."))
    await deadlines.cancel_of(tx, continues, (NEXT,))
    return held.conference


async def find(work: Work, kind: FindingKind, text: str) -> UUID:
    """Say something in the diagnosis; returns its id."""
    finding = Finding(finding_id=new_id(), kind=kind, text=text)
    await work.become(life.find(work.conference, finding))
    return finding.finding_id


async def take_back(work: Work, finding_id: UUID) -> None:
    await work.become(life.take_back(work.conference, finding_id))


async def present(work: Work) -> None:
    """Show the diagnosis, with the figures as they are counted now."""
    opened_on = work.conference.opened_at.astimezone(work.parts.settings.zone).date()
    async with work.parts.worker.transaction() as seeing:
        found = await counting.figures(seeing, work.conference.territory_id, opened_on)
    await work.become(life.present(work.conference, Presented(on=work.today, figures=found)))


async def invite(work: Work, organisation_id: UUID) -> None:
    """An organisation of the directory becomes a partner: its agents read the conference."""
    if not await partners.known(work.tx, organisation_id):
        raise Refused(_("Cette structure n'est pas, ou n'est plus, dans l'annuaire : choisissez-en une autre."))
    await work.become(life.invite(work.conference, organisation_id))


async def uninvite(work: Work, organisation_id: UUID) -> None:
    await work.become(life.uninvite(work.conference, organisation_id))


async def schedule(work: Work, meeting_at: datetime) -> None:
    """Set the next meeting, or move it."""
    await work.become(life.schedule(work.conference, meeting_at, work.now, work.parts.settings.zone))
    told = ConferenceScheduled(
        case_id=work.case_id, conference_id=work.conference.conference_id, scale=SCALE, meeting_at=meeting_at
    )
    await work.tell(told)


async def meet(work: Work, organisations: Collection[UUID], residents: int) -> None:
    """The next meeting begins today."""
    attendance = Attendance(on=work.today, organisations=frozenset(organisations), residents=residents)
    await work.become(life.meet(work.conference, attendance, work.parts.settings.zone))


async def attend(work: Work, organisations: Collection[UUID], residents: int) -> None:
    await work.become(life.attend(work.conference, organisations, residents))


async def open_workshop(work: Work, title: str) -> UUID:
    workshop = Workshop(workshop_id=new_id(), title=title)
    await work.become(life.open_workshop(work.conference, workshop))
    return workshop.workshop_id


async def contribute(work: Work, workshop_id: UUID, organisation_id: UUID | None, text: str) -> UUID:
    """What was said in a workshop; without an organisation, by a resident."""
    said = Contribution(contribution_id=new_id(), workshop_id=workshop_id, organisation_id=organisation_id, text=text)
    await work.become(life.contribute(work.conference, said))
    return said.contribution_id


async def pitch(work: Work, title: str, organisation_id: UUID | None, text: str) -> UUID:
    presented = Pitch(pitch_id=new_id(), title=title, organisation_id=organisation_id, text=text)
    await work.become(life.pitch(work.conference, presented))
    return presented.pitch_id


async def write_axis(work: Work, title: str) -> UUID:
    axis = Axis(axis_id=new_id(), title=title)
    await work.become(life.write_axis(work.conference, axis))
    return axis.axis_id


async def drop_axis(work: Work, axis_id: UUID) -> None:
    await work.become(life.drop_axis(work.conference, axis_id))


async def plan_action(
    work: Work,
    what: str,
    *,
    axis_id: UUID,
    level: Level,
    commune: str | None,
    organisation_id: UUID,
    indicator: str,
    by_when: date,
    checked_by: UUID,
    action_id: UUID | None = None,
) -> UUID:
    """Add an action, or change the one of that id; returns its id."""
    if commune is not None and communes.find(commune) is None:
        raise Refused(_("Cette commune n'est pas dans le référentiel : choisissez-en une d'aujourd'hui."))
    action = Action(
        action_id=action_id or new_id(),
        axis_id=axis_id,
        what=what,
        level=level,
        commune=commune,
        organisation_id=organisation_id,
        indicator=indicator,
        by_when=by_when,
        checked_by=checked_by,
    )
    await work.become(life.plan_action(work.conference, action))
    return action.action_id


async def drop_action(work: Work, action_id: UUID) -> None:
    await work.become(life.drop_action(work.conference, action_id))


async def ratify(work: Work, ratified_by: Collection[UUID], *, contract: bool) -> date:
    """The partners present ratify the plan: it is told, and what falls due of it begins. Returns when its follow-up
    does."""
    ratified = life.ratify(work.conference, ratified_by, work.now, contract=contract)
    await work.become(ratified)
    met_at = _met_at(work)
    await work.become(life.begin_rounds(ratified, await deadlines.begin(work, met_at)))
    event_id, due_on = new_id(), deadlines.due_on(work, FOLLOW_UP, met_at)
    told = ConferenceRatified(
        case_id=work.case_id,
        conference_id=ratified.conference_id,
        scale=SCALE,
        met_on=met_at.astimezone(work.parts.settings.zone).date(),
        ratified_on=work.today,
        follow_up_due_on=due_on,
        coordinator_id=ratified.facilitator_id,
        members=(),
        action_count=len(ratified.actions),
        plan=await work.seal(orjson.dumps(plan_of(ratified), default=str).decode(), event_id, "plan"),
        territory_id=ratified.territory_id,
        member_organisation_ids=tuple(sorted(ratified.ratified_by)),
        contract=ratified.contract,
    )
    await work.tell(told, id=event_id)
    return due_on


def _met_at(work: Work) -> datetime:
    """When the meeting was that decided: its day, or this moment where deadlines are counted in seconds."""
    meeting = work.conference.last_meeting
    assert meeting is not None, "a plan is ratified at a meeting"
    if not work.programme.deadline(FOLLOW_UP).within.calendar:
        return work.now
    return datetime.combine(meeting.on, time(), work.parts.settings.zone)


def plan_of(conference: Territorial) -> dict[str, Any]:
    """The plan as others may read it."""
    return {
        "title": conference.title,
        "axes": [
            {
                "title": axis.title,
                "actions": [
                    action.model_dump(mode="json", exclude={"action_id", "axis_id"})
                    for action in conference.actions
                    if action.axis_id == axis.axis_id
                ],
            }
            for axis in conference.axes
        ],
    }


async def record(
    work: Work,
    which: Round,
    contacts: Sequence[Contact],
    outcomes: Mapping[UUID, KnownFollowUpOutcome],
    measured: Mapping[UUID, str],
) -> tuple[str, ...]:
    """What partners say of the plan, at its follow-up or its evaluation. Returns what keeps that open."""
    changed = await work.become(life.record(work.conference, which, contacts, outcomes, measured, work.today))
    await deadlines.keep_actions(work)
    recorded = changed.rounds[which]
    if recorded.recorded_on is None:
        return follow_ups.missing(recorded)
    await deadlines.cancel(work, which)
    told = FollowUpRecorded(
        case_id=work.case_id,
        conference_id=changed.conference_id,
        recorded_on=work.today,
        contacted=len(recorded.contacted),
        outcome=recorded.outcome,
        kind=which,
    )
    await work.tell(told)
    if changed.phase is Phase.EVALUATED:
        await _close(work, "completed")
    return ()


async def _close(work: Work, reason: str) -> None:
    """Nothing more is expected; a year evaluated still calls for the next one."""
    keep = {NEXT} if reason == "completed" else set()
    await deadlines.cancel(work, *(kind for kind in deadlines.KINDS if kind not in keep))
    await work.tell(CaseClosed(case_id=work.case_id, closed_on=work.today, reason=reason))


async def move_action(work: Work, action_id: UUID, by_when: date, agreed: Collection[UUID]) -> None:
    """Another day for an action of the ratified plan."""
    if by_when < work.today:
        raise Refused(_("Convenez d'une date à venir."))
    await work.become(life.move_action(work.conference, action_id, by_when, agreed))
    await deadlines.keep_actions(work)


async def gather(work: Work, on: date, organisations: Collection[UUID], text: str) -> UUID:
    """A quarterly meeting of professionals was held; the next falls due a quarter later, while the plan runs."""
    gathering = Gathering(gathering_id=new_id(), on=on, organisations=frozenset(organisations), text=text)
    changed = await work.become(life.gather(work.conference, gathering, work.today))
    if changed.phase is Phase.RATIFIED:
        await deadlines.gathered(work, max(one.on for one in changed.gatherings))
    return gathering.gathering_id


async def take_over(work: Work) -> None:
    """Another manager leads the conference from now on: whoever says so."""
    await work.become(life.hand_over(work.conference, work.agent_id))


async def stop(work: Work, why: str) -> None:
    """It does not go on. Those it was told to learn that it stops, not why."""
    ratified = work.conference.phase is Phase.RATIFIED
    stopped = await work.become(life.stop(work.conference, why))
    if not ratified:
        await work.tell(
            ConferenceStopped(case_id=work.case_id, conference_id=stopped.conference_id, scale=SCALE, members=())
        )
    await _close(work, "withdrawn")

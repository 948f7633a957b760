"""What falls due of a ratified plan: its follow-up, told once per stage and void when it is recorded; and each of its
actions, early and on its own day, void when it is done."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from cases.conferences import life
from cases.conferences import store as conferences
from cases.conferences.model import ACTION, FOLLOW_UP, PLAN_ACTION, Action, Conference
from cases.conferences.neutrality import speaks_of_violence
from cases.dossiers import store as dossiers
from cases.dossiers.model import Case
from cases.dossiers.work import Work, by_clock
from cases.follow_ups import store
from cases.follow_ups.model import FollowUp
from cases.programmes import programme_of
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import due_instant
from contracts.envelope import derived_id
from contracts.programme import Programme

KINDS: Final = (FOLLOW_UP, PLAN_ACTION)
"""What falls due of a plan."""


def stages(conference_id: UUID, case_id: UUID, programme: Programme, met_at: datetime, parts: Parts) -> list[DueDate]:
    """Early, due and overdue. They run from the meeting, in calendar months of the deployment's zone."""
    zone = parts.settings.zone
    schedule = programme.deadline(FOLLOW_UP).schedule(met_at, zone)
    instants = {"early": schedule.early_at, "due": schedule.due_at, "overdue": schedule.overdue_at}
    due_date_id = derived_id(conference_id, FOLLOW_UP)
    return [
        DueDate(
            due_date_id, stage, FOLLOW_UP, conference_id, schedule.due_on, zone.key, instant, {"case_id": str(case_id)}
        )
        for stage, instant in instants.items()
        if instant is not None
    ]


async def begin(work: Work, conference: Conference, programme: Programme) -> FollowUp:
    """The follow-up of a plan just ratified, with its due dates."""
    assert conference.met_at is not None, "a ratified plan has been met about"
    due = stages(conference.conference_id, conference.case_id, programme, conference.met_at, work.parts)
    follow_up = FollowUp(
        conference_id=conference.conference_id,
        case_id=conference.case_id,
        met_on=conference.met_at.astimezone(work.parts.settings.zone).date(),
        due_on=due[0].due_on,
        at_least=programme.deadline(FOLLOW_UP).contacts_at_least or 1,
        guests=frozenset(guest.person_id for guest in conference.guests),
        family_group=frozenset(guest.person_id for guest in conference.family_group),
        actions=tuple(action.action_id for action in conference.actions),
    )
    await store.save(work.tx, follow_up)
    await due_dates.schedule(work.tx, due)
    await keep_actions(work, conference, follow_up)
    return follow_up


def action_stages(
    conference: Conference, action: Action, programme: Programme, now: datetime, parts: Parts
) -> list[DueDate]:
    """Early by the programme's lead, where that is not past already, and due on the day that was agreed."""
    zone, lead = parts.settings.zone, programme.deadline(ACTION).lead
    days: dict[str, date] = {"due": action.by_when}
    if lead is not None and due_instant(lead.before(action.by_when), zone) > now:
        days["early"] = lead.before(action.by_when)
    return [
        DueDate(
            derived_id(action.action_id, ACTION),
            stage,
            PLAN_ACTION,
            conference.conference_id,
            action.by_when,
            zone.key,
            due_instant(day, zone),
            {"case_id": str(conference.case_id)},
        )
        for stage, day in days.items()
    ]


async def keep_actions(work: Work, conference: Conference, follow_up: FollowUp) -> None:
    """Set what falls due of the plan's actions as they stand: moved with their day, void once nothing is expected."""
    await due_dates.cancel(work.tx, conference.conference_id, PLAN_ACTION)
    programme = programme_of(work.case, work.parts.settings.programmes)
    if not any(deadline.code == ACTION for deadline in programme.deadlines):
        return
    left = [action for action in conference.actions if action.action_id in follow_up.unfinished]
    due = [one for action in left for one in action_stages(conference, action, programme, work.now, work.parts)]
    await due_dates.schedule(work.tx, due)


async def cancel(tx: Transaction, conference_id: UUID, kinds: Sequence[str] = KINDS) -> None:
    """Nothing is due any more."""
    await due_dates.cancel(tx, conference_id, *kinds)


async def cancel_all(tx: Transaction, case_id: UUID) -> None:
    """Nothing is due any more of any plan of the dossier."""
    for conference_id in await conferences.of_case(tx, case_id):
        await cancel(tx, conference_id)


def on_due(parts: Parts) -> OnDue:
    """Tells the coordinator, whoever it is by now, that a follow-up or an action falls due."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        assert case is not None, "a plan belongs to a dossier"
        work = by_clock(tx, parts, case, due)
        more = await _of_action(tx, case, due) if due.kind == PLAN_ACTION else {}
        await work.tell_due(due, await _whom_to_tell(tx, case), **more)
        await _enter(work, due)

    return tell


async def _whom_to_tell(tx: Transaction, case: Case) -> UUID:
    """The coordinator; of an action left over from a conference long over, a referent, or who coordinated then."""
    if case.coordinator_id is not None:
        return case.coordinator_id
    conference = await conferences.latest(tx, case.case_id)
    assert conference is not None, "a plan is a conference's"
    assert conference.independent is not None, "it began with a declaration"
    return case.referent_ids[0] if case.referent_ids else conference.independent


async def _of_action(tx: Transaction, case: Case, due: DueDate) -> dict[str, Any]:
    """What is said of an action that falls due: ahead of its day, who promised it."""
    conference = await conferences.latest(tx, case.case_id) if due.stage == "early" else None
    actions = conference.actions if conference else ()
    action = next((one for one in actions if derived_id(one.action_id, ACTION) == due.due_date_id), None)
    if conference is None or action is None:
        return {"kind": ACTION}
    unsafe = speaks_of_violence(case) or case.legal_duty
    return {
        "kind": ACTION,
        "person_id": life.to_be_reminded(conference, action, minor=case.minor, unsafe=unsafe),
    }


async def _enter(work: Work, due: DueDate) -> None:
    due_on = {"due_on": due.due_on.isoformat()}
    if due.kind == PLAN_ACTION:
        await work.enter(f"plan_action_{due.stage}", details=due_on)
    else:
        await work.enter("follow_up_due", details=due_on | {"stage": due.stage})

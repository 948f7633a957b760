"""The deadline of a follow-up: set at ratification, told once per stage, void when the follow-up is recorded."""

from datetime import datetime
from uuid import UUID

from cases.conferences.model import FOLLOW_UP, Conference
from cases.dossiers import store as dossiers
from cases.dossiers.work import Work
from cases.follow_ups import store
from cases.follow_ups.model import FollowUp
from chassis import due_dates
from chassis.actor import WORKER
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from contracts.envelope import derived_id
from contracts.events import FollowUpDue
from contracts.programme import Programme


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
    return follow_up


async def cancel(tx: Transaction, conference_id: UUID) -> None:
    """Nothing is due any more."""
    await due_dates.cancel(tx, conference_id, FOLLOW_UP)


def on_due(parts: Parts) -> OnDue:
    """Tells the coordinator, whoever it is by now, that a follow-up falls due."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        assert case is not None, "a follow-up belongs to a dossier"
        assert case.coordinator_id is not None, "a coordinator is replaced, not released, while a conference goes on"
        # The instant it was due, not the clock's: telling it again tells the same.
        work = Work(
            tx,
            parts,
            case,
            WORKER,
            due.fires_at,
            lambda label: derived_id(due.event_id, label),
            traceparent=current_traceparent(),
        )
        told = FollowUpDue(
            case_id=case.case_id,
            due_date_id=due.due_date_id,
            kind=due.kind,
            stage=due.stage,
            due_on=due.due_on,
            agent_id=case.coordinator_id,
        )
        await work.tell(told, id=due.event_id)
        await work.enter("follow_up_due", details={"stage": due.stage, "due_on": due.due_on.isoformat()})

    return tell

"""What falls due of a territory's plan: its follow-up, its evaluation, its actions, the quarterly meetings, and the
conference of the year after."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final, get_args
from uuid import UUID

from cases.follow_ups.model import FollowUp
from cases.territorial import store
from cases.territorial.model import ACTION, EVALUATION, FOLLOW_UP, NEXT, OWN_ACTION, QUARTERLY, Action, Round
from cases.territorial.work import Work, by_clock
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import due_instant
from contracts.envelope import derived_id

KINDS: Final = (FOLLOW_UP, EVALUATION, QUARTERLY, NEXT, OWN_ACTION)


async def begin(work: Work, met_at: datetime) -> dict[Round, FollowUp]:
    """The rounds of a plan just ratified, and all that falls due of it, from the meeting it was decided in."""
    for code in (FOLLOW_UP, EVALUATION, QUARTERLY, NEXT):
        await due_dates.schedule(work.tx, _stages(work, code, met_at))
    await keep_actions(work)
    return {code: _round(work, code, met_at) for code in get_args(Round)}


def due_on(work: Work, code: str, start: datetime) -> date:
    return work.programme.deadline(code).schedule(start, work.parts.settings.zone).due_on


def _round(work: Work, code: str, met_at: datetime) -> FollowUp:
    conference = work.conference
    return FollowUp(
        conference_id=conference.conference_id,
        case_id=conference.case_id,
        scale="territorial",
        met_on=met_at.astimezone(work.parts.settings.zone).date(),
        due_on=due_on(work, code, met_at),
        at_least=min(work.programme.deadline(code).contacts_at_least or 1, len(conference.ratified_by)),
        guests=frozenset(conference.partners),
        family_group=conference.ratified_by,
        actions=tuple(action.action_id for action in conference.actions),
    )


def _stages(work: Work, code: str, start: datetime) -> list[DueDate]:
    """Early, due and overdue; what would have been announced already is not."""
    zone = work.parts.settings.zone
    schedule = work.programme.deadline(code).schedule(start, zone)
    instants = {"early": schedule.early_at, "due": schedule.due_at, "overdue": schedule.overdue_at}
    return [
        _due(work, derived_id(work.case_id, code), stage, code, schedule.due_on, instant)
        for stage, instant in instants.items()
        if instant is not None and (stage != "early" or instant > work.now)
    ]


def _due(work: Work, due_date_id: UUID, stage: str, kind: str, day: date, at: datetime) -> DueDate:
    return DueDate(due_date_id, stage, kind, work.case_id, day, work.parts.settings.zone.key, at)


async def keep_actions(work: Work) -> None:
    """Set what falls due of the plan's actions as they stand: moved with their day, void once nothing is expected."""
    await cancel(work, OWN_ACTION)
    left = [one for one in work.conference.actions if one.action_id not in work.conference.settled]
    await due_dates.schedule(work.tx, [due for one in left for due in _of_action(work, one)])


def _of_action(work: Work, action: Action) -> list[DueDate]:
    zone, lead = work.parts.settings.zone, work.programme.deadline(ACTION).lead
    days = {"due": action.by_when} | ({"early": lead.before(action.by_when)} if lead else {})
    found = {stage: due_instant(day, zone) for stage, day in days.items()}
    return [
        _due(work, derived_id(action.action_id, ACTION), stage, OWN_ACTION, action.by_when, at)
        for stage, at in found.items()
        if stage == "due" or at > work.now
    ]


async def gathered(work: Work, on: date) -> None:
    """A quarterly meeting was held: the next one falls due a quarter after it."""
    zone = work.parts.settings.zone
    start = work.now if not work.programme.deadline(QUARTERLY).within.calendar else datetime.combine(on, time(), zone)
    await cancel(work, QUARTERLY)
    await due_dates.schedule(work.tx, _stages(work, QUARTERLY, start))


async def cancel(work: Work, *kinds: str) -> None:
    """Nothing of these kinds is due any more."""
    await due_dates.cancel(work.tx, work.case_id, *kinds)


async def cancel_of(tx: Transaction, case_id: UUID, kinds: Sequence[str]) -> None:
    """The same, in the dossier of the year before."""
    await due_dates.cancel(tx, case_id, *kinds)


def on_due(parts: Parts) -> OnDue:
    """Tells the manager who leads the conference, whoever it is by now."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        held = await store.take_due(tx, parts.keyring, due.subject)
        assert held is not None, "a plan is a conference's"
        work = by_clock(tx, parts, held, due)
        kind = ACTION if due.kind == OWN_ACTION else due.kind
        await work.tell_due(due, held.conference.facilitator_id, kind=kind)

    return tell

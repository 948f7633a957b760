"""Deadlines a programme states of its steps: they run from the opening or from a step, until another step."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.assignments import store as assignments
from cases.dossiers import store as dossiers
from cases.dossiers.model import Case
from cases.dossiers.store import Opening
from cases.dossiers.work import Work, by_clock
from cases.programmes import as_written, programme_of, programmes
from cases.steps import store
from cases.steps.model import Records, State, applies, state_of
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.envelope import derived_id
from contracts.programme import Deadline, Programme
from contracts.programmes import Programmes, UnknownProgramme

_NOTHING: Final[Records] = {}


class NobodyToTell(Exception):
    """No agent is in charge of the dossier or of its territory: the clock tries again until somebody is."""


def kinds(known: Programmes) -> set[str]:
    """Kinds of what falls due by the steps, in any version of any programme: the codes of their deadlines."""
    return {deadline.code for programme in known.versions.values() for deadline in programme.own_deadlines}


def running(programme: Programme, records: Records, opened_at: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Deadlines that run, each with the moment it runs from."""
    starts = {
        deadline.code: _start(deadline, records, opened_at, zone)
        for deadline in programme.own_deadlines
        if _awaited(programme, deadline, records)
    }
    return {code: start for code, start in starts.items() if start is not None}


def _awaited(programme: Programme, deadline: Deadline, records: Records) -> bool:
    """Whether the step that meets it is still to be done, and has anything to do."""
    step = programme.step(deadline.until or "")
    return state_of(step, records) is State.TO_DO and applies(step, records)


def _start(deadline: Deadline, records: Records, opened_at: datetime, zone: ZoneInfo) -> datetime | None:
    if deadline.runs_from in ("submission", "opening"):
        return opened_at
    record = records.get(deadline.runs_from)
    if record is None or record.state is not State.DONE:
        return None
    return datetime.combine(record.day, time(), zone) if deadline.within.calendar else record.recorded_at


def stages(case_id: UUID, programme: Programme, starts: Mapping[str, datetime], zone: ZoneInfo) -> Iterator[DueDate]:
    """What falls due, and when."""
    for code, start in starts.items():
        deadline = programme.deadline(code)
        schedule = deadline.schedule(start, zone)
        instants = {"early": schedule.early_at, "due": schedule.due_at, "overdue": schedule.overdue_at}
        for stage, instant in instants.items():
            if instant is not None:
                details = {"case_id": str(case_id), "deadline": deadline.label}
                due_date_id = derived_id(case_id, code)
                yield DueDate(due_date_id, stage, code, case_id, schedule.due_on, zone.key, instant, details)


async def begin(tx: Transaction, parts: Parts, openings: Sequence[Opening]) -> None:
    """Set what runs from the opening of dossiers that have just been opened."""
    due = [one for opening in openings for one in _from_opening(opening, parts)]
    if due:
        await due_dates.schedule(tx, due)


def _from_opening(opening: Opening, parts: Parts) -> list[DueDate]:
    request, zone = opening.cause.data, parts.settings.zone
    try:
        programme = programmes(parts.settings.programmes).version(request.programme, request.programme_version)
    except UnknownProgramme:
        return []
    starts = running(programme, _NOTHING, opening.cause.envelope.time, zone)
    return list(stages(opening.case_id, programme, starts, zone))


async def keep(work: Work, programme: Programme, before: Records, after: Records) -> None:
    """A step was recorded: set what runs from now on, move what runs from another day, cancel what runs no more. What
    would have been announced already is not any more."""
    case, zone = work.case, work.parts.settings.zone
    was, now = (running(programme, records, case.opened_at, zone) for records in (before, after))
    moved = {code: start for code, start in now.items() if was.get(code) != start}
    void = was.keys() - now.keys() | moved.keys()
    if void:
        await due_dates.cancel(work.tx, case.case_id, *void)
    due = stages(case.case_id, as_written(programme, work.parts.settings.programmes), moved, zone)
    await due_dates.schedule(work.tx, [one for one in due if one.stage != "early" or one.fires_at > work.now])


async def again(work: Work) -> None:
    """A closed dossier goes on: what its programme states runs again, as far as it is still to come."""
    programme = _programme(work)
    if programme is None or not programme.own_deadlines:
        return
    case, zone = work.case, work.parts.settings.zone
    records = await store.of_case(work.tx, case.case_id)
    starts = running(programme, records, case.opened_at, zone)
    due = stages(case.case_id, as_written(programme, work.parts.settings.programmes), starts, zone)
    await due_dates.schedule(work.tx, [one for one in due if one.fires_at > work.now])


async def cancel_all(work: Work) -> None:
    """The dossier closes: nothing is due any more."""
    programme = _programme(work)
    if programme is not None and programme.own_deadlines:
        await due_dates.cancel(work.tx, work.case.case_id, *(one.code for one in programme.own_deadlines))


def _programme(work: Work) -> Programme | None:
    try:
        return programme_of(work.case, work.parts.settings.programmes)
    except UnknownProgramme:
        return None


def on_due(parts: Parts) -> OnDue:
    """Tells who is in charge of the dossier, or whoever stands in for them."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, due.subject)
        assert case is not None, "a step is a dossier's"
        work = by_clock(tx, parts, case, due)
        await work.tell_due(due, await _whom_to_tell(tx, case, due.fires_at))
        said = {"deadline": due.details["deadline"], "due_on": due.due_on.isoformat()}
        await work.enter(f"deadline_{due.stage}", details=said)

    return tell


async def _whom_to_tell(tx: Transaction, case: Case, at: datetime) -> UUID:
    found = await assignments.in_charge_of(tx, case.case_id)
    if found is None:
        raise NobodyToTell
    return await assignments.acting_for(tx, found, at)

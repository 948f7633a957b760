"""The deadlines of an answer: a reminder, then an escalation to the organisation's manager, then the end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.orientations.model import Orientation
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate
from contracts.durations import Duration
from contracts.envelope import derived_id
from contracts.programme import Deadline, Programme

ORIENTATION: Final = "orientation"
"""Kind of the due dates, and of the FollowUpDue they emit."""
REMINDER: Final = "early"
ESCALATION: Final = "due"
EXPIRY: Final = "overdue"
CODES: Final[Mapping[str, str]] = {
    REMINDER: "orientation_reminder",
    ESCALATION: "orientation_escalation",
    EXPIRY: "orientation_expiry",
}
"""Stage → code of the programme's deadline."""
_SHIPPED: Final[Mapping[str, Duration]] = {
    REMINDER: Duration(days=5),
    ESCALATION: Duration(days=10),
    EXPIRY: Duration(days=15),
}
"""For a programme that does not state them."""


def _deadline(programme: Programme, stage: str) -> Deadline:
    try:
        return programme.deadline(CODES[stage])
    except KeyError:
        return Deadline(code=CODES[stage], label=stage, runs_from="proposal", within=_SHIPPED[stage])


def stages(
    orientation_id: UUID, case_id: UUID, programme: Programme, since: datetime, step: str, zone: ZoneInfo
) -> list[DueDate]:
    """What falls due when nobody answers after `since`; `step` is what is waited after (a proposal, a study).

    All three name the day of the last one: the day an answer is expected by.
    """
    schedules = {stage: _deadline(programme, stage).schedule(since, zone) for stage in CODES}
    due_date_id, due_on = derived_id(orientation_id, f"{ORIENTATION}:{step}"), schedules[EXPIRY].due_on
    return [
        DueDate(
            due_date_id,
            stage,
            ORIENTATION,
            orientation_id,
            due_on,
            zone.key,
            schedule.due_at,
            {"case_id": str(case_id)},
        )
        for stage, schedule in schedules.items()
    ]


async def cancel(tx: Transaction, orientation: Orientation) -> None:
    """Nothing is due any more."""
    await due_dates.cancel(tx, orientation.orientation_id, ORIENTATION)

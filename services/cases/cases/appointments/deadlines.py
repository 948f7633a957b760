"""The reminder of an appointment: once, some days before; moved with it, void when it is off."""

from datetime import datetime
from typing import Final
from uuid import UUID

from cases.appointments import store
from cases.appointments.model import Appointment, Status
from cases.dossiers import store as dossiers
from cases.dossiers.work import Work, by_clock
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import Duration, due_instant
from contracts.envelope import derived_id
from contracts.programme import Programme

APPOINTMENT: Final = "appointment"
"""Code of a programme's deadline, where it says how long before, and kind of the due date."""
LEAD: Final = Duration(days=1)
"""How long before where the programme says nothing: it runs from the agreed day."""


def reminder(appointment: Appointment, programme: Programme | None, now: datetime, parts: Parts) -> DueDate | None:
    """When its agent and the people met are reminded: at 08:00 of a day before. None when that has passed already,
    and while it is only proposed."""
    zone = parts.settings.zone
    day = appointment.starts_at.astimezone(zone).date()
    at = due_instant(lead_of(programme).before(day), zone)
    if appointment.status is not Status.BOOKED or not appointment.agents or at <= now:
        return None
    # Another one for each time it is moved to: back to a day it was announced for, it is announced again.
    due_date_id = derived_id(appointment.appointment_id, f"{APPOINTMENT}:{appointment.sequence}")
    details = {"case_id": str(appointment.case_id)}
    return DueDate(due_date_id, "early", APPOINTMENT, appointment.appointment_id, day, zone.key, at, details)


def lead_of(programme: Programme | None) -> Duration:
    """How long before, in the programme's words."""
    known = {one.code: one for one in programme.deadlines} if programme else {}
    lead = known[APPOINTMENT].lead if APPOINTMENT in known else None
    return lead if lead is not None and lead.calendar else LEAD


async def keep(work: Work, appointment: Appointment, programme: Programme | None) -> None:
    """Set the reminder by the appointment as it stands."""
    await due_dates.cancel(work.tx, appointment.appointment_id, APPOINTMENT)
    due = reminder(appointment, programme, work.now, work.parts)
    if due is not None:
        await due_dates.schedule(work.tx, [due])


def on_due(parts: Parts) -> OnDue:
    """Tells the agent who receives."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        appointment = await store.find(tx, UUID(due.details["case_id"]), due.subject)
        assert case is not None, "an appointment belongs to a dossier"
        assert appointment is not None, "it is never deleted"
        work = by_clock(tx, parts, case, due)
        await work.tell_due(due, appointment.agents[0], appointment_id=appointment.appointment_id)
        await work.enter("appointment_early", details={"due_on": due.due_on.isoformat()})

    return tell

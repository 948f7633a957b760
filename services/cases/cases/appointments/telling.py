"""What others learn of an appointment: an event, and an entry of the dossier's timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from cases.appointments.model import Appointment, Party
from cases.dossiers.work import Work
from contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentKept,
    AppointmentMissed,
    AppointmentMoved,
)


def _ids(work: Work, appointment: Appointment) -> dict[str, Any]:
    """What each event says. A minor is not written to, and about a minor nobody is without an agent deciding it."""
    return {
        "case_id": appointment.case_id,
        "appointment_id": appointment.appointment_id,
        "uid": appointment.uid,
        "sequence": appointment.sequence,
        "kind": appointment.kind,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "place_kind": appointment.place,
        "agent_ids": appointment.agents,
        "person_ids": () if work.case.minor else appointment.people,
        "place": appointment.where,
    }


async def booked(work: Work, appointment: Appointment) -> None:
    """The person agreed to it."""
    request_id = work.case.request_id if appointment.answers_request else None
    await work.tell(AppointmentBooked(**_ids(work, appointment), request_id=request_id))
    await enter(work, "appointment_booked", appointment)


async def moved(work: Work, appointment: Appointment, before: datetime, by: Party) -> None:
    if appointment.told:
        await work.tell(AppointmentMoved(**_ids(work, appointment), before=before, by=by))
    await enter(work, "appointment_moved", appointment, by=by)


async def cancelled(work: Work, appointment: Appointment, by: Party, why: str | None = None) -> None:
    if appointment.told:
        event_id = work.make_id(f"AppointmentCancelled:{appointment.appointment_id}")
        await work.tell(AppointmentCancelled(**_ids(work, appointment), by=by), id=event_id)
    await enter(work, "appointment_cancelled", appointment, by=by, text=why)


async def kept(work: Work, appointment: Appointment) -> None:
    await work.tell(AppointmentKept(**_ids(work, appointment)))
    await enter(work, "appointment_kept", appointment)


async def missed(work: Work, appointment: Appointment, by: Party) -> None:
    await work.tell(AppointmentMissed(**_ids(work, appointment), by=by))
    await enter(work, "appointment_missed", appointment, by=by)


async def enter(
    work: Work, kind: str, appointment: Appointment, *, by: Party | None = None, text: str | None = None
) -> UUID:
    """Add to the timeline: when by the clock on the wall, where, and whose doing it was."""
    local = appointment.starts_at.astimezone(work.parts.settings.zone).replace(tzinfo=None)
    details = {"appointment": local.isoformat(timespec="minutes"), "place": appointment.place}
    by_whom = {"by": by} if by else {}
    return await work.enter(kind, text=text, details=details | by_whom, about=appointment.appointment_id)

"""SQL of bookings: what the external service last told of each, and of which dossier it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.appointments.model import Appointment
from cases.appointments.notices import Facts
from chassis.database import Transaction


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking. `case_id`: the dossier it is of; None while nobody knows. `digests`: of what was told at `told_at`."""

    booking: str
    case_id: UUID | None
    told_at: datetime
    digests: Sequence[bytes]
    facts: Facts


def _booking(row: Any) -> Booking:
    return Booking(
        row["booking"], row["case_id"], row["told_at"], tuple(row["digests"]), Facts.model_validate(row["facts"])
    )


async def find(tx: Transaction, booking: str) -> Booking | None:
    """What is known of a booking."""
    row = await tx.fetchrow("SELECT * FROM bookings WHERE booking = $1", booking)
    return _booking(row) if row else None


async def hold(tx: Transaction, booking: str) -> Booking | None:
    """`find`, and who else changes it waits for the end of the transaction."""
    row = await tx.fetchrow("SELECT * FROM bookings WHERE booking = $1 FOR UPDATE", booking)
    return _booking(row) if row else None


async def keep(tx: Transaction, booking: Booking) -> None:
    """Keep what was told last."""
    await tx.execute(
        """INSERT INTO bookings (booking, case_id, told_at, digests, facts) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (booking) DO UPDATE SET case_id = excluded.case_id, told_at = excluded.told_at,
               digests = excluded.digests, facts = excluded.facts""",
        booking.booking,
        booking.case_id,
        booking.told_at,
        booking.digests,
        booking.facts.model_dump(mode="json"),
    )


async def attach(tx: Transaction, booking: str, case_id: UUID) -> None:
    """Say whose a booking is."""
    await tx.execute("UPDATE bookings SET case_id = $2 WHERE booking = $1", booking, case_id)


async def set_aside(tx: Transaction, since: datetime, limit: int) -> list[Booking]:
    """Bookings nobody knows the dossier of, to come or of late, in the order they take place."""
    rows = await tx.fetch(
        """SELECT * FROM bookings WHERE case_id IS NULL AND (facts ->> 'starts_at')::timestamptz >= $1
           ORDER BY (facts ->> 'starts_at')::timestamptz LIMIT $2""",
        since,
        limit,
    )
    return [_booking(row) for row in rows]


async def appointment_of(tx: Transaction, case_id: UUID, booking: str) -> Appointment | None:
    """The appointment of a booking."""
    state = await tx.fetchval(
        "SELECT state FROM appointments WHERE case_id = $1 AND state ->> 'booking' = $2", case_id, booking
    )
    return Appointment.model_validate(state) if state else None

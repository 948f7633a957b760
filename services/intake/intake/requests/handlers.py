"""What other services tell about requests."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import AppointmentBooked, CaseOpened
from intake.requests import store
from intake.requests.following import answered_by_appointment


def request_handlers(zone: ZoneInfo) -> Handlers:
    """Subscriptions to the dossiers opened, and to the appointments that answer a request; days are those of `zone`."""
    handlers = Handlers()

    @handlers.on(CaseOpened)
    async def cases_opened(tx: Transaction, received: Sequence[Received[CaseOpened]]) -> None:
        await store.attach_cases(
            tx, [(one.data.request_id, one.data.case_id) for one in received if one.data.request_id]
        )

    @handlers.on(AppointmentBooked)
    async def appointments_booked(tx: Transaction, received: Sequence[Received[AppointmentBooked]]) -> None:
        for one in received:
            await answered_by_appointment(tx, zone, one)

    return handlers

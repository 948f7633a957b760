"""What other services tell about requests."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import CaseOpened
from intake.requests import store


def request_handlers() -> Handlers:
    """Subscriptions to the dossiers opened."""
    handlers = Handlers()

    @handlers.on(CaseOpened)
    async def cases_opened(tx: Transaction, received: Sequence[Received[CaseOpened]]) -> None:
        await store.attach_cases(
            tx, [(one.data.request_id, one.data.case_id) for one in received if one.data.request_id]
        )

    return handlers

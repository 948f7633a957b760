"""Whoever is recorded or changed is looked for, in the consumer: taking a request in never waits for it."""

from collections.abc import Sequence
from typing import Any

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import PersonChanged, PersonRecorded
from intake.duplicates.finding import look_for


def duplicate_handlers() -> Handlers:
    """The subscriptions to intake's own people."""
    handlers = Handlers()

    async def people_told(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        at = max(one.envelope.time for one in received)
        await look_for(tx, list(dict.fromkeys(one.data.person_id for one in received)), at)

    handlers.on(PersonRecorded)(people_told)
    handlers.on(PersonChanged)(people_told)
    return handlers

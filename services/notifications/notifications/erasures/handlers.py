"""Somebody is erased: how they were reached goes, and what had yet to leave for them does not."""

from datetime import datetime
from uuid import UUID

from chassis import erasures
from chassis.database import Transaction
from chassis.erasures import Dropped
from chassis.handlers import Handlers
from notifications.erasures import store


def handlers() -> Handlers:
    """What is heard of erasures."""
    return erasures.handlers("notifications", _drop)


async def _drop(tx: Transaction, person_id: UUID, at: datetime) -> Dropped:
    await store.suppress(tx, person_id, at)
    await store.forget(tx, person_id)
    return Dropped()

"""Who came is forgotten thirty days after the last session: sealed blocks, codes and keys."""

from typing import Final

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import due_instant
from contracts.envelope import derived_id
from directory.actions import store, telling
from directory.actions.model import Action

ERASURE: Final = "action_erasure"


async def schedule(tx: Transaction, parts: Parts, action: Action) -> None:
    """Set the day, or move it with the last session."""
    zone = parts.settings.zone
    day = action.forgotten_on(zone)
    identity = derived_id(action.action_id, ERASURE)
    due = DueDate(identity, "due", ERASURE, action.action_id, day, zone.key, due_instant(day, zone))
    await due_dates.schedule(tx, [due])


def on_due(parts: Parts) -> OnDue:
    """Erases."""

    async def erase(tx: Transaction, due: DueDate) -> None:
        await telling.forgotten(tx, parts, await store.forget(tx, due.subject, parts.now()))

    return erase

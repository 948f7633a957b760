"""What is told of a dossier while its family is alone: kept aside, entered in the timeline after the private time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from cases.dossiers import store
from cases.dossiers.model import Entry
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.service import Parts

WAITING_ENTRY: Final = "waiting_entry"
"""Kind of the due dates."""
EVERY: Final = timedelta(minutes=10)
"""How often the clock looks whether the family is still alone."""
_ENTRY: Final = TypeAdapter(Entry)


async def wait(tx: Transaction, parts: Parts, case_id: UUID, entry: Entry, now: datetime) -> None:
    """Enter it once the private time is over."""
    zone, details = parts.settings.zone, _ENTRY.dump_python(entry, mode="json")
    due_on = now.astimezone(zone).date()
    due = DueDate(entry.entry_id, "due", WAITING_ENTRY, case_id, due_on, zone.key, now + EVERY, details)
    await due_dates.schedule(tx, [due])


async def enter(tx: Transaction, due: DueDate) -> None:
    """Enter what waited, as it was told; not while the family is alone, when even the dossier's version stays."""
    case = await store.find(tx, due.subject)
    assert case is not None, "a dossier is never deleted"
    if case.private_time:
        await due_dates.schedule(tx, [replace(due, fires_at=due.fires_at + EVERY)])
    else:
        await store.take_due(tx, due.subject)
        await store.enter(tx, due.subject, _ENTRY.validate_python(due.details))

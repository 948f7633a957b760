"""No content stays without its document: the clock looks at each a day after it was put, and when it is deleted."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases.documents import store
from cases.documents.objects import objects_at
from cases.settings import CasesSettings
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.envelope import derived_id

SWEEP: Final = "document"
"""Kind of the due dates."""
GRACE: Final = timedelta(days=1)
"""By then whoever put a content has written its document, or never will."""


async def look_at(tx: Transaction, parts: Parts, document_id: UUID, at: datetime) -> None:
    """Have the clock look at a content then."""
    zone = parts.settings.zone
    due_on = at.astimezone(zone).date()
    due = DueDate(derived_id(document_id, SWEEP), "due", SWEEP, document_id, due_on, zone.key, at)
    await due_dates.schedule(tx, [due])


def on_due(settings: CasesSettings) -> OnDue:
    """Deletes a content that no document has, or has any more."""

    async def sweep(tx: Transaction, due: DueDate) -> None:
        if settings.documents_url is not None and not await store.is_kept(tx, due.subject):
            await objects_at(settings.documents_url).delete(due.subject)

    return sweep

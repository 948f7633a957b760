"""SQL of erasures."""

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from chassis.erasures import LAST
from notifications.people.store import OWNER

_SOURCES = (OWNER, "/maillage/cases")
"""Who tells of people."""


async def suppress(tx: Transaction, person_id: UUID, at: datetime) -> None:
    """Nothing that had not left for that person leaves any more."""
    await tx.execute(
        """UPDATE deliveries SET state = 'suppressed', reason = 'erased', settled_at = $2
           WHERE recipient_id = $1 AND state IN ('planned', 'waiting', 'held')""",
        person_id,
        at,
    )


async def forget(tx: Transaction, person_id: UUID) -> None:
    """Drop how the person was reached, what they wished and what letters said, for good: whatever is told of them
    later is older than this."""
    for statement in (
        "DELETE FROM people WHERE person_id = $1",
        "DELETE FROM message_consents WHERE person_id = $1",
        "DELETE FROM preferences WHERE person_id = $1",
        "DELETE FROM texted WHERE person_id = $1",
        "DELETE FROM stopped_addresses WHERE recipient_id = $1",
        r"UPDATE letters SET content = NULL, address_mark = '\x' WHERE recipient_id = $1",
        "UPDATE deliveries SET address_mark = NULL WHERE recipient_id = $1 AND address_mark IS NOT NULL",
    ):
        await tx.execute(statement, person_id)
    await tx.execute(
        """INSERT INTO people (person_id, source, sequence, contact_points)
           SELECT $1, source, $3, '[]' FROM unnest($2::text[]) AS source""",
        person_id,
        _SOURCES,
        LAST,
    )

"""What was heard of gateways."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from chassis.signatures import TOLERANCE


async def hear(tx: Transaction, call_id: str, now: datetime) -> bool:
    """Whether this call is heard for the first time; those whose signature holds no more are forgotten."""
    await tx.execute("DELETE FROM sms_calls WHERE heard_at < $1", now - 2 * TOLERANCE)
    row = await tx.fetchrow(
        "INSERT INTO sms_calls (call_id, heard_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true", call_id, now
    )
    return row is not None


async def texted(tx: Transaction, mark: bytes, person_id: UUID) -> None:
    """A text message left to somebody's number."""
    await tx.execute(
        "INSERT INTO texted (number_mark, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", mark, person_id
    )


async def who_was_texted(tx: Transaction, mark: bytes) -> Sequence[UUID]:
    """Whom text messages ever left to by that number."""
    rows = await tx.fetch("SELECT person_id FROM texted WHERE number_mark = $1 ORDER BY person_id", mark)
    return [row["person_id"] for row in rows]

"""What was heard of mails."""

from datetime import datetime

from chassis.database import Transaction


async def hear(tx: Transaction, digest: bytes, now: datetime, forget: datetime) -> bool:
    """Whether this report is read for the first time; those read before `forget` are forgotten."""
    await tx.execute("DELETE FROM mail_reports WHERE heard_at < $1", forget)
    row = await tx.fetchrow(
        "INSERT INTO mail_reports (digest, heard_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true", digest, now
    )
    return row is not None

"""SQL of what residents have typed so far. As the service itself: each statement looks for one draft's hash."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

_COLUMNS = "draft_id, kept, sealed, expires_at"


@dataclass(frozen=True, slots=True)
class Row:
    """A draft as the database holds it."""

    draft_id: UUID
    kept: bool
    sealed: bytes = field(repr=False)
    expires_at: datetime


async def take(tx: Transaction, draft_id: UUID, now: datetime) -> Row | None:
    """A draft that has not ended, its other writers waiting for the end of the transaction."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM asking_drafts WHERE draft_id = $1 AND expires_at > $2 FOR UPDATE",  # noqa: S608
        draft_id,
        now,
    )
    return Row(**row) if row else None


async def write(tx: Transaction, row: Row) -> None:
    """Keep a draft as it is now."""
    await tx.execute(
        f"""INSERT INTO asking_drafts ({_COLUMNS}) VALUES ($1, $2, $3, $4)
            ON CONFLICT (draft_id) DO UPDATE SET kept = excluded.kept, sealed = excluded.sealed,
                expires_at = excluded.expires_at""",  # noqa: S608
        row.draft_id,
        row.kept,
        row.sealed,
        row.expires_at,
    )


async def remove(tx: Transaction, draft_id: UUID) -> None:
    """Drop a draft with its key."""
    await tx.execute("DELETE FROM asking_drafts WHERE draft_id = $1", draft_id)


async def purge(tx: Transaction, draft_id: UUID, at: datetime) -> None:
    """Drop a draft that has ended by then."""
    await tx.execute("DELETE FROM asking_drafts WHERE draft_id = $1 AND expires_at <= $2", draft_id, at)

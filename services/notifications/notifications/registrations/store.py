"""Keys of registrations that are forgotten, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction


async def forget(tx: Transaction, forgotten: Sequence[tuple[UUID, datetime]]) -> None:
    """Drop their keys, for good: one that was told late, or again, is not taken."""
    await tx.execute(
        """INSERT INTO subject_keys (key_subject, wrapped, master_key_id, erased_at)
           SELECT 'person:' || registration_id, NULL, '', min(at)
           FROM unnest($1::uuid[], $2::timestamptz[]) AS gone (registration_id, at) GROUP BY registration_id
           ON CONFLICT (key_subject) DO UPDATE SET wrapped = NULL,
               erased_at = coalesce(subject_keys.erased_at, excluded.erased_at)""",
        *map(list, zip(*forgotten, strict=True)),
    )

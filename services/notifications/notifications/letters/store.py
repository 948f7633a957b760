"""Letters and their batches in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.database import Transaction
from chassis.due_dates import DueDate
from contracts.sealed import Sealed

KIND: Final = "letters"
"""Due dates at which a batch closes; `opens` among their details is when its gathering begins."""

# Gathering ------------------------------------------------------------------------------------

_OPEN = """
SELECT true FROM due_dates
WHERE kind = $1 AND state = 'waiting' AND (details->>'opens')::timestamptz <= $2 AND fires_at > $2
"""


async def is_open(tx: Transaction, now: datetime) -> bool:
    """Whether letters are being gathered."""
    return bool(await tx.fetchval(f"{_OPEN} LIMIT 1", KIND, now))


async def hold_open(tx: Transaction, now: datetime) -> bool:
    """The same; and if so, the batch closes only after this transaction."""
    return bool(await tx.fetchval(f"{_OPEN} LIMIT 1 FOR SHARE", KIND, now))


_PUT = """
WITH put AS (
    INSERT INTO letters (delivery_id, reference, recipient_id, territory_id, content, address_mark, written_at)
    SELECT delivery_id, $2, $3, territory_id, $4, $5, $6 FROM deliveries WHERE delivery_id = $1
    ON CONFLICT (delivery_id) DO UPDATE SET reference = excluded.reference, content = excluded.content,
        address_mark = excluded.address_mark, written_at = excluded.written_at, batch_id = NULL, returned_at = NULL,
        returned_by = NULL
    WHERE letters.returned_at IS NOT NULL
    RETURNING reference)
SELECT reference FROM put UNION ALL SELECT reference FROM letters WHERE delivery_id = $1
"""


async def put(
    tx: Transaction,
    delivery_id: UUID,
    recipient_id: UUID,
    reference: str,
    content: Sealed,
    mark: bytes,
    at: datetime,
) -> str:
    """Put a letter into the next batch. One that is written stays as it is, unless it came back and its message was
    tried again. Returns its reference."""
    sealed = content.model_dump(mode="json")
    found: str = await tx.fetchval(_PUT, delivery_id, reference, recipient_id, sealed, mark, at)
    return found


async def open_now(tx: Transaction, reason: str, now: datetime) -> None:
    """Let the letters that wait for the next batch be written at once."""
    await tx.execute(
        """UPDATE deliveries SET next_attempt_at = $3
           WHERE channel = $1 AND state = 'planned' AND reason = $2 AND next_attempt_at > $3""",
        "letter",
        reason,
        now,
    )


async def waiting(tx: Transaction) -> int:
    """Letters for the next batch that the actor may know of: not written yet, or gathered since a moment."""
    found: int = await tx.fetchval(
        """SELECT (SELECT count(*) FROM deliveries WHERE channel = 'letter' AND state = 'planned')
               + (SELECT count(*) FROM letters WHERE batch_id IS NULL)"""
    )
    return found


# Closing --------------------------------------------------------------------------------------

_CLOSE = """
WITH ready AS (
    SELECT gen_random_uuid() AS batch_id, territory_id, array_agg(delivery_id) AS letters FROM (
        SELECT delivery_id, territory_id,
            (row_number() OVER (PARTITION BY territory_id ORDER BY delivery_id) - 1) / $3 AS bundle
        FROM letters WHERE batch_id IS NULL) AS gathered
    GROUP BY territory_id, bundle
), made AS (
    INSERT INTO letter_batches (batch_id, territory_id, closed_at, state, letters, next_attempt_at)
    SELECT batch_id, territory_id, $1, $2, cardinality(letters), $1 FROM ready
), put AS (
    UPDATE letters SET batch_id = ready.batch_id FROM ready WHERE delivery_id = ANY(letters))
SELECT batch_id FROM ready
"""
MOST: Final = 500
"""Letters of one batch: what can be printed, and typeset, at a time."""


async def close(tx: Transaction, state: str, now: datetime) -> Sequence[UUID]:
    """Make the batches of what was gathered, one for each territory (more where there is much); none where there is
    nothing."""
    return [row["batch_id"] for row in await tx.fetch(_CLOSE, now, state, MOST)]


RESTORED: Final = "restored"
"""Trouble of a batch that may have been posted before a restore."""


async def hold(tx: Transaction) -> None:
    """Batches not said to be posted wait for somebody to say whether they were."""
    await tx.execute(
        """UPDATE letter_batches SET state = 'to_print', trouble = $1
           WHERE state IN ('to_print', 'to_deposit', 'placing')""",
        RESTORED,
    )


async def forget(tx: Transaction, batch_id: UUID, now: datetime) -> None:
    """Forget what a batch's letters say; which came back is still known."""
    await tx.execute("UPDATE letters SET content = NULL WHERE batch_id = $1", batch_id)
    await tx.execute("UPDATE letter_batches SET forgotten_at = $2 WHERE batch_id = $1", batch_id, now)


# Batches --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is listed: never who its letters are for."""

    batch_id: UUID
    place: int
    territory_id: str | None
    closed_at: datetime
    state: str
    letters: int
    returned: int
    trouble: str | None
    posted_at: datetime | None
    forgotten_at: datetime | None


_BATCHES = """
SELECT batch_id, place, territory_id, closed_at, state, letters, trouble, posted_at, forgotten_at,
    (SELECT count(*) FROM letters l WHERE l.batch_id = b.batch_id AND l.returned_at IS NOT NULL) AS returned
FROM letter_batches b
"""


async def batches(tx: Transaction, *, after: int | None, limit: int) -> Sequence[Batch]:
    """Those the actor may see, newest first; `after` is the last place already shown."""
    rows = await tx.fetch(
        f"{_BATCHES} WHERE $1::bigint IS NULL OR place < $1 ORDER BY place DESC LIMIT $2",
        after,
        limit,
    )
    return [Batch(**row) for row in rows]


async def batch(tx: Transaction, batch_id: UUID) -> Batch | None:
    """One the actor may see."""
    row = await tx.fetchrow(f"{_BATCHES} WHERE batch_id = $1", batch_id)
    return Batch(**row) if row else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter of a batch. `content`: None once it is forgotten."""

    delivery_id: UUID
    reference: str
    content: dict[str, Any] | None


async def sheets(tx: Transaction, batch_id: UUID) -> Sequence[Sheet]:
    """The letters of a batch, always in the same order."""
    rows = await tx.fetch(
        "SELECT delivery_id, reference, content FROM letters WHERE batch_id = $1 ORDER BY delivery_id", batch_id
    )
    return [Sheet(**row) for row in rows]


async def post(tx: Transaction, batch_id: UUID, by: str, now: datetime) -> bool:
    """The batch is in the post; False when it was already, or is handed over by the platform itself."""
    return bool(
        await tx.fetchval(
            """UPDATE letter_batches SET state = 'posted', posted_at = $3, posted_by = $2
               WHERE batch_id = $1 AND state = 'to_print' RETURNING true""",
            batch_id,
            by,
            now,
        )
    )


# Returns --------------------------------------------------------------------------------------


async def letter_of(tx: Transaction, reference: str) -> UUID | None:
    """The delivery of that letter, if it has left and the actor may see it."""
    found: UUID | None = await tx.fetchval(
        "SELECT delivery_id FROM letters WHERE reference = $1 AND batch_id IS NOT NULL", reference
    )
    return found


_RETURNED = """
WITH back AS (
    UPDATE letters SET returned_at = $2, returned_by = $3 WHERE delivery_id = $1 AND returned_at IS NULL
    RETURNING recipient_id, address_mark
), stopped AS (
    INSERT INTO stopped_addresses SELECT recipient_id, address_mark, $2 FROM back ON CONFLICT DO NOTHING)
SELECT true FROM back
"""


async def returned(tx: Transaction, delivery_id: UUID, by: str, at: datetime) -> bool:
    """A letter came back: its address is not written to again. False when that was known."""
    return bool(await tx.fetchval(_RETURNED, delivery_id, at, by))


# Handing over ---------------------------------------------------------------------------------

_TAKE = """
WITH due AS MATERIALIZED (
    SELECT batch_id FROM letter_batches
    WHERE state IN ('to_deposit', 'placing') AND next_attempt_at <= $1 AND coalesce(lease_until <= $1, true)
    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE letter_batches b SET depositor = $2, lease_until = $3, attempts = attempts + 1 FROM due
WHERE b.batch_id = due.batch_id RETURNING b.batch_id, closed_at, state, manifest, attempts
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch one depositor has in hand. `manifest`: the draft that was about to get its final name."""

    batch_id: UUID
    closed_at: datetime
    state: str
    manifest: str | None
    attempts: int


async def take(tx: Transaction, depositor: str, now: datetime, lease_until: datetime) -> Taken | None:
    """The batch longest due for its handing over; one that somebody has in hand is left to them."""
    row = await tx.fetchrow(_TAKE, now, depositor, lease_until)
    return Taken(**row) if row else None


async def placing(tx: Transaction, taken: Taken, depositor: str, manifest: str) -> bool:
    """All is there but the manifest's final name; False when another depositor took over since."""
    return bool(
        await tx.fetchval(
            """UPDATE letter_batches SET state = 'placing', manifest = $3
               WHERE batch_id = $1 AND depositor = $2 AND state = 'to_deposit' RETURNING true""",
            taken.batch_id,
            depositor,
            manifest,
        )
    )


async def deposited(tx: Transaction, batch_id: UUID, at: datetime) -> bool:
    """The manifest has its final name: the batch is with whoever prints it. False when that was known."""
    return bool(
        await tx.fetchval(
            """UPDATE letter_batches SET state = 'deposited', trouble = NULL, posted_at = $2, next_attempt_at = NULL
               WHERE batch_id = $1 AND state = 'placing' RETURNING true""",
            batch_id,
            at,
        )
    )


async def not_deposited(tx: Transaction, taken: Taken, depositor: str, trouble: str, until: datetime) -> None:
    """It came to nothing: again later."""
    await tx.execute(
        """UPDATE letter_batches SET trouble = $3, next_attempt_at = $4, lease_until = NULL
           WHERE batch_id = $1 AND depositor = $2 AND state IN ('to_deposit', 'placing')""",
        taken.batch_id,
        depositor,
        trouble,
        until,
    )


def round_of(due_date_id: UUID, opens: datetime, closes: datetime, zone: str) -> DueDate:
    """The due date that closes a batch."""
    details = {"opens": opens.isoformat()}
    return DueDate(due_date_id, "due", KIND, due_date_id, closes.date(), zone, closes, details)

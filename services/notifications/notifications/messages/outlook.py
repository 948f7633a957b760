"""Messages and their fate, for people: read and decided on under the actor's own rights."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from notifications.messages.model import Reason, State, Step


@dataclass(frozen=True, slots=True)
class Fate:
    """A message as it is listed: never who it is for, nor what it says. `place` rises with time; `steps` are the
    channels left behind, and why; `resent`: how often it may have left a second time."""

    message_id: UUID
    place: int
    rule: str
    caused_at: datetime
    recipient_kind: str
    channel: str
    steps: Sequence[Step]
    state: str
    reason: str | None
    attempts: int
    resent: int
    next_attempt_at: datetime | None
    settled_at: datetime | None


LISTED = """
SELECT delivery_id AS message_id, place, rule, event_time AS caused_at, recipient_kind, channel, steps,
    state, reason, attempts, resent,
    CASE WHEN state = 'planned' THEN next_attempt_at END AS next_attempt_at, settled_at
FROM deliveries
WHERE ($1::text IS NULL OR state = $1) AND ($2::bigint IS NULL OR place < $2)
ORDER BY place DESC LIMIT $3
"""


async def listed(tx: Transaction, *, state: State | None, after: int | None, limit: int) -> Sequence[Fate]:
    """Messages the actor may see, newest first; `after` is the last place already shown."""
    rows = await tx.fetch(LISTED, state, after, limit)
    return [Fate(**(dict(row) | {"steps": tuple(map(Step.kept, row["steps"]))})) for row in rows]


class NoSuchMessage(Exception):
    """None that the actor may see."""


class NotInThatState(Exception):
    """The message has moved on: what was asked no longer makes sense."""


_MOVE = """
UPDATE deliveries SET state = $3, reason = $4, next_attempt_at = $5, trying_since = NULL, decided_by = $6,
    settled_at = CASE WHEN $3 = 'suppressed' THEN $5::timestamptz END, steps = steps || $7
WHERE delivery_id = $1 AND state = ANY($2) RETURNING pg_notify('deliveries', '')
"""


async def move(
    tx: Transaction,
    message_id: UUID,
    before: Collection[State],
    after: State,
    *,
    reason: str | None,
    by: str,
    at: datetime,
) -> None:
    """Decide on a message. What is tried again begins anew, from its first channel on. Raises NoSuchMessage or
    NotInThatState."""
    anew = [asdict(Step(None, Reason.RETRIED, at))] if State.HELD not in before else []
    if await tx.fetchrow(_MOVE, message_id, list(before), after, reason, at, by, anew) is not None:
        return
    if await tx.fetchval("SELECT true FROM deliveries WHERE delivery_id = $1", message_id):
        raise NotInThatState
    raise NoSuchMessage

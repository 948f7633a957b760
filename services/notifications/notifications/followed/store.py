"""SQL of what the person concerned may read of messages. As the service itself, since nobody without an account sees
messages: each statement looks for one request, and for what was sent to whom it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Transaction
from notifications.messages.model import State

SHOWN: Final = (State.SENT, State.DELIVERED, State.BOUNCED, State.RETURNED, State.FAILED)
"""What left, or should have: why others did not leave may be about their safety."""
MOST: Final = 50
# The request tells who it is about: who asked for themself, or was told that there is an answer.
_CONCERNED: Final = """
SELECT DISTINCT recipient_id FROM deliveries
WHERE subject = $1 AND (recipient_kind = 'person' OR recipient_kind = 'requester' AND facts @> '{"own": true}')
LIMIT 2
"""
_SENT: Final = f"""
SELECT rule, channel, state, settled_at FROM deliveries
WHERE subject = ANY ($1::uuid[]) AND recipient_id = $2 AND recipient_kind IN ('person', 'requester', 'member')
    AND state = ANY ($3::text[]) AND settled_at IS NOT NULL
ORDER BY settled_at DESC, place DESC LIMIT {MOST}
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to them: never what it says, nor where it went."""

    rule: str
    channel: str
    state: str
    settled_at: datetime


async def concerned(tx: Transaction, request_id: UUID) -> UUID | None:
    """Whom a request is about, as far as messages tell: None also where that is not one person alone."""
    rows = await tx.fetch(_CONCERNED, request_id)
    return rows[0]["recipient_id"] if len(rows) == 1 else None


async def sent(tx: Transaction, subjects: Sequence[UUID], person_id: UUID) -> list[Sent]:
    """What was sent to a person about a request and its dossier, the last first."""
    return [Sent(**row) for row in await tx.fetch(_SENT, subjects, person_id, list(SHOWN))]

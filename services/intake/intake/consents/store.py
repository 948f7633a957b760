"""SQL of consents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis.database import Transaction
from intake.consents.model import Person

_PERSON = """
WITH concerned AS (
    SELECT request_id, concerned_minor FROM request_people JOIN requests USING (request_id)
    WHERE person_id = $1 AND role IN ('self', 'concerned')
), linked AS (
    SELECT person_id, kind, parental_authority FROM relations
    WHERE other_id = $1 AND (since IS NULL OR since <= $2) AND (until IS NULL OR until >= $2)
)
SELECT birth_date, EXISTS (SELECT FROM concerned WHERE concerned_minor) AS said_minor,
    ARRAY(SELECT person_id FROM request_people JOIN concerned USING (request_id) WHERE role = 'parental_authority'
        UNION SELECT person_id FROM linked WHERE parental_authority) AS holders,
    ARRAY(SELECT person_id FROM linked WHERE kind IN ('guardian', 'curator')) AS protectors
FROM persons WHERE person_id = $1
"""


async def person(tx: Transaction, person_id: UUID, day: date) -> Person | None:
    """What the rules look at, as the actor may see it; None when they see nobody."""
    row = await tx.fetchrow(_PERSON, person_id, day)
    if row is None:
        return None
    return Person(row["birth_date"], row["said_minor"], frozenset(row["holders"]), frozenset(row["protectors"]))


async def of(tx: Transaction, person_id: UUID) -> list[dict[str, Any]]:
    """Every consent of a person, also those taken back, in the order they were given."""
    rows = await tx.fetch(
        """SELECT consent_id, kind, programme, organisation_id, given_how, given_at, given_by, withdrawn_at
           FROM consents WHERE person_id = $1 ORDER BY given_at, consent_id""",
        person_id,
    )
    return [dict(row) for row in rows]


async def organisation_known(tx: Transaction, organisation_id: UUID) -> bool:
    """Whether the directory publishes it."""
    return bool(
        await tx.fetchval("SELECT true FROM organisations WHERE organisation_id = $1 AND NOT retired", organisation_id)
    )


async def withdraw(tx: Transaction, consent_id: UUID, at: datetime) -> asyncpg.Record | None:
    """person_id and kind of a living consent that is now withdrawn; None when the actor sees no such one."""
    return await tx.fetchrow(
        """UPDATE consents SET withdrawn_at = $2 WHERE consent_id = $1 AND withdrawn_at IS NULL
           RETURNING person_id, kind""",
        consent_id,
        at,
    )


# Of whoever follows a request with its reference and secret: what they gave themself, for themself or for a child.
_OWN = """
consents AS c WHERE c.withdrawn_at IS NULL AND coalesce(c.given_by, c.person_id) IN (
    SELECT person_id FROM requests JOIN request_people USING (request_id)
    WHERE reference = $1 AND tracking_hash = $2 AND role IN ('self', 'requester'))
"""


async def own(tx: Transaction, reference: str, hashed: bytes) -> list[dict[str, Any]]:
    """Living consents of the requester of that request."""
    rows = await tx.fetch(
        f"SELECT consent_id, kind, programme, given_at FROM {_OWN} ORDER BY given_at, consent_id",  # noqa: S608
        reference,
        hashed,
    )
    return [dict(row) for row in rows]


async def is_own(tx: Transaction, reference: str, hashed: bytes, consent_id: UUID) -> bool:
    """Whether that living consent is one of those."""
    return bool(await tx.fetchval(f"SELECT true FROM {_OWN} AND consent_id = $3", reference, hashed, consent_id))  # noqa: S608

"""SQL of erasures."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from chassis.erasures import LAST
from contracts.sealed import Sealed

_GONE = "AA"
"""What stands for a name: no ciphertext, under a key that is erased, which pages show as such."""


@dataclass(frozen=True, slots=True)
class Dossiers:
    """Dossiers of somebody erased: `alone` of nobody else, with the requests they came from."""

    alone: Sequence[tuple[UUID, UUID | None]]
    others: int


async def name_nobody(tx: Transaction, person_id: UUID) -> None:
    """Drop what is known of a person, for good: whatever is told of them later is older than this. Links they were
    sent open nothing any more."""
    gone = Sealed(key_subject=f"person:{person_id}", event_id=person_id, field="name", data=_GONE)
    await tx.execute("DELETE FROM plan_links WHERE person_id = $1", person_id)
    await tx.execute("DELETE FROM persons WHERE person_id = $1", person_id)
    await tx.execute(
        "INSERT INTO persons (person_id, name, sequence) VALUES ($1, $2, $3)",
        person_id,
        gone.model_dump(mode="json"),
        LAST,
    )


_OF = """
SELECT c.case_id, c.request_id, NOT EXISTS (
    SELECT FROM case_people AS o WHERE o.case_id = c.case_id
        AND NOT EXISTS (SELECT FROM erased_people AS e WHERE e.person_id = o.person_id)
) AS alone
FROM cases AS c WHERE c.case_id IN (SELECT case_id FROM case_people WHERE person_id = $1)
ORDER BY c.case_id
"""


async def dossiers_of(tx: Transaction, person_id: UUID) -> Dossiers:
    """The dossiers a person is in. Somebody else who is erased too counts as nobody."""
    rows = await tx.fetch(_OF, person_id)
    alone = [(row["case_id"], row["request_id"]) for row in rows if row["alone"]]
    return Dossiers(alone, len(rows) - len(alone))

"""SQL of people: who is in a dossier, and the replica of their sealed names and consents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody's place in a dossier. `name` is sealed, and None while it is not known."""

    person_id: UUID
    role: str
    name: Sealed | None


async def of_case(tx: Transaction, case_id: UUID) -> list[Named]:
    """Who is in a dossier."""
    rows = await tx.fetch(
        """SELECT person_id, role, name FROM case_people LEFT JOIN persons USING (person_id)
           WHERE case_id = $1 ORDER BY role, person_id""",
        case_id,
    )
    return [Named(row["person_id"], row["role"], _sealed(row["name"])) for row in rows]


async def concerned(tx: Transaction, case_ids: Sequence[UUID]) -> dict[UUID, Sealed | None]:
    """The sealed name of the person concerned, by dossier; absent while none is known."""
    rows = await tx.fetch(
        """SELECT p.case_id, known.name FROM case_people AS p JOIN persons AS known USING (person_id)
           WHERE p.case_id = ANY($1::uuid[]) AND p.role = 'concerned'""",
        case_ids,
    )
    return {row["case_id"]: _sealed(row["name"]) for row in rows}


def _sealed(block: object) -> Sealed | None:
    return Sealed.model_validate(block) if block else None


async def add_to_case(tx: Transaction, case_id: UUID, person_id: UUID, role: str) -> None:
    """Give somebody a place in a dossier, once."""
    await tx.execute(
        "INSERT INTO case_people (case_id, person_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        case_id,
        person_id,
        role,
    )


async def introduce(tx: Transaction, person_id: UUID, name: Sealed) -> None:
    """Keep the name of somebody first met here; what intake says of them later replaces it."""
    await tx.execute(
        "INSERT INTO persons (person_id, name, sequence) VALUES ($1, $2, 0)", person_id, name.model_dump(mode="json")
    )


async def keep(tx: Transaction, people: Sequence[tuple[UUID, Sealed | None, int]]) -> None:
    """Keep people's newest sealed name: (person, name, sequence). An older sequence changes nothing."""
    newest = {person: (name, sequence) for person, name, sequence in sorted(people, key=lambda one: one[2])}
    await tx.execute(
        """INSERT INTO persons (person_id, name, sequence)
           SELECT * FROM unnest($1::uuid[], $2::jsonb[], $3::bigint[])
           ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, sequence = excluded.sequence
           WHERE excluded.sequence > persons.sequence""",
        list(newest),
        [name.model_dump(mode="json") if name else None for name, _ in newest.values()],
        [sequence for _, sequence in newest.values()],
    )


async def consents_given(tx: Transaction, consents: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Keep consents, each once: (consent, person, given at)."""
    await tx.execute(
        """INSERT INTO consents (consent_id, person_id, given_at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
           ON CONFLICT (consent_id) DO UPDATE SET given_at = excluded.given_at""",
        [consent for consent, _, _ in consents],
        [person for _, person, _ in consents],
        [at for _, _, at in consents],
    )


async def consent_withdrawn(tx: Transaction, consent_id: UUID, person_id: UUID, at: datetime) -> None:
    await tx.execute(
        """INSERT INTO consents (consent_id, person_id, withdrawn_at) VALUES ($1, $2, $3)
           ON CONFLICT (consent_id) DO UPDATE SET withdrawn_at = excluded.withdrawn_at""",
        consent_id,
        person_id,
        at,
    )


async def has_withdrawn_consent(tx: Transaction, case_id: UUID) -> bool:
    """Whether the last word of the person concerned is a withdrawal."""
    return bool(
        await tx.fetchval(
            """SELECT max(withdrawn_at) > coalesce(max(given_at) FILTER (WHERE withdrawn_at IS NULL), '-infinity')
               FROM consents WHERE person_id IN (
                   SELECT person_id FROM case_people WHERE case_id = $1 AND role = 'concerned')""",
            case_id,
        )
    )

"""SQL of people: who is in a dossier, and the replica of their sealed names and consents."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from contracts.events import ConsentGiven
from contracts.events.people import ContactPoint, PersonState
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


async def concerned_by(tx: Transaction, case_id: UUID) -> UUID | None:
    """The person a dossier is about; None when nobody is named."""
    found: UUID | None = await tx.fetchval(
        "SELECT person_id FROM case_people WHERE case_id = $1 AND role = 'concerned' ORDER BY person_id LIMIT 1",
        case_id,
    )
    return found


async def add_to_case(tx: Transaction, case_id: UUID, person_id: UUID, role: str) -> None:
    """Give somebody a place in a dossier, once."""
    await tx.execute(
        "INSERT INTO case_people (case_id, person_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        case_id,
        person_id,
        role,
    )


async def remove_from_case(tx: Transaction, case_id: UUID, person_id: UUID, role: str) -> None:
    """Take a place in a dossier back."""
    await tx.execute(
        "DELETE FROM case_people WHERE case_id = $1 AND person_id = $2 AND role = $3", case_id, person_id, role
    )


async def known(tx: Transaction, person_id: UUID) -> bool:
    """Whether the actor knows that person from one of their dossiers."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM persons WHERE person_id = $1)", person_id))


async def say_own_agreement(
    tx: Transaction, case_id: UUID, person_id: UUID, agreement: str, said_on: date, recorded_by: UUID
) -> None:
    """Keep what a protected adult said last."""
    await tx.execute(
        """INSERT INTO own_agreements (case_id, person_id, agreement, said_on, recorded_by) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (case_id, person_id) DO UPDATE SET agreement = excluded.agreement, said_on = excluded.said_on,
               recorded_by = excluded.recorded_by""",
        case_id,
        person_id,
        agreement,
        said_on,
        recorded_by,
    )


async def own_agreements(tx: Transaction, case_id: UUID) -> list[dict[str, Any]]:
    """What protected adults of a dossier said themselves."""
    rows = await tx.fetch(
        """SELECT person_id, agreement, said_on, recorded_by FROM own_agreements
           WHERE case_id = $1 ORDER BY person_id""",
        case_id,
    )
    return [dict(row) for row in rows]


async def introduce(tx: Transaction, person_id: UUID, name: Sealed) -> None:
    """Keep the name of somebody first met here; what intake says of them later replaces it."""
    await tx.execute(
        "INSERT INTO persons (person_id, name, sequence) VALUES ($1, $2, 0)", person_id, name.model_dump(mode="json")
    )


async def keep(tx: Transaction, people: Sequence[tuple[PersonState, int]]) -> None:
    """Keep people's newest sealed name, needs and contact points: (state, sequence). An older sequence changes
    nothing."""
    newest = {state.person_id: (state, sequence) for state, sequence in sorted(people, key=lambda one: one[1])}
    said = {"person_id", "name", "needs", "contact_points"}
    await tx.execute(
        """INSERT INTO persons (person_id, name, needs, contact_points, sequence)
           SELECT * FROM jsonb_to_recordset($1) AS newest (person_id uuid, name jsonb, needs jsonb,
               contact_points jsonb, sequence bigint)
           ON CONFLICT (person_id) DO UPDATE
           SET name = excluded.name, needs = excluded.needs, contact_points = excluded.contact_points,
               sequence = excluded.sequence
           WHERE excluded.sequence > persons.sequence""",
        [state.model_dump(mode="json", include=said) | {"sequence": sequence} for state, sequence in newest.values()],
    )


async def contact_points_of(tx: Transaction, person_ids: Collection[UUID]) -> dict[UUID, list[ContactPoint]]:
    """How people are reached, their values sealed; absent where nothing is known."""
    rows = await tx.fetch(
        """SELECT person_id, contact_points FROM persons
           WHERE person_id = ANY($1::uuid[]) AND contact_points IS NOT NULL""",
        list(person_ids),
    )
    return {row["person_id"]: [ContactPoint.model_validate(one) for one in row["contact_points"]] for row in rows}


async def needs_of(tx: Transaction, person_ids: Sequence[UUID]) -> dict[UUID, Sealed]:
    """What people need wherever they are met, sealed; absent where nothing is known."""
    rows = await tx.fetch(
        "SELECT person_id, needs FROM persons WHERE person_id = ANY($1::uuid[]) AND needs IS NOT NULL", person_ids
    )
    return {row["person_id"]: Sealed.model_validate(row["needs"]) for row in rows}


async def consents_given(tx: Transaction, consents: Sequence[ConsentGiven]) -> None:
    """Keep consents, each once."""
    await tx.execute(
        """INSERT INTO consents (consent_id, person_id, given_at, programme, given_by)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[])
           ON CONFLICT (consent_id) DO UPDATE
           SET given_at = excluded.given_at, programme = excluded.programme, given_by = excluded.given_by""",
        *(
            [getattr(one, name) for one in consents]
            for name in ("consent_id", "person_id", "given_at", "programme", "given_by")
        ),
    )


async def consent_withdrawn(tx: Transaction, consent_id: UUID, person_id: UUID, at: datetime) -> None:
    await tx.execute(
        """INSERT INTO consents (consent_id, person_id, withdrawn_at) VALUES ($1, $2, $3)
           ON CONFLICT (consent_id) DO UPDATE SET withdrawn_at = excluded.withdrawn_at""",
        consent_id,
        person_id,
        at,
    )


_WITHDRAWN = """
SELECT FROM consents JOIN case_people AS concerned USING (person_id)
WHERE concerned.case_id = $1 AND concerned.role = 'concerned' AND (programme IS NULL OR programme = $2)
GROUP BY person_id, coalesce(given_by, person_id)
HAVING max(withdrawn_at) > coalesce(max(given_at) FILTER (WHERE withdrawn_at IS NULL), '-infinity')
"""


async def has_withdrawn_consent(tx: Transaction, case_id: UUID, programme: str) -> bool:
    """Whether somebody's last word on this programme is a withdrawal: the person's own, or that of any who agreed for
    them, each holder of parental authority counting alone. A consent to we don't know what counts for all."""
    return bool(await tx.fetchval(f"SELECT EXISTS ({_WITHDRAWN})", case_id, programme))


async def concerning(tx: Transaction, person_id: UUID, consent_id: UUID) -> list[UUID]:
    """Dossiers about a person, of the programme that consent was to; of any when that is not known."""
    rows = await tx.fetch(
        """SELECT case_id FROM case_people JOIN cases USING (case_id)
           WHERE person_id = $1 AND role = 'concerned' AND cases.programme = coalesce(
               (SELECT programme FROM consents WHERE consent_id = $2), cases.programme)
           ORDER BY case_id""",
        person_id,
        consent_id,
    )
    return [row["case_id"] for row in rows]


async def sharing_agreed(tx: Transaction, consents: Sequence[ConsentGiven]) -> None:
    """Keep consents to share with an organisation, each once."""
    names = ("consent_id", "person_id", "organisation_id", "given_by", "given_at")
    await tx.execute(
        """INSERT INTO sharing_consents (consent_id, person_id, organisation_id, given_by, given_at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
           ON CONFLICT (consent_id) DO UPDATE SET organisation_id = excluded.organisation_id,
               given_by = excluded.given_by, given_at = excluded.given_at""",
        *([getattr(one, name) for one in consents] for name in names),
    )


async def sharing_withdrawn(tx: Transaction, consent_id: UUID, person_id: UUID, at: datetime) -> UUID | None:
    """A consent to share was taken back. Returns the organisation it named, when that is known."""
    found: UUID | None = await tx.fetchval(
        """INSERT INTO sharing_consents (consent_id, person_id, withdrawn_at) VALUES ($1, $2, $3)
           ON CONFLICT (consent_id) DO UPDATE SET withdrawn_at = excluded.withdrawn_at RETURNING organisation_id""",
        consent_id,
        person_id,
        at,
    )
    return found


async def agrees_to_share(tx: Transaction, person_id: UUID, organisation_id: UUID) -> bool:
    """Whether sharing with that organisation is agreed to: by the person or who may for them, and nobody's last word,
    each holder of parental authority counting alone, is a withdrawal."""
    return bool(
        await tx.fetchval(
            """SELECT bool_and(agreed) FROM (
                   SELECT coalesce(max(withdrawn_at), '-infinity')
                       < coalesce(max(given_at) FILTER (WHERE withdrawn_at IS NULL), '-infinity') AS agreed
                   FROM sharing_consents WHERE person_id = $1 AND organisation_id = $2
                   GROUP BY coalesce(given_by, person_id)
               ) AS by_holder""",
            person_id,
            organisation_id,
        )
    )


async def concerned_in(tx: Transaction, person_id: UUID) -> list[UUID]:
    """Dossiers about a person."""
    rows = await tx.fetch(
        "SELECT case_id FROM case_people WHERE person_id = $1 AND role = 'concerned' ORDER BY case_id", person_id
    )
    return [row["case_id"] for row in rows]

"""People, as far as writing to them needs: a replica of intake's, and of the invitees cases introduces."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from contracts.events.people import ContactPoint, PersonState

OWNER = "/maillage/intake"
"""The source that wins: it adopts whoever another service introduces."""

_STORE = """
INSERT INTO people (person_id, source, sequence, language, contact_points)
SELECT * FROM jsonb_to_recordset($1) AS newest (person_id uuid, source text, sequence bigint, language text,
    contact_points jsonb)
ON CONFLICT (person_id, source) DO UPDATE SET sequence = excluded.sequence, language = excluded.language,
    contact_points = excluded.contact_points
WHERE excluded.sequence > people.sequence
"""


async def store(tx: Transaction, people: Sequence[tuple[PersonState, str, int]]) -> None:
    """Keep people's newest state: (state, source, sequence). An older sequence of a source changes nothing."""
    latest = {(one.person_id, source): (one, sequence) for one, source, sequence in sorted(people, key=_sequence)}
    rows = [
        one.model_dump(mode="json", include={"person_id", "language", "contact_points"})
        | {"source": source, "sequence": sequence}
        for (_, source), (one, sequence) in latest.items()
    ]
    await tx.execute(_STORE, rows)


def _sequence(one: tuple[PersonState, str, int]) -> int:
    return one[2]


async def consented(tx: Transaction, consents: Sequence[tuple[UUID, UUID, bool]]) -> None:
    """Keep consents to be written to: (consent, person, withdrawn). A withdrawn one stays withdrawn."""
    if consents:
        await tx.execute(
            """INSERT INTO message_consents AS known (consent_id, person_id, withdrawn)
               SELECT consent_id, person_id, bool_or(withdrawn)
               FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS newest (consent_id, person_id, withdrawn)
               GROUP BY consent_id, person_id
               ON CONFLICT (consent_id) DO UPDATE SET withdrawn = known.withdrawn OR excluded.withdrawn""",
            *zip(*consents, strict=True),
        )


@dataclass(frozen=True, slots=True)
class Reachable:
    """What is known of a person's wishes. `declined`: they took back their consent to messages, and gave no other."""

    contact_points: tuple[ContactPoint, ...]
    declined: bool


async def reachable(tx: Transaction, person_id: UUID) -> Reachable | None:
    """How a person may be reached; None when nobody has told us of them yet."""
    row = await tx.fetchrow(
        """SELECT contact_points, (SELECT coalesce(bool_and(withdrawn), false)
                                   FROM message_consents WHERE person_id = $1) AS declined
           FROM people WHERE person_id = $1 ORDER BY source = $2 DESC, sequence DESC LIMIT 1""",
        person_id,
        OWNER,
    )
    if row is None:
        return None
    return Reachable(tuple(ContactPoint.model_validate(point) for point in row["contact_points"]), row["declined"])

"""People, as far as writing to them needs: a replica of intake's, and of the invitees cases introduces."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from contracts.events.people import ContactPoint, PersonState
from contracts.sealed import Sealed

OWNER = "/maillage/intake"
"""The source that wins: it adopts whoever another service introduces."""

_STORE = """
INSERT INTO people (person_id, source, sequence, name, language, contact_points)
SELECT * FROM jsonb_to_recordset($1) AS newest (person_id uuid, source text, sequence bigint, name jsonb, language text,
    contact_points jsonb)
ON CONFLICT (person_id, source) DO UPDATE SET sequence = excluded.sequence, name = excluded.name,
    language = excluded.language, contact_points = excluded.contact_points
WHERE excluded.sequence > people.sequence
"""


async def store(tx: Transaction, people: Sequence[tuple[PersonState, str, int]]) -> None:
    """Keep people's newest state: (state, source, sequence). An older sequence of a source changes nothing."""
    latest = {(one.person_id, source): (one, sequence) for one, source, sequence in sorted(people, key=_sequence)}
    rows = [
        one.model_dump(mode="json", include={"person_id", "name", "language", "contact_points"})
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
    """What is known of a person's wishes. `declined`: they took back their consent to messages, and gave no other.
    `unwanted`: kinds of messages, and channels, they asked to be spared. `name`: as it is written on a letter.
    `language`: the one they asked to be written to in (BCP 47)."""

    contact_points: tuple[ContactPoint, ...]
    declined: bool
    unwanted: frozenset[str]
    name: Sealed | None
    language: str | None


async def same(tx: Transaction, people: Sequence[tuple[UUID, UUID | None, int]]) -> None:
    """Keep who was found to be whom: (person, into or None, sequence). An older sequence changes nothing."""
    newest = {person: (into, sequence) for person, into, sequence in sorted(people, key=lambda one: one[2])}
    await tx.execute(
        """INSERT INTO same_people (person_id, into_id, sequence)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
           ON CONFLICT (person_id) DO UPDATE SET into_id = excluded.into_id, sequence = excluded.sequence
           WHERE excluded.sequence > same_people.sequence""",
        list(newest),
        [into for into, _ in newest.values()],
        [sequence for _, sequence in newest.values()],
    )


_REACHABLE = """
WITH RECURSIVE upward AS (
    SELECT $1::uuid AS person_id, 0 AS steps
    UNION ALL SELECT into_id, steps + 1 FROM upward JOIN same_people USING (person_id) WHERE into_id IS NOT NULL
), everybody AS (
    SELECT person_id FROM upward
    UNION SELECT same_people.person_id FROM everybody JOIN same_people ON into_id = everybody.person_id
), told AS (
    SELECT DISTINCT ON (person_id) person_id, steps, name, language, contact_points
    FROM upward JOIN people USING (person_id)
    ORDER BY person_id, source = $2 DESC, sequence DESC
), decided AS (
    SELECT DISTINCT ON (person_id, about) about, wanted FROM everybody JOIN preferences USING (person_id)
    ORDER BY person_id, about, preferences.place DESC
), refused AS (
    SELECT bool_and(withdrawn) AS declined FROM everybody JOIN message_consents USING (person_id) GROUP BY person_id
)
SELECT jsonb_agg(point ORDER BY steps DESC, place) FILTER (WHERE point IS NOT NULL) AS contact_points,
    (SELECT coalesce(bool_or(declined), false) FROM refused) AS declined,
    ARRAY(SELECT DISTINCT about FROM decided WHERE NOT wanted) AS unwanted,
    (SELECT name FROM told WHERE name IS NOT NULL ORDER BY steps DESC LIMIT 1) AS name,
    (SELECT language FROM told WHERE language IS NOT NULL ORDER BY steps DESC LIMIT 1) AS language
FROM told LEFT JOIN LATERAL jsonb_array_elements(contact_points) WITH ORDINALITY AS p (point, place) ON true
HAVING count(*) > 0
"""


async def reachable(tx: Transaction, person_id: UUID) -> Reachable | None:
    """How a person may be reached; None when nobody has told us of them yet.

    Whoever was found to be somebody else is reached as that one is, then as they said themself. Intake has put the
    strictest rule on what both gave; who declined messages under one name has declined them.
    """
    row = await tx.fetchrow(_REACHABLE, person_id, OWNER)
    if row is None:
        return None
    points = tuple(ContactPoint.model_validate(point) for point in row["contact_points"] or ())
    name = Sealed.model_validate(row["name"]) if row["name"] else None
    return Reachable(points, row["declined"], frozenset(row["unwanted"]), name, row["language"])

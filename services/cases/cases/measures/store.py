"""SQL of measures: each is loaded and saved whole; beside it the time it counts, and the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.joining.store import SAME
from cases.measures.counting import Period, merged
from cases.measures.ledger import Account, Entry, Kind
from cases.measures.model import MASP, OVER, Measure
from chassis.database import Transaction
from contracts.sealed import Sealed

_ENTRY = ", ".join(one.name for one in fields(Entry))


async def of_case(tx: Transaction, case_id: UUID) -> list[Measure]:
    """Measures of a dossier that the actor may read, the latest first."""
    rows = await tx.fetch("SELECT state FROM measures WHERE case_id = $1 ORDER BY measure_id DESC", case_id)
    return [Measure.model_validate(row["state"]) for row in rows]


async def find(tx: Transaction, case_id: UUID, measure_id: UUID) -> Measure | None:
    """That measure of that dossier."""
    state = await tx.fetchval("SELECT state FROM measures WHERE measure_id = $1 AND case_id = $2", measure_id, case_id)
    return Measure.model_validate(state) if state else None


async def under_way(tx: Transaction, case_id: UUID) -> Measure | None:
    """The measure of a dossier that is neither refused nor ended."""
    state = await tx.fetchval(
        "SELECT state FROM measures WHERE case_id = $1 AND phase <> ALL($2::text[])", case_id, _over()
    )
    return Measure.model_validate(state) if state else None


async def depending_on(tx: Transaction, person_id: UUID, consent_id: UUID) -> list[UUID]:
    """Dossiers whose measure under way rests on that consent of a person; on any, when we don't know to what it was."""
    rows = await tx.fetch(
        """SELECT case_id FROM measures
           WHERE person_id = $1 AND phase <> ALL($2::text[])
               AND coalesce((SELECT programme FROM consents WHERE consent_id = $3), $4) = $4
           ORDER BY case_id""",
        person_id,
        _over(),
        consent_id,
        MASP,
    )
    return [row["case_id"] for row in rows]


_OF_PEOPLE = f"""
WITH RECURSIVE here AS (SELECT unnest($1::uuid[]) AS person_id), {SAME}
SELECT case_id FROM measures JOIN same USING (person_id) WHERE phase <> ALL($2::text[]) ORDER BY case_id
"""  # noqa: S608 - constants only


async def of_people(tx: Transaction, person_ids: Sequence[UUID]) -> list[UUID]:
    """Dossiers with a measure under way of any of these people, or of whoever was found to be one of them."""
    return [row["case_id"] for row in await tx.fetch(_OF_PEOPLE, person_ids, _over())]


async def consent_withdrawn_at(tx: Transaction, person_id: UUID) -> datetime | None:
    """When a person last took a consent to the MASP back."""
    at: datetime | None = await tx.fetchval(
        "SELECT max(withdrawn_at) FROM consents WHERE person_id = $1 AND coalesce(programme, $2) = $2", person_id, MASP
    )
    return at


def _over() -> list[str]:
    return [phase.value for phase in OVER]


async def save(tx: Transaction, measure: Measure) -> None:
    """Write a measure and the time it counts, in the transaction that holds its dossier."""
    await tx.execute(
        """INSERT INTO measures (measure_id, case_id, person_id, phase, state) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (measure_id) DO UPDATE SET phase = excluded.phase, state = excluded.state""",
        measure.measure_id,
        measure.case_id,
        measure.person_id,
        measure.phase,
        measure.model_dump(mode="json"),
    )
    await _count(tx, measure)


async def _count(tx: Transaction, measure: Measure) -> None:
    counted = [("contract", one) for one in merged(measure.under_contract)]
    counted += [("order", one) for one in merged(measure.under_order)]
    await tx.execute("DELETE FROM measure_periods WHERE measure_id = $1", measure.measure_id)
    await tx.execute(
        """INSERT INTO measure_periods (measure_id, person_id, kind, starts_on, ends_on)
           SELECT $1, $2, * FROM unnest($3::text[], $4::date[], $5::date[])""",
        measure.measure_id,
        measure.person_id,
        [kind for kind, _ in counted],
        [one.starts_on for _, one in counted],
        [one.ends_on for _, one in counted],
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the person's other measures count, in whatever dossier."""

    contracts: Sequence[Period]
    orders: Sequence[Period]


_ELSEWHERE = f"""
WITH RECURSIVE here AS (SELECT $1::uuid AS person_id), {SAME}
SELECT kind, starts_on, ends_on FROM measure_periods JOIN same USING (person_id) WHERE measure_id <> $2
"""  # noqa: S608 - constants only


async def elsewhere(tx: Transaction, measure: Measure) -> Elsewhere:
    """Time the person spent in other measures, under whatever identity. Their dossiers are not said.

    `tx` is the service's own: the law's years are counted whoever may read those dossiers.
    """
    rows = await tx.fetch(_ELSEWHERE, measure.person_id, measure.measure_id)
    found = [(row["kind"], Period(row["starts_on"], row["ends_on"])) for row in rows]
    return Elsewhere(
        [period for kind, period in found if kind == "contract"], [period for kind, period in found if kind == "order"]
    )


async def book(tx: Transaction, measure_id: UUID) -> list[Entry]:
    """The ledger of a measure, in order."""
    rows = await tx.fetch(
        f"SELECT {_ENTRY} FROM measure_entries WHERE measure_id = $1 ORDER BY position",  # noqa: S608 - constants only
        measure_id,
    )
    return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    given = dict(row)
    note = given.pop("note")
    sides = {name: Account(given.pop(name)) for name in ("from_account", "to_account")}
    return Entry(**given | sides | {"kind": Kind(given["kind"])}, note=Sealed.model_validate(note) if note else None)


async def enter(tx: Transaction, entry: Entry) -> None:
    """Add a line to the ledger."""
    values = [getattr(entry, one.name) for one in fields(Entry) if one.name != "note"]
    numbers = ", ".join(f"${number}" for number in range(1, len(values) + 2))
    await tx.execute(
        f"INSERT INTO measure_entries ({_ENTRY}) VALUES ({numbers})",  # noqa: S608 - constants only
        *values,
        entry.note.model_dump(mode="json") if entry.note else None,
    )


async def organisation(tx: Transaction, organisation_id: UUID) -> str | None:
    """What an organisation of the directory that still exists is called."""
    name: str | None = await tx.fetchval(
        "SELECT name FROM organisations WHERE organisation_id = $1 AND NOT retired", organisation_id
    )
    return name


async def organisations(tx: Transaction) -> list[tuple[UUID, str]]:
    """Organisations of the directory, by name."""
    rows = await tx.fetch("SELECT organisation_id, name FROM organisations WHERE NOT retired ORDER BY name")
    return [(row["organisation_id"], row["name"]) for row in rows]

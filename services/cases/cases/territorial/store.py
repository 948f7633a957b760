"""SQL of conferences of territories: each is loaded and saved whole, sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.territorial.model import Territorial
from chassis.database import Transaction
from chassis.sealing import Keyring
from contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Held:
    """A conference, with the version and the chain of its dossier."""

    conference: Territorial
    version: int
    correlation_id: UUID


_COLUMNS = "version, correlation_id, state"
# What falls due is taken first: the clock holds a due date when it comes to the dossier.
_TAKE = f"""
WITH due AS (
    SELECT FROM due_dates WHERE state = 'waiting' AND subject = $1 ORDER BY due_date_id, stage FOR UPDATE
)
UPDATE territorial_conferences SET version = version + 1
WHERE (SELECT count(*) FROM due) >= 0 AND case_id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING {_COLUMNS}
"""  # noqa: S608 - constants only


async def take(tx: Transaction, keyring: Keyring, case_id: UUID, expected: int | None) -> Held | None:
    """Begin to change a conference; None when this actor may not, or when its version is not `expected`."""
    return await _held(tx, keyring, await tx.fetchrow(_TAKE, case_id, expected))


async def take_due(tx: Transaction, keyring: Keyring, case_id: UUID) -> Held | None:
    """`take` for the clock, which holds what falls due already."""
    row = await tx.fetchrow(
        f"UPDATE territorial_conferences SET version = version + 1 WHERE case_id = $1 RETURNING {_COLUMNS}",  # noqa: S608
        case_id,
    )
    return await _held(tx, keyring, row)


async def bump(tx: Transaction, case_id: UUID) -> int:
    """The next version, for a second event of one transaction."""
    return int(
        await tx.fetchval(
            "UPDATE territorial_conferences SET version = version + 1 WHERE case_id = $1 RETURNING version", case_id
        )
    )


async def find(tx: Transaction, keyring: Keyring, case_id: UUID) -> Held | None:
    """A conference, when the actor may read it."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM territorial_conferences WHERE case_id = $1", case_id)  # noqa: S608
    return await _held(tx, keyring, row)


async def exists(tx: Transaction, case_id: UUID) -> bool:
    """Whether a dossier is a territory's, and the actor may read it."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM territorial_conferences WHERE case_id = $1)", case_id))


async def next_of(tx: Transaction, case_id: UUID) -> UUID | None:
    """The conference that continues that one, if there is one."""
    found: UUID | None = await tx.fetchval("SELECT case_id FROM territorial_conferences WHERE continues = $1", case_id)
    return found


async def listed(tx: Transaction, keyring: Keyring, limit: int) -> list[Held]:
    """Conferences the actor may read, the newest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM territorial_conferences ORDER BY opened_at DESC, case_id DESC LIMIT $1",  # noqa: S608
        limit,
    )
    return await _open(tx, keyring, rows)


async def _held(tx: Transaction, keyring: Keyring, row: Any) -> Held | None:
    return (await _open(tx, keyring, [row]))[0] if row else None


async def _open(tx: Transaction, keyring: Keyring, rows: Sequence[Any]) -> list[Held]:
    opened = await keyring.open(tx, [Sealed.model_validate(row["state"]) for row in rows])
    return [
        Held(Territorial.model_validate_json(str(state)), row["version"], row["correlation_id"])
        for row, state in zip(rows, opened, strict=True)
    ]


async def add(tx: Transaction, conference: Territorial, correlation_id: UUID, state: Sealed) -> None:
    """Write a conference that begins; `state` is the same, sealed."""
    await tx.execute(
        """INSERT INTO territorial_conferences (case_id, correlation_id, territory_id, phase, facilitator_id, partners,
               continues, opened_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        conference.case_id,
        correlation_id,
        conference.territory_id,
        conference.phase,
        conference.facilitator_id,
        list(conference.partners),
        conference.continues,
        conference.opened_at,
        state.model_dump(mode="json"),
    )


async def save(tx: Transaction, conference: Territorial, state: Sealed) -> None:
    """Write a conference that was taken; `state` is the same, sealed."""
    await tx.execute(
        """UPDATE territorial_conferences
           SET phase = $2, facilitator_id = $3, partners = $4, meeting_at = $5, state = $6 WHERE case_id = $1""",
        conference.case_id,
        conference.phase,
        conference.facilitator_id,
        list(conference.partners),
        conference.meeting_at,
        state.model_dump(mode="json"),
    )

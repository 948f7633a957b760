"""SQL of drafts. Row-level security shows an agent their own, and those of colleagues at the place they named."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from chassis.sealing import WrappedKey
from contracts.sealed import Sealed

_LISTED = "draft_id, version, agent_id, place, restricted, changed_at, expires_at"
_WHOLE = f"{_LISTED}, sealed, wrapped, master_key_id"


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as the database holds it."""

    draft_id: UUID
    version: int
    agent_id: UUID
    place: str
    restricted: bool
    changed_at: datetime
    expires_at: datetime
    sealed: dict[str, Any] = field(repr=False)
    wrapped: str = field(repr=False)
    master_key_id: str

    @property
    def key(self) -> WrappedKey:
        return WrappedKey(self.block.key_subject, self.wrapped, self.master_key_id)

    @property
    def block(self) -> Sealed:
        return Sealed.model_validate(self.sealed)


@dataclass(frozen=True, slots=True)
class Written:
    """What a change writes."""

    agent_id: UUID
    organisation_id: UUID
    place: str
    territory_id: str | None
    restricted: bool
    sealed: dict[str, Any] = field(repr=False)
    changed_at: datetime
    expires_at: datetime


async def sit(tx: Transaction, place: str) -> None:
    """Say where the agent sits, for this transaction: drafts of that place of their organisation show."""
    await tx.execute("SELECT set_config('maillage.place', $1, true)", place)


async def listed(tx: Transaction, limit: int) -> list[dict[str, Any]]:
    """Drafts the actor sees, the last changed first, without what was typed."""
    rows = await tx.fetch(f"SELECT {_LISTED} FROM drafts ORDER BY changed_at DESC, draft_id LIMIT $1", limit)  # noqa: S608
    return [dict(row) for row in rows]


async def whole(tx: Transaction, limit: int) -> list[Kept]:
    """The same drafts, with what was typed."""
    rows = await tx.fetch(f"SELECT {_WHOLE} FROM drafts ORDER BY changed_at DESC, draft_id LIMIT $1", limit)  # noqa: S608
    return [Kept(**row) for row in rows]


async def find(tx: Transaction, draft_id: UUID) -> Kept | None:
    """A draft the actor sees."""
    row = await tx.fetchrow(f"SELECT {_WHOLE} FROM drafts WHERE draft_id = $1", draft_id)  # noqa: S608
    return Kept(**row) if row else None


async def take(tx: Transaction, draft_id: UUID) -> Kept | None:
    """The same, its other writers waiting for the end of the transaction."""
    row = await tx.fetchrow(f"SELECT {_WHOLE} FROM drafts WHERE draft_id = $1 FOR UPDATE", draft_id)  # noqa: S608
    return Kept(**row) if row else None


async def begin(tx: Transaction, draft_id: UUID, key: WrappedKey, written: Written) -> bool:
    """Keep a new draft; False when that id is taken."""
    made = await tx.fetchval(
        """INSERT INTO drafts (draft_id, version, wrapped, master_key_id, agent_id, organisation_id, place,
               territory_id, restricted, sealed, changed_at, expires_at)
           VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING true""",
        draft_id,
        key.wrapped,
        key.master_key_id,
        *_columns(written),
    )
    return bool(made)


async def change(tx: Transaction, draft_id: UUID, written: Written) -> int:
    """Replace what was typed. Returns the new version."""
    version: int = await tx.fetchval(
        """UPDATE drafts SET version = version + 1, agent_id = $2, organisation_id = $3, place = $4,
               territory_id = $5, restricted = $6, sealed = $7, changed_at = $8, expires_at = $9
           WHERE draft_id = $1 RETURNING version""",
        draft_id,
        *_columns(written),
    )
    return version


def _columns(written: Written) -> tuple[Any, ...]:
    return (
        written.agent_id,
        written.organisation_id,
        written.place,
        written.territory_id,
        written.restricted,
        written.sealed,
        written.changed_at,
        written.expires_at,
    )


async def remove(tx: Transaction, draft_id: UUID) -> bool:
    """Drop a draft with its key; False when the actor sees none."""
    return await tx.execute("DELETE FROM drafts WHERE draft_id = $1", draft_id) == "DELETE 1"


async def purge(tx: Transaction, draft_id: UUID, at: datetime) -> None:
    """Drop a draft that has ended by then."""
    await tx.execute("DELETE FROM drafts WHERE draft_id = $1 AND expires_at <= $2", draft_id, at)

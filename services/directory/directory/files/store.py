"""SQL of files."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from chassis.contents import ENDINGS
from chassis.database import Transaction
from chassis.sealing import WrappedKey


@dataclass(frozen=True, slots=True)
class Filed:
    """A file filed with an agreement or a project. `size`: bytes; `wrapped`: its own key."""

    file_id: UUID
    agreement_id: UUID | None
    project_id: UUID | None
    name: str
    media_type: str
    size: int
    wrapped: str
    master_key_id: str
    added_by: UUID
    added_at: datetime

    @property
    def ending(self) -> str:
        """What kind of file it is, as people call it."""
        return ENDINGS[self.media_type].upper()

    @property
    def key(self) -> WrappedKey:
        return WrappedKey(key_subject(self.file_id), self.wrapped, self.master_key_id)


def key_subject(file_id: UUID) -> str:
    """Whose key it is: a file's alone."""
    return f"file:{file_id}"


_NAMES = tuple(one.name for one in fields(Filed))
_SELECT = f"SELECT {', '.join(_NAMES)} FROM files"  # noqa: S608 - constants only


async def add(tx: Transaction, filed: Filed) -> None:
    values = [getattr(filed, name) for name in _NAMES]
    places = ", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))
    await tx.execute(f"INSERT INTO files ({', '.join(_NAMES)}) VALUES ({places})", *values)  # noqa: S608 - constants only


async def find(tx: Transaction, file_ids: Collection[UUID]) -> list[Filed]:
    """Those of them that the actor may read."""
    rows = await tx.fetch(f"{_SELECT} WHERE file_id = ANY($1::uuid[])", list(file_ids))
    return [Filed(**row) for row in rows]


async def remove_others(tx: Transaction, about: UUID, kept: Sequence[UUID]) -> list[UUID]:
    """Remove the files of an agreement or a project but those; returns whose contents are to go."""
    rows = await tx.fetch(
        """DELETE FROM files WHERE (agreement_id = $1 OR project_id = $1) AND file_id <> ALL ($2::uuid[])
           RETURNING file_id""",
        about,
        kept,
    )
    return [row["file_id"] for row in rows]


async def is_kept(tx: Transaction, file_id: UUID) -> bool:
    """Whether a content belongs to a file that is still there."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM files WHERE file_id = $1)", file_id))

"""A document of a dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it stands; its content lies elsewhere, under its id. `name` is sealed, and gone with a deletion."""

    document_id: UUID
    case_id: UUID
    name: Sealed | None
    media_type: str
    size: int
    readers: Sequence[str]
    added_by: UUID
    added_at: datetime
    deleted_by: UUID | None = None
    deleted_at: datetime | None = None

    @property
    def deleted(self) -> bool:
        return self.deleted_at is not None

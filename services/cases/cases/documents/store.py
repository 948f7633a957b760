"""SQL of documents."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.documents.model import Document
from chassis.database import Transaction
from contracts.sealed import Sealed

_NAMES = tuple(one.name for one in fields(Document))
_COLUMNS = ", ".join(_NAMES)
_ADD = f"""
INSERT INTO documents ({_COLUMNS}) VALUES ({", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))})
"""  # noqa: S608 - constants only


async def add(tx: Transaction, document: Document) -> None:
    """Write a document, whose content is there already, in the transaction that holds its dossier."""
    values = {name: getattr(document, name) for name in _NAMES}
    name = document.name.model_dump(mode="json") if document.name else None
    await tx.execute(_ADD, *(values | {"name": name}).values())


def _document(row: Any) -> Document:
    return Document(**(dict(row) | {"name": Sealed.model_validate(row["name"]) if row["name"] else None}))


async def find(tx: Transaction, case_id: UUID, document_id: UUID) -> Document | None:
    """A document the actor may read, unless it was deleted."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM documents WHERE case_id = $1 AND document_id = $2 AND deleted_at IS NULL",  # noqa: S608
        case_id,
        document_id,
    )
    return _document(row) if row else None


async def of_case(tx: Transaction, case_id: UUID) -> list[Document]:
    """Documents of a dossier that the actor may read, the newest first."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM documents WHERE case_id = $1 AND deleted_at IS NULL
            ORDER BY added_at DESC, document_id DESC""",  # noqa: S608
        case_id,
    )
    return [_document(row) for row in rows]


async def delete(tx: Transaction, document_id: UUID, by: UUID, at: datetime) -> None:
    """It is there no more, and has no name; that it was stays known."""
    await tx.execute(
        "UPDATE documents SET name = NULL, deleted_by = $2, deleted_at = $3 WHERE document_id = $1",
        document_id,
        by,
        at,
    )


async def is_kept(tx: Transaction, document_id: UUID) -> bool:
    """Whether a content belongs to a document that is still there."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM documents WHERE document_id = $1 AND deleted_at IS NULL)", document_id
        )
    )

"""HTTP of documents. A content leaves as an attachment, whatever it is: nothing of it runs in the reader's browser."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.responses import Response

from cases.answers import as_json, changed, created
from cases.documents import acts
from cases.documents.model import Document
from cases.dossiers.changes import Editing
from cases.dossiers.model import WORKERS
from cases.dossiers.work import by_agent
from chassis.actor import Actor
from chassis.contents import LARGEST_BODY
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.files import attached, sent
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import require

LARGER_BODIES = {
    "POST /cases/{case_id}/documents": LARGEST_BODY,
    "POST /cases/{case_id}/forms/document": LARGEST_BODY,
    "POST /cases/suivi/documents": LARGEST_BODY,
}
Reads = Literal["social_worker", "coordinator", "manager"]

router = APIRouter(prefix="/cases/{case_id}/documents", tags=["documents"])
Worker = Annotated[Actor, Depends(require(*WORKERS))]


@router.get("")
async def documents(case_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The documents of a dossier that the actor may read, the newest first."""
    return as_json({"items": [_shown(*one) for one in await acts.listed(parts, actor, case_id)]})


def _shown(document: Document, name: str) -> dict[str, Any]:
    return {
        "document_id": document.document_id,
        "name": name,
        "media_type": document.media_type,
        "size": document.size,
        "readers": document.readers,
        "added_by": document.added_by,
        "added_at": document.added_at,
    }


@router.post("", status_code=201)
async def add(
    case_id: UUID,
    actor: Worker,
    parts: CurrentParts,
    key: Idempotency,
    document: Annotated[UploadFile, File()],
    readers: Annotated[list[Reads] | None, Form()] = None,
    private: Annotated[bool, Form()] = False,
) -> Response:
    """File a document (`multipart/form-data`). `readers`: roles that may read it; `private`: its author alone."""
    put = await acts.put(parts, actor, case_id, await sent(document))

    async def create(tx: Transaction) -> Answer:
        work = await by_agent(tx, parts, actor, case_id)
        made = await acts.add(work, put, () if private else readers or WORKERS)
        return created(work, document_id=made.document_id, media_type=made.media_type)

    return changed(await once(lambda: parts.app.transaction(actor), key, create))


@router.get("/{document_id}")
async def download(case_id: UUID, document_id: UUID, actor: Worker, parts: CurrentParts) -> Response:
    """The content of a document, to be saved."""
    read = await acts.read(parts, actor, case_id, document_id)
    return attached(read.content, read.name, read.document.media_type)


@router.delete("/{document_id}")
async def delete(document_id: UUID, edit: Editing) -> Response:
    """Delete a document: its content and its name; that it was there stays in the timeline."""
    async with edit.work() as work:
        await acts.delete(work, document_id)
        return changed(created(work, status=200))

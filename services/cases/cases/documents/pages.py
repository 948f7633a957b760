"""Forms of documents, on the dossier's page."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from cases.documents import acts
from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.model import WORKERS
from cases.dossiers.work import by_agent
from chassis.database import Transaction
from chassis.web.files import chosen
from chassis.web.idempotency import Answer, Idempotency, once

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#documents"


class AddForm(BaseModel):
    document_private: bool = False


class DeleteForm(EditForm):
    deleted_document: UUID


@router.post("/document")
async def add(sent: SentForm, key: Idempotency) -> Response:
    async def do(form: AddForm) -> None:
        with acts.as_refused():
            file = await chosen(sent.request, "document_file")
        put = await acts.put(sent.parts, sent.actor, sent.case_id, file)

        async def create(tx: Transaction) -> Answer:
            work = await by_agent(tx, sent.parts, sent.actor, sent.case_id)
            await acts.add(work, put, () if form.document_private else WORKERS)
            return Answer(303, {})

        await once(lambda: sent.parts.app.transaction(sent.actor), key, create)

    return await sent.done(AddForm, do, _PLACE)


@router.post("/document-deleted")
async def delete(sent: SentForm) -> Response:
    return await sent.edit(DeleteForm, lambda work, form: acts.delete(work, form.deleted_document), _PLACE)

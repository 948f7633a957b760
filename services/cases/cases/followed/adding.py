"""A document that the person concerned adds: checked as agents' are, read by those who work on the dossier."""

from typing import Final
from uuid import UUID

from cases.documents import store as documents
from cases.documents.acts import as_refused
from cases.documents.model import Document
from cases.dossiers import store as dossiers
from cases.dossiers.model import WORKERS, Refused, must_be_writable, must_not_be_private_time
from cases.dossiers.work import NoSuchCase, Work
from cases.followed import store
from cases.people import store as people
from chassis import contents
from chassis.actor import WORKER
from chassis.contents import File
from chassis.database import Transaction
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from chassis.web.translations import translate as _
from contracts.envelope import new_id

MOST: Final = 20
"""Documents that one person adds to one dossier."""


async def add(parts: Parts, request_id: UUID, file: File, key: IdempotencyKey) -> None:
    """Put the content, then write its document. Raises Refused, NoSuchCase."""
    with as_refused():
        objects, media_type = await contents.received(parts, file)
    document_id = new_id()
    async with parts.worker.transaction() as tx:
        work, _person = await _taken(tx, parts, request_id)
        sealing = await parts.keyring.key_of(tx, work.key_subject) or await work.issue_key(work.key_subject)
        await contents.look_at(tx, document_id, work.now + contents.GRACE, parts.settings.zone)
    await objects.put(document_id, sealing.seal_bytes(file.content, event_id=document_id, name="content"))

    async def create(tx: Transaction) -> Answer:
        work, person = await _taken(tx, parts, request_id)
        called = contents.safe_name(file.name, media_type)
        name = await work.seal(called, document_id, "name")
        document = Document(
            document_id, work.case_id, name, media_type, len(file.content), list(WORKERS), person, work.now
        )
        await documents.add(tx, document)
        await work.enter("document_received", text=called, about=document_id)
        return Answer(303, {})

    await once(parts.worker.transaction, key, create)


async def _taken(tx: Transaction, parts: Parts, request_id: UUID) -> tuple[Work, UUID]:
    """The dossier, held until the transaction ends, and the person it is about."""
    case_id = await store.case_of(tx, request_id)
    case = await dossiers.take(tx, case_id) if case_id else None
    if case is None:
        raise NoSuchCase
    must_be_writable(case)
    must_not_be_private_time(case)
    concerned = (one.person_id for one in await people.of_case(tx, case.case_id) if one.role == "concerned")
    person = next(concerned, case.case_id)
    if await store.added_by(tx, case.case_id, person) >= MOST:
        raise Refused(_("Vous avez déjà ajouté beaucoup de documents. Appelez, avec votre référence."))
    work = Work(tx, parts, case, WORKER, parts.now(), lambda _: new_id(), traceparent=current_traceparent())
    return work, person

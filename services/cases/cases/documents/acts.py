"""What agents do with the documents of their dossier. A content is put first, then its document is written: what has
been put and never written is swept by the clock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from cases.documents import store
from cases.documents.model import Document
from cases.dossiers import store as dossiers
from cases.dossiers.model import WORKERS, Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work, by_agent
from cases.telling import NotTheirs
from chassis import contents
from chassis.actor import Actor
from chassis.contents import File, NotTaken, Unreadable
from chassis.sealing import NotOpened
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.envelope import new_id


@dataclass(frozen=True, slots=True)
class Put:
    """A content that lies under its id, and waits for its document."""

    document_id: UUID
    name: str
    media_type: str
    size: int


@contextmanager
def as_refused() -> Iterator[None]:
    """What may not be sent is refused like any other step."""
    try:
        yield
    except NotTaken as error:
        raise Refused(str(error)) from None


async def put(parts: Parts, actor: Actor, case_id: UUID, file: File) -> Put:
    """Encrypt a content under the dossier's key and put it under a new id. Raises Refused, NoSuchCase, NotTheirs."""
    with as_refused():
        objects, media_type = await contents.received(parts, file)
    document_id = new_id()
    async with parts.app.transaction(actor) as tx:
        work = await by_agent(tx, parts, actor, case_id)
        _must_be_addable(work)
        key = await parts.keyring.key_of(tx, work.key_subject) or await work.issue_key(work.key_subject)
        await contents.look_at(tx, document_id, work.now + contents.GRACE, parts.settings.zone)
    await objects.put(document_id, key.seal_bytes(file.content, event_id=document_id, name="content"))
    return Put(document_id, contents.safe_name(file.name, media_type), media_type, len(file.content))


def _must_be_addable(work: Work) -> None:
    work.require(*WORKERS)
    must_be_writable(work.case)


async def add(work: Work, put_: Put, readers: Sequence[str] = WORKERS) -> Document:
    """Write the document of a content that is there; without readers it is the author's alone. Raises Refused."""
    _must_be_addable(work)
    name = await work.seal(put_.name, put_.document_id, "name")
    document = Document(
        put_.document_id,
        work.case.case_id,
        name,
        put_.media_type,
        put_.size,
        list(readers),
        work.agent_id,
        work.now,
    )
    await store.add(work.tx, document)
    await work.enter("document_added", text=put_.name, readers=readers, about=document.document_id)
    return document


async def delete(work: Work, document_id: UUID) -> None:
    """Its author or a manager deletes it: its name and its content go, that it was there stays. Raises NotTheirs."""
    document = await store.find(work.tx, work.case.case_id, document_id)
    if document is None:
        raise NoSuchCase
    if document.added_by != work.actor.agent_id and "manager" not in work.case.roles_of(work.actor):
        raise NotTheirs
    must_be_writable(work.case)
    await store.delete(work.tx, document_id, work.agent_id, work.now)
    await contents.look_at(work.tx, document_id, work.now, work.parts.settings.zone)
    await work.enter("document_deleted", readers=document.readers, about=document_id)


@dataclass(frozen=True, slots=True)
class Read:
    """A document and its content, for who may read it."""

    document: Document
    name: str
    content: bytes


async def read(parts: Parts, actor: Actor, case_id: UUID, document_id: UUID) -> Read:
    """A document the actor may read, in their dossier or as it is shared with their organisation. Raises NoSuchCase,
    or Refused where its content can't be read any more."""
    async with parts.app.transaction(actor) as tx:
        document = await store.find(tx, case_id, document_id)
        if document is None:
            raise NoSuchCase
        key = await parts.keyring.key_of(tx, f"case:{case_id}")
        [name] = await parts.keyring.open(tx, [document.name])
    if key is None or name is None or not name.readable:
        raise Refused(_("Ce document est effacé, ou sa clé n'est pas encore arrivée."))
    with as_refused():
        objects = contents.objects_of(parts)
    try:
        sealed = await objects.get(document_id)
        return Read(document, str(name), key.open_bytes(sealed, event_id=document_id, name="content"))
    except (Unreadable, NotOpened):
        raise Refused(_("Le contenu de ce document est introuvable ou abîmé. Prévenez l'exploitation.")) from None


async def listed(parts: Parts, actor: Actor, case_id: UUID) -> list[tuple[Document, str]]:
    """The documents of a dossier that the actor may read, each with its name. Raises NoSuchCase."""
    async with parts.app.transaction(actor) as tx:
        if await dossiers.find(tx, case_id) is None:
            raise NoSuchCase
        found = await store.of_case(tx, case_id)
        names = await parts.keyring.open(tx, [one.name for one in found])
    return [(one, str(name or "")) for one, name in zip(found, names, strict=True)]

"""Files of agreements and projects: a content is put first, then its file is written with what it belongs to, in one
transaction; what has been put and never written is swept by the clock."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import contents
from chassis.actor import Actor
from chassis.contents import File, NotTaken, Unreadable
from chassis.database import Transaction
from chassis.sealing import NotOpened, WrappedKey
from chassis.service import Parts
from chassis.web.translations import N_
from contracts.envelope import new_id
from directory.aggregates import NotKept
from directory.files import store
from directory.files.model import address, named
from directory.files.store import Filed
from directory.refusal import Refused


@dataclass(frozen=True, slots=True)
class Put:
    """A content that lies under its id, and waits for its file."""

    file_id: UUID
    name: str
    media_type: str
    size: int
    key: WrappedKey

    @property
    def address(self) -> str:
        return address(self.file_id)


class _Opened(Protocol):
    """Work on an agreement or a project."""

    @property
    def tx(self) -> Transaction: ...


async def put(parts: Parts, file: File, allowed: AbstractAsyncContextManager[_Opened]) -> Put:
    """Put a content under a new id and a key of its own. `allowed` opens the work of who may file it, or raises.

    Raises NotTaken for what may not be filed.
    """
    objects, media_type = await contents.received(parts, file)
    file_id = new_id()
    async with allowed as work:
        await contents.look_at(work.tx, file_id, parts.now() + contents.GRACE, parts.settings.zone)
    key, wrapped = parts.keyring.master.issue(store.key_subject(file_id))
    await objects.put(file_id, key.seal_bytes(file.content, event_id=file_id, name="content"))
    return Put(file_id, contents.safe_name(file.name, media_type), media_type, len(file.content), wrapped)


@dataclass(frozen=True, slots=True)
class About:
    """What a file belongs to: one of them."""

    agreement_id: UUID | None = None
    project_id: UUID | None = None


async def write(tx: Transaction, made: Put, about: About, by: UUID, at: datetime) -> None:
    """Write the file of a content that is there, in the transaction that files it with an agreement or a project."""
    key = made.key
    filed = Filed(
        file_id=made.file_id,
        agreement_id=about.agreement_id,
        project_id=about.project_id,
        name=made.name,
        media_type=made.media_type,
        size=made.size,
        wrapped=key.wrapped,
        master_key_id=key.master_key_id,
        added_by=by,
        added_at=at,
    )
    await store.add(tx, filed)


async def keep_only(tx: Transaction, about: UUID, links: Iterable[str], at: datetime, zone: ZoneInfo) -> None:
    """What an agreement or a project names no more goes, with its content."""
    for file_id in await store.remove_others(tx, about, named(links)):
        await contents.look_at(tx, file_id, at, zone)


async def of(tx: Transaction, links: Iterable[str]) -> dict[str, Filed]:
    """The files that the actor may read among addresses of documents, by address."""
    return {address(one.file_id): one for one in await store.find(tx, named(links))}


@dataclass(frozen=True, slots=True)
class Read:
    """A file and its content, for who may read it."""

    filed: Filed
    content: bytes


async def read(parts: Parts, actor: Actor, file_id: UUID) -> Read:
    """A file the actor may read. Raises NotKept, and Refused where its content can't be read any more."""
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, [file_id])
    if not found:
        raise NotKept
    try:
        key = parts.keyring.master.unwrap(found[0].key)
        sealed = await contents.objects_of(parts).get(file_id)
        return Read(found[0], key.open_bytes(sealed, event_id=file_id, name="content"))
    except (Unreadable, NotOpened, NotTaken):
        gone = N_("Le contenu de ce document est introuvable ou abîmé. Prévenez l'exploitation.")
        raise Refused("file-unreadable", gone) from None

"""Files that people send: what may be one, by what it is and not by what it is called, and where its content lies.

A content lies outside the database, encrypted, under the id of its record. It is put first, then its record is written;
the clock looks a day later, and when a record is deleted: no content stays without its record.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID
from zipfile import BadZipFile, ZipFile
from zoneinfo import ZoneInfo

from pydantic import Field

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.scanning import NoAnswer, virus_in
from chassis.service import Parts
from chassis.settings import Settings
from chassis.web.translations import translate as _
from contracts.envelope import derived_id

if TYPE_CHECKING:
    # Declared by the services that take files, and imported where one is used: the others do without.
    from obstore.store import ObjectStore

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of a content."""
LARGEST_BODY: Final = LARGEST + 64 * 1024
"""Bytes of a request that carries one: what is around it included."""
NAME_LENGTH: Final = 120

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
HEIC: Final = "image/heic"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ENDINGS: Final = {
    PDF: "pdf", JPEG: "jpg", PNG: "png", HEIC: "heic", DOCX: "docx", XLSX: "xlsx", ODT: "odt", ODS: "ods"
}  # fmt: skip
"""What may be sent, and how its name ends."""
ACCEPTED: Final = ", ".join(f".{ending}" for ending in ENDINGS.values())
"""As the field of a form says it."""

SWEEP: Final = "document"
"""Kind of the due dates."""
GRACE: Final = timedelta(days=1)
"""By then whoever put a content has written its record, or never will."""

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_ZIP: Final = b"PK\x03\x04"
_OFFICE: Final = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
_OPEN_DOCUMENT: Final = {one.encode(): one for one in (ODT, ODS)}
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
"""What no name of a file may hold: paths, controls, and what turns a line of text around."""


class NotTaken(Exception):
    """It may not be sent; its text is a French sentence that says why."""


class Unreadable(Exception):
    """Nothing lies there, or not what was put there."""


class ContentSettings(Settings):
    """What a service is told that takes files."""

    documents_url: str | None = None
    """Where documents lie, encrypted: `file:///folder` or `s3://bucket/prefix`. Unset, none can be added."""
    scanner_url: Annotated[str, Field(pattern=r"^tcp://[^/]+:\d+$")] | None = None
    """The antivirus that looks through each of them first, ClamAV's: `tcp://host:3310`. Unset, none does."""


@dataclass(frozen=True, slots=True)
class File:
    """What somebody sends: its name and its declared type are only what they say."""

    name: str
    declared: str
    content: bytes


def media_type_of(file: File) -> str:
    """What a content is. Raises NotTaken for what may not be sent, or that says it is something else."""
    if not file.content:
        raise NotTaken(_("Ce fichier est vide."))
    if len(file.content) > LARGEST:
        raise NotTaken(_("Ce fichier dépasse 20 Mio : réduisez-le, ou envoyez-le en plusieurs fois."))
    found = _recognised(file.content)
    if found is None or (file.declared in ENDINGS and file.declared != found):
        raise NotTaken(
            _(
                "Ce fichier n'est ni un PDF, ni une image (JPEG, PNG, HEIC), "
                "ni un texte (DOCX, ODT) ou un tableau (XLSX, ODS) sans macro."
            )
        )
    return found


def _recognised(content: bytes) -> str | None:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return HEIC
    return _of_an_office_suite(content) if content.startswith(_ZIP) else None


def _of_an_office_suite(content: bytes) -> str | None:
    """A text or a table, without a program inside. Only the list of its parts is read, and one short part."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" in names and not any(name.endswith("vbaProject.bin") for name in names):
                return next((found for part, found in _OFFICE.items() if part in names), None)
            if "mimetype" in names and not any(name.startswith(("Basic/", "Scripts/")) for name in names):
                with archive.open("mimetype") as part:
                    return _OPEN_DOCUMENT.get(part.read(len(ODS) + 1))
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return None
    return None


def safe_name(given: str, media_type: str) -> str:
    """What a file is called when it is downloaded: nothing of a path, and the ending of what it really is."""
    ending = ENDINGS[media_type]
    stem = _UNSAFE.sub(" ", given.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem = stem[: -len(ending) - 1] if stem.lower().endswith(f".{ending}") else stem
    return f"{stem[:NAME_LENGTH].strip(' .') or _('document')}.{ending}"


class Objects:
    """Contents by the id of their record."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    async def put(self, id: UUID, content: bytes) -> None:
        await self._store.put_async(str(id), content)

    async def get(self, id: UUID) -> bytes:
        """Raises Unreadable."""
        from obstore.exceptions import NotFoundError

        try:
            found = await self._store.get_async(str(id))
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise Unreadable from None

    async def delete(self, id: UUID) -> None:
        """What is not there any more is deleted."""
        from obstore.exceptions import NotFoundError

        try:
            await self._store.delete_async(str(id))
        except (NotFoundError, FileNotFoundError):
            return


@cache
def objects_at(url: str) -> Objects:
    """The store at `file:///folder` (made if need be), `s3://bucket/prefix` (credentials from the environment, as AWS
    names them) or `memory:///`, which a process forgets."""
    from obstore.store import from_url

    return Objects(from_url(url, mkdir=True) if url.startswith("file:") else from_url(url))


def objects_of(parts: Parts) -> Objects:
    """Where contents lie. Raises NotTaken where this deployment has no place for them."""
    url = _settings_of(parts).documents_url
    if url is None:
        raise NotTaken(_("Aucun lieu n'est prévu ici pour les documents. Prévenez l'exploitation."))
    return objects_at(url)


def _settings_of(parts: Parts) -> ContentSettings:
    assert isinstance(parts.settings, ContentSettings), "a service that takes files"
    return parts.settings


async def received(parts: Parts, file: File) -> tuple[Objects, str]:
    """Where the content of a file may be put, and what it is. Raises NotTaken for what may not be sent, and for what
    holds a virus or could not be looked through."""
    objects, media_type = objects_of(parts), media_type_of(file)
    scanner_url = _settings_of(parts).scanner_url
    if scanner_url is None:
        return objects, media_type
    try:
        virus = await virus_in(file.content, scanner_url)
    except NoAnswer:
        raise NotTaken(_("L'antivirus ne répond pas : rien n'a été gardé. Réessayez dans quelques minutes.")) from None
    if virus:
        raise NotTaken(_("L'antivirus a trouvé un virus dans ce fichier : il n'a pas été gardé. Ne l'ouvrez pas."))
    return objects, media_type


async def look_at(tx: Transaction, id: UUID, at: datetime, zone: ZoneInfo) -> None:
    """Have the clock look at a content then."""
    due_on = at.astimezone(zone).date()
    await due_dates.schedule(tx, [DueDate(derived_id(id, SWEEP), "due", SWEEP, id, due_on, zone.key, at)])


def on_due(settings: ContentSettings, is_kept: Callable[[Transaction, UUID], Awaitable[bool]]) -> OnDue:
    """Deletes a content that no record has, or has any more."""

    async def sweep(tx: Transaction, due: DueDate) -> None:
        if settings.documents_url is not None and not await is_kept(tx, due.subject):
            await objects_at(settings.documents_url).delete(due.subject)

    return sweep

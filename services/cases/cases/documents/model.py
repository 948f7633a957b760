"""A document of a dossier: what may be one, by what it is and not by what it is called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.sealed import Sealed

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of a document."""
NAME_LENGTH: Final = 120

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
HEIC: Final = "image/heic"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT: Final = "application/vnd.oasis.opendocument.text"
ENDINGS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png", HEIC: "heic", DOCX: "docx", ODT: "odt"}
"""What may be filed, and how its name ends."""

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_ZIP: Final = b"PK\x03\x04"
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
"""What no name of a file may hold: paths, controls, and what turns a line of text around."""


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


def media_type_of(content: bytes, declared: str) -> str:
    """What a content is. Raises Refused for what may not be filed, or that says it is something else."""
    if not content:
        raise Refused(_("Ce fichier est vide."))
    if len(content) > LARGEST:
        raise Refused(_("Ce fichier dépasse 20 Mio : réduisez-le, ou envoyez-le en plusieurs fois."))
    found = _recognised(content)
    if found is None or (declared in ENDINGS and declared != found):
        raise Refused(
            _("Ce fichier n'est ni un PDF, ni une image (JPEG, PNG, HEIC), ni un texte (DOCX, ODT) sans macro.")
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
    return _text_document(content) if content.startswith(_ZIP) else None


def _text_document(content: bytes) -> str | None:
    """A text of an office suite, without a program inside. Only the list of its parts is read, and one short part."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            if {"[Content_Types].xml", "word/document.xml"} <= names:
                return None if any(name.endswith("vbaProject.bin") for name in names) else DOCX
            if "mimetype" in names and not any(name.startswith(("Basic/", "Scripts/")) for name in names):
                with archive.open("mimetype") as part:
                    return ODT if part.read(len(ODT) + 1) == ODT.encode() else None
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return None
    return None


def safe_name(given: str, media_type: str) -> str:
    """What a file is called when it is downloaded: nothing of a path, and the ending of what it really is."""
    ending = ENDINGS[media_type]
    stem = _UNSAFE.sub(" ", given.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem = stem[: -len(ending) - 1] if stem.lower().endswith(f".{ending}") else stem
    return f"{stem[:NAME_LENGTH].strip(' .') or _('document')}.{ending}"

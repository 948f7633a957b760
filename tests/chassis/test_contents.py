"""Files that people send: what may be one, what it is called, and where it lies."""

import asyncio
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest

from chassis import contents
from chassis.contents import File, NotTaken, Unreadable, objects_at

PDF = b"%PDF-1.7\nquittance de Personne Exemple"


def archive(**parts: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return content.getvalue()


DOCX_PARTS = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}
XLSX_PARTS = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"}
DOCX, XLSX = archive(**DOCX_PARTS), archive(**XLSX_PARTS)
ODT, ODS = (archive(mimetype=one, **{"content.xml": "<o/>"}) for one in (contents.ODT, contents.ODS))

# what it is, its content, what it says it is → what it is taken for (None: refused)
TYPES: list[tuple[str, bytes, str, str | None]] = [
    ("a PDF", PDF, contents.PDF, contents.PDF),
    ("a PDF the browser does not name", PDF, "application/octet-stream", contents.PDF),
    ("a photo", b"\xff\xd8\xff\xe0photo", contents.JPEG, contents.JPEG),
    ("a screenshot", b"\x89PNG\r\n\x1a\nscreen", contents.PNG, contents.PNG),
    ("a phone's photo", b"\x00\x00\x00\x18ftypheic\x00\x00", contents.HEIC, contents.HEIC),
    ("a DOCX", DOCX, contents.DOCX, contents.DOCX),
    ("an ODT", ODT, contents.ODT, contents.ODT),
    ("an XLSX", XLSX, contents.XLSX, contents.XLSX),
    ("an ODS", ODS, contents.ODS, contents.ODS),
    ("a table that says it is a text", XLSX, contents.DOCX, None),
    ("an XLSX with a macro", archive(**XLSX_PARTS, **{"xl/vbaProject.bin": "x"}), contents.XLSX, None),
    ("a presentation", archive(mimetype="application/vnd.oasis.opendocument.presentation"), contents.ODT, None),
    ("a PDF that says it is a photo", PDF, contents.JPEG, None),
    ("a program that says it is a PDF", b"MZ\x90\x00", contents.PDF, None),
    ("a page that says it is a PDF", b"<html><script>", contents.PDF, None),
    ("a film", b"\x00\x00\x00\x18ftypmp42\x00\x00", "video/mp4", None),
    ("a DOCX with a macro", archive(**DOCX_PARTS, **{"word/vbaProject.bin": "x"}), contents.DOCX, None),
    ("an ODT with a macro", archive(mimetype=contents.ODT, **{"Basic/script.xml": "x"}), contents.ODT, None),
    ("another archive", archive(readme="x"), "application/zip", None),
    ("a broken archive", b"PK\x03\x04rest", contents.DOCX, None),
    ("nothing", b"", contents.PDF, None),
    ("too much", PDF + bytes(contents.LARGEST), contents.PDF, None),
]


@pytest.mark.parametrize(("content", "declared", "found"), [row[1:] for row in TYPES], ids=[row[0] for row in TYPES])
def test_what_may_be_filed(content: bytes, declared: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(NotTaken):
            contents.media_type_of(File("x", declared, content))
    else:
        assert contents.media_type_of(File("x", declared, content)) == found


NAMES = [
    ("quittance.pdf", "quittance.pdf"),
    ("quittance.PDF", "quittance.pdf"),
    ("../../etc/passwd", "passwd.pdf"),
    ("C:\\Mes documents\\loyer.pdf", "loyer.pdf"),
    ("loyer.exe", "loyer.exe.pdf"),
    ('a"b\r\nSet-Cookie: x.pdf', "a b  Set-Cookie  x.pdf"),
    ("\u202efdp.exe", "fdp.exe.pdf"),
    ("", "document.pdf"),
    ("..", "document.pdf"),
    ("x" * 500, f"{'x' * contents.NAME_LENGTH}.pdf"),
]


@pytest.mark.parametrize(("given", "called"), NAMES)
def test_a_name_ends_as_its_content_and_holds_no_path(given: str, called: str) -> None:
    assert contents.safe_name(given, contents.PDF) == called


async def test_a_folder_of_this_machine_keeps_them_as_well(tmp_path: Path) -> None:
    objects, one = objects_at((tmp_path / "documents").as_uri()), uuid4()
    await objects.put(one, b"content")
    assert await objects.get(one) == b"content"
    await asyncio.gather(objects.delete(one), objects.delete(uuid4()))
    with pytest.raises(Unreadable):
        await objects.get(one)

"""Files filed with agreements and projects: kept encrypted, read by those who read what they belong to."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis import contents
from chassis.contents import Unreadable, objects_at
from directory.files import acts
from tests.chassis.scanner import VIRUS, scanner
from tests.directory.agreed import cooperation
from tests.directory.conftest import Directory
from tests.directory.test_action_pages import AtWork
from tests.directory.test_agreements import PATH, TODAY, Partners, partners, running
from tests.directory.test_grants import CALLS, call, house, made, project
from tests.directory.test_pages import BROWSER

__all__ = ["house", "partners", "running"]

PDF = b"%PDF-1.7\nstatuts de Structure Exemple"
SENT = ("Budget é.pdf", PDF, contents.PDF)


async def stored(address: str) -> bytes | None:
    """What lies in the object store, as it lies there."""
    try:
        return await objects_at("memory:///").get(UUID(address.rsplit("/", 1)[1]))
    except Unreadable:
        return None


async def upload(
    directory: Directory, path: str, version: int, by: str, sent: tuple[str, bytes, str] = SENT, title: str = "Budget"
) -> httpx.Response:
    headers = {"If-Match": f'"{version}"'}
    return await directory.ask("POST", path, by, data={"title": title}, files={"file": sent}, headers=headers)


async def links(directory: Directory, path: str, by: str) -> list[str]:
    body = (await directory.ask("GET", path, by)).json()
    return [one["link"] for one in body["documents"]]


async def test_a_signed_copy_is_kept_with_its_agreement_and_gone_when_it_is_taken_out(partners: Partners) -> None:
    directory, agreement = partners.directory, await partners.open(cooperation())
    kept = await upload(directory, f"{PATH}/{agreement}/files", 1, "responsable", title="Protocole signé")
    assert kept.status_code == 200, kept.text
    [document] = kept.json()["documents"]
    lies = await stored(document["link"])
    assert lies is not None
    assert PDF not in lies
    read = await directory.ask("GET", document["link"], "responsable")
    assert read.content == PDF
    assert read.headers["content-disposition"] == "attachment; filename*=UTF-8''Budget%20%C3%A9.pdf"
    assert read.headers["content-type"] == contents.PDF

    taken_out = f"{PATH}/{agreement}/documents/{document['document_id']}"
    assert (await directory.delete(taken_out, 2, "responsable")).status_code == 200
    assert (await directory.ask("GET", document["link"], "responsable")).status_code == 404
    await partners.until(TODAY)
    assert await stored(document["link"]) is None


async def test_what_is_no_document_is_refused_with_why_and_nothing_is_kept(partners: Partners) -> None:
    directory, agreement = partners.directory, await partners.open(cooperation())
    place = f"{PATH}/{agreement}/files"
    program = await upload(directory, place, 1, "responsable", ("budget.pdf", b"MZ\x90\x00", contents.PDF))
    assert (program.status_code, program.json()["type"].rsplit(":", 1)[1]) == (409, "file-not-taken")
    assert "PDF" in program.json()["detail"]
    assert (await upload(directory, place, 7, "responsable")).status_code == 412
    assert (await partners.read(agreement))["version"] == 1
    path = f"{PATH}/{agreement}/forms/file"
    page = await directory.ask(
        "POST", path, "responsable", data={"version": "1", "file_title": "Annexe"}, headers=BROWSER
    )
    assert page.status_code == 422
    assert "Choisissez un fichier." in page.text


async def test_a_virus_is_refused_and_nothing_is_kept(partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, agreement = partners.directory, await partners.open(cooperation())
    async with scanner() as antivirus:
        monkeypatch.setitem(vars(directory.service.parts.settings), "scanner_url", antivirus.url)
        sent = ("budget.pdf", PDF + VIRUS, contents.PDF)
        refused = await upload(directory, f"{PATH}/{agreement}/files", 1, "responsable", sent)
    assert (refused.status_code, "trouvé un virus" in refused.text) == (409, True), refused.text
    assert (await partners.read(agreement))["version"] == 1


async def test_what_was_put_and_never_filed_is_swept_and_what_was_filed_stays(
    partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, agreement = partners.directory, await partners.open(cooperation())
    put: list[acts.Put] = []

    async def dies(tx: Any, made: acts.Put, *_: Any) -> None:
        put.append(made)
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(acts, "write", dies)
        assert (await upload(directory, f"{PATH}/{agreement}/files", 1, "responsable")).status_code >= 500
    kept = (await upload(directory, f"{PATH}/{agreement}/files", 1, "responsable")).json()["documents"][0]["link"]
    assert await stored(put[0].address) is not None
    await partners.until(TODAY + timedelta(days=2))
    assert await stored(put[0].address) is None
    assert await stored(kept) is not None


async def test_a_file_is_filed_and_removed_on_the_agreement_s_page(partners: Partners) -> None:
    directory, agreement = partners.directory, await partners.open(cooperation())
    path, data = f"{PATH}/{agreement}/forms/file", {"version": "1", "file_title": "Annexe financière"}
    more: dict[str, Any] = {"files": {"file_content": SENT}, "headers": BROWSER}
    assert (await directory.ask("POST", path, "responsable", data=data, **more)).status_code == 303
    page = (await directory.ask("GET", f"{PATH}/{agreement}", "responsable", headers=BROWSER)).text
    assert "Annexe financière (PDF, 1 Kio)" in page


async def test_a_project_s_documents_are_read_by_who_asks_and_who_decides(house: Directory) -> None:
    asked = await made(house, f"{await made(house, CALLS, call(), 'financeur')}/projects", project(), "centre")
    place = f"{asked}/files"
    assert (await upload(house, place, 1, "ailleurs")).status_code == 404, "who cannot read it"
    assert (await upload(house, place, 1, "collegue")).status_code == 403, "who reads it, and neither asks nor decides"
    assert (await upload(house, place, 1, "centre")).status_code == 200
    assert (await upload(house, place, 2, "financeur", title="Attestation")).status_code == 200
    [elsewhere, first, second] = await links(house, asked, "centre")
    assert elsewhere == "https://centre.example/statuts.pdf"
    for who, status in (("centre", 200), ("financeur", 200), ("collegue", 200), ("ailleurs", 404), (None, 401)):
        assert (await house.ask("GET", first, who)).status_code == status, who

    rewritten = project(documents=[{"title": "Attestation", "link": second}])
    assert (await house.put(asked, rewritten, 3, "centre")).status_code == 200
    assert (await house.ask("GET", first, "centre")).status_code == 404, "named no more, it goes"
    assert (await house.ask("GET", second, "centre")).status_code == 200
    removed = f"{place}/{second.rsplit('/', 1)[1]}"
    assert (await house.delete(removed, 4, "centre")).json()["documents"] == []

    grant = {"outcome": "granted", "decided_on": call()["opens_on"], "granted_cents": 100_00}
    decided = await house.ask("POST", f"{asked}/decision", "financeur", json=grant, headers={"If-Match": '"5"'})
    assert decided.status_code == 200, decided.text
    late = await upload(house, place, 6, "centre")
    assert (late.status_code, late.json()["type"].rsplit(":", 1)[1]) == (409, "decided")
    assert (await upload(house, place, 6, "financeur", title="Bilan reçu")).status_code == 200


async def test_a_project_takes_twenty_documents_and_says_so(house: Directory) -> None:
    full = [{"title": f"Pièce {number}", "link": f"https://centre.example/{number}"} for number in range(20)]
    here = await made(house, CALLS, call(), "financeur")
    asked = await made(house, f"{here}/projects", project(documents=full), "centre")
    refused = await upload(house, f"{asked}/files", 1, "centre")
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[1]) == (409, "documents")


@pytest.mark.parametrize("link", [f"/directory/files/{'-' * 36}", "/directory/files/x", "/cases/1", "javascript:1"])
async def test_a_link_that_is_no_address_is_refused(house: Directory, link: str) -> None:
    here = await made(house, CALLS, call(), "financeur")
    body = project(documents=[{"title": "Pièce", "link": link}])
    assert (await house.post(f"{here}/projects", body, "centre")).status_code == 422


async def test_documents_are_added_and_removed_on_the_project_s_page(house: Directory) -> None:
    asked = await made(house, f"{await made(house, CALLS, call(), 'financeur')}/projects", project(), "centre")
    path = asked.replace("/projects/", "/project/")
    centre = AtWork(house, "centre")
    fields = {"document_title": "Budget détaillé", "version": "1"}
    none = await centre.http.post(f"{path}/file", data=fields, headers=BROWSER)
    assert (none.status_code, "Choisissez un fichier." in none.text) == (422, True)
    untitled = await centre.http.post(
        f"{path}/file", data=fields | {"document_title": " "}, files={"document_file": SENT}, headers=BROWSER
    )
    assert untitled.status_code == 422
    sent = await centre.http.post(f"{path}/file", data=fields, files={"document_file": SENT}, headers=BROWSER)
    assert sent.status_code == 303, sent.text
    shown = await centre.open(path)
    assert "Budget détaillé (PDF, 1 Kio)" in shown
    [_, link] = await links(house, asked, "centre")
    gone = {"removed_file": link.rsplit("/", 1)[1], "version": "2"}
    assert (await centre.http.post(f"{path}/file-removed", data=gone, headers=BROWSER)).status_code == 303
    assert "Budget détaillé" not in await centre.open(path)

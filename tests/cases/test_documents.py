"""Documents of a dossier: what may be one, who reads it, and that content and record are never half there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cases.documents import store
from chassis import contents
from chassis.contents import Unreadable, objects_at
from chassis.sealing import NotOpened, SubjectKey
from tests.cases.conftest import HERE, Cases, Meeting
from tests.chassis.scanner import VIRUS, scanner

PDF = b"%PDF-1.7\nquittance de Personne Exemple"


async def add(
    cases: Cases, case_id: UUID, content: bytes = PDF, by: str = "social_worker", key: str | None = None, **form: Any
) -> httpx.Response:
    return await cases.ask(
        "POST",
        f"/cases/{case_id}/documents",
        by,
        files={"document": ("Quittance é.pdf", content, contents.PDF)},
        data=form,
        headers={"Idempotency-Key": key or str(uuid4())},
    )


async def listed(cases: Cases, case_id: UUID, by: str = "social_worker") -> list[dict[str, Any]]:
    return list((await cases.get(f"/cases/{case_id}/documents", by)).json()["items"])


async def stored(document_id: str) -> bytes | None:
    """What lies in the object store, as it lies there."""
    try:
        return await objects_at("memory:///").get(UUID(document_id))
    except Unreadable:
        return None


async def test_a_document_comes_back_as_it_was_and_lies_encrypted(meeting: Meeting) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}"
    made = await add(cases, meeting.case_id)
    assert (made.status_code, made.json()["media_type"]) == (201, contents.PDF), made.text
    [one] = await listed(cases, meeting.case_id)
    assert (one["name"], one["size"], one["document_id"]) == ("Quittance é.pdf", len(PDF), made.json()["document_id"])
    lies = await stored(one["document_id"])
    assert lies is not None
    assert b"Exemple" not in lies
    read = await cases.get(f"{path}/documents/{one['document_id']}", "manager")
    assert read.content == PDF
    assert read.headers["content-disposition"] == "attachment; filename*=UTF-8''Quittance%20%C3%A9.pdf"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert read.headers["cache-control"] == "no-store"
    assert "document_added" in await cases.kinds(meeting.case_id)


@pytest.mark.parametrize(
    ("form", "readers"),
    [
        ({}, {"author", "social_worker", "coordinator", "manager"}),
        ({"readers": ["manager"]}, {"author", "manager"}),
        ({"private": "true"}, {"author"}),
    ],
    ids=["shared", "for managers", "private"],
)
async def test_who_reads_a_document(meeting: Meeting, form: dict[str, Any], readers: set[str]) -> None:
    cases = meeting.cases
    await cases.grant("author", ("social_worker", HERE))
    document = (await add(cases, meeting.case_id, by="author", **form)).json()["document_id"]
    path = f"/cases/{meeting.case_id}/documents/{document}"
    actors = ("author", "social_worker", "coordinator", "manager", "reception")
    answers = {by: (await cases.get(path, by)).status_code for by in actors}
    assert {by for by, status in answers.items() if status == 200} == readers
    assert answers["reception"] == 403
    told = {by for by in actors if await _told_of_it(cases, meeting.case_id, by)}
    assert told == readers


async def _told_of_it(cases: Cases, case_id: UUID, by: str) -> bool:
    timeline = (await cases.get(f"/cases/{case_id}", by)).json()["timeline"]
    return "document_added" in [entry["kind"] for entry in timeline]


@pytest.mark.parametrize(
    ("content", "by", "status"),
    [(b"MZ program", "social_worker", 409), (PDF, "reception", 403), (PDF + bytes(22 << 20), "social_worker", 413)],
    ids=["a program", "by reception", "beyond the limit"],
)
async def test_what_is_refused_leaves_nothing(meeting: Meeting, content: bytes, by: str, status: int) -> None:
    refused = await add(meeting.cases, meeting.case_id, content, by)
    assert refused.status_code == status, refused.text
    assert await meeting.cases.count("documents") == 0


async def test_a_virus_is_refused_and_so_is_what_could_not_be_looked_through(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = meeting.cases
    async with scanner() as antivirus:
        monkeypatch.setitem(vars(cases.service.parts.settings), "scanner_url", antivirus.url)
        refused = await add(cases, meeting.case_id, PDF + VIRUS)
        assert (refused.status_code, "trouvé un virus" in refused.text) == (409, True), refused.text
        assert (await add(cases, meeting.case_id)).status_code == 201
    away = await add(cases, meeting.case_id)
    assert (away.status_code, "L'antivirus ne répond pas" in away.json()["detail"]) == (409, True)
    assert await cases.count("documents") == 1


async def test_a_document_may_be_larger_than_any_other_request(meeting: Meeting) -> None:
    assert (await add(meeting.cases, meeting.case_id, PDF + bytes(5 << 20))).status_code == 201
    note = {"text": "x" * (300 << 10)}
    refused = await meeting.cases.create(f"/cases/{meeting.case_id}/notes", note, "social_worker")
    assert refused.status_code == 413


async def test_sent_twice_it_is_there_once_and_what_was_put_again_is_swept(meeting: Meeting) -> None:
    cases, key = meeting.cases, str(uuid4())
    first = await add(cases, meeting.case_id, key=key)
    again = await add(cases, meeting.case_id, key=key)
    assert again.json() == first.json()
    assert await cases.count("documents") == 1
    put = await _puts(cases)
    assert len(put) == 2
    await cases.fire(cases.now + timedelta(days=2))
    assert [one for one in put if await stored(one)] == [first.json()["document_id"]]


async def _puts(cases: Cases) -> list[str]:
    async with cases.service.parts.worker.transaction() as tx:
        rows = await tx.fetch("SELECT subject FROM due_dates WHERE kind = 'document'")
    return [str(row["subject"]) for row in rows]


async def test_a_content_whose_document_could_not_be_written_is_swept(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("the process dies here")

    monkeypatch.setattr(store, "add", fails)
    assert (await add(meeting.cases, meeting.case_id)).status_code == 500
    [orphan] = await _puts(meeting.cases)
    assert await stored(orphan) is not None
    await meeting.cases.fire(meeting.cases.now + timedelta(hours=23))
    assert await stored(orphan) is not None, "it may still be written"
    await meeting.cases.fire(meeting.cases.now + timedelta(hours=25))
    assert await stored(orphan) is None


async def test_a_deletion_is_recorded_and_leaves_neither_content_nor_name(meeting: Meeting) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}/documents"
    document = (await add(cases, meeting.case_id)).json()["document_id"]
    others = await cases.change(f"{path}/{document}", None, "coordinator", method="DELETE")
    assert others.status_code == 403
    assert (await cases.change(f"{path}/{document}", None, "manager", method="DELETE")).status_code == 200
    await cases.fire(cases.now)
    assert await stored(document) is None
    assert await listed(cases, meeting.case_id) == []
    assert (await cases.get(f"{path}/{document}", "manager")).status_code == 404
    assert (await cases.change(f"{path}/{document}", None, "manager", method="DELETE")).status_code == 404
    assert "document_deleted" in await cases.kinds(meeting.case_id)
    async with cases.service.parts.worker.transaction() as tx:
        kept = await tx.fetchrow("SELECT name, deleted_by IS NOT NULL AS said FROM documents")
    assert tuple(kept or ()) == (None, True)


async def test_a_content_that_was_exchanged_is_not_given(meeting: Meeting) -> None:
    cases, path = meeting.cases, f"/cases/{meeting.case_id}/documents"
    [one, other] = [(await add(cases, meeting.case_id)).json()["document_id"] for _ in range(2)]
    content = await stored(other)
    assert content is not None
    await objects_at("memory:///").put(UUID(one), content)
    assert (await cases.get(f"{path}/{one}", "manager")).status_code == 409
    assert (await cases.get(f"{path}/{other}", "manager")).status_code == 200


def test_bytes_are_bound_to_what_they_are_of() -> None:
    key, of = SubjectKey("case:x", bytes(32)), uuid4()
    sealed = key.seal_bytes(PDF, event_id=of, name="content")
    assert key.open_bytes(sealed, event_id=of, name="content") == PDF
    wrong: list[Callable[[], bytes]] = [
        lambda: key.open_bytes(sealed, event_id=uuid4(), name="content"),
        lambda: key.open_bytes(sealed, event_id=of, name="name"),
        lambda: key.open_bytes(sealed[:-1], event_id=of, name="content"),
        lambda: key.open_bytes(b"", event_id=of, name="content"),
    ]
    for attempt in wrong:
        with pytest.raises(NotOpened):
            attempt()

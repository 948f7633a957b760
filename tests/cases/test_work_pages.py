"""The forms of a dossier's work, as a browser without JavaScript sends them: tasks, plan, people, documents, shares."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.cases.conftest import Meeting
from tests.cases.test_documents import PDF
from tests.cases.test_pages import browsers, well_formed
from tests.cases.test_shares import PARTNER, agree, shared
from tests.identity import agent_id

__all__ = ["browsers", "shared"]

ME = str(agent_id("social_worker"))


async def test_a_task_is_set_moved_and_done_by_forms(meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    past = await browser.send(page, "task", task_what="Appeler la CAF", task_agent=ME, task_due_on="2026-03-01")
    assert (past.status_code, "déjà passée" in past.text, "Appeler la CAF" in past.text) == (409, True, True)
    well_formed(past.text)
    sent = await browser.send(page, "task", task_what="Appeler la CAF", task_agent=ME, task_due_on="2026-03-20")
    assert sent.status_code == 303
    page = await browser.get(path)
    [task] = re.findall(r'<option value="([^"]+)">Appeler la CAF</option>', page)
    assert (await browser.send(page, "task-moved", moved_task=task, moved_to="2026-04-20")).status_code == 303
    mine = await browser.get("/cases/tasks")
    assert ("Appeler la CAF" in mine, "20 avril 2026" in mine) == (True, True)
    page = await browser.get(path)
    assert (await browser.send(page, "task-done")).status_code == 303
    page = await browser.get(path)
    assert "Tâche faite" in page
    assert "Rien à faire" in await browser.get("/cases/tasks")


async def test_a_late_task_shows_as_late(meeting: Meeting, browsers: Any) -> None:
    browser = await browsers("social_worker")
    body = {"what": "Appeler la CAF", "due_on": "2026-03-03"}
    await meeting.cases.create(f"/cases/{meeting.case_id}/tasks", body, "social_worker")
    meeting.cases.now += timedelta(days=3)
    await meeting.cases.fire(meeting.cases.now)
    page = await browser.get(f"/cases/{meeting.case_id}")
    assert ("en retard" in page, "Tâche en retard" in page) == (True, True)


async def test_people_are_added_and_taken_out_by_forms(meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    sent = await browser.send(await browser.get(path), "person", person_name="Alix Exemple", person_role="household")
    assert sent.status_code == 303
    page = await browser.get(path)
    assert "Alix Exemple" in page
    [alix] = set(re.findall(r'<option value="([^"]+)">Alix Exemple</option>', page))
    said = {"protected_person": alix, "own_agreement": "refused", "own_agreement_on": "2026-03-01"}
    assert (await browser.send(page, "own-agreement", **said)).status_code == 303
    assert "pas d&#39;accord" in await browser.get(path)
    kept = await browser.send(await browser.get(path), "person-removed", removed_person=str(meeting.concerned))
    assert kept.status_code == 409
    removed = await browser.send(await browser.get(path), "person-removed", removed_person=alix)
    assert removed.status_code == 303


async def test_a_plan_is_made_by_forms(meeting: Meeting, browsers: Any) -> None:
    cases, concerned = meeting.cases, uuid4()
    await cases.record_person(concerned, "Noa Exemple")
    case_id = await cases.open_case(programme="budget-advice", concerned={"person_id": concerned, "minor": False})
    browser, path = await browsers("social_worker"), f"/cases/{case_id}"
    assert "Nommez d'abord" in await browser.get(path)
    assert (await browser.send(await browser.get(path), "take")).status_code == 303
    action = {"plan_what": "Ouvrir un compte", "plan_who": str(concerned), "plan_by_when": "2026-04-20"}
    sent = await browser.send(await browser.get(path), "plan-action", **action, plan_checked_by=ME)
    assert sent.status_code == 303
    page = await browser.get(path)
    assert "Ouvrir un compte" in page
    assert (await browser.send(page, "plan-action-done")).status_code == 303
    assert "Action du plan réalisée" in await browser.get(path)


async def test_a_dossier_of_several_organisations_says_who_is_missing(meeting: Meeting, browsers: Any) -> None:
    case_id = await meeting.cases.open_case(programme="global-support")
    page = await (await browsers("social_worker")).get(f"/cases/{case_id}")
    assert "Conseiller ou conseillère à l’emploi" in page
    assert "forms/plan-action" not in page


async def test_a_document_is_filed_read_and_deleted_by_forms(meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    program = await upload(browser, page, path, b"MZ program")
    assert (program.status_code, "ni un PDF" in program.text) == (409, True)
    well_formed(program.text)
    assert (await upload(browser, page, path, PDF)).status_code == 303
    page = await browser.get(path)
    [document] = set(re.findall(rf"{path}/documents/([0-9a-f-]+)", page))
    assert (await browser.client.get(f"{path}/documents/{document}")).content == PDF
    assert (await browser.send(page, "document-deleted", deleted_document=document)).status_code == 303
    assert "Aucun document." in await browser.get(path)


async def upload(browser: Any, page: str, path: str, content: bytes) -> Any:
    found = re.search(rf'<form method="post" action="{path}/forms/document" [^>]*>(.*?)</form>', page, re.DOTALL)
    assert found
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1]))
    files = {"document_file": ("quittance.pdf", content, "application/pdf")}
    return await browser.client.post(f"{path}/forms/document", data=hidden, files=files)


async def test_a_dossier_is_shared_read_by_the_other_organisation_and_no_more(shared: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{shared.case_id}"
    ask = {"share_organisation": str(PARTNER), "share_parts": ["people", "notes"], "share_why": "Un logement."}
    refused = await browser.send(await browser.get(path), "share", **ask)
    assert (refused.status_code, "Recueillez-le" in refused.text) == (409, True)
    incomplete = await browser.send(await browser.get(path), "share", **ask, share_ground="court")
    assert (incomplete.status_code, "pourquoi vous partagez" in incomplete.text) == (422, True)
    await agree(shared)
    assert (await browser.send(await browser.get(path), "share", **ask)).status_code == 303
    partner = await browsers("partner")
    listed = await partner.get("/cases/shared")
    [share_id] = re.findall(r'href="/cases/shared/([0-9a-f-]+)"', listed)
    assert UUID(share_id)
    assert "Sam Exemple" in await partner.get(f"/cases/shared/{share_id}")
    page = await browser.get(path)
    assert "Association Exemple" in page
    assert (await browser.send(page, "share-ended")).status_code == 303
    assert "Aucun dossier n'est partagé" in await partner.get("/cases/shared")


@pytest.mark.parametrize("path", ["/cases/tasks", "/cases/shared"])
async def test_lists_of_nothing_say_so(meeting: Meeting, browsers: Any, path: str) -> None:
    well_formed(await (await browsers("social_worker")).get(path))

"""What is printed of a dossier says what its pages say, to whom they say it, and screen readers read it."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from cases.printing.model import Section, Sheet
from cases.printing.sheets import TEMPLATE
from chassis.typesetting import typeset
from tests.cases.conftest import Cases, Meeting
from tests.cases.test_measures import support_on
from tests.cases.test_pages import browsers
from tests.pdf import checked, spoilt

__all__ = ["browsers"]
MEETING = datetime(2026, 4, 20, 14, tzinfo=UTC)


async def printed(cases: Cases, path: str, by: str) -> str:
    """What stands on a document, its lines as one."""
    answer = await cases.get(path, by)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return await asyncio.to_thread(read, answer.content)


def read(document: bytes) -> str:
    pages = pypdfium2.PdfDocument(document)
    text = " ".join(page.get_textpage().get_text_range() for page in pages)
    return " ".join(text.replace("\ufffe", "").split())


async def ratified(meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan(what="Passer chaque mardi", by_when="2026-09-01")
    await meeting.ratify()


async def test_the_plan_is_printed_once_it_is_ratified(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    path = f"/cases/{meeting.case_id}/plan.pdf"
    assert (await cases.get(path, "coordinator")).status_code == 404
    await ratified(meeting)
    said = await printed(cases, path, "coordinator")
    assert "Passer chaque mardi" in said
    assert "1 septembre 2026" in said or "1er septembre 2026" in said
    assert "Ratifié le" in said
    assert f'href="{path}"' in await (await browsers("coordinator")).get(f"/cases/{meeting.case_id}")


async def test_the_list_of_calls_is_printed_for_who_may_know_how_they_are_reached(
    cases: Cases, meeting: Meeting
) -> None:
    await ratified(meeting)
    path = f"/cases/{meeting.case_id}/follow-up/calls.pdf"
    said = await printed(cases, path, "coordinator")
    assert "Les personnes à appeler" in said
    assert "Passer chaque mardi" in said
    assert (await cases.get(path, "social_worker")).status_code == 404


async def test_the_dossier_is_printed_as_its_reader_may_know_it(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    path = f"/cases/{meeting.case_id}"
    note = {"text": "Loyer payé en retard.", "readers": ["social_worker"]}
    assert (await cases.create(f"{path}/notes", note, "social_worker")).status_code == 201
    worker = await printed(cases, f"{path}/dossier.pdf", "social_worker")
    assert "Loyer payé en retard." in worker
    assert "Sam Exemple" in worker
    assert "Imprimé le" in worker
    assert "Loyer payé en retard." not in await printed(cases, f"{path}/dossier.pdf", "coordinator")
    assert (await cases.get(f"{path}/dossier.pdf", "reception")).status_code == 404


async def test_printing_is_reading_and_is_noted_so(cases: Cases, meeting: Meeting) -> None:
    before = await cases.count("dossier_readings")
    await printed(cases, f"/cases/{meeting.case_id}/dossier.pdf", "social_worker")
    assert await cases.count("dossier_readings") == before + 1


async def test_a_contract_is_printed_to_be_signed_and_as_it_was_signed(cases: Cases) -> None:
    support = await support_on(cases)
    path = f"/cases/{support.case_id}/contract.pdf"
    assert (await cases.get(path, "social_worker")).status_code == 404
    await support.sign()
    said = await printed(cases, path, "social_worker")
    assert "Signature de la personne" in said
    assert "12 mois" in said
    assert "et 0 jour" not in said


def test_a_sheet_that_says_nothing_under_a_heading_has_no_heading() -> None:
    said = Sheet("x", "Titre", [], [Section("Vide"), Section("Plein", lines=["dit"])]).said(date(2026, 1, 2), "")
    assert [one["title"] for one in said["sections"]] == ["Plein"]
    with pytest.raises(ValueError, match="one width"):
        Section("Table", head=["a", "b"], rows=[["1"]], widths=[1, 1])


@pytest.mark.matrix  # a Java machine reads veraPDF's rules: some seconds
def test_sheets_meet_every_rule_of_pdf_ua(tmp_path: Path) -> None:
    """By a checker that is not ours; and it does find what is wrong."""
    table = Section("Table", head=["Quoi", "Qui"], widths=[2, 1], rows=[("Passer *le* mardi #1", "Personne Exemple")])
    under = Section("Partie", facts=[("Nom", "valeur")], points=["un", "deux"], parts=[table])
    sheet = Sheet("plan", "Plan de l’exemple", ["Une ligne"], [under, table], ["Signature :"])
    document = typeset(TEMPLATE, sheet.said(date(2026, 3, 2), "Imprimé"))
    good, bad = checked(tmp_path, document, spoilt(document))
    assert good["checks"] > 100
    assert not good["failed"]
    assert bad["failed"]

"""What the person concerned reads of their dossier beside their request: with their agreement alone, and no more."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from starlette.responses import Response

from cases.conferences.model import Conference, Guest, Phase
from cases.dossiers.model import Case
from cases.followed.plan import concerned_by
from chassis.web.identity.visit import Visit
from tests.cases.conftest import Cases, Meeting
from tests.cases.oriented import SECOND, Oriented, oriented_on
from tests.cases.test_pages import BROWSER, well_formed
from tests.chassis.scanner import VIRUS, scanner

OVERRIDE = {"legal_ground": "vital_danger", "reason": "Sa vie est en danger."}


@pytest.fixture
async def oriented(cases: Cases) -> Oriented:
    return await oriented_on(cases)


async def read(cases: Cases, subject: UUID | None) -> httpx.Response:
    """As a browser that was let in to that request, or to none."""
    headers = dict(BROWSER)
    if subject is not None:
        given = Response()
        Visit(cases.service.parts.settings).let_in(given, subject, cases.now.timestamp())
        headers["cookie"] = given.headers["set-cookie"].partition(";")[0]
    return await cases.ask("GET", "/cases/suivi", None, headers=headers)


async def request_of(oriented: Oriented) -> UUID:
    async with oriented.cases.service.parts.worker.transaction() as tx:
        found: UUID = await tx.fetchval("SELECT request_id FROM cases WHERE case_id = $1", oriented.case_id)
    return found


async def test_who_was_asked_and_who_reads_is_shown_to_the_person_alone(oriented: Oriented) -> None:
    cases = oriented.cases
    await oriented.agree()
    proposed = await oriented.propose()
    body = {"organisation_id": str(UUID(int=0xA1)), "parts": ["people"], "why": "Chercher un logement."}
    assert (await cases.create(f"/cases/{oriented.case_id}/shares", body, "social_worker")).status_code == 201
    page = await read(cases, await request_of(oriented))
    assert page.status_code == 200, page.text
    well_formed(page.text)
    shown = page.text[page.text.index('id="suivi-dossier"') :]
    assert shown.count("Association Exemple") == 2
    assert "réponse attendue au plus tard le" in shown
    assert str(proposed["orientation_id"]) not in shown
    assert "logement" not in shown, "neither why nor what for"

    other = await oriented_on(cases)
    elsewhere = (await read(cases, await request_of(other))).text
    assert "Association Exemple" not in elsewhere
    nobody = await read(cases, None)
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/suivi")


async def test_what_was_shared_without_their_agreement_is_not_told_here(oriented: Oriented) -> None:
    """It may be about a child in danger, and the reader may be whom the child is protected from."""
    body = {"organisation_id": str(UUID(int=0xA1)), "parts": ["people"], "why": "Un danger.", "override": OVERRIDE}
    shared = await oriented.cases.create(f"/cases/{oriented.case_id}/shares", body, "social_worker")
    assert shared.status_code == 201, shared.text
    await oriented.propose(offer_id=str(SECOND), first_name=None, reach=None, reach_is_safe=None)
    page = (await read(oriented.cases, await request_of(oriented))).text
    assert "Association Exemple" not in page
    assert "Relais Exemple" not in page
    assert "Avec aucune autre structure." in page


async def test_who_read_the_dossier_is_told_by_structure_role_and_day_and_forgotten_after_a_year(
    oriented: Oriented,
) -> None:
    cases, request_id = oriented.cases, await request_of(oriented)
    assert "Personne pour le moment." in (await read(cases, request_id)).text
    for agent in ("social_worker", "social_worker", "reception"):
        assert (await cases.get(f"/cases/{oriented.case_id}", agent)).status_code == 200
    assert (await cases.get(f"/cases/{oriented.case_id}", "cell")).status_code in (403, 404)
    page = (await read(cases, request_id)).text
    told = page[page.index("Qui a lu votre dossier") :]
    assert (told.count("travail social"), told.count("accueil</li>")) == (1, 1), told
    assert await cases.count("dossier_readings") == 2, "once a day for each"

    await cases.fire(cases.now + timedelta(days=360))
    assert await cases.count("dossier_readings") == 2
    await cases.fire(cases.now + timedelta(days=366))
    assert await cases.count("dossier_readings") == 0


async def request_of_case(cases: Cases, case_id: UUID) -> UUID:
    async with cases.service.parts.worker.transaction() as tx:
        found: UUID = await tx.fetchval("SELECT request_id FROM cases WHERE case_id = $1", case_id)
    return found


async def test_the_plan_is_read_once_ratified_by_the_person_and_hidden_when_a_duty_holds(meeting: Meeting) -> None:
    cases, request_id = meeting.cases, await request_of_case(meeting.cases, meeting.case_id)
    await meeting.prepare()
    await meeting.meet(cases.now + timedelta(days=70))
    await meeting.plan()
    await meeting.plan(what="Appeler la mairie", who=str(meeting.concerned))
    assert "Votre plan" not in (await read(cases, request_id)).text, "not theirs before they have ratified it"
    await meeting.ratify()
    page = (await read(cases, request_id)).text
    plan = page[page.index("Votre plan") : page.index("À qui une aide")]
    assert "Passer chaque mardi" in plan
    assert "Alix Exemple" in plan
    assert plan.count("<dd>Vous</dd>") == 1
    well_formed(page)

    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE cases SET legal_duty = true WHERE case_id = $1", meeting.case_id)
    assert "Passer chaque mardi" not in (await read(cases, request_id)).text


@pytest.mark.parametrize(
    ("case", "conference"),
    [
        ({"minor": True}, {}),
        ({"themes": ["violence"]}, {}),
        ({"legal_duty": True}, {}),
        ({}, {"violence": True}),
        ({}, {"phase": Phase.STOPPED}),
        ({}, {"phase": Phase.ACCEPTANCE}),
        ({}, {"ratified_by": frozenset()}),
    ],
)
def test_who_may_not_read_the_plan(case: dict[str, Any], conference: dict[str, Any]) -> None:
    person = UUID(int=1)
    usual_case: dict[str, Any] = {"minor": False, "themes": ["housing"], "legal_duty": False}
    usual: dict[str, Any] = {
        "phase": Phase.RATIFIED,
        "violence": False,
        "ratified_by": frozenset({person}),
        "guests": (Guest.model_construct(person_id=person, role=cast("Any", "concerned")),),
    }
    asked = cast("Case", SimpleNamespace(**usual_case | case))
    assert concerned_by(cast("Case", SimpleNamespace(**usual_case)), Conference.model_construct(**usual)) == person
    assert concerned_by(asked, Conference.model_construct(**usual | conference)) is None


async def test_the_person_adds_a_document_that_their_workers_read_and_nothing_else_passes(
    oriented: Oriented, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, request_id = oriented.cases, await request_of(oriented)
    page = await read(cases, request_id)
    cookies = [one.partition(";")[0] for one in page.headers.get_list("set-cookie")]
    given = Response()
    Visit(cases.service.parts.settings).let_in(given, request_id, cases.now.timestamp())
    headers = BROWSER | {"cookie": "; ".join([*cookies, given.headers["set-cookie"].partition(";")[0]])}
    fields = dict(
        re.findall(r'name="(csrf_token|idempotency_key)" value="([^"]+)"', page.text.partition("documents")[2])
    )

    async def send(content: bytes, key: str) -> httpx.Response:
        sent = fields | {"idempotency_key": key}
        file = {"document_file": ("quittance.pdf", content, "application/pdf")}
        return await cases.ask("POST", "/cases/suivi/documents", None, headers=headers, data=sent, files=file)

    refused = await send(b"MZ program", "aaaaaaaa")
    assert (refused.status_code, "ni un PDF" in refused.text) == (422, True), refused.text
    async with scanner() as antivirus:
        monkeypatch.setitem(vars(cases.service.parts.settings), "scanner_url", antivirus.url)
        infected = await send(b"%PDF-1.7 " + VIRUS, "cccccccc")
    monkeypatch.undo()
    assert (infected.status_code, "trouvé un virus" in infected.text) == (422, True), infected.text
    for _again in range(2):
        assert (await send(b"%PDF-1.7 quittance", "bbbbbbbb")).headers["location"] == "/cases/suivi?ajoute=oui"
    listed = (await cases.get(f"/cases/{oriented.case_id}/documents", "social_worker")).json()["items"]
    assert [one["name"] for one in listed] == ["quittance.pdf"]
    assert "document_received" in await cases.kinds(oriented.case_id)
    headers["cookie"] = "; ".join(cookies)
    nobody = await send(b"%PDF-1.7 autre", "dddddddd")
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/suivi")

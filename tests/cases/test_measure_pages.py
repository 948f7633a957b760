"""A measure on the dossier's page: led by forms, shown to who supports the person, and nothing typed is lost."""

import re
from typing import Any

import pytest

from contracts.events import OrganisationPublished
from tests.cases.conftest import Cases, told
from tests.cases.test_measures import EVALUATION, Support, support_on
from tests.cases.test_pages import browsers, well_formed

__all__ = ["browsers"]
TODAY = "2026-03-02"


@pytest.fixture
async def support(cases: Cases) -> Support:
    return await support_on(cases)


async def test_a_measure_is_led_by_forms_from_the_evaluation_to_the_ledger(
    cases: Cases, support: Support, browsers: Any
) -> None:
    worker, manager, path = await browsers("social_worker"), await browsers("manager"), f"/cases/{support.case_id}"
    association = OrganisationPublished(organisation_id=support.person, name="Association Exemple", kind="association")
    await cases.receive(told(association, source="/maillage/directory"))

    async def step(by: Any, form: str, seen: str, **fields: Any) -> str:
        answer = await by.send(await by.get(path), form, **fields)
        assert answer.status_code == 303, answer.text
        page = str(await by.get(path))
        assert seen in page
        return page

    await step(worker, "measure", "La demande se prépare")
    conditions = ["adult", "receives_benefits", "struggles_with_resources", "health_or_safety_threatened"]
    await step(worker, "measure-evaluation", "Loyer impayé", masp_evaluation=EVALUATION, masp_evaluated_on=TODAY,
               masp_conditions=conditions)  # fmt: skip
    await step(worker, "measure-agreement", "Accord de la personne pour la MASP", masp_agreed_on=TODAY)
    page = await step(worker, "measure-documents", "Documents", masp_documents=["agreement", "resources"])
    assert "Il manque au dossier de demande : Évaluation sociale." in page
    await step(worker, "measure-documents", "Documents",
               masp_documents=["agreement", "resources", "social_evaluation"])  # fmt: skip
    page = await step(worker, "measure-transmission", "le département décide", masp_sent_on=TODAY)
    assert "/forms/measure-grant" not in page
    await step(manager, "measure-grant", "le contrat est à signer", masp_granted_on=TODAY, masp_granted_level="2")
    await step(manager, "measure-delegation", "Association Exemple", masp_organisation=str(support.person))
    page = await step(worker, "measure-contract", "niveau 2, jusqu&#39;au 01/03/2027", masp_signed_on=TODAY,
                      masp_starts_on=TODAY, masp_months="12", masp_level="2", masp_rent="450,00",
                      masp_charges="50")  # fmt: skip
    assert "1er mars 2027, rappel le 1er janvier 2027" in page
    assert "12 mois, sur 48 mois au plus" in page
    await step(worker, "measure-visit", "Frigo plein", masp_visited_on=TODAY, masp_visit_kept="true",
               masp_visit_note="Frigo plein.")  # fmt: skip
    page = await step(worker, "measure-entry", "1\u202f000,00\u00a0€", masp_entry="benefit_received",
                      masp_amount="1 000", masp_entry_on=TODAY)  # fmt: skip
    await step(worker, "measure-entry", "Mois par mois", masp_entry="rent_paid", masp_amount="450", masp_entry_on=TODAY)
    page = await worker.get(path)
    [entry] = re.findall(r'<option value="([^"]+)">02/03/2026 – loyer payé', page)
    await step(worker, "measure-reversal", "annulation : loyer payé", masp_reversed=entry)
    await step(worker, "measure-amendment", "Avenant au contrat", masp_amended_on=TODAY, masp_new_months="18",
               masp_new_level="2", masp_new_rent="450.00", masp_new_charges="50.00")  # fmt: skip
    await step(worker, "measure-interruption", "Le contrat est suspendu", masp_since=TODAY)
    assert (await support.state())["contracts"][0]["rent_cents"] == 45_000


async def test_failure_judge_report_and_end_by_forms(cases: Cases, support: Support, browsers: Any) -> None:
    await support.sign()
    worker, manager, path = await browsers("social_worker"), await browsers("manager"), f"/cases/{support.case_id}"
    failed = {"masp_failure": "breach", "masp_failed_on": TODAY, "masp_compromised": "true"}
    assert (await worker.send(await worker.get(path), "measure-failure", **failed)).status_code == 303
    page = await worker.get(path)
    assert "rapport au procureur" in page
    assert "/forms/measure-report" not in page
    page = await manager.get(path)
    asked = {"masp_asked_on": TODAY, "masp_unpaid": "2"}
    assert (await manager.send(page, "measure-judge-request", **asked)).status_code == 303
    order = {"masp_ordered_on": TODAY, "masp_order_starts_on": TODAY, "masp_order_months": "12"}
    page = await manager.get(path)
    assert (await manager.send(page, "measure-order", **order, masp_protected="600")).status_code == 303
    page = await manager.get(path)
    assert "600,00\u00a0€" in page
    assert (await manager.send(page, "measure-report", masp_report_on=TODAY)).status_code == 303
    ended = {"masp_end_reason": "completed", "masp_ended_on": TODAY}
    assert (await manager.send(await manager.get(path), "measure-end", **ended)).status_code == 303
    page = await worker.get(path)
    assert "02/03/2026, accompagnement terminé" in page
    assert "02/03/2026, le contrat n&#39;est pas respecté" in page
    assert "niveau 3, jusqu&#39;au 01/03/2027" in page
    assert "/forms/measure-end" not in page
    assert "/forms/measure" in page, "another one may be instructed"


async def test_only_who_supports_the_person_sees_it(cases: Cases, support: Support, browsers: Any) -> None:
    await support.sign(level=2)
    for by, seen in (("social_worker", True), ("manager", True), ("reception", False)):
        page = await (await browsers(by)).get(f"/cases/{support.case_id}")
        assert ('id="mesure"' in page, "Compte géré" in page) == (seen, seen)


# form, what is typed, the field shown again with its value, what is said
WRONG: list[tuple[str, str, dict[str, str], str, str]] = [
    ("no amount", "measure-entry",
     {"masp_entry": "rent_paid", "masp_amount": "quatre cents", "masp_entry_on": TODAY}, 'value="quatre cents"',
     "en euros"),
    ("a rent nobody has received money for", "measure-entry",
     {"masp_entry": "rent_paid", "masp_amount": "450,00", "masp_entry_on": TODAY}, 'value="450,00"', "ce qui y est"),
    ("a visit before the contract", "measure-visit",
     {"masp_visited_on": "2026-03-01", "masp_visit_kept": "true", "masp_visit_note": "Frigo vide."},
     "Frigo vide.</textarea>", "pendant le contrat"),
    ("a level a manager decides", "measure-amendment",
     {"masp_amended_on": TODAY, "masp_new_level": "1", "masp_new_months": "14"}, 'value="14"', "responsable"),
    ("an evaluation of a day to come", "measure-evaluation",
     {"masp_evaluation": "Elle va mieux.", "masp_evaluated_on": "2026-03-03"}, "Elle va mieux.</textarea>", "à venir"),
    ("an end for a breach nobody recorded", "measure-end",
     {"masp_end_reason": "breach", "masp_ended_on": TODAY}, f'value="{TODAY}"', "Enregistrez d&#39;abord"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "fields", "kept", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_what_does_not_pass_is_shown_again_with_why(
    cases: Cases, support: Support, browsers: Any, form: str, fields: dict[str, str], kept: str, said: str
) -> None:
    await support.sign(level=2)
    before = await support.state()
    browser, path = await browsers("social_worker"), f"/cases/{support.case_id}"
    refused = await browser.send(await browser.get(path), form, **fields)
    assert refused.status_code in (409, 422), refused.text
    well_formed(refused.text)
    assert kept in refused.text
    assert said in refused.text
    assert await support.state() == before


async def test_an_outdated_form_is_shown_again_to_be_sent_again(cases: Cases, support: Support, browsers: Any) -> None:
    await support.sign()
    browser, path = await browsers("social_worker"), f"/cases/{support.case_id}"
    page = await browser.get(path)
    await cases.create(f"{path}/notes", {"text": "Appelé."}, "manager")
    fields = {"masp_amended_on": TODAY, "masp_new_level": "1", "masp_new_months": "18"}
    outdated = await browser.send(page, "measure-amendment", **fields)
    assert (outdated.status_code, 'value="18"' in outdated.text) == (412, True)
    assert (await browser.send(outdated.text, "measure-amendment", **fields)).status_code == 303

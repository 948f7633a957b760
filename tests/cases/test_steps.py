"""The steps of a financial aid over HTTP: recorded in order, corrected, told when they fall due, sealed where free."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import httpx
import pytest

from cases.steps.deadlines import kinds
from contracts.events import RequestWithdrawn
from contracts.events.cases import KnownFollowUpKind
from contracts.programme_faults import TAKEN
from contracts.programmes import load
from tests.cases.conftest import THERE, Cases, submitted, told
from tests.cases.test_follow_ups import at
from tests.cases.test_joining import Twice
from tests.cases.test_pages import browsers, well_formed
from tests.identity import agent_id

__all__ = ["browsers"]

AID: dict[str, Any] = {"programme": "financial-aid", "programme_version": 3}
BY = {"application": "social_worker"}
ANSWERS: dict[str, dict[str, Any]] = {
    "application": {"amount": 20000, "situation": "Une facture que Sam ne peut pas payer."},
    "commission": {"opinion": "in_part"},
    "decision": {"outcome": "granted_in_part", "amount": 15000},
    "payment": {"amount": 15000, "paid_to": "creditor"},
    "appeal": {"outcome": "under_study"},
}


async def send(
    cases: Cases, case_id: UUID, step: str, by: str | None = None, version: int | None = None, **body: Any
) -> httpx.Response:
    state = body.get("state", "done")
    usual = {"state": state, "answers": ANSWERS.get(step, {}) if state == "done" else {}}
    path = f"/cases/{case_id}/steps/{step}"
    return await cases.change(path, usual | body, by or BY.get(step, "manager"), method="PUT", version=version)


async def done(cases: Cases, case_id: UUID, *steps: str) -> None:
    """Steps recorded today."""
    for step in steps:
        answer = await send(cases, case_id, step)
        assert answer.status_code == 200, answer.text


async def standing(cases: Cases, case_id: UUID) -> list[tuple[str, str]]:
    items = (await cases.get(f"/cases/{case_id}/steps", "social_worker")).json()["items"]
    return [(one["step"], one["state"]) for one in items]


async def due(cases: Cases) -> list[tuple[str, str, str]]:
    return [(one.data["kind"], one.data["stage"], one.data["due_on"]) for one in await cases.outbox("FollowUpDue")]


async def test_an_aid_goes_from_its_application_to_its_payment_and_an_appeal(cases: Cases) -> None:
    case_id = await cases.open_case(**AID)
    await done(cases, case_id, *ANSWERS)
    answer = (await cases.get(f"/cases/{case_id}/steps", "social_worker")).json()
    assert [(one["state"], one["answers"]) for one in answer["items"]] == [("done", said) for said in ANSWERS.values()]
    assert answer["due"] == []
    shown = (await cases.get(f"/cases/{case_id}", "social_worker")).json()["timeline"]
    payment = next(one["details"] for one in shown if one["details"].get("step", "").startswith("Paiement"))
    assert payment["said"] == ["Montant payé : 150,00\N{NO-BREAK SPACE}€", "Payé : Au créancier"]
    assert "facture" not in str(shown), "what was said freely is read at its step alone"
    async with cases.service.parts.worker.transaction() as tx:
        rows = await tx.fetch("SELECT answers, sealed::text FROM step_records ORDER BY position")
    assert "facture" not in str(rows)


async def test_what_a_dossier_keeps_is_in_french_whatever_its_agent_reads(cases: Cases) -> None:
    case_id, english = await cases.open_case(**AID), {"Accept-Language": "en"}
    await done(cases, case_id, "application", "commission")
    path = f"/cases/{case_id}"
    body = {"state": "done", "answers": ANSWERS["decision"]}
    version = (await cases.get(path, "manager")).headers["ETag"]
    answer = await cases.ask(
        "PUT", f"{path}/steps/decision", "manager", json=body, headers=english | {"If-Match": version}
    )
    assert answer.status_code == 200, answer.text
    kept = (await cases.get(path, "manager")).json()["timeline"][0]["details"]
    assert kept["step"] == "Décision écrite : montant accordé ou motif du refus"
    assert kept["said"][0] == "Décision : Accordée en partie"
    async with cases.service.parts.worker.transaction() as tx:
        labels = await tx.fetch("SELECT DISTINCT details ->> 'deadline' FROM due_dates WHERE details ? 'deadline'")
    assert {label for [label] in labels} == {"Passage en commission", "Paiement de l’aide", "Fin du délai de recours"}
    read = (await cases.ask("GET", f"{path}/steps", "manager", headers=english)).json()["items"]
    assert "Written decision: amount granted or reason for refusal" in [one["label"] for one in read]


async def test_more_than_was_granted_is_not_paid_and_nothing_is_left_of_it(cases: Cases) -> None:
    case_id = await cases.open_case(**AID)
    await done(cases, case_id, "application", "commission", "decision")
    rows, told = await cases.count("step_records"), await cases.kinds(case_id)
    refused = await send(cases, case_id, "payment", answers={"amount": 15001, "paid_to": "creditor"})
    assert refused.status_code == 409
    assert "dépasser « Montant accordé » (150,00\N{NO-BREAK SPACE}€)" in refused.json()["detail"]
    assert (await cases.count("step_records"), await cases.kinds(case_id)) == (rows, told)
    await done(cases, case_id, "payment")


# what is sent → status, and what is said
REFUSALS: list[tuple[str, str, str, dict[str, Any], int, str]] = [
    ("a step before its turn", "commission", "manager", {}, 409, "Étude de la demande avec la personne"),
    ("a step somebody else carries out", "application", "manager", {}, 403, ""),
    ("reception records nothing", "application", "reception", {}, 403, ""),
    ("somebody of another place sees nothing", "application", "elsewhere", {}, 404, ""),
    ("a step the programme has not", "interview", "social_worker", {}, 404, ""),
    ("a day to come", "application", "social_worker", {"day": "2026-03-03"}, 409, "à venir"),
    ("an obligatory answer left out", "application", "social_worker", {"answers": {}}, 422, "#/answers/amount"),
    ("an amount with half cents", "application", "social_worker", {"answers": {"amount": 1.5}}, 422, "amount"),
    ("an answer nobody asked for", "application", "social_worker", {"answers": {"x": 1}}, 422, "n'est pas prévue"),
    ("a step that may not be set aside", "application", "social_worker", {"state": "set_aside"}, 409, "facultative"),
    ("answers with nothing done", "appeal", "manager", {"state": "set_aside", "answers": {"x": 1}}, 422, "prévue"),
    ("a version seen before", "application", "social_worker", {"version": 1000}, 412, ""),
]


@pytest.mark.parametrize(
    ("step", "by", "body", "status", "said"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
async def test_what_cannot_be_recorded_leaves_nothing(
    cases: Cases, step: str, by: str, body: dict[str, Any], status: int, said: str
) -> None:
    await cases.grant("elsewhere", ("social_worker", THERE), ("manager", THERE))
    case_id = await cases.open_case(**AID)
    answer = await send(cases, case_id, step, by, **body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert await cases.count("step_records") == 0


async def test_a_correction_keeps_both_and_moves_what_runs_from_it(cases: Cases) -> None:
    case_id = await cases.open_case(**AID)
    cases.now = at(date(2026, 3, 20), 9)
    await done(cases, case_id, "application", "commission", "decision")
    corrected = await send(
        cases, case_id, "decision", answers={"outcome": "granted", "amount": 20000}, day="2026-03-20"
    )
    assert corrected.status_code == 200
    cases.now = at(date(2026, 3, 25), 9)
    assert (await send(cases, case_id, "decision", day="2026-03-25")).status_code == 200
    assert [kind for kind in await cases.kinds(case_id) if kind.startswith("step")] == [
        "step_done", "step_done", "step_done", "step_corrected", "step_corrected",
    ]  # fmt: skip
    assert await cases.count("step_records") == 5
    await cases.fire(at(date(2026, 4, 20), 9))
    assert await due(cases) == [("aid_payment", stage, "2026-04-08") for stage in ("early", "due", "overdue")]


async def test_each_deadline_is_told_once_a_stage_to_who_is_in_charge_until_its_step(cases: Cases) -> None:
    case_id = await cases.open_case(**AID)
    for stage, day in (("early", date(2026, 3, 26)), ("due", date(2026, 4, 2)), ("overdue", date(2026, 4, 3))):
        before = await due(cases)
        await cases.fire(at(day, 8) - timedelta(seconds=1))
        assert await due(cases) == before
        await cases.fire(at(day, 8))
        await cases.fire(at(day, 9))
        assert await due(cases) == [*before, ("aid_commission", stage, "2026-04-02")]
    assert {one.data["agent_id"] for one in await cases.outbox("FollowUpDue")} == {str(agent_id("manager"))}
    shown = (await cases.get(f"/cases/{case_id}", "social_worker")).json()["timeline"]
    assert shown[0]["kind"] == "deadline_overdue"
    assert shown[0]["details"] == {"deadline": "Passage en commission", "due_on": "2026-04-02"}


async def test_the_step_that_meets_a_deadline_ends_it_and_taken_back_lets_it_run_again(cases: Cases) -> None:
    case_id = await cases.open_case(**AID)
    await done(cases, case_id, "application", "commission")
    await cases.fire(datetime(2026, 3, 27, tzinfo=UTC))
    assert await due(cases) == []
    assert (await send(cases, case_id, "commission", state="to_do")).status_code == 200
    await cases.fire(datetime(2026, 4, 10, tzinfo=UTC))
    assert await due(cases) == [("aid_commission", stage, "2026-04-02") for stage in ("early", "due", "overdue")]


async def test_a_closed_dossier_expects_nothing_and_reopened_what_is_still_to_come(cases: Cases) -> None:
    case_id = await cases.open_case(**AID)
    await done(cases, case_id, "application", "commission", "decision", "payment")
    closing = {"reason": "answered", "summary": "Aide payée."}
    assert (await cases.change(f"/cases/{case_id}/close", closing, "social_worker")).status_code == 200
    assert "clos" in (await send(cases, case_id, "appeal")).json()["detail"]
    await cases.fire(at(date(2026, 5, 2), 9))
    assert await due(cases) == []
    cases.now = at(date(2026, 5, 2), 10)
    reopened = await cases.change(f"/cases/{case_id}/reopen", {"reason": "Un recours."}, "social_worker")
    assert reopened.status_code == 200
    await cases.fire(at(date(2026, 5, 4), 9))
    assert await due(cases) == [("aid_appeal", "overdue", "2026-05-02")]


async def test_what_runs_from_the_opening_is_set_once_and_ends_with_a_withdrawal(cases: Cases) -> None:
    request = submitted(**AID)
    opening, again = told(request), told(request)
    for one in (opening, opening, again):
        await cases.receive(one)
    assert await cases.count("due_dates") == 3
    await cases.receive(told(RequestWithdrawn(request_id=request.request_id), sequence=2))
    await cases.receive(told(request))
    await cases.fire(datetime(2026, 6, 1, tzinfo=UTC))
    assert await due(cases) == []


async def test_a_dossier_that_goes_on_in_another_expects_nothing_and_again_once_separated(cases: Cases) -> None:
    twice = await Twice(cases, **AID).open(**AID)
    await cases.receive(*twice.merged())
    await cases.fire(datetime(2026, 3, 27, tzinfo=UTC))
    assert [one.data["case_id"] for one in await cases.outbox("FollowUpDue")] == [str(twice.dossiers[0])]
    await cases.receive(*twice.separated())
    await cases.fire(datetime(2026, 4, 2, 7, tzinfo=UTC))
    told_of = [one.data["case_id"] for one in await cases.outbox("FollowUpDue") if one.data["stage"] == "due"]
    assert sorted(told_of) == sorted(map(str, twice.dossiers))


async def test_a_dossier_in_which_a_step_was_recorded_does_not_go_on_in_another(cases: Cases) -> None:
    twice = await Twice(cases, **AID).open(**AID)
    await done(cases, twice.dossiers[1], "application")
    await cases.receive(*twice.merged())
    assert await cases.outbox("CaseClosed") == []


async def test_a_dossier_of_the_version_before_keeps_its_steps_and_no_deadline(cases: Cases) -> None:
    case_id = await cases.open_case(programme="financial-aid", programme_version=1)
    assert [step for step, _ in await standing(cases, case_id)] == list(ANSWERS)
    assert (await send(cases, case_id, "application", answers={})).status_code == 200
    assert await cases.count("due_dates") == 0


async def test_a_life_cycle_of_its_own_has_no_steps_to_record(cases: Cases) -> None:
    case_id = await cases.open_case()
    assert await standing(cases, case_id) == []
    answer = await cases.change(f"/cases/{case_id}/steps/preparation", {"state": "done"}, "manager", method="PUT")
    assert (answer.status_code, "propres écrans" in answer.text) == (409, True)


async def test_no_programme_may_name_a_deadline_as_what_falls_due_otherwise(cases: Cases) -> None:
    """And none is kept from it for nothing."""
    fall_due = set(cases.service.on_due) - kinds(load())
    assert fall_due <= TAKEN
    assert TAKEN - set(get_args(KnownFollowUpKind)) <= fall_due


async def test_nobody_to_tell_yet_is_told_once_there_is_somebody(cases: Cases) -> None:
    await cases.open_case(**AID, territory_id=THERE)
    await cases.fire(at(date(2026, 4, 2), 9))
    assert await due(cases) == []
    await cases.grant("their manager", ("manager", THERE))
    await cases.fire(at(date(2026, 4, 2), 11))
    assert [stage for _, stage, _ in await due(cases)] == ["early", "due"]


async def test_the_forms_of_a_page_record_set_aside_and_take_back(cases: Cases, browsers: Any) -> None:
    case_id = await cases.open_case(**AID)
    browser, path = await browsers("social_worker"), f"/cases/{case_id}"
    page = await browser.get(path)
    assert ("Passage en commission : 2 avril 2026" in page, "forms/step-commission" in page) == (True, False)
    filled = {"day-application": "2026-03-02", "answer-application-situation": "Une facture."}
    wrong = await browser.send(page, "step-application", **filled, **{"answer-application-amount": "beaucoup"})
    assert (wrong.status_code, "450,50" in wrong.text, "Une facture." in wrong.text) == (422, True, True)
    well_formed(wrong.text)
    sent = await browser.send(page, "step-application", **filled, **{"answer-application-amount": "200,50"})
    assert sent.status_code == 303
    await done(cases, case_id, "commission")
    browser = await browsers("manager")
    page = await browser.get(path)
    assert ("200,50\N{NO-BREAK SPACE}€" in page, "Une facture." in page, "Étape faite" in page) == (True, True, True)
    refused = {"day-decision": "2026-03-02", "answer-decision-outcome": "refused"}
    sent = await browser.send(page, "step-decision", **refused)
    assert (sent.status_code, "Indiquez : Motif du refus." in sent.text) == (409, True)
    well_formed(sent.text)
    sent = await browser.send(page, "step-decision", **refused, **{"answer-decision-reason": "Plafond dépassé."})
    assert sent.status_code == 303
    page = await browser.get(path)
    assert ("sans objet" in page, "Plafond dépassé." in page, "forms/step-payment" in page) == (True, True, False)
    assert (await browser.send(page, "aside-step", step_code="appeal")).status_code == 303
    page = await browser.get(path)
    assert (await browser.send(page, "taken-back-step", step_code="decision")).status_code == 303
    assert [state for _, state in await standing(cases, case_id)] == ["done", "done", "to_do", "to_do", "set_aside"]

"""A measure over HTTP, on the real database: led to its end, refused, withdrawn, managed, told when it falls due."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from chassis.database import Transaction
from chassis.due_dates import Clock, DueDate
from contracts.envelope import derived_id
from contracts.events import (
    ConsentGiven,
    ConsentWithdrawn,
    OrganisationPublished,
    PersonsMerged,
    PersonsSeparated,
    RequestWithdrawn,
)
from tests.cases.conftest import HERE, START, THERE, Cases, told
from tests.chassis.conftest import until
from tests.identity import agent_id, grant

TODAY = START.date()
EVALUATION = "Loyer impayé depuis trois mois, courrier non ouvert."
CONDITIONS = ("adult", "receives_benefits", "struggles_with_resources", "health_or_safety_threatened")
REQUIRED = ["social_evaluation", "agreement", "resources"]


@dataclass
class Support:
    """A measure led over HTTP by a social worker, and decided by a manager."""

    cases: Cases
    case_id: UUID
    person: UUID
    measure_id: str = ""

    @property
    def path(self) -> str:
        return f"/cases/{self.case_id}/measures"

    @property
    def today(self) -> str:
        return self.cases.now.date().isoformat()

    async def change(self, step: str, body: Any, by: str = "social_worker", **more: Any) -> httpx.Response:
        return await self.cases.change(f"{self.path}/{self.measure_id}/{step}", body, by, **more)

    async def done(self, step: str, body: Any, by: str = "social_worker", **more: Any) -> dict[str, Any]:
        answer = await self.change(step, body, by, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def create(self, step: str, body: Any, by: str = "social_worker", **more: Any) -> httpx.Response:
        return await self.cases.create(f"{self.path}/{self.measure_id}/{step}", body, by, **more)

    async def made(self, step: str, body: Any, by: str = "social_worker") -> dict[str, Any]:
        answer = await self.create(step, body, by)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def state(self, by: str = "social_worker") -> dict[str, Any]:
        answer = await self.cases.get(self.path, by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["items"][0])

    async def begin(self, **body: Any) -> None:
        answer = await self.cases.create(self.path, body, "social_worker")
        assert answer.status_code == 201, answer.text
        self.measure_id = answer.json()["measure_id"]

    async def prepare(self, **conditions: bool) -> None:
        eligibility = dict.fromkeys(CONDITIONS, True) | conditions
        await self.made("evaluations", {"text": EVALUATION, "evaluated_on": self.today, "eligibility": eligibility})
        await self.done("agreement", {"on": self.today}, method="PUT")
        await self.done("documents", {"documents": REQUIRED}, method="PUT")

    async def grant(self, level: int = 1) -> None:
        await self.begin()
        await self.prepare()
        await self.done("transmission", {"on": self.today})
        await self.done("decision", {"on": self.today, "outcome": "granted", "level": level}, "manager")

    def terms(self, **changes: Any) -> dict[str, Any]:
        usual = {"signed_on": self.today, "starts_on": self.today, "level": 1, "months": 12}
        return usual | changes

    async def sign(self, level: int = 1, **terms: Any) -> None:
        await self.grant(level)
        managed = {"rent_cents": 45_000, "charges_cents": 5_000} if level == 2 else {}
        await self.done("contract", self.terms(level=level, **managed | terms))

    async def enter(self, kind: str, cents: int, **more: Any) -> httpx.Response:
        return await self.create("entries", {"kind": kind, "on": self.today, "amount_cents": cents} | more)

    async def book(self, by: str = "social_worker") -> dict[str, Any]:
        answer = await self.cases.get(f"{self.path}/{self.measure_id}/entries", by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def support_on(cases: Cases, **request: Any) -> Support:
    person = uuid4()
    people = {"requester": {"person_id": person, "role": "self"}, "concerned": {"person_id": person, "minor": False}}
    case_id = await cases.open_case(**people | {"programme": "masp"} | request)
    await cases.record_person(person, "Sam Exemple")
    return Support(cases, case_id, person)


@pytest.fixture
async def support(cases: Cases) -> Support:
    """A dossier of the programme, and no measure yet."""
    return await support_on(cases)


async def test_a_measure_is_applied_for_granted_signed_supported_renewed_and_completed(
    cases: Cases, support: Support
) -> None:
    await support.sign(months=6)
    await support.made("visits", {"on": support.today, "kept": True, "note": "Budget revu ensemble."})
    await support.made("visits", {"on": support.today, "kept": False})
    cases.now = START + timedelta(days=150)
    await support.made("evaluations", {"text": "Le loyer est payé.", "evaluated_on": support.today})
    await support.done("renewal", support.terms(starts_on="2026-09-02", months=12))
    cases.now = START + timedelta(days=400)
    ended = await support.done("end", {"on": support.today, "reason": "completed"})
    assert ended["phase"] == "ended"
    state = await support.state()
    assert [one["kept"] for one in state["visits"]] == [True, False]
    assert state["visits"][0]["note"] == "Budget revu ensemble."
    assert [one["text"] for one in state["evaluations"]] == [EVALUATION, "Le loyer est payé."]
    first, second = await cases.outbox("MeasureSigned")
    assert (first.data["level"], first.data["starts_on"], first.data["ends_on"]) == (1, "2026-03-02", "2026-09-01")
    assert (second.data["starts_on"], second.data["ends_on"]) == ("2026-09-02", "2027-09-01")
    assert first.data["measure_id"] == support.measure_id
    assert [kind for kind in await cases.kinds(support.case_id) if kind.startswith("measure")] == [
        "measure_opened", "measure_evaluated", "measure_agreed", "measure_documents", "measure_sent",
        "measure_granted", "measure_signed", "measure_visited", "measure_visit_missed", "measure_evaluated",
        "measure_renewed", "measure_ended",
    ]  # fmt: skip


async def test_any_open_dossier_may_have_one_measure_at_a_time(cases: Cases) -> None:
    support = await support_on(cases, programme="first-contact")
    await support.begin()
    again = await cases.create(support.path, {}, "social_worker")
    assert (again.status_code, "déjà en cours" in again.json()["detail"]) == (409, True)
    await support.done("end", {"on": support.today, "reason": "not_eligible"})
    assert (await cases.create(support.path, {}, "manager")).status_code == 201
    assert await cases.count("measures") == 2


async def test_somebody_has_to_be_known(cases: Cases) -> None:
    nobody: dict[str, Any] = {"requester": {"role": "self"}, "concerned": {"minor": False}}
    case_id = await cases.open_case(**nobody)
    refused = await cases.create(f"/cases/{case_id}/measures", {}, "social_worker")
    assert (refused.status_code, "identifiez" in refused.json()["detail"]) == (409, True)
    stranger = await cases.create(f"/cases/{case_id}/measures", {"person_id": str(uuid4())}, "social_worker")
    assert (stranger.status_code, "pas dans le dossier" in stranger.json()["detail"]) == (409, True)
    assert await cases.count("measures") == 0


async def test_what_is_missing_is_said_before_the_file_leaves(cases: Cases, support: Support) -> None:
    await support.begin()
    refused = await support.change("transmission", {"on": support.today})
    assert refused.status_code == 409
    sentences = [error["detail"] for error in refused.json()["errors"]]
    assert sentences == (await support.state())["missing"]
    assert len(sentences) == 3
    assert all(word in " ".join(sentences) for word in ("évaluation sociale", "accord", "Justificatifs des ressources"))
    await support.prepare(receives_benefits=False)
    refused = await support.change("transmission", {"on": support.today})
    assert "prestations sociales" in refused.json()["detail"]
    assert (await support.state())["phase"] == "application"


async def test_the_departement_refuses_with_a_reason(cases: Cases, support: Support) -> None:
    await support.begin()
    await support.prepare()
    merged_since = "01039"
    await support.done("transmission", {"on": support.today, "commune": merged_since})
    silent = await support.change("decision", {"on": support.today, "outcome": "refused"}, "manager")
    assert (silent.status_code, "raison" in silent.json()["detail"]) == (409, True)
    reason = {"on": support.today, "outcome": "refused", "reason": "Un suivi existe déjà."}
    assert (await support.done("decision", reason, "manager"))["phase"] == "refused"
    assert (await support.state())["decision"]["reason"] == "Un suivi existe déjà."


# step, body, by whom the département's president is not spoken for
DEPARTMENT: list[tuple[str, str, dict[str, Any]]] = [
    ("decision", "POST", {"on": "2026-03-02", "outcome": "granted", "level": 1}),
    ("delegation", "PUT", {"organisation_id": None}),
    ("judge-request", "POST", {"on": "2026-03-02", "unpaid_months": 3}),
    ("judge-decision", "POST", {"order": None}),
    ("report", "POST", {"on": "2026-03-02"}),
]


@pytest.mark.parametrize(("step", "method", "body"), DEPARTMENT, ids=[row[0] for row in DEPARTMENT])
async def test_only_a_manager_speaks_for_the_departement(
    support: Support, step: str, method: str, body: dict[str, Any]
) -> None:
    await support.begin()
    assert (await support.change(step, body, "social_worker", method=method)).status_code == 403


async def test_who_does_not_support_the_person_knows_nothing_of_it(cases: Cases, support: Support) -> None:
    await support.sign(level=2)
    await support.enter("benefit_received", 100_000)
    for by, grants in (("reception", ()), ("coordinator", ()), ("elsewhere", (("social_worker", THERE),))):
        if grants:
            await cases.grant(by, *grants)
        assert (await cases.get(support.path, by)).status_code in (403, 404)
        assert (await cases.create(f"{support.path}/{support.measure_id}/visits", {
            "on": support.today, "kept": True}, by)).status_code in (403, 404)  # fmt: skip
    assigned = {"agent_id": str(agent_id("coordinator")), "role": "coordinator"}
    await cases.create(f"/cases/{support.case_id}/referents", assigned, "manager")
    shown = (await cases.get(f"/cases/{support.case_id}", "coordinator")).json()
    assert [one["kind"] for one in shown["timeline"] if one["kind"].startswith("measure")] == []
    assert (await cases.get(support.path, "coordinator")).status_code == 403


async def test_support_is_delegated_to_an_organisation_of_the_directory(cases: Cases, support: Support) -> None:
    await support.grant()
    association = OrganisationPublished(organisation_id=uuid4(), name="Association Exemple", kind="association")
    chosen = {"organisation_id": str(association.organisation_id)}
    unknown = await support.change("delegation", chosen, "manager", method="PUT")
    assert (unknown.status_code, "annuaire" in unknown.json()["detail"]) == (409, True)
    await cases.receive(told(association, source="/maillage/directory"))
    await support.done("delegation", chosen, "manager", method="PUT")
    await support.done("contract", support.terms())
    [signed] = await cases.outbox("MeasureSigned")
    assert signed.data["delegated_to"] == chosen["organisation_id"]


async def test_an_amendment_is_told_and_moves_the_end(cases: Cases, support: Support) -> None:
    await support.sign()
    longer = {"signed_on": support.today, "level": 1, "months": 24}
    await support.done("amendment", longer)
    level = {"signed_on": support.today, "level": 2, "months": 24, "rent_cents": 45_000}
    refused = await support.change("amendment", level)
    assert (refused.status_code, "responsable" in refused.json()["detail"]) == (409, True)
    await support.done("amendment", level, "manager")
    events = [(one.data["level"], one.data["ends_on"]) for one in await cases.outbox("MeasureSigned")]
    assert events == [(1, "2027-03-01"), (1, "2028-03-01"), (2, "2028-03-01")]
    assert (await support.state())["falls_due"] == {"measure_end": "2028-03-01", "measure_ceiling": "2030-03-01"}


async def test_four_years_are_the_persons_whatever_dossier_knew_of_them(cases: Cases, support: Support) -> None:
    """The other dossier lies in another territory: its time counts, and nothing else of it shows."""
    for role in ("social_worker", "manager"):
        await grant(cases.service.parts.worker, role, [(role, HERE), (role, THERE)], sequence=2)
    people = {"requester": {"person_id": support.person, "role": "self"},
              "concerned": {"person_id": support.person, "minor": False}}  # fmt: skip
    other = await support_on(cases, territory_id=THERE, **people)
    await other.sign(starts_on="2022-06-01", months=24)
    await other.done("end", {"on": "2026-03-02", "reason": "completed"})
    again = await support_on(cases, territory_id=THERE, **people)
    await again.sign(starts_on="2024-06-01", months=18)
    await again.done("end", {"on": "2026-03-02", "reason": "completed"})
    await cases.grant("here only", ("social_worker", HERE))
    await support.grant()
    refused = await support.change("contract", support.terms(months=7), "here only")
    assert (refused.status_code, "48 mois" in refused.json()["detail"]) == (409, True)
    answer = await support.change("contract", support.terms(months=6), "here only")
    assert answer.status_code == 200, answer.text
    assert (await support.state("here only"))["months_spent"] == 48


# Failure, judge, prosecutor ----------------------------------------------------------------------


async def test_a_measure_that_fails_while_danger_goes_on_ends_with_a_report(cases: Cases, support: Support) -> None:
    await support.sign()
    failed = {"on": support.today, "kind": "unsuccessful", "compromised": True}
    await support.done("failure", failed)
    ending = {"on": support.today, "reason": "unsuccessful"}
    refused = await support.change("end", ending)
    assert (refused.status_code, "procureur" in refused.json()["detail"]) == (409, True)
    closing = await cases.change(
        f"/cases/{support.case_id}/close", {"reason": "completed", "summary": "Fini."}, "manager"
    )
    assert (closing.status_code, "MASP" in closing.json()["detail"]) == (409, True)
    moving = await cases.change(f"/cases/{support.case_id}/close", {"reason": "moved", "summary": "Partie."}, "manager")
    assert (moving.status_code, "procureur" in moving.json()["detail"]) == (409, True)
    assert (await support.state())["report_is_due"] is True
    await support.done("report", {"on": support.today}, "manager")
    assert (await support.done("end", ending))["phase"] == "ended"
    assert (
        await cases.change(f"/cases/{support.case_id}/close", {"reason": "completed", "summary": "Fini."}, "manager")
    ).status_code == 200
    kinds = await cases.kinds(support.case_id)
    assert kinds.index("measure_report_due") < kinds.index("measure_report_sent") < kinds.index("measure_ended")


async def test_a_dossier_that_closes_because_of_a_death_ends_its_measure(cases: Cases, support: Support) -> None:
    await support.sign()
    assert (
        await cases.change(f"/cases/{support.case_id}/close", {"reason": "deceased", "summary": "Fin."}, "manager")
    ).status_code == 200
    assert (await support.state())["end_reason"] == "deceased"


async def test_level_three_is_asked_of_the_judge_and_counted_apart(cases: Cases, support: Support) -> None:
    await support.sign()
    await support.done("failure", {"on": support.today, "kind": "breach", "compromised": True})
    early = await support.change("judge-request", {"on": support.today, "unpaid_months": 1}, "manager")
    assert (early.status_code, "deux mois" in early.json()["detail"]) == (409, True)
    await support.done("judge-request", {"on": support.today, "unpaid_months": 2}, "manager")
    order = {"decided_on": support.today, "starts_on": support.today, "months": 24, "protected_cents": 0}
    refused = await support.change("judge-decision", {"order": order}, "manager")
    assert (refused.status_code, "de quoi vivre" in refused.json()["detail"]) == (409, True)
    await support.done("judge-decision", {"order": order | {"protected_cents": 60_000}}, "manager")
    state = await support.state()
    assert (state["phase"], state["orders"][0]["ends_on"]) == ("ordered", "2028-03-01")
    assert state["falls_due"] == {"measure_end": "2028-03-01", "measure_ceiling": "2030-03-01"}


# What the person takes back ----------------------------------------------------------------------


async def test_a_consent_withdrawn_elsewhere_breaks_the_contract_once(cases: Cases, support: Support) -> None:
    await support.sign()
    withdrawn = told(
        ConsentWithdrawn(consent_id=uuid4(), person_id=support.person, kind="programme", withdrawn_at=START)
    )
    await cases.receive(withdrawn)
    await cases.receive(withdrawn)
    state = await support.state()
    assert (state["phase"], state["failure"]["kind"], state["compromised"]) == ("failed", "breach", None)
    assert (await cases.kinds(support.case_id)).count("measure_agreement_withdrawn") == 1
    ended = await support.change("end", {"on": support.today, "reason": "breach"})
    assert (ended.status_code, "reste compromise" in ended.json()["detail"]) == (409, True)
    await support.done("danger", {"compromised": False}, method="PUT")
    await support.done("end", {"on": support.today, "reason": "breach"})


async def test_a_consent_to_something_else_changes_nothing(cases: Cases, support: Support) -> None:
    await support.sign()
    consent = uuid4()
    given = ConsentGiven(
        consent_id=consent, person_id=support.person, kind="programme", programme="family-conference",
        given_by=support.person, given_how="oral", given_at=START,
    )  # fmt: skip
    withdrawn = ConsentWithdrawn(consent_id=consent, person_id=support.person, kind="programme", withdrawn_at=START)
    await cases.receive(told(given), told(withdrawn))
    assert (await support.state())["phase"] == "under_contract"


async def test_an_agreement_older_than_its_withdrawal_does_not_count(cases: Cases, support: Support) -> None:
    await support.begin()
    cases.now = START + timedelta(days=2)
    withdrawn = ConsentWithdrawn(consent_id=uuid4(), person_id=support.person, kind="programme", withdrawn_at=cases.now)
    await cases.receive(told(withdrawn, time=cases.now))
    await support.done("danger", {"compromised": False}, method="PUT")
    await support.done("end", {"on": support.today, "reason": "refusal"})
    await support.begin()
    refused = await support.change("agreement", {"on": TODAY.isoformat()}, method="PUT")
    assert (refused.status_code, "retiré son accord" in refused.json()["detail"]) == (409, True)
    await support.done("agreement", {"on": support.today}, method="PUT")


async def test_a_request_taken_back_leaves_open_what_it_has_to_be_said_of(cases: Cases, support: Support) -> None:
    await support.grant()
    shown = (await cases.get(f"/cases/{support.case_id}", "manager")).json()
    async with cases.service.parts.worker.transaction() as tx:
        request_id = await tx.fetchval("SELECT request_id FROM cases WHERE case_id = $1", support.case_id)
    withdrawn = RequestWithdrawn(request_id=request_id, withdrawn_at=START)
    await cases.receive(told(withdrawn, sequence=2))
    assert shown["status"] == "open"
    assert (await cases.get(f"/cases/{support.case_id}", "manager")).json()["status"] == "open"
    state = await support.state()
    assert (state["phase"], state["failure"]["kind"]) == ("failed", "refusal")


# The ledger --------------------------------------------------------------------------------------


async def test_benefits_are_managed_rent_and_charges_first(cases: Cases, support: Support) -> None:
    await support.sign(level=2)
    assert (await support.enter("benefit_received", 100_000, note="RSA de mars")).status_code == 201
    refused = await support.enter("paid_to_person", 60_000)
    assert refused.status_code == 409
    assert "450,00\u00a0€ de loyer" in refused.json()["detail"]
    for kind, amount in (("rent_paid", 45_000), ("charges_paid", 5_000), ("paid_to_person", 50_000)):
        assert (await support.enter(kind, amount)).status_code == 201
    book = await support.book()
    assert (book["held_cents"], len(book["entries"])) == (0, 4)
    [month] = book["months"]
    assert (month["month"], month["sums"]["rent_paid"]) == ("2026-03-01", 45_000)
    assert book["entries"][0]["note"] == "RSA de mars"
    assert sum(one["amount_cents"] * ((one["to_account"] == "held") - (one["from_account"] == "held"))
               for one in book["entries"]) == 0  # fmt: skip


async def test_a_mistake_is_taken_back_and_stays_readable(support: Support) -> None:
    await support.sign(level=2)
    entry = (await support.made("entries", {"kind": "benefit_received", "on": support.today, "amount_cents": 9_000}))[
        "entry_id"
    ]
    await support.made(f"entries/{entry}/reversal", {})
    again = await support.create(f"entries/{entry}/reversal", {})
    assert (again.status_code, "déjà annulée" in again.json()["detail"]) == (409, True)
    book = await support.book()
    assert (book["held_cents"], len(book["entries"]), book["entries"][1]["reverses"]) == (0, 2, entry)


async def test_a_measure_does_not_end_while_money_is_held(support: Support) -> None:
    await support.sign(level=2)
    await support.enter("benefit_received", 50_000)
    refused = await support.change("end", {"on": support.today, "reason": "completed"})
    assert (refused.status_code, "n'est pas vide" in refused.json()["detail"]) == (409, True)


async def test_two_payments_at_once_never_spend_the_same_money(support: Support) -> None:
    await support.sign(level=2, rent_cents=1, charges_cents=0)
    await support.enter("benefit_received", 10_001)
    answers = await asyncio.gather(*(support.enter("paid_to_person", 10_000) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert (await support.book())["held_cents"] == 1


async def test_an_entry_sent_twice_is_entered_once(support: Support) -> None:
    await support.sign(level=2)
    body = {"kind": "benefit_received", "on": support.today, "amount_cents": 10_000}
    first = await support.create("entries", body, key="once-and-only-once")
    second = await support.create("entries", body, key="once-and-only-once")
    assert first.json()["entry_id"] == second.json()["entry_id"]
    assert len((await support.book())["entries"]) == 1


# What the database itself refuses, whoever asks
IMPOSSIBLE: list[tuple[str, str]] = [
    ("an entry within one account", "'held', 'held', 100, NULL"),
    ("an entry between two outside accounts", "'rent', 'person', 100, NULL"),
    ("an amount of nothing", "'benefits', 'held', 0, NULL"),
    ("a negative amount", "'benefits', 'held', -100, NULL"),
    ("an account nobody knows", "'held', 'landlord', 100, NULL"),
    ("a reversal of another amount", "'held', 'benefits', 99, 'E'"),
    ("a reversal in the same direction", "'benefits', 'held', 10000, 'E'"),
]


@pytest.mark.parametrize("values", [row[1] for row in IMPOSSIBLE], ids=[row[0] for row in IMPOSSIBLE])
async def test_the_ledger_cannot_be_unbalanced(cases: Cases, support: Support, values: str) -> None:
    await support.sign(level=2)
    entry = (await support.enter("benefit_received", 10_000)).json()["entry_id"]
    admin = await asyncpg.connect(cases.database.admin_url)
    statement = f"""
        INSERT INTO measure_entries (entry_id, measure_id, case_id, kind, entered_on, month, at, from_account,
            to_account, amount_cents, reverses)
        SELECT gen_random_uuid(), measure_id, case_id, 'benefit_received', '2026-03-02', '2026-03-01', now(),
            {values.replace("'E'", f"'{entry}'::uuid")} FROM measures"""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await admin.execute(statement)
    opposite = statement.replace(values.replace("'E'", f"'{entry}'::uuid"), f"'held', 'benefits', 10000, '{entry}'")
    await admin.execute(opposite)
    with pytest.raises(asyncpg.UniqueViolationError):
        await admin.execute(opposite)
    await admin.close()


@pytest.mark.parametrize("change", ["UPDATE measure_entries SET amount_cents = 1", "DELETE FROM measure_entries"])
async def test_nobody_changes_or_takes_out_an_entry(cases: Cases, support: Support, change: str) -> None:
    await support.sign(level=2)
    await support.enter("benefit_received", 10_000)
    for database in (cases.service.parts.app, cases.service.parts.worker):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction() as tx:
                await tx.execute(change)


# What falls due ----------------------------------------------------------------------------------


def at(day: date, hour: int = 8) -> datetime:
    """That hour in Paris, in winter."""
    return datetime(day.year, day.month, day.day, hour - 1, tzinfo=UTC)


async def due(cases: Cases) -> list[tuple[str, str, str]]:
    return [(one.data["kind"], one.data["stage"], one.data["due_on"]) for one in await cases.outbox("FollowUpDue")]


async def test_the_end_is_announced_once_by_stage(cases: Cases, support: Support) -> None:
    await support.sign()
    await cases.fire(at(date(2027, 1, 1)) - timedelta(seconds=1))
    assert await due(cases) == []
    await cases.fire(at(date(2027, 1, 1)))
    await cases.fire(at(date(2027, 3, 2)))
    await cases.fire(at(date(2027, 3, 3)))
    stages = [("measure_end", stage, "2027-03-01") for stage in ("early", "due", "overdue")]
    assert await due(cases) == stages
    ids = [one.id for one in await cases.outbox("FollowUpDue")]
    due_date = derived_id(UUID(support.measure_id), "measure_end")
    assert ids == [derived_id(due_date, f"{stage}:2027-03-01") for _, stage, _ in stages]
    kinds = await cases.kinds(support.case_id)
    assert [kind for kind in kinds if kind.startswith("measure_end_")] == [f"measure_end_{one}" for _, one, _ in stages]


async def test_a_renewal_moves_the_end_and_the_end_cancels_it(cases: Cases, support: Support) -> None:
    await support.sign(months=6)
    cases.now = START + timedelta(days=10)
    await support.made("evaluations", {"text": "Tout va mieux.", "evaluated_on": support.today})
    await support.done("renewal", support.terms(starts_on="2026-09-02", months=24))
    await cases.fire(at(date(2027, 1, 1)))
    assert await due(cases) == []
    await support.done("end", {"on": support.today, "reason": "completed"})
    await cases.fire(at(date(2035, 1, 1)))
    assert await due(cases) == []


async def test_the_four_years_are_announced(cases: Cases, support: Support) -> None:
    await support.begin(months_elsewhere=36)
    await support.prepare()
    await support.done("transmission", {"on": support.today})
    await support.done("decision", {"on": support.today, "outcome": "granted", "level": 1}, "manager")
    await support.done("contract", support.terms(months=12))
    await cases.fire(at(date(2026, 9, 1)))
    assert await due(cases) == [("measure_ceiling", "early", "2027-03-01")]


async def test_two_people_found_to_be_one_have_four_years_together(cases: Cases, support: Support) -> None:
    """Undone, each counts their own again."""
    await support.sign(months=24)
    cases.now = at(date(2028, 3, 10))
    second = await support_on(cases, territory_id=THERE)
    for role in ("social_worker", "manager"):  # whose dossier the other one is not
        await grant(cases.service.parts.worker, role, [(role, THERE)], sequence=2)
    await second.sign(months=20)
    cases.now = at(date(2029, 11, 1))
    await second.made("evaluations", {"text": "Tout va mieux.", "evaluated_on": second.today})
    renewal = second.terms(starts_on="2029-11-10", months=6)
    alone = (await second.state())["falls_due"]["measure_ceiling"]

    await cases.receive(told(PersonsMerged(person_id=second.person, into=support.person), 2))
    refused = await second.change("renewal", renewal)
    assert (refused.status_code, "48 mois" in refused.json()["errors"][0]["detail"]) == (409, True), refused.text
    together = (await second.state())["falls_due"]["measure_ceiling"]
    assert (alone, together) == ("2032-03-09", "2030-03-09")
    await cases.fire(at(date(2029, 11, 2)))
    assert ("measure_ceiling", "early", together) in await due(cases)

    await cases.receive(told(PersonsSeparated(person_id=second.person, out_of=support.person), 3))
    assert (await second.state())["falls_due"]["measure_ceiling"] == alone
    await second.done("renewal", renewal)


async def test_a_suspended_contract_has_no_ceiling_until_it_is_resumed(cases: Cases, support: Support) -> None:
    await support.sign()
    cases.now = START + timedelta(days=31)
    await support.done("interruption", {"on": support.today})
    assert set((await support.state())["falls_due"]) == {"measure_end"}
    cases.now = START + timedelta(days=62)
    await support.done("resumption", {"on": support.today})
    assert (await support.state())["falls_due"]["measure_ceiling"] > "2030-03-01"


async def test_it_is_told_to_the_referent_else_to_a_manager(cases: Cases, support: Support) -> None:
    await support.sign()
    await cases.fire(at(date(2027, 1, 1)))
    assigned = {"agent_id": str(agent_id("social_worker")), "role": "referent"}
    assert (await cases.create(f"/cases/{support.case_id}/referents", assigned, "manager")).status_code == 201
    await cases.fire(at(date(2027, 3, 1)))
    agents = {one.data["stage"]: one.data["agent_id"] for one in await cases.outbox("FollowUpDue")}
    assert agents == {"early": str(agent_id("manager")), "due": str(agent_id("social_worker"))}


async def test_a_visit_recorded_while_the_clock_fires_waits_for_it(cases: Cases, support: Support) -> None:
    """Both hold the due date and the dossier: in the same order, or one of them is lost."""
    await support.sign()
    visiting: list[asyncio.Task[dict[str, Any]]] = []

    async def meanwhile(tx: Transaction, due_date: DueDate) -> None:
        """The clock holds the due date, and has not come to the dossier yet."""
        visiting.append(asyncio.create_task(support.made("visits", {"on": support.today, "kept": True})))
        await until(cases.somebody_waits)
        await cases.service.on_due[due_date.kind](tx, due_date)

    clock = Clock(cases.service.parts.worker, {"measure_end": meanwhile}, lambda: at(date(2027, 1, 1)))
    assert await clock.fire_one()
    assert "visit_id" in await visiting[0]
    assert await due(cases) == [("measure_end", "early", "2027-03-01")]


# What every edit shares ----------------------------------------------------------------------------


async def test_an_edit_names_the_version_it_saw(cases: Cases, support: Support) -> None:
    await support.begin()
    seen = await cases.version(support.case_id)
    await support.prepare()
    outdated = await support.change("transmission", {"on": support.today}, version=seen)
    assert outdated.status_code == 412
    silent = await cases.ask("POST", f"{support.path}/{support.measure_id}/transmission", "social_worker",
                             json={"on": support.today})  # fmt: skip
    assert silent.status_code == 428
    assert (await support.state())["phase"] == "application"


# step, method, what is sent, where the fault is
WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("contract", "POST", {"signed_on": "2026-03-02", "starts_on": "2026-03-02", "level": 3, "months": 12}, "#/level"),
    ("contract", "POST", {"signed_on": "0026-03-02", "starts_on": "2026-03-02", "level": 1, "months": 12},
     "#/signed_on"),
    ("contract", "POST", {"signed_on": "2026-03-02", "starts_on": "2026-03-02", "level": 2, "months": 12,
                          "rent_cents": -1}, "#/rent_cents"),
    ("contract", "POST", {"signed_on": "2026-03-02", "starts_on": "2026-03-02", "level": 2, "months": 12,
                          "rent_cents": 450.5}, "#/rent_cents"),
    ("decision", "POST", {"on": "2026-03-02", "outcome": "granted"}, "#"),
    ("end", "POST", {"on": "2026-03-02", "reason": "tired"}, "#/reason"),
    ("transmission", "POST", {"on": "2026-03-02", "commune": "Saint-Brieuc"}, "#/commune"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "method", "body", "place"), WRONG)
async def test_what_does_not_fit_is_refused_in_french(
    support: Support, step: str, method: str, body: dict[str, Any], place: str
) -> None:
    await support.begin()
    before = await support.state()
    refused = await support.change(step, body, "manager", method=method)
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert error["pointer"] == place
    assert await support.state() == before


async def test_a_measure_of_another_dossier_is_not_found(cases: Cases, support: Support) -> None:
    await support.begin()
    other = await support_on(cases)
    other.measure_id = support.measure_id
    assert (await other.change("agreement", {"on": other.today}, method="PUT")).status_code == 404
    assert (await cases.get(f"{other.path}/{support.measure_id}/entries", "social_worker")).status_code == 404


async def test_nothing_personal_rests_or_travels_in_the_clear(cases: Cases, support: Support) -> None:
    await support.sign(level=2)
    await support.made("visits", {"on": support.today, "kept": True, "note": "Frigo vide."})
    await support.enter("benefit_received", 10_000, note="RSA de mars")
    async with cases.service.parts.worker.transaction() as tx:
        tables = ("timeline", "measures", "measure_entries", "measure_periods", "idempotency_keys", "due_dates")
        stored = "".join([str(await tx.fetch(f"SELECT to_jsonb(t)::text FROM {table} AS t")) for table in tables])
        stored += "".join(row["value"].decode() for row in await tx.fetch("SELECT value FROM outbox"))
    assert [word for word in ("Exemple", "impayé", "Frigo", "RSA") if word in stored] == []

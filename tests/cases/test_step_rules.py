"""The steps of a programme, rule by rule: what a financial aid lets an agent record, and which deadlines run by it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from cases.dossiers.model import Refused
from cases.measures.money import Euros
from cases.steps import answers, deadlines, model
from cases.steps.model import Record, Records, State
from contracts.programmes import load
from tests.cases.ready import CASE, ZONE

AID, AID_BEFORE = load().version("financial-aid", 3), load().version("financial-aid", 1)
OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 6, 1)
GRANTED: dict[str, Any] = {"outcome": "granted", "amount": 15000}
REFUSED: dict[str, Any] = {"outcome": "refused"}


def record(step: str, day: str, state: str = "done", **said: Any) -> Record:
    return Record(
        UUID(int=1), CASE, step, State(state), date.fromisoformat(day), said, None, UUID(int=2), datetime.now(UTC)
    )


def recorded(*records: Record) -> Records:
    return {one.step: one for one in records}


STUDIED = record("application", "2026-03-05", amount=20000)
EXAMINED = record("commission", "2026-03-20", opinion="favourable")
ACCEPTED = record("decision", "2026-03-25", **GRANTED)
REJECTED = record("decision", "2026-03-25", **REFUSED)
PAID = record("payment", "2026-04-01", amount=15000, paid_to="creditor")
APPEALED = record("appeal", "2026-04-20", outcome="under_study")

# what the rule is, what was recorded, what is to be → what is said against it ("": it may be)
RULES: list[tuple[str, list[Record], Record, str]] = [
    ("the first step", [], STUDIED, ""),
    ("a step follows the one before", [STUDIED], EXAMINED, ""),
    ("no step is skipped over", [], EXAMINED, "Enregistrez d'abord : Étude de la demande avec la personne."),
    ("all that is missing is said", [], ACCEPTED, "Enregistrez d'abord : Avis de la commission."),
    ("an optional one may be passed over", [STUDIED, EXAMINED, ACCEPTED], APPEALED, ""),
    ("and is recorded later all the same", [STUDIED, EXAMINED, ACCEPTED, APPEALED], PAID, ""),
    ("an optional one may be set aside", [STUDIED, EXAMINED, ACCEPTED],
     record("payment", "2026-04-01", "set_aside"), ""),
    ("even before its turn", [], record("appeal", "2026-03-05", "set_aside"), ""),
    ("the others may not", [STUDIED], record("commission", "2026-03-20", "set_aside"), "n'est pas facultative"),
    ("a refused aid is not paid", [STUDIED, EXAMINED, REJECTED], PAID, "sans objet"),
    ("a refused aid may be contested", [STUDIED, EXAMINED, REJECTED], APPEALED, ""),
    ("nothing is recorded before it is done", [], record("application", "2026-06-02"), "à venir"),
    ("today is not too soon", [], record("application", "2026-06-01"), ""),
    ("a decision does not come before the opinion", [STUDIED, EXAMINED], record("decision", "2026-03-19", **REFUSED),
     "ne peut pas avoir eu lieu avant « Avis de la commission »"),
    ("the same day is in order", [STUDIED, EXAMINED], record("decision", "2026-03-20", **REFUSED), ""),
    ("an optional step has its own time", [STUDIED, EXAMINED, ACCEPTED, record("payment", "2026-05-01")],
     APPEALED, ""),
    ("a date is corrected", [STUDIED, EXAMINED, ACCEPTED], record("commission", "2026-03-18"), ""),
    ("not beyond what followed", [STUDIED, EXAMINED, ACCEPTED], record("commission", "2026-03-30"),
     "vérifiez les dates"),
    ("a decision changes", [STUDIED, EXAMINED, REJECTED, APPEALED], record("decision", "2026-04-15", **GRANTED), ""),
    ("not to a refusal once paid", [STUDIED, EXAMINED, ACCEPTED, PAID], REJECTED, "en dépend : annulez-la d'abord"),
    ("less than was granted is paid", [STUDIED, EXAMINED, ACCEPTED],
     record("payment", "2026-04-01", amount=14999, paid_to="creditor"), ""),
    ("never more than was granted", [STUDIED, EXAMINED, ACCEPTED],
     record("payment", "2026-04-01", amount=15001, paid_to="creditor"),
     "« Montant payé » ne peut pas dépasser « Montant accordé » (150,00\N{NO-BREAK SPACE}€)."),
    ("nor is less granted than was paid", [STUDIED, EXAMINED, ACCEPTED, PAID],
     record("decision", "2026-03-25", outcome="granted", amount=14999),
     "« Paiement à la personne ou au créancier » est enregistrée avec un montant plus grand : corrigez-la d'abord."),
    ("more may be granted", [STUDIED, EXAMINED, ACCEPTED, PAID],
     record("decision", "2026-03-25", outcome="granted", amount=20000), ""),
    ("a mistake is taken back", [STUDIED, EXAMINED], record("commission", "2026-06-01", "to_do"), ""),
    ("not under what came after", [STUDIED, EXAMINED, ACCEPTED], record("commission", "2026-06-01", "to_do"),
     "« Décision écrite : montant accordé ou motif du refus » est enregistrée et en dépend"),
    ("nor what was never recorded", [], record("commission", "2026-06-01", "to_do"), "n'est pas enregistrée"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "new", "said"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_a_step_is_recorded_in_its_turn(before: list[Record], new: Record, said: str) -> None:
    refused = ""
    try:
        model.must_be_recordable(AID, recorded(*before), new, TODAY)
    except Refused as refusal:
        refused = " ".join(refusal.missing)
    assert said in refused
    assert bool(said) == bool(refused)


# what was decided → what is said against its answers
ANSWERED: list[tuple[str, dict[str, Any], str]] = [
    ("granted, with its amount", GRANTED, ""),
    ("granted in part, with its amount", {"outcome": "granted_in_part", "amount": 1}, ""),
    ("granted without an amount", {"outcome": "granted"}, "Indiquez : Montant accordé."),
    ("refused, with its reason", {"outcome": "refused", "reason": "Plafond."}, ""),
    ("refused without a reason", {"outcome": "refused"}, "Indiquez : Motif du refus."),
    ("refused with an amount", {"outcome": "refused", "reason": "Plafond.", "amount": 1}, "Laissez vide"),
    ("granted with a reason to refuse", {**GRANTED, "reason": "Plafond."}, "Laissez vide"),
]


@pytest.mark.parametrize(("said", "against"), [row[1:] for row in ANSWERED], ids=[row[0] for row in ANSWERED])
def test_a_choice_makes_other_answers_obligatory(said: dict[str, Any], against: str) -> None:
    refused = ""
    try:
        model.must_be_answered(AID.step("decision"), said)
    except Refused as refusal:
        refused = " ".join(refusal.missing)
    assert against in refused
    assert bool(against) == bool(refused)


def test_what_is_free_is_sealed_and_amounts_are_read_in_euros() -> None:
    decision = AID.step("decision")
    form = answers.form_of(decision, BaseModel, "a_", Euros)
    given = form.model_validate({"a_outcome": "refused", "a_reason": "Plafond."})
    assert answers.split(decision, answers.kept(given, "a_")) == ({"outcome": "refused"}, {"reason": "Plafond."})
    assert answers.in_words(decision, GRANTED) == [
        ("Décision", "Accordée"),
        ("Montant accordé", "150,00\N{NO-BREAK SPACE}€"),
    ]


def test_who_carries_a_step_out_records_it_and_for_the_family_whoever_works_there() -> None:
    assert model.recorders(AID.step("commission")) == ("manager",)
    first_contact = load().current("first-contact")
    assert model.recorders(first_contact.step("listening")) == ("social_worker",)
    everybody = model.recorders(load().current("food-parcels").step("delivery"))
    assert everybody == ("social_worker", "coordinator", "manager")


ASIDE = record("payment", "2026-04-01", "set_aside")
# what was recorded → deadlines that run, with their day
RUNNING: list[tuple[str, list[Record], dict[str, str]]] = [
    ("asked for", [], {"aid_commission": "2026-04-02"}),
    ("examined", [STUDIED, EXAMINED], {}),
    ("granted", [STUDIED, EXAMINED, ACCEPTED], {"aid_payment": "2026-04-08", "aid_appeal": "2026-05-25"}),
    ("refused: nothing is to be paid", [STUDIED, EXAMINED, REJECTED], {"aid_appeal": "2026-05-25"}),
    ("paid", [STUDIED, EXAMINED, ACCEPTED, PAID], {"aid_appeal": "2026-05-25"}),
    ("paid otherwise", [STUDIED, EXAMINED, ACCEPTED, ASIDE], {"aid_appeal": "2026-05-25"}),
    ("contested", [STUDIED, EXAMINED, ACCEPTED, PAID, APPEALED], {}),
    ("the examination is taken back", [STUDIED, record("commission", "2026-03-21", "to_do")],
     {"aid_commission": "2026-04-02"}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "days"), [row[1:] for row in RUNNING], ids=[row[0] for row in RUNNING])
def test_which_deadlines_run(before: list[Record], days: dict[str, str]) -> None:
    starts = deadlines.running(AID, recorded(*before), OPENED, ZONE)
    stages = deadlines.stages(CASE, AID, starts, ZONE)
    assert {one.kind: one.due_on.isoformat() for one in stages} == days


def test_a_dossier_of_the_version_before_is_paid_as_that_version_says() -> None:
    too_much = record("payment", "2026-04-01", amount=15001, paid_to="creditor")
    before = load().version("financial-aid", 2)
    model.must_be_recordable(before, recorded(STUDIED, EXAMINED, ACCEPTED), too_much, TODAY)


def test_a_dossier_of_the_first_version_has_steps_without_forms_and_no_deadline_of_its_own() -> None:
    assert deadlines.running(AID_BEFORE, {}, OPENED, ZONE) == {}
    assert deadlines.running(AID_BEFORE, recorded(STUDIED, EXAMINED, REJECTED), OPENED, ZONE) == {}
    model.must_be_recordable(AID_BEFORE, recorded(STUDIED, EXAMINED, record("decision", "2026-03-25")), PAID, TODAY)
    assert [step.form for step in AID_BEFORE.steps] == [()] * 5


def test_every_form_of_every_step_can_be_filled() -> None:
    for step in (step for programme in load().versions.values() for step in programme.steps):
        names = answers.form_of(step, BaseModel, "", Euros).model_fields
        assert list(names) == [field.name for field in step.form]

"""What a text must hold before its parties bind themselves by it, in the words of those who negotiate it."""

from typing import Any

import pytest
from pydantic import ValidationError

from directory.agreements.model import Agreement, Terms
from directory.agreements.rules import faults, sums
from tests.directory.agreed import (
    CCAS,
    CENTRES,
    CIAS,
    CITY,
    DEPARTMENT,
    NAMES,
    SUPPORT,
    action,
    amount,
    convention,
    cooperation,
    early_detection,
    legal_access,
    social_centres,
    stated,
    terms,
)


@pytest.mark.parametrize("text", [convention, cooperation, legal_access, social_centres, early_detection])
def test_agreements_that_departements_sign_can_be_held(text: Any) -> None:
    assert faults(terms(text()), NAMES) == ()


def test_three_years_four_axes_150_000_euros_a_year() -> None:
    text = terms(convention())
    assert sums(text, "year") == dict.fromkeys(("2026", "2027", "2028"), 15_000_000)
    assert sums(text, "payer") == {str(DEPARTMENT): 27_000_000, str(CITY): 12_000_000, str(CCAS): 6_000_000}
    assert sums(text, "axis") == {"1": 18_000_000, "2": 9_000_000, "3": 10_500_000, "4": 7_500_000}
    assert text.total_cents == 45_000_000


def test_a_share_of_a_sum_that_does_not_divide_loses_no_cent() -> None:
    text = terms(legal_access())
    assert sums(text, "year") == {"2026": 999_999, "2027": 999_999}
    assert [one.cents for one in text.amounts[:3]] == [499_999, 300_000, 200_000]


def test_435_660_euros_to_social_centres_by_territory_add_up_to_the_cent() -> None:
    text = terms(social_centres())
    assert text.total_cents == SUPPORT
    assert sums(text, "territory") == {"saint-brieuc": 26_104_129, "arcachon": 11_768_398, "pays-exemple": 5_693_473}
    assert len(sums(text, "payee")) == len(CENTRES)


def test_a_protocol_on_early_detection_has_no_place_for_a_child() -> None:
    """Whoever is named in an agreement is an organisation or an office: no field could hold a person."""
    told = str(Agreement.model_json_schema())
    for word in ("person_id", "child", "birth", "first_name", "last_name", "case_id"):
        assert word not in told
    signatories = {one.signatory for one in terms(early_detection()).parties}
    assert signatories == {"Adjoint ou adjointe à l'éducation", "Direction de la Maison du Département"}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("only one party", {"parties": [convention()["parties"][0]]}, "au moins deux parties"),
    ("a party twice", {"parties": [*convention()["parties"], convention()["parties"][0]]}, "deux fois parmi"),
    ("two axes of one number", {"axes": [{"number": 1, "title": "A"}, {"number": 1, "title": "B"}]}, "Deux axes"),
    (
        "an action in no axis of the text",
        {"actions": [action(1, 9, "Atelier", CITY, "Séances")]},
        "L'action 1 est dans l'axe 9",
    ),
    ("an action nobody bound carries", {"actions": [action(1, 1, "Atelier", CIAS, "Séances")]}, "n'est pas partie"),
    (
        "an action due after the end",
        {"actions": [action(1, 1, "Atelier", CITY, "Séances", due_on="2029-01-01")]},
        "L'échéance de l'action 1",
    ),
    ("two actions of one number", {"actions": [action(1, 1, "A", CITY, "I")] * 2}, "Deux actions"),
    ("money in a year it does not cover", {"amounts": [amount(2029, CITY, 10)], "stated": []}, "prévu en 2029"),
    ("money of somebody not bound", {"amounts": [amount(2026, CIAS, 10)], "stated": []}, "engage une structure"),
    ("money for no axis of the text", {"amounts": [amount(2026, CITY, 10, axis=9)], "stated": []}, "l'axe 9"),
    (
        "some amounts by axis, others not",
        {"amounts": [amount(2026, CITY, 10, axis=1), amount(2026, CCAS, 10)], "stated": []},
        "répartissez-les tous",
    ),
    (
        "money for a territory it does not cover",
        {"amounts": [amount(2026, CITY, 10, territory_id="arcachon")], "stated": []},
        "ne couvre pas",
    ),
    ("a sum stated twice", {"stated": [stated("whole", "", 450_000)] * 2}, "annoncé deux fois"),
    (
        "an offer opened twice",
        {"opens": [{"offer_id": "00000000-0000-0000-0000-000000000099", "how": "permanence"}] * 2},
        "ouverte deux fois",
    ),
]


@pytest.mark.parametrize(("change", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_contradicts_itself_is_said(change: dict[str, Any], said: str) -> None:
    assert any(said in sentence for sentence in faults(terms(convention(**change)), NAMES))


@pytest.mark.parametrize(
    ("sum_", "said"),
    [
        (stated("whole", "", 450_001), "Montant total : les montants font 450 000,00 € au lieu de 450 001,00 €"),
        (stated("year", 2027, 149_999), "Année 2027 : les montants font 150 000,00 € au lieu de 149 999,00 €"),
        (stated("payer", CITY, 100_000), "Part de Ville Exemple : les montants font 120 000,00 €"),
        (stated("axis", 4, 75_000) | {"cents": 7_500_001}, "Axe 4 : les montants font 75 000,00 €"),
        (stated("year", 2030, 10), "Année 2030 : les montants font 0,00 € au lieu de 10,00 € ; il manque 10,00 €."),
    ],
)
def test_a_sum_that_is_off_is_named_with_what_is_missing(sum_: dict[str, Any], said: str) -> None:
    [sentence] = faults(terms(convention(stated=[sum_])), NAMES)
    assert said in sentence.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


def test_a_cent_too_much_is_noticed() -> None:
    [sentence] = faults(terms(convention(stated=[stated("axis", 1, 0) | {"cents": 17_999_999}])), NAMES)
    assert sentence.endswith("il y a 0,01\N{NO-BREAK SPACE}€ de trop.")


@pytest.mark.parametrize(
    "change",
    [
        {"ends_on": "2025-12-31"},
        {"starts_on": "1026-01-01"},
        {"territory_ids": []},
        {"title": " "},
        {"renewal": {"how": "tacit"}},
        {"renewal": {"how": "none", "months": 12}},
        {"opens": [{"offer_id": str(CITY), "how": "places"}]},
        {"opens": [{"offer_id": str(CITY), "how": "permanence", "places": 3}]},
        {"amounts": [{"year": 2026, "payer_id": str(CITY), "cents": 0}]},
        {"amounts": [{"year": 2026, "payer_id": str(CITY), "cents": 0.5}]},
        {"children": ["…"]},
    ],
)
def test_what_is_no_text_of_an_agreement_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        terms(convention(**change))


def test_what_an_amendment_changes_is_told_by_part() -> None:
    before, after = terms(convention()), terms(convention(title="Autre titre", stated=[]))
    assert after.changed_from(before) == ("title", "stated")
    assert Terms.model_validate(before.model_dump()).changed_from(before) == ()

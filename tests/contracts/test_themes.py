"""Themes people come about, and what answers them."""

import pytest

from contracts.themes import THEMATIQUES, THEMES, answers


def test_the_themes_are_those_of_first_contact() -> None:
    assert set(THEMES) == {
        "housing", "budget", "family", "health", "disability", "autonomy_loss",
        "work", "rights", "isolation", "food", "digital", "violence",
    }  # fmt: skip


def test_the_thematiques_are_those_of_data_inclusion() -> None:
    categories = {value for value in THEMATIQUES if "--" not in value}
    assert (len(categories), len(THEMATIQUES)) == (16, 85)
    assert {value.partition("--")[0] for value in THEMATIQUES} == categories


def test_every_thematique_answers_a_theme() -> None:
    assert answers(THEMES) == set(THEMATIQUES)


@pytest.mark.parametrize(
    ("theme", "offer", "matches"),
    [
        ("housing", "logement-hebergement--louer-un-logement", True),
        ("housing", "logement-hebergement", True),
        ("food", "equipement-et-alimentation--alimentation", True),
        ("food", "equipement-et-alimentation", True),
        ("food", "equipement-et-alimentation--electromenager", False),
        ("digital", "sante--acces-aux-soins", False),
        ("sante--addictions", "sante--addictions", True),
        ("sante--addictions", "sante--sante-mentale", False),
    ],
)
def test_an_offer_answers_a_theme(theme: str, offer: str, matches: bool) -> None:
    assert (offer in answers([theme])) is matches

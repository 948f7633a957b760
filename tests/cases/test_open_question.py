"""A family answers an open question: one that yes or no cannot settle."""

import pytest

from cases.conferences.question import fault_of

OPEN = [
    "Comment aider Sam à rester chez lui cet hiver ?",
    "Que pouvons-nous faire pour que Léo retourne à l'école ?",
    "Qu'est-ce qui permettrait à chacun de souffler le week-end ?",
    "De quelle façon se partager les visites à Mamie ?",
    "Quelles solutions pour garder le logement ?",
    "À quelles conditions Noa peut-elle dormir chez sa tante ?",
    "Pour que Sam dorme chez sa grand-mère, comment nous organiser ?",
    "Qui peut accompagner Alix, et quand ?",
    "Sur qui Alix peut-elle compter ?",
    "Avec qui préparer la rentrée ?",
    "Jusqu'où la famille veut-elle aider ?",
    "Où Sam peut-il vivre après l'hôpital ?",
    "Pourquoi Léo ne va-t-il plus à l'école, et que faire ?",
    "COMMENT   faire\npour payer le loyer ?",
]
CLOSED = [
    "Est-ce que Sam doit aller en maison de retraite ?",
    "Faut-il placer Léo ?",
    "Sam peut-il rester chez lui ?",
    "La famille est-elle d'accord ?",
    "Acceptez-vous d'aider Alix ?",
    "Peut-on vendre la maison ?",
    "Comment va Sam, peut-il rester ou non ?",
    "Quel avenir : le placement, oui ou non ?",
    "Commentons la situation ?",
    "Quatre enfants peuvent-ils dormir là ?",
]
NO_QUESTION = ["Aider Sam à rester chez lui.", "Comment aider Sam", "", "   "]


@pytest.mark.parametrize("question", OPEN)
def test_an_open_question_is_accepted(question: str) -> None:
    assert fault_of(question) is None


@pytest.mark.parametrize("question", CLOSED)
def test_a_yes_or_no_question_is_explained(question: str) -> None:
    fault = fault_of(question)
    assert fault is not None
    assert "oui ou un non" in fault
    assert "comment" in fault, "it says how to begin"


@pytest.mark.parametrize("text", NO_QUESTION)
def test_a_statement_is_no_question(text: str) -> None:
    assert "point d'interrogation" in (fault_of(text) or "")

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
    "Que faire ?",
    "Comment Léo et Noa peuvent-ils se voir, et à quel rythme ?",
    "Que fera chacun de nous quand Mamie rentrera ?",
    "Comment Léo, qui vit chez sa mère, peut-il voir son père ?",
    "Quand Sam sortira de l'hôpital, où pourra-t-il vivre ?",
    "Quand Sam sortira, que faire de l'appartement ?",
    "Combien de temps chacun peut-il donner à Alix ?",
    "En quoi la famille peut-elle alléger les journées d'Alix ?",
    "Par quoi commencer pour rembourser les dettes ?",
    "Qu'y a-t-il à changer pour que Noa se sente en sécurité ?",
    "Quel rôle chacun peut-il prendre auprès de Sam ?",
    "Chez qui Noa peut-elle passer les vacances ?",
    "De quoi Sam a-t-il besoin pour rester à la maison ?",
    "Alors, comment s'organiser autour d'Alix ?",
    "Qui s'occupera de Mamie le dimanche ?",
    "À partir de la rentrée, de quelle manière organiser les trajets de Léo ?",
    "Lesquelles de nos habitudes aideraient Léo à dormir ?",
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
    "Sam peut rester chez lui ?",
    "Quand Sam sortira, pourra-t-il rentrer chez lui ?",
    "Est-ce que Sam, quand il sortira, peut rester chez lui ?",
    "Que Sam reste chez lui, est-ce possible ?",
    "Où que Sam vive, sera-t-il aidé ?",
    "Y a-t-il quelqu'un pour garder Léo ?",
    "Pensez-vous que Léo doive changer d'école ?",
    "Comment aider Sam et faut-il vendre la maison ?",
    "Comment aider Sam, ou doit-on le placer ?",
    "Nous sommes tous d'accord, non ?",
    "Qui est d'accord pour vendre la maison ?",
    "Qui est contre le placement de Léo ?",
    "Comment faire, c'est bien la question, n'est-ce pas ?",
    "Serait-il possible que Noa dorme chez sa tante ?",
    "Pour le bien de Léo, faut-il le changer d'école ?",
    "Vous voulez bien aider Alix, d'accord ?",
    "Sam doit-il, comme le dit son médecin, arrêter de conduire ?",
    "Ne vaut-il pas mieux que Léo vive chez son père ?",
    "Avez-vous compris comment aider Sam ?",
    "La maison est-elle à vendre ou pas ?",
]
NO_QUESTION = ["Aider Sam à rester chez lui.", "Comment aider Sam", "", "   "]
SEVERAL = ["Comment aider Sam ? Et que faire de la maison ?", "Que faire ? Le placer ?"]


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


@pytest.mark.parametrize("text", SEVERAL)
def test_a_family_answers_one_question(text: str) -> None:
    assert "une seule question" in (fault_of(text) or "")

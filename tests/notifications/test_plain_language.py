"""Plain words: each rule finds what it is there to find, spares what it must, and every shipped message passes."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from notifications.messages.wording import FOLDER, Wording, names
from notifications.plain_language.model import Said, Vocabulary, faults, never_told
from notifications.plain_language.reading import ZONE, findings, forms, shipped, vocabulary

BOOK, WORDING = shipped()
WORDS = Vocabulary(
    jargon={"diligent*": "faire", "le cas échéant": "si besoin", "usager*": "vous", "d'office": "sans demander"},
    known=["SMS"],
    revealing=["rendez-vous", "social*"],
)
TWENTY = " ".join(["mot"] * 20)


def found(text: str, **said: str | bool) -> list[str]:
    return list(faults(Said(text, **said), WORDS))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{TWENTY} de trop.", "phrase de 22 mots"),
        (f"Court. {TWENTY} et un.", "phrase de 22 mots"),
        ("Nous allons diligenter une enquête.", "« diligenter » : dites plutôt « faire »"),
        ("L’Usager est informé.", "« Usager »"),
        ("Venez, le cas échéant.", "si besoin"),
        ("C’est fait d’office.", "« d’office »"),
        ("Votre CESF vous attend.", "« CESF » : écrivez le sigle en entier"),
        ("Le C.C.A.S est ouvert.", "« C.C.A.S »"),
        ("Remplissez ce papier. Envoyez vos photos.", "demande 2 choses"),
        ("Merci de venir.\n\nMerci d’apporter un papier.", "demande 2 choses"),
        ("Nous vous attendons, venez. Ensuite, appelez-nous.", "demande 2 choses"),
        ("Ici :\nhttps://exemple.example/a\n\nLà :\nhttps://exemple.example/b", "a 2 liens"),
    ],
)
def test_what_is_not_plain_is_found(text: str, fault: str) -> None:
    [one] = found(text)
    assert fault in one


@pytest.mark.parametrize(
    "text",
    [
        f"{TWENTY}.",
        "Appelez le 01 99 00 00 00 avant le 16 mars 2026 à 14 h 30.",
        "La diligence est un train d’autrefois : lisez.".replace("diligence", "dilige"),
        "Le centre communal d’action sociale (CCAS) vous répond.",
        "Le CCAS (centre communal d’action sociale) vous répond par SMS.",
        "Votre référence est 5VS9-HGPT-D, réf. A12.",
        "Demandez-la. Ce message est automatique. Merci de ne pas y répondre.",
        "Vous avez rendez-vous. Vous pouvez venir. Venez. Ne donnez ce code à personne.",
        "Répondez. Une question ? Appelez-nous. Pour en savoir plus, parlez-en. En cas de danger, appelez le 17.",
        "Rendez-vous chez nous, c’est assez loin. Venez.",
        "Ici :\nhttps://exemple.example/DILIGENTER\n\nEncore :\nhttps://exemple.example/DILIGENTER",
    ],
)
def test_what_is_plain_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_who_to_call_is_said_where_the_number_is_known() -> None:
    assert "qui appeler" in found("Nous avons répondu.", phone="01 99 00 00 00")[0]
    assert found("Appelez le 01 99 00 00 00.", phone="01 99 00 00 00") == []


def test_a_neutral_message_shows_nothing() -> None:
    assert len(found("Votre rendez-vous au service Social.", neutral=True)) == 2
    assert found("Une information vous attend.", neutral=True) == found("Votre rendez-vous.") == []


def test_a_link_that_asks_for_nothing_is_not_counted() -> None:
    text = "Ici : https://exemple.example/a\n\nVos choix : https://exemple.example/b"
    assert found(text, aside="https://exemple.example/b") == []


def test_a_date_no_form_tells_is_found() -> None:
    dates = {"answer_by": ("lundi 16 mars 2026", "16/03/2026")}
    assert "answer_by" in next(iter(never_told(dates, ["Répondez.", "Vite."])))
    assert list(never_told(dates, ["Répondez.", "Avant le 16/03/2026."])) == []


# What is shipped ------------------------------------------------------------------------------


def test_every_shipped_message_is_plain() -> None:
    assert [str(one) for one in findings(BOOK, WORDING, vocabulary())] == []


@pytest.mark.parametrize("name", sorted(BOOK.rules))
def test_every_branch_of_every_template_is_read(name: str) -> None:
    """Whatever a branch compares with, and its contrary; with somebody to call and without."""
    rule = BOOK.rules[name]
    for template in names(rule):
        read = list(forms(rule, WORDING, template))
        assert {call is None for _, call in read} == {True, False}
        for fact, texts in WORDING.compared(template, rule.channels).items():
            assert {facts[fact] for facts, _ in read} > texts


@pytest.mark.parametrize(
    ("part", "was", "becomes", "fault"),
    [
        ("follow-up-reminder.body", "demandait un suivi", "demandait à l’usager un suivi", "courriel : « usager »"),
        ("appointment-booked.subject", "Votre rendez-vous", "Votre RDV", "courriel : « RDV »"),
        ("appointment-moved.sms", "{{ ask(call, link_to) }}", "{{ link_to }}", "SMS : ne dit pas qui appeler"),
        ("meeting-called-off-neutral.body", "Une information", "Une réunion", "lettre : « réunion »"),
        ("orientation-link.body", ", day=answer_by | day", ", day=''", "courriel : ne dit jamais quand"),
    ],
)
def test_the_lint_finds_what_is_wrong_in_one_branch_or_form(
    tmp_path: Path, part: str, was: str, becomes: str, fault: str
) -> None:
    folder = copytree(FOLDER, tmp_path / "mail")
    file = folder / f"{part}.txt"
    assert was in file.read_text()
    file.write_text(file.read_text().replace(was, becomes))
    template = part.partition(".")[0]
    name = template.removesuffix("-neutral")
    only = replace(BOOK, rules={name: BOOK.rules[name]})
    found = findings(only, Wording(only.rules, ZONE, folder), vocabulary())
    assert any(f"{template}, {fault}" in str(one) for one in found)
    assert {one.template for one in found} == {template}

"""Which answers call for a number at once, and which questions are asked of whom."""

import pytest

from contracts import programmes
from intake.asking.alarms import raised
from intake.asking.steps import Draft, asked_steps, open_step
from intake.requests.form import EMPTY


@pytest.mark.parametrize(
    ("answers", "alarms"),
    [
        ({}, ()),
        ({"danger": ["child"]}, ("child",)),
        ({"danger": ["invented"]}, ()),
        ({"themes": ["violence"]}, ("violence",)),
        ({"themes": ["housing", "budget"]}, ()),
        ({"summary": "Je dors dans ma voiture depuis lundi"}, ("street",)),
        ({"summary": "Nous sommes à la rue"}, ("street",)),
        ({"summary": "J’ai envie de mourir"}, ("dark",)),
        ({"summary": "il parle de suicide"}, ("dark",)),
        ({"summary": "Mon mari me frappe"}, ("violence",)),
        ({"summary": "il me menace"}, ("violence",)),
        ({"summary": "On bat les enfants"}, ("child",)),
        ({"summary": "Ma grand-mère est maltraitée"}, ("vulnerable",)),
        ({"summary": "Le bail se termine, rue de la Violette"}, ()),
        ({"summary": "Une facture d'électricité, je voudrais de l'aide"}, ()),
    ],
)
def test_which_answers_call_for_a_number(answers: dict[str, object], alarms: tuple[str, ...]) -> None:
    assert raised({**EMPTY, **answers}) == alarms


OF_EVERYBODY = ["maintenant", "pour-qui", "age", "sujets", "recit", "souhait", "commune", "nom", "joindre"]


@pytest.mark.parametrize(
    ("answers", "more", "before"),
    [
        ({"role": "self"}, [], "age"),
        ({"role": "self", "minor": "yes"}, ["accord"], "sujets"),
        ({"role": "relative"}, ["personne"], "age"),
        ({"role": "relative"}, ["accord"], "sujets"),
        ({"email": "a@example.org"}, ["prudence"], None),
        ({"phone": " "}, [], "age"),
    ],
)
def test_which_questions_are_asked_of_whom(answers: dict[str, str], more: list[str], before: str | None) -> None:
    asked = [step.slug for step in asked_steps({**EMPTY, **answers}, [])]
    assert set(OF_EVERYBODY) <= set(asked)
    place = asked.index(before) if before else len(asked)
    assert asked[place - len(more) : place] == more


def test_the_questions_of_a_programme_stand_behind_the_wish_for_it() -> None:
    offered = programmes.load().offered
    parcels = next(one for one in offered if one.id == "food-parcels")
    asked = [step.slug for step in asked_steps({**EMPTY, "programme": "food-parcels"}, offered)]
    wish = asked.index("souhait")
    questions = [one for one in parcels.form if one.asked_of == "anyone"]
    assert asked[wish + 1 : wish + 1 + len(questions)] == [f"precision-{n}" for n in range(1, len(questions) + 1)]


def test_what_was_said_of_somebody_is_asked_again_of_another() -> None:
    draft = Draft(EMPTY)
    for typed in ({"role": "relative"}, {"concerned_given_name": "Lou"}, {"minor": "yes"}, {"agreed": "yes"}):
        step = next(one for one in asked_steps(draft.fields, []) if set(typed) & set(one.names))
        draft = draft.answered(step, typed)
    known = draft.answered(asked_steps(draft.fields, [])[1], {"role": "social_network"})
    assert known.fields["agreed"] == "yes", "still somebody else"
    changed = draft.answered(asked_steps(draft.fields, [])[1], {"role": "self"})
    assert [changed.fields[name] for name in ("concerned_given_name", "minor", "agreed")] == ["", "", ""]
    following = open_step(asked_steps(changed.fields, []), ("maintenant", *changed.done))
    assert following is not None
    assert following.slug == "age"

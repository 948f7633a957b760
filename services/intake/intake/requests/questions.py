"""The questions a programme adds to the public form, under its choice: what was typed, and the answers it makes.

Nothing is obligatory here either: what is missing is said to agents by eligibility, and asked later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from chassis.web.translations import translate
from contracts.programme import FormField, Programme
from intake.eligibility.answers import BadAnswer, Given, checked
from intake.typed import typed

LONGEST_NUMBER = 12
"""Digits of a number that is too large for any answer: the others change nothing."""
Typed = Mapping[str, Any]
"""Name of a field → what was typed there; of several choices, those that were ticked."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the form shows it. `name`: of its field, unlike that of any other programme's question."""

    name: str
    field: FormField

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(choice.value, choice.label) for choice in self.field.options]

    def typed_in(self, form: FormData) -> str | list[str]:
        """What was typed, to be shown again."""
        if self.field.type == "choices":
            return [str(one) for one in form.getlist(self.name)]
        return typed(str(form.get(self.name, "")))


def questions(programme: Programme) -> list[Question]:
    """What a programme asks of anyone, in its order."""
    return [
        Question(f"answer-{programme.id}-{field.name}", field) for field in programme.form if field.asked_of == "anyone"
    ]


def answered(programme: Programme, fields: Typed) -> tuple[dict[str, Given], dict[str, str]]:
    """The answers to the questions of a programme, by question; and what is wrong with what was typed, by field."""
    given: dict[str, Given] = {}
    wrong: dict[str, str] = {}
    for question, answer in _given(programme, fields):
        try:
            checked(programme, {question.field.name: answer}, by_agent=False)
        except BadAnswer as bad:
            wrong[question.name] = f"{question.field.label} {translate(bad.sentence)}"
        else:
            given[question.field.name] = answer
    return given, wrong


def _given(programme: Programme, fields: Typed) -> Iterator[tuple[Question, Given]]:
    for question in questions(programme):
        text = fields[question.name]
        if any(one.strip() for one in text):
            yield question, _as_given(question.field, text)


def _as_given(field: FormField, text: str | list[str]) -> Given:
    """What was typed, in the type of its question where it can be; the check says what is wrong with the others."""
    if isinstance(text, list):
        return tuple(text)
    stripped = text.strip()
    if field.type == "yes_no":
        return {"yes": True, "no": False}.get(stripped, stripped)
    if field.type == "number" and stripped.isascii() and stripped.isdigit():
        return int(stripped[:LONGEST_NUMBER])
    if field.type == "amount":
        return "".join(stripped.removesuffix("€").split())
    return stripped

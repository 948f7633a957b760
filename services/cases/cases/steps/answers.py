"""What is recorded with a step: typed by its programme's form, split into what is sealed and what is not, and read
again in words."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, Field, create_model

from cases.typed import Day, NoteText, Text
from chassis.web.money import euros
from chassis.web.translations import translate as _
from contracts.programme import Step, StepField

MOST: Final = 10**7
"""No household is this large."""
F = TypeVar("F", bound=BaseModel)
_ONE_OF: Any = Literal
_MANY: Any = list
_TYPES: Final[Mapping[str, Any]] = {
    "text": Text,
    "long_text": NoteText,
    "date": Day,
    "yes_no": bool,
    "number": Annotated[int, Field(ge=0, le=MOST)],
}


def day_of(step: str) -> str:
    """The name of the field that holds the day of a step."""
    return f"day-{step}"


def prefix_of(step: str) -> str:
    """What the names of the fields of a step begin with: a page holds the forms of several."""
    return f"answer-{step}-"


def form_of(step: Step, form: type[F], prefix: str, amount: Any, **more: Any) -> type[F]:
    """That form with more fields and the answers of a step, their amounts typed so. What a choice makes obligatory is
    not here: `model.must_be_answered` says it."""
    return create_model("Answered", __base__=form, **more, **_fields(step, prefix, amount))


def kept(values: BaseModel, prefix: str) -> dict[str, Any]:
    """Answers by question, as they are kept: days as text, amounts in cents; without those that were not given."""
    dumped = values.model_dump(mode="json")
    return {
        name.removeprefix(prefix): value
        for name, value in dumped.items()
        if name.startswith(prefix) and value not in (None, [])
    }


def split(step: Step, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers that are kept as they are, and those that are sealed."""
    sealed = {field.name for field in step.form if field.sealed}
    return (
        {name: value for name, value in answers.items() if name not in sealed},
        {name: value for name, value in answers.items() if name in sealed},
    )


def in_words(step: Step, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Questions and answers, as they are read; in the order of the form."""
    return [(field.label, _said(field, answers[field.name])) for field in step.form if field.name in answers]


def _said(field: StepField, value: Any) -> str:
    choices = {choice.value: choice.label for choice in field.options}
    if field.type == "amount":
        return euros(value)
    if field.type == "yes_no":
        return _("oui") if value else _("non")
    if field.type == "choices":
        return ", ".join(choices.get(one, one) for one in value)
    if field.type == "date":
        return "/".join(reversed(value.split("-")))
    return choices.get(value, str(value))


def _fields(step: Step, prefix: str, amount: Any) -> dict[str, Any]:
    return {f"{prefix}{field.name}": _field(field, amount) for field in step.form}


def _field(field: StepField, amount: Any) -> tuple[Any, Any]:
    options: Any = _ONE_OF[tuple(choice.value for choice in field.options)] if field.options else None
    if field.type == "choices":
        return _MANY[options], Field(min_length=1) if _always(field) else Field(default_factory=list)
    type_ = {**_TYPES, "choice": options, "amount": amount}[field.type]
    return (type_, ...) if _always(field) else (type_ | None, None)


def _always(field: StepField) -> bool:
    return field.required and field.when is None

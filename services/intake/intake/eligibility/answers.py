"""Answers to a programme's questions, checked against its form. Nothing is obligatory: what is missing is said by
eligibility, and asked later."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr

from chassis.web.translations import N_
from contracts.programme import Condition, FormField, Programme

Given = StrictBool | StrictInt | StrictFloat | StrictStr | tuple[StrictStr, ...]
"""An answer as it is submitted; `amount` in euros, dates as ISO 8601 text."""
LONGEST = 5000
MOST = 10**7
"""No household is this large, and no aid."""


class BadAnswer(Exception):
    """An answer that is none to its question. `sentence` is French; `name` is None for a question that is not
    asked."""

    def __init__(self, name: str | None, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.sentence = sentence


def checked(programme: Programme, given: Mapping[str, Given], *, by_agent: bool) -> dict[str, Any]:
    """The answers as they are kept. Residents answer the questions asked of anyone; conditions, a yes or a no, are
    for agents. Raises BadAnswer."""
    fields = {field.name: field for field in programme.form if by_agent or field.asked_of == "anyone"}
    conditions = {one.code: _question_of(one) for one in programme.conditions if by_agent}
    kept: dict[str, Any] = {}
    for name, answer in given.items():
        if name in fields:
            kept[name] = _checked(fields[name], answer)
        elif name in conditions:
            kept[name] = _yes_or_no(conditions[name], answer)
        else:
            raise BadAnswer(None, N_("Ce dispositif ne pose pas une des questions auxquelles vous répondez."))
    return kept


def _question_of(condition: Condition) -> FormField:
    return FormField(name=condition.code, type="yes_no", label=condition.question, sensitive=True)


def sealed(programme: Programme, name: str) -> bool:
    """Whether the answer travels sealed, and is read by authorised agents alone: a condition's always."""
    return next((field.sealed for field in programme.form if field.name == name), True)


def _checked(field: FormField, answer: Given) -> Any:
    return _CHECKS.get(field.type, _text)(field, answer)


def _yes_or_no(field: FormField, answer: Given) -> bool:
    if not isinstance(answer, bool):
        raise BadAnswer(field.name, N_("Répondez par oui ou par non."))
    return answer


def _number(field: FormField, answer: Given) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer <= MOST:
        raise BadAnswer(field.name, N_("Indiquez un nombre entier, sans unité."))
    return answer


def _amount(field: FormField, answer: Given) -> str:
    """Euros and cents, as text: amounts are not rounded."""
    try:
        amount = Decimal(str(answer).replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    if isinstance(answer, bool | tuple) or not amount.is_finite() or not 0 < amount <= MOST or _cents(amount) > 2:
        raise BadAnswer(field.name, N_("Indiquez un montant en euros, par exemple 150 ou 89,90."))
    return f"{amount:.2f}"


def _cents(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 3


def _date(field: FormField, answer: Given) -> str:
    try:
        return date.fromisoformat(str(answer)).isoformat()
    except ValueError:
        raise BadAnswer(field.name, N_("Indiquez une date valable, sous la forme AAAA-MM-JJ.")) from None


def _one_of(field: FormField, answer: Given) -> str:
    if not isinstance(answer, str) or answer not in {choice.value for choice in field.options}:
        raise BadAnswer(field.name, N_("Choisissez une des réponses proposées."))
    return answer


def _some_of(field: FormField, answer: Given) -> list[str]:
    """In the order of the form, each once."""
    chosen = set(answer) if isinstance(answer, tuple) else None
    if chosen is None or not chosen <= {choice.value for choice in field.options}:
        raise BadAnswer(field.name, N_("Choisissez parmi les réponses proposées."))
    return [choice.value for choice in field.options if choice.value in chosen]


def _text(field: FormField, answer: Given) -> str:
    if not isinstance(answer, str) or len(answer) > LONGEST:
        raise BadAnswer(field.name, N_("Indiquez un texte de 5 000 caractères au plus."))
    return answer.strip()


_CHECKS: Final[Mapping[str, Callable[[FormField, Given], Any]]] = {
    "yes_no": _yes_or_no,
    "number": _number,
    "amount": _amount,
    "date": _date,
    "choice": _one_of,
    "choices": _some_of,
}
"""Type of question → check; the others are answered by text."""

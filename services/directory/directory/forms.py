"""Forms of people who keep the directory: what was typed, and why it was not taken.

A fault stands at the field of its name: the path of the value in the model, joined by hyphens (`rows-0-closes`).
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from pydantic import ValidationError

from chassis.contents import NotTaken
from chassis.web.problems import Problem
from chassis.web.translations import N_, translate
from chassis.web.validation import sentence
from directory.aggregates import Outdated
from directory.refusal import Refused

_CHANGED: Final = N_("Quelqu'un a modifié cette fiche entre-temps. Relisez-la et renvoyez : votre saisie est gardée.")
_SENT: Final = N_("Ce formulaire a déjà été envoyé. Vérifiez ce qui est enregistré avant de le renvoyer.")
_SENT_BEFORE: Final = ("idempotency-mismatch", "idempotency-in-progress")
WHOLE: Final = "form"
"""The name a fault of the whole form stands at."""
REFUSALS: Final = (ValidationError, Refused, NotTaken, Outdated, Problem)
"""What `errors` speaks of."""


class Fields(dict[str, list[str]]):
    """What a form holds, by name; nothing where nothing was typed."""

    def text(self, name: str) -> str:
        return self[name][0].strip() if self.get(name) else ""

    def many(self, name: str) -> list[str]:
        return [one for one in self.get(name, []) if one]

    def texts(self, *names: str) -> dict[str, str | None]:
        """Values as a model takes them: None where nothing was typed."""
        return {name: self.text(name) or None for name in names}

    def lists(self, *names: str) -> dict[str, list[str]]:
        return {name: self.many(name) for name in names}

    def within(self, prefix: str) -> dict[str, str | None]:
        """Values of the fields whose names begin so, without that beginning."""
        return {name.removeprefix(prefix): self.text(name) or None for name in self if name.startswith(prefix)}

    @property
    def version(self) -> int:
        """The version its reader saw; 0 for something new."""
        text = self.text("version")
        return int(text) if text.isdecimal() and len(text) < 19 else 0


async def fields_of(request: Request) -> Fields:
    """What was sent."""
    form = await request.form()
    return Fields({name: [one for one in form.getlist(name) if isinstance(one, str)] for name in form})


def filled(values: Mapping[str, Any]) -> Fields:
    """Values of a model, dumped as JSON, as a form holds them."""
    return Fields({name: _texts(value) for name, value in values.items() if value is not None})


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["yes"] if value else []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was not taken, by field, and the status that says so."""

    errors: Mapping[str, str]
    status: int = 422


NONE: Final = Refusal({}, 200)


async def refused(do: Callable[[], Awaitable[object]]) -> Refusal | None:
    """Do what was sent; or why it could not be taken. What else is raised is a problem of its own."""
    try:
        await do()
    except ValidationError as invalid:
        return Refusal(faults(invalid))
    except REFUSALS as error:
        return Refusal(errors(error), 412 if isinstance(error, Outdated) else 422)
    return None


def errors(error: Exception, at: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is wrong, by field of a form whose lists are one field each. `at`: where a rule's slug is shown. Raises the
    error again when no form can mend it."""
    if isinstance(error, ValidationError):
        return {name.split("-")[0]: said for name, said in faults(error).items()}
    if isinstance(error, Refused):
        return {(at or {}).get(error.slug, WHOLE): translate(error.sentence)}
    if isinstance(error, NotTaken):
        return {(at or {}).get("file", WHOLE): str(error)}
    if isinstance(error, Outdated):
        return {WHOLE: translate(_CHANGED)}
    if isinstance(error, Problem) and error.slug in _SENT_BEFORE:
        return {WHOLE: translate(_SENT)}
    raise error


def faults(invalid: ValidationError) -> dict[str, str]:
    """What is wrong, by field; a list typed as one text has its faults there."""
    found = invalid.errors(include_url=False, include_input=False)
    return {"-".join(map(str, fault["loc"])) or WHOLE: sentence(fault) for fault in reversed(found)}


def under(refusal: Refusal, prefix: str) -> Refusal:
    """The same faults, at the fields whose names begin so; what concerns the whole stays."""
    return Refusal(
        {name if name == WHOLE else f"{prefix}{name}": said for name, said in refusal.errors.items()}, refusal.status
    )


def gathered(errors: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Faults inside one of these lists stand at the list, which is one field of the form."""
    return {(name.split("-")[0] if name.split("-")[0] in names else name): said for name, said in errors.items()}


def captions(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Values of a vocabulary and how they are said, as a field offers them."""
    return [(value, translate(label)) for value, label in values.items()]

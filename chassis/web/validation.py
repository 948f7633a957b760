"""What pydantic finds wrong, said in French and without repeating what was submitted."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.web.translations import N_, translate

_ONE_OF_OURS = N_("Cette valeur n'est pas dans la liste des valeurs possibles.")
_NUMBER = N_("Indiquez un nombre.")
_DATE = N_("Indiquez une date valable, sous la forme AAAA-MM-JJ.")
_INSTANT = N_("Indiquez une date et une heure valables, avec leur fuseau.")
_IDENTIFIER = N_("Cet identifiant n'est pas valable.")
_TEXT = N_("Indiquez un texte.")
_LIST = N_("Indiquez une liste.")
_OBJECT = N_("Cette partie n'a pas la forme attendue.")
_OTHER = N_("Cette valeur n'est pas valable.")

SENTENCES: Final[Mapping[str, str]] = {
    "missing": N_("Cette information est obligatoire."),
    "extra_forbidden": N_("Une information n'est pas prévue ici. Retirez-la."),
    "string_type": _TEXT,
    "string_too_short": N_("Indiquez au moins {min_length} caractère(s)."),
    "string_too_long": N_("Indiquez au plus {max_length} caractères."),
    "string_pattern_mismatch": N_("Ce texte n'a pas la forme attendue."),
    "string_unicode": N_("Ce texte contient un caractère qui ne peut pas être lu."),
    "too_short": N_("Indiquez-en au moins {min_length}."),
    "too_long": N_("Indiquez-en au plus {max_length}."),
    "enum": _ONE_OF_OURS,
    "literal_error": _ONE_OF_OURS,
    "union_tag_invalid": _ONE_OF_OURS,
    "union_tag_not_found": N_("Cette information est obligatoire."),
    "int_type": _NUMBER, "int_parsing": _NUMBER, "int_from_float": _NUMBER, "int_parsing_size": _NUMBER,
    "float_type": _NUMBER, "float_parsing": _NUMBER, "decimal_type": _NUMBER, "decimal_parsing": _NUMBER,
    "greater_than": N_("Indiquez plus de {gt}."),
    "greater_than_equal": N_("Indiquez au moins {ge}."),
    "less_than": N_("Indiquez moins de {lt}."),
    "less_than_equal": N_("Indiquez au plus {le}."),
    "bool_type": N_("Répondez par oui ou par non."), "bool_parsing": N_("Répondez par oui ou par non."),
    "date_type": _DATE, "date_parsing": _DATE, "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_past": N_("Indiquez une date passée."), "date_future": N_("Indiquez une date à venir."),
    "datetime_type": _INSTANT, "datetime_parsing": _INSTANT, "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": _INSTANT, "time_parsing": N_("Indiquez une heure valable, sous la forme HH:MM."),
    "uuid_type": _IDENTIFIER, "uuid_parsing": _IDENTIFIER, "uuid_version": _IDENTIFIER,
    "list_type": _LIST, "tuple_type": _LIST, "set_type": _LIST, "frozen_set_type": _LIST,
    "dict_type": _OBJECT, "model_type": _OBJECT, "model_attributes_type": _OBJECT, "dataclass_type": _OBJECT,
}  # fmt: skip
"""One sentence for each kind of error pydantic knows; braces take pydantic's own limits, never the input."""


class FieldError(ValueError):
    """Raised by a model's validator: its message is the French sentence to show, without the value."""


def sentence(error: Mapping[str, Any]) -> str:
    """The French sentence for one of pydantic's errors."""
    context = error.get("ctx") or {}
    if isinstance(context.get("error"), FieldError):
        return translate(str(context["error"]))
    limits = {name: value for name, value in context.items() if isinstance(value, int | float)}
    template = SENTENCES.get(error["type"], _OTHER)
    return translate(template).format(**limits) if _has(template, limits) else translate(_OTHER)


def _has(template: str, limits: Mapping[str, object]) -> bool:
    return "{" not in template or any("{" + name + "}" in template for name in limits)


def place_and_sentence(error: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Pointer into the body, sentence, and the parameter's name when the fault lies outside the body."""
    source, *path = error["loc"]
    if error["type"] == "extra_forbidden":
        path = path[:-1]  # the name of an unknown field is the sender's own text
    if source != "body":
        return "#", sentence(error), str(path[0]) if path else str(source)
    return "#" + "".join(f"/{_escaped(part)}" for part in path), sentence(error), None


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def body_was_not_read(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the body as a whole was no object: what FastAPI sees when the media type is not JSON."""
    whole = {"model_attributes_type", "model_type", "dict_type", "list_type", "missing"}
    return any(tuple(error["loc"]) == ("body",) and error["type"] in whole for error in errors)

"""The national standard: data·inclusion's schema v1, by its own models. Loaded by imports and exports alone.

A line of a published file becomes a *record*, the same whatever the format: texts, lists of texts, numbers and ISO
days, nothing where nothing is said. What the models refuse is refused here, except a value of no vocabulary: it is
taken out and kept aside, since vocabularies grow faster than platforms are updated.
"""

import ast
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import orjson
from data_inclusion.schema import v1
from pydantic import BaseModel, EmailStr, TypeAdapter, ValidationError

from chassis.web.translations import N_, translate
from directory.imports.model import SERVICE, STRUCTURE, UNKNOWN, Kind, Record
from directory.imports.reading import Raw

MODELS: Final[Mapping[Kind, type[BaseModel]]] = {STRUCTURE: v1.Structure, SERVICE: v1.Service}
COLUMNS: Final[Mapping[Kind, Sequence[str]]] = {kind: tuple(model.model_fields) for kind, model in MODELS.items()}
LISTS: Final = frozenset(
    {"thematiques", "publics", "modes_accueil", "zone_eligibilite", "modes_mobilisation", "mobilisable_par",
     "reseaux_porteurs"}
)  # fmt: skip
NUMBERS: Final = frozenset({"longitude", "latitude", "volume_horaire_hebdomadaire", "nombre_semaines"})
DAYS: Final = frozenset({"date_maj"})
_ENUMERATIONS: Final[Mapping[str, type[Enum]]] = {
    "reseaux_porteurs": v1.ReseauPorteur,
    "type": v1.TypeService,
    "thematiques": v1.Thematique,
    "frais": v1.Frais,
    "publics": v1.Public,
    "modes_accueil": v1.ModeAccueil,
    "modes_mobilisation": v1.ModeMobilisation,
    "mobilisable_par": v1.PersonneMobilisatrice,
}
VOCABULARIES: Final = {column: frozenset(str(one.value) for one in values) for column, values in _ENUMERATIONS.items()}
LONGEST_TEXT: Final = 10_000
"""Characters; the models' own limit for a description, here for every text."""
LARGEST_RECORD: Final = 500_000
"""Bytes of a record as JSON."""
LONGEST_ID: Final = 500
_SHORT: Final = 500
"""Characters of a list that is read once for all."""


class Refused(Exception):
    """The line can't be taken in. `reasons` are French sentences."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file. `number` counts from 1, without a header; `entry_id` is the source's, when it says one;
    `record` has its values of no vocabulary under `UNKNOWN`. With `reasons`, it can't be taken in."""

    number: int
    entry_id: str | None
    record: Record = field(default_factory=dict)
    digest: bytes = b""
    reasons: Sequence[str] = ()


def read(kind: Kind, number: int, raw: Raw, seed: bytes) -> Line:
    """A line as its file holds it. `seed` goes into its digest, 16 bytes that tell with what it is read."""
    if isinstance(raw, str):
        return Line(number, None, reasons=(raw,))
    cells = ((column, cell) for column in COLUMNS[kind] if (cell := raw.get(column)) is not None and cell != "")
    record = {column: value for column, cell in cells if (value := _value(column, cell)) is not None}
    if kind == SERVICE and "contact_nom_prenom" in raw:
        record.setdefault("contact_nom_prenom", None)
    if unknown := _told_unknown(raw.get(UNKNOWN)):
        record[UNKNOWN] = unknown
    entry_id = record.get("id")
    named = entry_id if isinstance(entry_id, str) and 0 < len(entry_id) <= LONGEST_ID else None
    try:
        encoded = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        return Line(number, None, reasons=(translate(N_("Le texte n'est pas lisible : il doit être en UTF-8.")),))
    if reasons := tuple(_oversize(record, encoded, named)):
        return Line(number, named, reasons=reasons)
    try:
        record = checked(kind, record)
    except Refused as refused:
        return Line(number, named, reasons=refused.reasons)
    return Line(number, named, record, blake2b(encoded, digest_size=16, key=seed).digest())


def _oversize(record: Record, encoded: bytes, entry_id: str | None) -> Iterator[str]:
    if entry_id is None:
        yield translate(N_("L'identifiant (id) manque ou est trop long."))
    if b"\\u0000" in encoded:
        yield translate(N_("Le texte contient un caractère nul."))
    if len(encoded) > LARGEST_RECORD:
        yield translate(N_("La ligne est trop longue."))
    for column, value in record.items():
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            yield translate(N_("« {column} » est trop long.")).format(column=column)


def checked(kind: Kind, record: Record) -> Record:
    """The record without values of no vocabulary, which are under `UNKNOWN`. Raises Refused."""
    kept, unknown = dict(record), dict(record.get(UNKNOWN, {}))
    for column in VOCABULARIES.keys() & record.keys():
        kept[column], strange = _sorted_out(column, record[column])
        if strange:
            unknown[column] = list(dict.fromkeys([*unknown.get(column, ()), *strange]))
    kept = {column: value for column, value in kept.items() if value is not None or column == "contact_nom_prenom"}
    if unknown:
        kept[UNKNOWN] = unknown
    try:
        MODELS[kind].model_validate({**kept, "courriel": None} if _plain_email(kept.get("courriel")) else kept)
    except ValidationError as error:
        raise Refused(list(_reasons(error))) from None
    return kept


_PLAIN_EMAIL: Final = re.compile(r"(?=.{1,64}@)[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@([A-Za-z0-9.-]{1,180})")
_EMAIL: Final = TypeAdapter(EmailStr)


def _plain_email(address: Any) -> bool:
    """Whether an address is surely one: the models would spend on it most of a line's time, on its domain above all,
    which many lines have in common."""
    found = _PLAIN_EMAIL.fullmatch(address) if isinstance(address, str) else None
    return found is not None and _mailed_to(found[1].lower())


@lru_cache(maxsize=20_000)
def _mailed_to(domain: str) -> bool:
    with suppress(ValidationError):
        return bool(_EMAIL.validate_python(f"a@{domain}"))
    return False


def exportable(kind: Kind, record: Record) -> Record | None:
    """The record without optional values that the models refuse; None when what they require is missing."""
    try:
        MODELS[kind].model_validate(record)
    except ValidationError as error:
        bad = {str(one["loc"][0]) for one in error.errors(include_url=False, include_context=False)}
        if any(MODELS[kind].model_fields[column].is_required() for column in bad):
            return None
        return exportable(kind, {column: value for column, value in record.items() if column not in bad})
    return record


def _sorted_out(column: str, value: Any) -> tuple[Any, list[str]]:
    """What the vocabulary knows of a value, and what it does not."""
    known = VOCABULARIES[column]
    if isinstance(value, str):
        return (value, []) if value in known else (None, [value])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return value, []
    return [one for one in value if one in known] or None, [one for one in value if one not in known]


def _value(column: str, raw: Any) -> Any:
    """What a cell says; what can't be made out stays as it is, for the models to refuse."""
    if (isinstance(raw, str) and not raw.strip()) or (isinstance(raw, float) and math.isnan(raw)):
        return None
    if column in LISTS:
        return _list(raw)
    if column in NUMBERS:
        return _number(column, raw)
    if column in DAYS:
        return _day(raw)
    return raw


def _list(raw: Any) -> Any:
    """A list, or the texts it is published as: JSON, Python's own writing (what pandas puts in a CSV), PostgreSQL's, or
    values separated by commas. An empty one says nothing."""
    if not isinstance(raw, str):
        return raw or None
    text = raw.strip()
    read = _told_list(text) if len(text) < _SHORT else _told_list.__wrapped__(text)
    return (list(read) if isinstance(read, list) else read) or None


@lru_cache(maxsize=10_000)  # what thousands of lines say in the same words
def _told_list(text: str) -> Any:
    if text.startswith("["):
        for reading in (_plain_list, json.loads, ast.literal_eval):
            with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
                return reading(text)
        return text
    return [one for part in text.strip("{}").split(",") if (one := part.strip(' "'))]


def _plain_list(text: str) -> list[str]:
    """A list as Python writes it when no value holds a quotation mark: a tenth of the time."""
    if '"' in text or "\\" in text:
        raise ValueError
    values: list[str] = json.loads(text.replace("'", '"'))
    return values


def _number(column: str, raw: Any) -> Any:
    if isinstance(raw, bool):
        return raw
    try:
        number = float(raw)
    except (TypeError, ValueError):
        return raw
    if not math.isfinite(number):
        return None if math.isnan(number) else str(raw)
    return int(number) if column == "nombre_semaines" and number.is_integer() else number


def _day(raw: Any) -> Any:
    """An ISO day, alone or before a time, or the milliseconds since 1970 that pandas writes."""
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    with suppress(ValueError, OverflowError, OSError, TypeError):
        if isinstance(raw, (int, float)) or str(raw).isdigit():
            return datetime.fromtimestamp(float(raw) / 1000, UTC).date().isoformat()
        if raw[10:11] in {"", "T", " "}:
            return date.fromisoformat(raw[:10]).isoformat()
    return raw


def _told_unknown(raw: Any) -> dict[str, list[str]]:
    """Values of no vocabulary that an earlier export put in a column of their own."""
    found = raw
    if isinstance(raw, str):
        with suppress(ValueError, RecursionError):
            found = json.loads(raw)
    if not isinstance(found, Mapping):
        return {}
    return {
        column: [one for one in values if isinstance(one, str)]
        for column, values in found.items()
        if column in VOCABULARIES and isinstance(values, list) and values
    }


_SENTENCES: Final = {
    "missing": N_("« {column} » manque."),
    "string_too_short": N_("« {column} » est trop court : {min_length} caractères au moins."),
    "string_too_long": N_("« {column} » est trop long : {max_length} caractères au plus."),
    "too_short": N_("« {column} » est vide."),
    "string_type": N_("« {column} » doit être un texte."),
    "string_pattern_mismatch": N_("« {column} » n'a pas la forme attendue."),
    "date_from_datetime_parsing": N_("« {column} » n'est pas une date (AAAA-MM-JJ)."),
    "url_parsing": N_("« {column} » n'est pas une adresse internet complète (https://…)."),
    "url_scheme": N_("« {column} » n'est pas une adresse internet complète (https://…)."),
    "float_parsing": N_("« {column} » n'est pas un nombre."),
    "int_parsing": N_("« {column} » n'est pas un nombre entier."),
    "int_from_float": N_("« {column} » n'est pas un nombre entier."),
    "greater_than_equal": N_("« {column} » est trop petit : {ge} au moins."),
}
_BY_COLUMN: Final = {
    "courriel": N_("« courriel » n'est pas une adresse électronique."),
    "zone_eligibilite": N_("« zone_eligibilite » contient un code qui n'en est pas un."),
}
_OTHERWISE: Final = N_("« {column} » n'est pas correct.")


def _reasons(error: ValidationError) -> Iterable[str]:
    """One sentence for each column; those of the models' own rules are already in French."""
    sentences: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        column, context = str(one["loc"][0]) if one["loc"] else "", one.get("ctx", {})
        if one["type"] == "value_error" and column not in _BY_COLUMN:
            said = str(context["error"])
        else:
            text = _BY_COLUMN.get(column) or _SENTENCES.get(one["type"], _OTHERWISE)
            said = translate(text).format(column=column, **context)
        sentences.setdefault(column, said)
    return sentences.values()

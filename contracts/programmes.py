"""The programmes a deployment offers, read from files and checked.

The shipped ones lie in `contracts/programmes/`; a département overlays a folder of its own to add one or to
replace a version. A case keeps the version it began under, so a change is a new file with a higher version.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from contracts.programme import Programme
from contracts.programme_faults import Fault, Location, faults, unknown_instead
from contracts.yaml_files import Loader

SHIPPED = Path(__file__).parent / "programmes"


class BadProgramme(Exception):
    """A programme's file cannot be used. Its text is a French sentence naming file, line and reason."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        place = f"{file}, ligne {line}" if line else str(file)
        super().__init__(f"{place} : {reason}.")
        self.file = file
        self.line = line
        self.reason = reason


class UnknownProgramme(LookupError):
    """No such programme, or not in that version."""


@dataclass(frozen=True)
class Programmes:
    """Every version of every programme, as its file words it; those asked for are given as `as_read` words them for
    whoever reads."""

    versions: Mapping[tuple[str, int], Programme]
    as_read: Callable[[Programme], Programme] = lambda programme: programme

    @cached_property
    def _current(self) -> dict[str, Programme]:
        return {id: self.versions[id, version] for id, version in sorted(self.versions)}

    @property
    def offered(self) -> tuple[Programme, ...]:
        """What anybody may ask for today, by title: current versions, without demonstrations."""
        real = (one for one in self._current.values() if one.offered_to == "anyone" and not one.demo)
        return tuple(sorted(map(self.as_read, real), key=lambda programme: programme.title))

    def current(self, id: str) -> Programme:
        """The highest version. Raises UnknownProgramme."""
        if id not in self._current:
            raise UnknownProgramme(id)
        return self.as_read(self._current[id])

    def version(self, id: str, version: int) -> Programme:
        """The version a case began under. Raises UnknownProgramme."""
        if (id, version) not in self.versions:
            raise UnknownProgramme(f"{id} version {version}")
        return self.as_read(self.versions[id, version])


def load(overlay: Path | None = None, as_read: Callable[[Programme], Programme] = Programmes.as_read) -> Programmes:
    """The shipped programmes, and over them those of `overlay`. Raises BadProgramme for the first fault."""
    files = _shipped() | (read_folder(overlay) if overlay else {})
    programmes = {key: file.programme for key, file in files.items()}
    open_to_all = {id for (id, _), programme in programmes.items() if programme.offered_to == "anyone"}
    for file in files.values():
        file.refuse(unknown_instead(file.programme, open_to_all))
    return Programmes(programmes, as_read)


@cache
def _shipped() -> "dict[tuple[str, int], File]":
    """They come with the code and, like it, are read once."""
    return read_folder(SHIPPED)


@dataclass(frozen=True)
class File:
    """A programme as it lies in a file; `content` is what the file says, field by field."""

    path: Path
    tree: yaml.Node
    content: Mapping[str, Any]
    programme: Programme

    def refuse(self, found: Iterable[Fault]) -> None:
        """Raises BadProgramme for the first fault."""
        for location, reason in found:
            raise BadProgramme(self.path, _line(self.tree, location), reason)


def read_folder(folder: Path) -> dict[tuple[str, int], File]:
    """The files of a folder, each checked by itself, by id and version. Raises BadProgramme."""
    if not folder.is_dir():
        raise BadProgramme(folder, None, "ce dossier de dispositifs n’existe pas")
    read: dict[tuple[str, int], File] = {}
    for path in sorted(folder.glob("*.yaml")):
        file = _read(path)
        key = (file.programme.id, file.programme.version)
        if key in read:
            file.refuse([(("id",), f"ce dispositif et cette version sont déjà dans {read[key].path.name}")])
        read[key] = file
    return read


def _read(path: Path) -> File:
    tree = _tree(path)
    for key, line in _repeated_keys(tree):
        raise BadProgramme(path, line, f"le champ « {key} » est écrit deux fois")
    content = _content(path, tree)
    try:
        programme = Programme.model_validate(content)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise BadProgramme(path, _line(tree, fault["loc"]), _reason(fault)) from None
    file = File(path, tree, content, programme)
    file.refuse(faults(programme))
    return file


def _tree(path: Path) -> yaml.MappingNode:
    try:
        tree = yaml.compose(path.read_text("utf-8"), Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadProgramme(path, line, "le YAML est incorrect : vérifiez les retraits et les deux-points") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise BadProgramme(path, None, "ce fichier n’est pas un texte en UTF-8") from None
    if not isinstance(tree, yaml.MappingNode):
        raise BadProgramme(path, 1, "ce fichier ne décrit pas un dispositif")
    return tree


def _content(path: Path, tree: yaml.MappingNode) -> Any:
    try:
        return Loader("").construct_document(tree)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadProgramme(path, line, "une valeur n’est ni un texte, ni un nombre, ni une liste") from None
    except ValueError:
        raise BadProgramme(path, None, "une valeur n’existe pas, par exemple une date") from None


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)


def _line(node: yaml.Node, location: Location) -> int:
    """The line of the deepest part of `location` that is in the file (a missing field is not)."""
    line = node.start_mark.line + 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            pairs = [(item, item) for item in node.value[step : step + 1]]
        else:
            break
        if not pairs:
            break
        line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
    return line


_REASONS = {
    "missing": "le champ « {field} » manque",
    "extra_forbidden": "le champ « {field} » n’existe pas",
    "literal_error": "« {field} » doit être {expected}",
    "greater_than_equal": "« {field} » doit être au moins {ge}",
    "too_short": "« {field} » ne peut pas être vide",
    "string_too_short": "« {field} » ne peut pas être vide",
    "string_type": "« {field} » doit être un texte",
    "int_parsing": "« {field} » doit être un nombre entier",
    "int_type": "« {field} » doit être un nombre entier",
    "bool_parsing": "« {field} » doit être true ou false",
    "string_pattern_mismatch": "« {field} » s’écrit en minuscules sans accent ni espace",
}


def _reason(fault: Mapping[str, Any]) -> str:
    field = next((step for step in reversed(fault["loc"]) if isinstance(step, str)), "dispositif")
    if "BadDuration" in repr(fault.get("ctx")):
        return f"« {field} » doit être une durée ISO 8601, par exemple P3M ou P14D"
    values = {name: str(value).replace(" or ", " ou ") for name, value in fault.get("ctx", {}).items()}
    return _REASONS.get(fault["type"], "« {field} » n’a pas la forme attendue").format(field=field, **values)

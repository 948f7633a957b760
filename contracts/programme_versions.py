"""Versions of programmes: what changed between two, and whether a released one still says what it said.

A dossier keeps the version it began under, so a released version never changes: a change is a new file with a higher
version. Each folder of programmes may hold `released.json`, the digests of what its files said when they were released;
comments and layout are free to change.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.programmes import SHIPPED, File, read_folder

RELEASED = "released.json"

Digests = Mapping[str, str]
"""`id version` → SHA-256 of what the file says."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing two versions do not say alike; None: one of them does not say it."""

    place: str
    """For example `deadlines › conference_follow_up › within`."""
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """What changes from one file's content to another's, in the order of the files."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for place in dict.fromkeys((*old, *new)):
        if old.get(place) != new.get(place):
            yield Change(" › ".join(place), old.get(place), new.get(place))


def _leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The values of a file, each with its place; of a list of coded things, by code rather than by number."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, str(name)))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value, 1):
            yield from _leaves(item, (*place, _named(item, number)))
    elif isinstance(value, list):
        yield place, ", ".join(map(str, value))
    else:
        yield place, str(value)


def _named(item: Any, number: int) -> str:
    names = ("code", "name", "value", "rule")
    found = (item[name] for name in names if isinstance(item, Mapping) and name in item)
    return str(next(found, number))


def digest(content: Mapping[str, Any]) -> str:
    """The SHA-256 of what a file says, whatever its layout and comments."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def changed_in_place(folder: Path, released: Digests) -> Iterator[File]:
    """Files of a folder whose version was released and says something else today. Raises BadProgramme."""
    for file in read_folder(folder).values():
        if released.get(_key(file), digest(file.content)) != digest(file.content):
            yield file


def lost(folder: Path) -> tuple[str, ...]:
    """Versions released from a folder that are no longer in it: dossiers may still run by them."""
    present = {_key(file) for file in read_folder(folder).values()}
    return tuple(sorted(set(released_from(folder)) - present))


def released_from(folder: Path) -> Digests:
    """The digests a folder keeps; none when nothing of it was ever released."""
    path = folder / RELEASED
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def release(folder: Path) -> tuple[str, ...]:
    """Keep the digests of the versions that were not released yet. Returns those versions. Raises BadProgramme."""
    kept = released_from(folder)
    new = {_key(file): digest(file.content) for file in read_folder(folder).values() if _key(file) not in kept}
    text = json.dumps({**kept, **new}, indent=2, sort_keys=True)
    (folder / RELEASED).write_text(f"{text}\n", "utf-8")
    return tuple(sorted(new))


def released_before(folder: Path) -> Digests:
    """What a folder's files may not change: the shipped versions, and its own."""
    return {**released_from(SHIPPED), **released_from(folder)}


def _key(file: File) -> str:
    return f"{file.programme.id} {file.programme.version}"

"""Whether a schema still keeps the promises of its released form. Events change by addition only.

What breaks whom: a removed field or a narrowed enumeration breaks those who read it; a new required field
breaks on the events already in Kafka; a field no longer required, or another type, breaks readers not yet
upgraded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_WALKED = {"properties", "required", "enum", "anyOf", "items"}
_ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples"}


@dataclass(frozen=True, slots=True)
class Change:
    """A difference at a place (`requester.role`); `breaks` when it is no addition."""

    place: str
    what: str
    breaks: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


def changes(released: Schema, current: Schema) -> list[Change]:
    """Every difference that matters between the released schema of an event and the current one."""
    return list(_Comparison(released, current).walk(released, current, ""))


@dataclass(frozen=True, slots=True)
class _Comparison:
    released: Schema
    current: Schema

    def walk(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        old, new = _resolved(old, self.released), _resolved(new, self.current)
        yield from self._fields(old, new, place)
        yield from self._alternatives(old, new, place)
        yield from _values(old, new, place)
        if "items" in old and "items" in new:
            yield from self.walk(old["items"], new["items"], f"{place}[]")
        for keyword in sorted((old.keys() | new.keys()) - _WALKED - _ANNOTATIONS):
            if old.get(keyword) != new.get(keyword):
                yield Change(place, f"{keyword} changed", breaks=True)

    def _fields(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() | after.keys()):
            inside = f"{place}.{name}" if place else name
            if name not in after:
                yield Change(inside, "field removed", breaks=True)
            elif name not in before:
                yield Change(inside, f"field added{', required' * (name in needed)}", breaks=name in needed)
            else:
                if (name in needed) != (name in needed_before):
                    now = "required" if name in needed else "optional"
                    yield Change(inside, f"field became {now}", breaks=True)
                yield from self.walk(before[name], after[name], inside)

    def _alternatives(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        before, after = old.get("anyOf", ()), new.get("anyOf", ())
        if len(before) != len(after):
            yield Change(place, "type changed", breaks=True)
            return
        for one, other in zip(before, after, strict=True):
            yield from self.walk(one, other, place)


def _values(old: Schema, new: Schema, place: str) -> Iterator[Change]:
    before, after = old.get("enum"), new.get("enum")
    if before is None or after is None:
        if before is not after:
            yield Change(place, "type changed", breaks=True)
        return
    if gone := sorted(set(before) - set(after)):
        yield Change(place, f"values removed: {', '.join(gone)}", breaks=True)
    if added := sorted(set(after) - set(before)):
        yield Change(place, f"values added: {', '.join(added)}", breaks=False)


def _resolved(node: Schema, document: Schema) -> Schema:
    if "$ref" not in node:
        return _enumerated(node)
    target: Schema = document["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return _enumerated(target | {name: value for name, value in node.items() if name != "$ref"})


def _enumerated(node: Schema) -> Schema:
    """A single value is an enumeration of one: pydantic writes it another way, and a second value is an addition."""
    if "const" not in node:
        return node
    return {name: value for name, value in node.items() if name != "const"} | {"enum": [node["const"]]}

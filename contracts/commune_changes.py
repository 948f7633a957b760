"""What happened to the communes since 1943: read from `contracts/reference/`, by code.

Asked for through `contracts.communes`, which knows the communes themselves.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from contracts.reference.files import lines


class Change(NamedTuple):
    """From the day `on`, what had that code lies in the commune `host`: itself where it is a commune (again).

    `kind`: `merged` into another (or passed from one to another as a part of it), `moved` to another département
    under a new code, `dissolved` (shared out; `host` has most of it), `created`, `restored` as a commune.
    `name` is the commune's at the time. `after` is None where `on` is the very day it happened; otherwise nobody
    publishes that day: it lies after the list of `after` and not after that of `on`.
    """

    code: str
    on: date
    after: date | None
    host: str
    kind: str
    name: str


def changes_of(code: str) -> tuple[Change, ...]:
    """What happened to that code since 1943, in order."""
    return tuple(_change(line) for line in _lines().get(code, ()))


def changed() -> Iterable[str]:
    """Codes to which something happened."""
    return _lines().keys()


def followed(code: str, day: date) -> list[Change]:
    """The changes that lead from a code to the commune it lay in on that day, in order."""
    past = [change for change in changes_of(code) if change.on <= day]
    if not past or past[-1].host == code:
        return []
    return [past[-1], *followed(past[-1].host, day)]


def host_of(code: str, day: date) -> str:
    """The commune in which that code lay on that day: itself, where nothing had happened to it."""
    path = followed(code, day)
    return path[-1].host if path else code


def left(host: str) -> tuple[Change, ...]:
    """Changes by which a part of that commune left it, to be a commune again or to join another."""
    return _left().get(host, ())


@cache
def _left() -> dict[str, tuple[Change, ...]]:
    """Commune → changes by which a part of it left it, while it stayed a commune or went elsewhere."""
    left = defaultdict(list)
    for code in changed():
        changes = changes_of(code)
        for before, change in pairwise(changes):
            if before.host != code and host_of(before.host, change.on) != change.host:
                left[before.host].append(change)
    return {host: tuple(changes) for host, changes in left.items()}


def _change(line: str) -> Change:
    code, on, after, host, kind, name = line.split("\t")
    return Change(code, date.fromisoformat(on), date.fromisoformat(after) if after else None, host, kind, name)


@cache
def _lines() -> dict[str, list[str]]:
    """Code → its lines, unparsed, in order."""
    by_code = defaultdict(list)
    for line in lines("changes"):
        by_code[line[:5]].append(line)
    return dict(by_code)

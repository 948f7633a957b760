"""Groupings of communes: EPCI and départements, read from `contracts/reference/`.

The lists of EPCI are those of each 1 January since 2020: what a grouping was on a day is what the last list before
that day says, and of what is older than the first list nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from contracts.communes import communes_of
from contracts.reference.files import rows

FIRST_LIST = date(2020, 1, 1)


class Epci(NamedTuple):
    """A grouping of communes with its own taxes, or a territory of Greater Paris (kind `EPT`), by SIREN number.

    `kind`: `CC`, `CA`, `CU`, `METRO`, `MET69` (Lyon) or `EPT`. `listed_from` and `listed_to` are the first and last
    lists that hold it: None where that is the first list of all, or today's.
    """

    code: str
    name: str
    kind: str
    listed_from: date | None
    listed_to: date | None


class Department(NamedTuple):
    """A département, or an overseas collectivity, which is its own region."""

    code: str
    name: str
    region: str
    region_name: str


def epci(code: str) -> Epci | None:
    """The grouping of that SIREN number, of today or of a list since 2020."""
    return _epcis().get(code)


def every_epci() -> Iterator[Epci]:
    """All of them, those no longer listed included, in order of their code."""
    return iter(_epcis().values())


def department(code: str) -> Department | None:
    """The département or collectivity of that code: `22`, `2A`, `971`, `987`."""
    return _departments().get(code)


def departments() -> Iterator[Department]:
    """All of them, in order of their code."""
    return iter(_departments().values())


def members_of(code: str, on: date | None = None) -> frozenset[str] | None:
    """Communes of an EPCI today, or on a day; None for a day before the first list. Empty where it was not listed.

    Codes are those of the day: a commune that has merged since is among the members it had then.
    """
    members = communes_of(code) if code in _epcis() else frozenset()
    if on is None:
        return members
    if on < FIRST_LIST:
        return None
    changed = {one.commune: one.first <= on.replace(month=1, day=1) <= one.last for one in _changed().get(code, ())}
    return members - changed.keys() | {commune for commune, member in changed.items() if member}


class _Membership(NamedTuple):
    """One that began or ended since the first list: the first and last lists that say it."""

    commune: str
    first: date
    last: date


@cache
def _changed() -> dict[str, list[_Membership]]:
    changed = defaultdict(list)
    for commune, code, first, last in rows("memberships"):
        changed[code].append(_Membership(commune, _day(first) or FIRST_LIST, _day(last) or date.max))
    return dict(changed)


@cache
def _epcis() -> dict[str, Epci]:
    return {code: Epci(code, name, kind, _day(first), _day(last)) for code, name, kind, first, last in rows("epci")}


@cache
def _departments() -> dict[str, Department]:
    return {row[0]: Department(*row) for row in rows("departments")}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

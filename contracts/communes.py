"""The official list of communes, of today and since 1943, read from `contracts/reference/`.

Services load it into their database when they migrate. Read once, on first use, in some tens of milliseconds.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from contracts.commune_changes import Change, changed, changes_of, followed, host_of, left
from contracts.reference.files import lines

FRANCE = "france"
CODE: Final = re.compile(r"(\d{2}|2[AB])\d{3}")
"""An INSEE code."""


class BadCorrection(ValueError):
    """A line that is no correction: which, and what it should be."""


class Commune(NamedTuple):
    """A commune of today, or a municipal district (Paris, Lyon, Marseille) and the commune it is part of.

    `code` is INSEE's; `department` is `22`, `2A`, `971` or an overseas collectivity's `987`; `population` is
    0 where nobody lives; `ept` is the territory of Greater Paris it belongs to beside its EPCI. `latitude` and
    `longitude` are its town hall's, in degrees to about 100 m, and None where no source gives them. A commune of
    the past has the kind `former`, its code, name and département, and nothing else.
    """

    code: str
    name: str
    department: str
    postal_codes: tuple[str, ...]
    kind: str
    part_of: str | None
    epci: str | None
    population: int
    ept: str | None
    latitude: float | None
    longitude: float | None


class Resolved(NamedTuple):
    """The commune a code leads to and, oldest first, what happened on the way: where the code went, and the
    communes set up again out of those it went through (an address of before may lie in one of them)."""

    commune: Commune
    changes: tuple[Change, ...]


class Period(NamedTuple):
    """Days on which a code was a commune's: None for a beginning before 1943, and for no end."""

    began: Change | None
    ended: Change | None


def find(code: str) -> Commune | None:
    """The commune or district of that INSEE code."""
    line = _lines().get(code)
    return None if line is None else _commune(line)


def every() -> Iterator[Commune]:
    """All of them, in order of their code."""
    return map(_commune, _lines().values())


def search(text: str, limit: int = 10) -> list[Commune]:
    """Those whose name or postal code begins with `text`, the most populous first. Case, accents, hyphens and
    apostrophes do not count, and `st` or `ste` at a word's start reads as `saint` or `sainte`."""
    prefix = fold(text)
    if not prefix:
        return []
    entries = _index()
    first = bisect_left(entries, (prefix, ""))
    last = bisect_left(entries, (prefix + "\uffff", ""))
    codes = {code for _, code in entries[first:last]}
    found = [commune for code in codes if (commune := find(code)) is not None]
    return sorted(found, key=lambda commune: (-commune.population, commune.code))[:limit]


def correct(file: Path) -> None:
    """Put a deployment's own communes over the list, in this process: one a line, INSEE code and name.

    Adds what the list does not hold yet, renames what it does. Raises OSError, and BadCorrection.
    """
    for number, said in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        code, _, name = said.strip().partition(" ")
        if not (CODE.fullmatch(code) and name.strip()):
            raise BadCorrection(f"{file}, line {number}: an INSEE code and a name, for example 22278 Saint-Brieuc")
        _, _, *known = _lines().get(code, f"{code}\t\t{department_of(code)}\t\tcommune\t\t\t0\t\t").split("\t")
        _lines()[code] = "\t".join((code, name.strip(), *known))
    _index.cache_clear()
    _covered.cache_clear()


def resolve(code: str, on: date | None = None, *, whole: bool = False) -> Resolved | None:
    """What that code leads to on that day (the list's own without one); None where it was nobody's then.

    A municipal district stays one, unless `whole` communes are asked for. Names and figures of a commune that
    still exists are today's, whatever the day.
    """
    day = on or date.max
    if not _known(code, day):
        return None
    path = [] if on is None and find(code) else followed(code, day)  # a correction may restore a former one
    commune = _as_of(path[-1].host if path else code)
    if whole and commune.part_of is not None:
        commune = _as_of(commune.part_of)
    stays = [(code, date.min), *((change.host, change.on) for change in path)]
    parted = [one for host, since in stays for one in left(host) if since < one.on <= day]
    return Resolved(commune, tuple(sorted({*path, *parted}, key=lambda one: (one.on, one.code))))


def periods(code: str) -> tuple[Period, ...]:
    """When that code was a commune's, in order; none for a code that never was."""
    changes = changes_of(code)
    alive = changes[0].kind != "created" if changes else find(code) is not None
    began: Change | None = None
    found: list[Period] = []
    for change in changes:
        if change.host == code:
            alive, began = True, change
        elif alive:
            alive = False
            found.append(Period(began, change))
    return (*found, Period(began, None)) if alive else tuple(found)


def places_of(code: str) -> frozenset[str]:
    """The codes under which an area may serve somebody who lives in that commune or district: itself, the commune
    it is part of, their EPCI and département, and `france`.

    Where only a commune is known, its districts and the former communes in it count as well. A code nobody knows is
    served by `france` alone.
    """
    resolved = resolve(code)
    if resolved is None:
        return frozenset({FRANCE})
    commune = resolved.commune
    wider = (commune.code, commune.part_of, commune.epci, commune.ept, commune.department, FRANCE)
    narrower = _parts().get(code, ()) if code == commune.code else (code,)
    return frozenset(place for place in (*wider, *narrower) if place is not None)


def communes_of(place: str) -> frozenset[str]:
    """Today's communes under an area's code: a commune (former ones and districts lead to theirs), an EPCI, a
    département or collectivity, or `france`. Empty for a code that is none of these."""
    if len(place) == 5 and (resolved := resolve(place, whole=True)):
        return frozenset({resolved.commune.code})
    return frozenset(_covered().get(place, ()))


def districts_of(code: str) -> tuple[str, ...]:
    """Codes of the municipal districts of Paris, Lyon or Marseille; none of any other commune."""
    return _districts().get(code, ())


def fold(text: str) -> str:
    """A name as it is compared: lower case, no accents, words separated by one space, `st` spelt out."""
    return " ".join(_SAINTS.get(word, word) for word in text.lower().translate(_PLAIN).split())


def _plain_letters() -> dict[int, str]:
    """Latin letters to their unaccented ones, and what separates words to a space (a table, since folding
    every name one accent at a time takes a quarter of a second)."""
    latin = (chr(point) for point in range(0xC0, 0x250))
    letters = {ord(letter): unicodedata.normalize("NFKD", letter)[0] for letter in latin}
    marks = dict.fromkeys(range(0x300, 0x370), "")
    return letters | marks | {ord(mark): " " for mark in "-'’(),./"} | {ord("œ"): "oe", ord("æ"): "ae"}


_PLAIN = _plain_letters()
_SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    """Commune of today → codes of its districts and of the former communes in it."""
    parts = defaultdict(list)
    for code in changed():
        if (host := host_of(code, date.max)) != code:
            parts[host].append(code)
    for host, districts in _districts().items():
        parts[host].extend(districts)
    return {host: tuple(codes) for host, codes in parts.items()}


@cache
def _covered() -> dict[str, list[str]]:
    """EPCI, département or `france` → its communes."""
    covered = defaultdict(list)
    for code, line in _lines().items():
        _, _, department, _, kind, _, epci, _, ept, _ = line.split("\t")
        if kind == "commune":
            for place in filter(None, (FRANCE, department, epci, ept)):
                covered[place].append(code)
    return dict(covered)


@cache
def _districts() -> dict[str, tuple[str, ...]]:
    districts = defaultdict(list)
    for line in _lines().values():
        if "\tarrondissement\t" in line:
            one = _commune(line)
            districts[str(one.part_of)].append(one.code)
    return {host: tuple(codes) for host, codes in districts.items()}


def _known(code: str, day: date) -> bool:
    """Whether that code was somebody's on that day."""
    changes = changes_of(code)
    return not (changes[0].kind == "created" and changes[0].on > day) if changes else find(code) is not None


def _as_of(code: str) -> Commune:
    """The commune of that code, of today or of the past."""
    if today := find(code):
        return today
    name = changes_of(code)[-1].name
    return Commune(code, name, department_of(code), (), "former", None, None, 0, None, None, None)


def department_of(code: str) -> str:
    """The département an INSEE code begins with: `22`, `2A`, or three digits overseas (`971`, `987`)."""
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def _commune(line: str) -> Commune:
    code, name, department, postal_codes, kind, part_of, epci, population, ept, point = line.split("\t")
    latitude, longitude = map(float, point.split()) if point else (None, None)
    return Commune(
        code,
        name,
        department,
        tuple(postal_codes.split()),
        kind,
        part_of or None,
        epci or None,
        int(population),
        ept or None,
        latitude,
        longitude,
    )


@cache
def _lines() -> dict[str, str]:
    """Code → line, unparsed: a third of the memory of parsed rows, of which few are ever read."""
    return {line[:5]: line for line in lines("communes")}


@cache
def _index() -> list[tuple[str, str]]:
    """Every folded name and postal code with the commune's code, sorted."""
    entries = []
    for code, line in _lines().items():
        _, name, _, postal_codes, _ = line.split("\t", 4)
        entries.append((fold(name), code))
        entries.extend((postal_code, code) for postal_code in postal_codes.split())
    return sorted(entries)

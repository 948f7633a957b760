"""The official list of communes and EPCI (groupings of communes), read from `contracts/reference/`.

Services load it into their database when they migrate. Read once, on first use, in some tens of milliseconds.
"""

import gzip
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

FRANCE = "france"
REFERENCE = Path(__file__).parent / "reference"


class Commune(NamedTuple):
    """A commune of today, or a municipal district (Paris, Lyon, Marseille) and the commune it is part of.

    `code` is INSEE's; `department` is `22`, `2A`, `971` or an overseas collectivity's `987`; `population` is
    0 where nobody lives.
    """

    code: str
    name: str
    department: str
    postal_codes: tuple[str, ...]
    kind: str
    part_of: str | None
    epci: str | None
    population: int


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


def epci_name(code: str) -> str | None:
    """The name of an EPCI, by its SIREN number."""
    return _epcis().get(code)


def places_of(code: str) -> frozenset[str]:
    """The codes under which an area may serve somebody who lives in that commune or district: itself, the commune
    it is part of, their EPCI and département, and `france`. A code nobody knows is served by `france` alone."""
    commune = find(code)
    if commune is None:
        return frozenset({FRANCE})
    named = (commune.code, commune.part_of, commune.epci, commune.department, FRANCE)
    return frozenset(place for place in named if place is not None)


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


def _commune(line: str) -> Commune:
    code, name, department, postal_codes, kind, part_of, epci, population = line.split("\t")
    return Commune(
        code,
        name,
        department,
        tuple(postal_codes.split()),
        kind,
        part_of or None,
        epci or None,
        int(population),
    )


@cache
def _lines() -> dict[str, str]:
    """Code → line, unparsed: a third of the memory of parsed rows, of which few are ever read."""
    return {line[:5]: line for line in _read("communes")}


@cache
def _index() -> list[tuple[str, str]]:
    """Every folded name and postal code with the commune's code, sorted."""
    entries = []
    for code, line in _lines().items():
        _, name, _, postal_codes, _ = line.split("\t", 4)
        entries.append((fold(name), code))
        entries.extend((postal_code, code) for postal_code in postal_codes.split())
    return sorted(entries)


@cache
def _epcis() -> dict[str, str]:
    return dict(line.split("\t") for line in _read("epci"))


def _read(name: str) -> list[str]:
    return gzip.decompress((REFERENCE / f"{name}.tsv.gz").read_bytes()).decode().splitlines()

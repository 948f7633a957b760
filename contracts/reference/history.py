"""What happened to the communes: when one stopped being one, moved to another département, was set up again.

Two sources, one after the other: the history of every commune from 1943 to the list of 1 January 2019, with the very
days; then the lists of the following years, whose differences are known from one 1 January to another only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from contracts.reference.packages import Record

_PARTS = ("commune-deleguee", "commune-associee")


class Change(NamedTuple):
    """From `on`, what had that code lies in the commune `host`: itself where it is a commune again.

    `after` is empty where `on` is the very day; else the day of the last list that showed otherwise.
    """

    code: str
    on: str
    after: str
    host: str
    kind: str
    name: str


class _Span(NamedTuple):
    """Where a code lay over some days: `host` is None while it did not exist."""

    host: str | None
    kind: str
    name: str


def changes(history: list[Record], lists: Mapping[date, list[Record]]) -> list[Change]:
    """Every change, by code and day. `lists` are the official lists by day, the first that of the history's end."""
    recorded = _recorded(history, _heirs(lists[max(lists)]))
    return sorted(recorded + list(_compared(lists, {change.code: change.host for change in recorded})))


def _recorded(history: list[Record], heirs: Mapping[str, str]) -> list[Change]:
    records = defaultdict(list)
    for record in history:
        records[record["code"]].append(record)
    return [change for code, lives in records.items() for change in _changes_of(code, lives, heirs)]


def _changes_of(code: str, lives: list[Record], heirs: Mapping[str, str]) -> Iterator[Change]:
    days = sorted({day for life in lives for day in (life.get("dateDebut"), life.get("dateFin")) if day})
    before = _span("1943-01-01", code, lives, heirs)
    existed = before.host is not None
    for day in days:
        span = _span(day, code, lives, heirs)
        if span.host is not None and span.host != before.host:
            yield Change(code, day, "", span.host, span.kind if existed else "created", span.name)
        before, existed = span, existed or span.host is not None


def _span(day: str, code: str, lives: list[Record], heirs: Mapping[str, str]) -> _Span:
    """Where the code lay on that day: first as a commune, then as what it became under another code, then as a
    part of another commune."""
    alive = [one for one in lives if one.get("dateDebut", "") <= day < one.get("dateFin", "9999")]
    name = next((one["nom"] for one in reversed(lives) if one["type"] == "COM"), lives[-1]["nom"])
    for one in alive:
        if one["type"] == "COM":
            return _Span(code, "restored", one["nom"])
    for one in reversed(lives):
        if one["type"] == "COM" and one.get("dateFin", "9999") <= day:
            heir = _code_of(one["successeur"]) if "successeur" in one else heirs.get(code)
            if heir not in (code, None):
                return _Span(heir, "moved" if "successeur" in one else "dissolved", one["nom"])
    hosts = [_code_of(one["pole"]) for one in alive]
    elsewhere = [host for host in hosts if host != code]  # a part of itself, of when it was itself a commune of parts
    return _Span(next(iter(elsewhere or hosts), None), "merged", name)


def _code_of(identifier: str) -> str:
    """`COM-95002@1968-01-01` → `95002`."""
    return identifier.partition("-")[2].partition("@")[0]


def _compared(lists: Mapping[date, list[Record]], hosts: dict[str, str]) -> Iterator[Change]:
    """Changes between one list and the next. `hosts` say where each code lay at the first."""
    days = sorted(lists)
    for last, day in pairwise(days):
        names, now, heirs = _names(lists[last]), _hosts(lists[day]), _heirs(lists[day])
        for code in sorted(names.keys() | now.keys()):
            before = hosts.get(code, code)
            host = now.get(code) or (heirs[code] if before == code else before)
            if host != before:
                kind = "restored" if host == code else "merged"
                name = names.get(code) or _names(lists[day])[code]
                yield Change(code, day.isoformat(), last.isoformat(), host, kind, name)
            hosts[code] = host


def _names(records: Iterable[Record]) -> dict[str, str]:
    """Names of the communes, and of the parts of one that are no communes themselves."""
    ordered = sorted(records, key=lambda record: record["type"] not in _PARTS)
    return {record["code"]: record["nom"] for record in ordered}


def _hosts(records: Iterable[Record]) -> dict[str, str]:
    """Code → the commune it lies in, of a list's communes and of their delegated and associated parts."""
    ordered = sorted(records, key=lambda record: record["type"] not in _PARTS)
    return {record["code"]: record["chefLieu"] if record["type"] in _PARTS else record["code"] for record in ordered}


def _heirs(records: list[Record]) -> dict[str, str]:
    """Former code → today's commune, as the list itself says; where a part says otherwise, the part is right: the
    list of former codes does not follow a part that passed from one commune to another."""
    former = {code: record["code"] for record in records for code in record.get("anciensCodes", ())}
    return former | _hosts(records)

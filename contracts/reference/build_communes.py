"""Builds the compact files of this folder from published packages (README.md says which, and their licences).

    python -m contracts.reference.build_communes

Needs `npm` and `uv`, which fetch the packages from whatever registries they are set up for. The same packages
always give the same bytes.
"""

import gzip
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from contracts.reference import packages
from contracts.reference.centres import Point, centres
from contracts.reference.history import changes
from contracts.reference.packages import Record, read

HERE = Path(__file__).parent
TYPES = {"commune-actuelle": "commune", "arrondissement-municipal": "arrondissement"}


def main() -> None:
    """Fetches the packages, checks them, and writes every file."""
    with tempfile.TemporaryDirectory() as name:
        build(Path(name))


def build(folder: Path) -> None:
    """`folder` receives the packages."""
    lists = {day: read(package, "communes", folder) for day, package in packages.LISTS.items()}
    epcis = {day: _groupings(read(package, "epci", folder)) for day, package in packages.EPCI_LISTS.items()}
    districts = _groupings(read(packages.TODAY, "ept", folder))
    points = dict(centres(packages.contours(folder)))
    today = epcis[max(epcis)]
    _write("communes", _commune_rows(lists[max(lists)], _grouping_of(today), _grouping_of(districts), points))
    _write("changes", changes(read(packages.HISTORY, "historique-communes", folder), lists))
    _write("epci", [*_epci_rows(epcis), *((one["code"], one["nom"], one["type"], "", "") for one in districts)])
    _write("memberships", _membership_rows(epcis))
    _write("departments", _department_rows(folder))


def _groupings(records: list[Record]) -> list[Record]:
    return [record for record in records if record["membres"]]


def _grouping_of(groupings: list[Record]) -> dict[str, str]:
    return {member["code"]: grouping["code"] for grouping in groupings for member in grouping["membres"]}


def _commune_rows(
    records: list[Record], epci_of: Mapping[str, str], ept_of: Mapping[str, str], points: Mapping[str, Point]
) -> Iterator[tuple[str, ...]]:
    """Communes of today and municipal districts; former communes (delegated, associated) are in `changes`."""
    for record in records:
        if record["type"] not in TYPES:
            continue
        code, parent = record["code"], record.get("commune", "")
        point = points.get(code)
        yield (
            code,
            record["nom"],
            record["departement"],
            " ".join(record.get("codesPostaux", [])),
            TYPES[record["type"]],
            parent,
            epci_of.get(parent or code, ""),
            str(record.get("population", 0)),
            ept_of.get(parent or code, ""),
            f"{point[1]:.3f} {point[0]:.3f}" if point else "",
        )


def _epci_rows(epcis: Mapping[date, list[Record]]) -> Iterator[tuple[str, ...]]:
    """SIREN, latest name, kind, and the first and last lists that have it where they are not those of the period."""
    days = sorted(epcis)
    listed, latest = defaultdict(list), {}
    for day in days:
        for epci in epcis[day]:
            listed[epci["code"]].append(day)
            latest[epci["code"]] = epci
    for code, epci in latest.items():
        yield code, epci["nom"], epci["type"], *_bounds(listed[code], days)


def _membership_rows(epcis: Mapping[date, list[Record]]) -> Iterator[tuple[str, ...]]:
    """Commune, EPCI, first and last lists: only those that began or ended within the period."""
    days = sorted(epcis)
    listed = defaultdict(list)
    for day in days:
        for commune, epci in _grouping_of(epcis[day]).items():
            listed[commune, epci].append(day)
    for (commune, epci), seen in listed.items():
        if len(seen) < len(days):
            yield commune, epci, *_bounds(seen, days)


def _bounds(seen: list[date], days: list[date]) -> tuple[str, str]:
    """The first and last days, empty where that is the first or last list of all."""
    first = "" if seen[0] == days[0] else seen[0].isoformat()
    last = "" if seen[-1] == days[-1] else seen[-1].isoformat()
    return first, last


def _department_rows(folder: Path) -> Iterator[tuple[str, ...]]:
    """Code, name, region and its name: départements, then overseas collectivities, which are their own region."""
    regions = {record["code"]: record["nom"] for record in read(packages.TODAY, "regions", folder)}
    for record in read(packages.TODAY, "departements", folder):
        yield record["code"], record["nom"], record["region"], regions[record["region"]]


def _write(name: str, rows: Iterable[tuple[str, ...]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in sorted(rows))
    (HERE / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()

"""Builds `communes.tsv.gz` and `epci.tsv.gz` from Etalab's `@etalab/decoupage-administratif` (MIT).

    python -m contracts.reference.build_communes

Needs `npm`, which fetches the package from whatever registry it is set up for. The same package always gives
the same bytes.
"""

import gzip
import hashlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PACKAGE = "@etalab/decoupage-administratif@6.0.0"
SHA256 = "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a"
HERE = Path(__file__).parent
TYPES = {"commune-actuelle": "commune", "arrondissement-municipal": "arrondissement"}


def main() -> None:
    """Fetches the package, checks it, and writes both files."""
    with tempfile.TemporaryDirectory() as folder:
        tarball = _fetch(Path(folder))
        communes, epcis = _read(tarball, "communes"), _read(tarball, "epci")
    _write("communes", _commune_rows(communes, _epci_of_commune(epcis)))
    _write("epci", ((epci["code"], epci["nom"]) for epci in epcis))


def _fetch(folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (tarball,) = folder.glob("*.tgz")
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{PACKAGE} has changed: SHA-256 {digest} instead of {SHA256}")
    return tarball


def _read(tarball: Path, name: str) -> list[dict[str, Any]]:
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(f"package/data/{name}.json")
        assert member is not None
        read: list[dict[str, Any]] = json.load(member)
    return read


def _epci_of_commune(epcis: list[dict[str, Any]]) -> dict[str, str]:
    return {member["code"]: epci["code"] for epci in epcis for member in epci["membres"]}


def _commune_rows(communes: list[dict[str, Any]], epci_of: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Communes of today and municipal districts; former communes (delegated, associated) are left out."""
    for commune in communes:
        if commune["type"] not in TYPES:
            continue
        parent = commune.get("commune", "")
        yield (
            commune["code"],
            commune["nom"],
            commune["departement"],
            " ".join(commune.get("codesPostaux", [])),
            TYPES[commune["type"]],
            parent,
            epci_of.get(parent or commune["code"], ""),
            str(commune.get("population", 0)),
        )


def _write(name: str, rows: Iterable[tuple[str, ...]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in sorted(rows))
    (HERE / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()

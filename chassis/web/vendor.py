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
SSE: Final = "htmx-ext-sse@2.2.4"
MAPLIBRE: Final = "maplibre-gl@5.24.1"
FILES: Final = {
    "htmx.min.js": (
        HTMX,
        "package/dist/htmx.min.js",
        "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    ),
    "htmx.LICENSE.txt": (
        HTMX,
        "package/LICENSE",
        "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
    ),
    "htmx-sse.min.js": (
        SSE,
        "package/dist/sse.min.js",
        "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
    ),
    "htmx-sse.LICENSE.txt": (
        SSE,
        "package/LICENSE",
        "a17d224ce9afdc21ec9491b76a2f5d036d19aa641ac4f85ca29c21f9f7e54fdf",
    ),
    "maplibre-gl-csp.js": (
        MAPLIBRE,
        "package/dist/maplibre-gl-csp.js",
        "2835432eb59578c24e9bc7fbcef6f6f03f2af3f60951b940db875125ff617ddb",
    ),
    "maplibre-gl-csp-worker.js": (
        MAPLIBRE,
        "package/dist/maplibre-gl-csp-worker.js",
        "58534d0ebbe8535cd22d19eb3739788898667390ab9b22b87edfe55b9c85d0a5",
    ),
    "maplibre-gl.css": (
        MAPLIBRE,
        "package/dist/maplibre-gl.css",
        "ab1e70d59ec40465bae7e7030da2f3ccf28133fd502e62bd598eefbadfd7a732",
    ),
    "maplibre-gl.LICENSE.txt": (
        MAPLIBRE,
        "package/LICENSE.txt",
        "ee5fc05a0677eaf69601d2c7db0d9ecd6cc27c3abc1d0733bc9ed34707cf8ef2",
    ),
}
"""Name among our static files: (package, path in it, SHA-256 of the content)."""
STATIC: Final = Path(__file__).parent / "static"


class WrongContent(Exception):
    """A package holds something else than what was chosen."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch() -> None:
    """Write the files. Raises WrongContent when one is not what `FILES` says."""
    for name in (HTMX, SSE, MAPLIBRE):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
                _write_those_of(name, package)


def _write_those_of(wanted: str, package: tarfile.TarFile) -> None:
    for name, (source, member, expected) in FILES.items():
        if source == wanted:
            opened = package.extractfile(member)
            content = opened.read() if opened is not None else b""
            if digest(content) != expected:
                raise WrongContent(f"{member} of {wanted}: {digest(content)}")
            (STATIC / name).write_bytes(content)


if __name__ == "__main__":
    fetch()

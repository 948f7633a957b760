"""Renews the font of letters in Arabic, drawn by others: `python -m notifications.letters.vendor`, with pip.

Amiri, under the SIL Open Font License 1.1, as it was published. Each file's SHA-256 is written below and checked by a
test. It is embedded in the PDF, whose text can then be copied and read aloud letter by letter: fonts that draw a letter
and its dots apart fail there.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

AMIRI: Final = "fontpkg-amiri==1.2"
FILES: Final = {
    "Amiri-Regular.ttf": (
        "fontpkg_amiri/files/Amiri-Regular.ttf",
        "ab391c4147d054c48976e98322ad0eefe1427aa0e0502a12a4c75d80a70cfcd7",
    ),
    "Amiri-Bold.ttf": (
        "fontpkg_amiri/files/Amiri-Bold.ttf",
        "cfccb794268e7d573d857e6d6a67f89cf8a053e8ffd85dfa0c8ec1bb36fc4827",
    ),
    "Amiri.LICENSE.txt": (
        "fontpkg_amiri/LICENSE",
        "72de68e5954f4fdd24702292ef5a32f003ca960ec9330dc86e5eefb5dffb9b22",
    ),
}
"""Name among our fonts: (path in the package, SHA-256 of the content)."""
FONTS: Final = Path(__file__).parent / "fonts"


class WrongContent(Exception):
    """The package holds something else than what was chosen."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch() -> None:
    """Write the files. Raises WrongContent when one is not what `FILES` says."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "-d", folder, AMIRI], check=True
        )
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as package:
            for name, (member, expected) in FILES.items():
                content = package.read(member)
                if digest(content) != expected:
                    raise WrongContent(f"{member}: {digest(content)}")
                (FONTS / name).write_bytes(content)


if __name__ == "__main__":
    fetch()

"""Documents as PDF that screen readers read (PDF/UA-1), typeset by typst from data: nothing anybody wrote is taken
for markup.

A program too, which a service runs beside itself: a long document takes seconds and hundreds of megabytes, which it
gives back. The services that typeset declare typst themselves: the others are spared its weight.
"""

import asyncio
import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Final
from unicodedata import normalize

MEDIA_TYPE: Final = "application/pdf"
_WAITING: Final = 4
"""Documents that may be in hand, or wait for their turn."""
_SECONDS: Final = 60
"""How long a document, or several set together, may take."""
_UNPRINTABLE: Final = re.compile(
    r"[^\n\u0020-\u007e\u00a0-\u017f\u0192\u0218-\u021b\u0388-\u038a\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u1e00-\u1eff\u2010-\u2027\u202f-\u203a"
    r"\u20ac\u2116\u2122\u2190-\u2193\u2212\u2248\u2260\u2264\u2265]"
)
"""Characters that no font at hand has: a PDF/UA must show what it says, so they are left out."""
_ARABIC: Final = re.compile(r"[\u060c\u061b\u061f\u0620-\u0652\u0660-\u066c\u0670-\u06d3\u2066-\u2069]+")
"""What a template prints besides, with fonts of its own beside it: Arabic, and what keeps numbers in their order."""
FONTS: Final = "fonts"
"""The folder of those fonts, beside their template."""

Said = Mapping[str, Any]
"""All that a document says, as its template reads it: `day` is the year, month and day it bears."""


class NotTypeset(Exception):
    """The program that typesets failed: its last words."""


class Busy(Exception):
    """Enough documents wait to be typeset."""


class Press:
    """Typesets one document of a template at a time: nobody keeps a processor busy by asking."""

    def __init__(self, template: Path) -> None:
        self._template = template
        self._turn = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """While nothing else is typeset. Raises Busy."""
        if self._waiting >= _WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1

    async def print(self, said: Callable[[], Said]) -> bytes:
        """The PDF of what it says, which is asked for in its turn. Raises Busy, NotTypeset and TimeoutError."""
        async with self.turn():
            return await self.typeset(said)

    async def typeset(self, said: Callable[[], Said]) -> bytes:
        """The same, within a turn."""
        [made] = await typeset_apart(self._template, [await asyncio.to_thread(said)])
        return made


def typeset(template: Path, said: Said) -> bytes:
    """The PDF of what the template reads. The same content on the same day makes the same bytes."""
    import typst  # in the program alone

    fonts = template.parent / FONTS
    made: bytes = typst.compile(
        str(template),
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"said": json.dumps(_all_printable(said, arabic=fonts.is_dir()))},
        ignore_system_fonts=True,
        font_paths=[str(fonts)] if fonts.is_dir() else [],
        timestamp=datetime.combine(date(*said["day"]), time(), UTC),
    )
    return made


def printable(text: str, *, arabic: bool = False) -> str:
    """A text without the characters that cannot be shown. `arabic`: by a template that brings fonts for it."""
    text = normalize("NFC", text)
    if not arabic:
        return _UNPRINTABLE.sub("", text)
    kept, others = _ARABIC.findall(text), [_UNPRINTABLE.sub("", part) for part in _ARABIC.split(text)]
    return "".join(chain.from_iterable(zip_longest(others, kept, fillvalue="")))


def _all_printable(said: Any, *, arabic: bool) -> Any:
    if isinstance(said, str):
        return printable(said, arabic=arabic)
    if isinstance(said, Mapping):
        return {name: _all_printable(value, arabic=arabic) for name, value in said.items()}
    return [_all_printable(one, arabic=arabic) for one in said] if isinstance(said, list | tuple) else said


async def typeset_apart(template: Path, documents: Sequence[Said]) -> list[bytes]:
    """Several documents of one template, by a process of their own. Raises NotTypeset, and TimeoutError."""
    command = (sys.executable, "-m", "chassis.typesetting", str(template))
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=piped, stdout=piped, stderr=piped)
    given = await asyncio.to_thread(lambda: json.dumps(documents).encode())
    try:
        async with asyncio.timeout(_SECONDS):
            made, error = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise NotTypeset(error.decode()[-500:])
    return [b64decode(line) for line in made.splitlines()]


if __name__ == "__main__":
    for one in json.load(sys.stdin):
        sys.stdout.buffer.write(b64encode(typeset(Path(sys.argv[1]), one)) + b"\n")

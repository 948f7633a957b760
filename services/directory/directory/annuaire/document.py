"""An annuaire as a PDF that screen readers read (PDF/UA-1), typeset from data: nothing anybody wrote is taken for
markup.

A program too, which the service runs beside itself: hundreds of offers take seconds and hundreds of megabytes, which it
gives back."""

import asyncio
import json
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from unicodedata import normalize

TEMPLATE: Final = Path(__file__).with_name("annuaire.typ")
MEDIA_TYPE: Final = "application/pdf"
_KEPT_BYTES: Final = 16_000_000
_WAITING: Final = 4
"""Annuaires that may be in hand, or wait for their turn."""
_SECONDS: Final = 60
"""How long one may take."""
_UNPRINTABLE: Final = re.compile(
    r"[^\n\u0020-\u007e\u00a0-\u017f\u0192\u0218-\u021b\u0388-\u038a\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u1e00-\u1eff\u2010-\u2027\u202f-\u203a"
    r"\u20ac\u2116\u2122\u2190-\u2193\u2212\u2248\u2260\u2264\u2265]"
)
"""Characters that no font at hand has: a PDF/UA must show what it says, so they are left out."""

Said = Mapping[str, Any]


class Busy(Exception):
    """Enough annuaires wait to be typeset."""


class NotTypeset(Exception):
    """The program that typesets failed: its last words."""


def typeset(said: Said) -> bytes:
    """The PDF of what the template reads, as `Edition.said` gives it."""
    import typst  # in the program alone

    inputs = {"said": json.dumps(_printable(said))}
    made: bytes = typst.compile(
        str(TEMPLATE), format="pdf", pdf_standards="ua-1", sys_inputs=inputs, ignore_system_fonts=True
    )
    return made


def _printable(said: Any) -> Any:
    if isinstance(said, str):
        return _UNPRINTABLE.sub("", normalize("NFC", said))
    if isinstance(said, Mapping):
        return {name: _printable(value) for name, value in said.items()}
    return [_printable(one) for one in said] if isinstance(said, list | tuple) else said


async def typeset_apart(said: bytes) -> bytes:
    """The same, from JSON, by a process of its own. Raises NotTypeset, and TimeoutError."""
    command = (sys.executable, "-m", "directory.annuaire.document")
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=piped, stdout=piped, stderr=piped)
    try:
        made, error = await asyncio.wait_for(process.communicate(said), _SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise NotTypeset(error.decode()[-500:])
    return made


class Press:
    """Typesets one at a time and keeps what it made while there is room: the same content is not typeset twice."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def print(self, digest: str, said: Callable[[], Said]) -> bytes:
        """The PDF of that digest; `said` is what it says, asked for in a thread when it is not kept. Raises Busy."""
        if digest not in self._kept:
            await self._make(digest, said)
        self._kept.move_to_end(digest)
        return self._kept[digest]

    async def _make(self, digest: str, said: Callable[[], Said]) -> None:
        if self._waiting >= _WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                if digest not in self._kept:
                    self._kept[digest] = await typeset_apart(
                        await asyncio.to_thread(lambda: json.dumps(said()).encode())
                    )
        finally:
            self._waiting -= 1
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(json.load(sys.stdin)))

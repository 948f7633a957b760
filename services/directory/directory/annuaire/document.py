"""An annuaire as a PDF, made once for all who ask for the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from chassis.typesetting import Said, typeset_apart

TEMPLATE: Final = Path(__file__).with_name("annuaire.typ")
_KEPT_BYTES: Final = 16_000_000
_WAITING: Final = 4
"""Annuaires that may be in hand, or wait for their turn."""


class Busy(Exception):
    """Enough annuaires wait to be typeset."""


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
                    [self._kept[digest]] = await typeset_apart(TEMPLATE, [await asyncio.to_thread(said)])
        finally:
            self._waiting -= 1
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)

"""An annuaire as a PDF, made once for all who ask for the same."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from chassis.typesetting import Press, Said

TEMPLATE: Final = Path(__file__).with_name("annuaire.typ")
_KEPT_BYTES: Final = 16_000_000


class Kept:
    """Keeps what was printed while there is room: the same content is not typeset twice."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._press = Press(TEMPLATE)

    async def print(self, digest: str, said: Callable[[], Said]) -> bytes:
        """The PDF of that digest; `said` is what it says, asked for when it is not kept. Raises Busy."""
        if digest not in self._kept:
            await self._make(digest, said)
        self._kept.move_to_end(digest)
        return self._kept[digest]

    async def _make(self, digest: str, said: Callable[[], Said]) -> None:
        async with self._press.turn():
            if digest not in self._kept:
                self._kept[digest] = await self._press.typeset(said)
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)

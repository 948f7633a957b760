"""Answers of a search as an XLSX workbook, the columns of the CSV.

What is text is written as text, and never becomes a formula, a link or a number, whatever it begins with. Rows go to a
file as they come; the workbook is put together there, and given out once it is whole.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from xlsxwriter import Workbook

from chassis.web.translations import N_, translate
from directory.outward.spreadsheet import HEADERS, row
from directory.outward.whole import Shown

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST: Final = 32_767
"""Characters of a cell."""
_WIDTHS: Final = (38, 40, 32, 32, 20, 13, 13, 28, 32, 12, 22, 40, 16, 28, 12, 16, 40)
_CHUNK: Final = 1 << 18
_DATED: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""As what is inside it is: the same answers make the same workbook, byte for byte."""
_PLAIN: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Table:
    """A workbook of one sheet, written row after row."""

    def __init__(self, path: Path) -> None:
        options = _PLAIN | {"constant_memory": True, "tmpdir": str(path.parent)}
        self._book = Workbook(str(path), options)
        self._book.set_properties({"created": _DATED})
        self._sheet = self._book.add_worksheet(translate(N_("Offres")))
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        self._next = 0
        self._furnish()

    def _furnish(self) -> None:
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.freeze_panes(1, 2)
        bold = self._book.add_format({"bold": True})
        for column, name in enumerate(HEADERS):
            self._sheet.write_string(0, column, name, bold)
        self._next = 1

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        for cells in rows:
            for column, cell in enumerate(cells):
                self._write(column, cell)
            self._next += 1

    def _write(self, column: int, cell: object) -> None:
        if isinstance(cell, date):
            self._sheet.write_datetime(self._next, column, datetime.combine(cell, time()), self._day)
        elif isinstance(cell, int):
            self._sheet.write_number(self._next, column, cell)
        elif cell is not None:
            self._sheet.write_string(self._next, column, str(cell)[:_LONGEST])

    def close(self) -> None:
        """The file is whole."""
        self._sheet.autofilter(0, 0, max(1, self._next - 1), len(HEADERS) - 1)
        self._book.close()


async def written(found: AsyncIterator[Sequence[Shown]]) -> AsyncIterator[bytes]:
    """The workbook, once it is whole. Its making is done in threads, while others are answered."""
    with TemporaryDirectory(prefix="maillage-") as folder:
        path = Path(folder) / "offres.xlsx"
        table = await asyncio.to_thread(Table, path)
        async for some in found:
            await asyncio.to_thread(table.add, map(row, some))
        await asyncio.to_thread(table.close)
        with path.open("rb") as file:
            chunks: partial[Any] = partial(file.read, _CHUNK)
            while chunk := await asyncio.to_thread(chunks):
                yield chunk

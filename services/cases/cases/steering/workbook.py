"""A territory's month as an XLSX workbook: the lines of the CSV, numbers as numbers.

What is text is written as text, and never becomes a formula, a link or a number, whatever it begins with.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS: Final = (52, 28, 13, 40, 10)
_PLAIN: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_DATED: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""As what is inside it is: the same figures make the same workbook, byte for byte."""


def written(title: str, lines: Iterable[Sequence[object]]) -> bytes:
    """One sheet of that name, the first line being its headings. A hidden count is an empty cell."""
    whole = BytesIO()
    with Workbook(whole, {**_PLAIN, "in_memory": True}) as book:
        book.set_properties({"created": _DATED})
        sheet = book.add_worksheet(title)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        bold, last = book.add_format({"bold": True}), 0
        for last, line in enumerate(lines):
            for column, cell in enumerate(line):
                if isinstance(cell, int):
                    sheet.write_number(last, column, cell)
                elif cell is not None:
                    sheet.write_string(last, column, str(cell), None if last else bold)
        sheet.autofilter(0, 0, max(1, last), len(_WIDTHS) - 1)
    return whole.getvalue()

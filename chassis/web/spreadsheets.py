"""Tables for people's spreadsheets, which run what looks like a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
MARK: Final = "\ufeff"
"""By which Excel knows UTF-8."""
_STARTS: Final = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width signs, which some spreadsheets read as the others."""


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula, wherever spaces stand before it (OWASP, CSV injection)."""
    bare = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}")
    return f"'{text}" if bare.startswith(("\t", "\r", "\n")) or bare.lstrip().startswith(_STARTS) else text


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Lines, no cell of which is a formula, with the semicolons at which French spreadsheets part cells."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([inert("" if cell is None else str(cell)) for cell in row] for row in rows)
    return text.getvalue()

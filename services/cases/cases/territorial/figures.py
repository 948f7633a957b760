"""Figures of a territory that tell of no one: small counts are hidden, and cannot be worked out from the others.

A table counts by commune (its rows) and by something else. Rows and columns of few are put together, so that every
total shown is of `AT_LEAST`; then small cells are hidden, and others with them until nothing that is shown, totals
included, leaves a hidden cell only one possible value.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

AT_LEAST: Final = 5
"""A count below is hidden: few enough for somebody to be recognised."""
OTHERS: Final = ""
"""Rows, or columns, put together because they are few."""

Counts = Mapping[tuple[str, str], int]
"""(row, column) → how many."""
Cell = tuple[str, str]


class Table(BaseModel):
    """What may be shown of counts: `cells` in the order of rows and columns, None where hidden. `together`: the rows
    that `OTHERS` stands for."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int, ...]
    column_totals: tuple[int, ...]
    together: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.row_totals)


class Figures(BaseModel):
    """The figures of a territory over whole months, `until` excluded. `tables`: by what is counted, those that are
    not too small to be shown."""

    model_config = ConfigDict(frozen=True)

    since: date
    until: date
    tables: Mapping[str, Table]


def publishable(counts: Counts) -> Table | None:
    """The table that may be shown of these counts; None where there are too few to show any.

    Tables of the same people put the same rows together: that depends on their totals alone, so that comparing two
    tables tells nothing that one of them hides.
    """
    rows, columns = _grouped(_totals(counts, 0)), _grouped(_totals(counts, 1))
    if rows is None or columns is None:
        return None
    cells = _regrouped(counts, rows, columns)
    hidden = hidden_among(cells)
    row_names, column_names = _ordered(rows.values()), _ordered(columns.values())
    by_row, by_column = _totals(cells, 0), _totals(cells, 1)
    return Table(
        rows=row_names,
        columns=column_names,
        cells=tuple(
            tuple(None if (row, column) in hidden else cells[row, column] for column in column_names)
            for row in row_names
        ),
        row_totals=tuple(by_row[row] for row in row_names),
        column_totals=tuple(by_column[column] for column in column_names),
        together=tuple(sorted(row for row, group in rows.items() if group == OTHERS)),
    )


def hidden_among(cells: Counts) -> frozenset[Cell]:
    """Cells to hide where all totals of rows and columns are shown: the small ones, and as many others as it takes for
    none of them to be worked out."""
    hidden = {cell for cell, count in cells.items() if count < AT_LEAST}
    while (found := next((one for one in sorted(hidden) if _is_determined(one, cells, hidden)), None)) is not None:
        hidden.add(_another(found, cells, hidden))
    return frozenset(hidden)


def _totals(counts: Counts, place: int) -> dict[str, int]:
    """By row (0) or by column (1)."""
    found: dict[str, int] = defaultdict(int)
    for cell, count in counts.items():
        found[cell[place]] += count
    return dict(found)


def _grouped(totals: Mapping[str, int]) -> dict[str, str] | None:
    """Each name and what it is shown under: itself, or with the others of few. None where they are too few all
    together. What does not occur is left out."""
    by_size = sorted((total, name) for name, total in totals.items() if total)
    together = [name for total, name in by_size if total < AT_LEAST]
    for _, name in by_size[len(together) :]:
        if not together or _enough(together, totals):
            break
        together.append(name)
    if not by_size or (together and not _enough(together, totals)):
        return None
    return {name: OTHERS if name in together else name for _, name in by_size}


def _enough(together: Collection[str], totals: Mapping[str, int]) -> bool:
    return len(together) > 1 and sum(totals[name] for name in together) >= AT_LEAST


def _regrouped(counts: Counts, rows: Mapping[str, str], columns: Mapping[str, str]) -> dict[Cell, int]:
    cells = {(row, column): 0 for row in rows.values() for column in columns.values()}
    for (row, column), count in counts.items():
        if count:
            cells[rows[row], columns[column]] += count
    return cells


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    """By name, the others last."""
    return tuple(sorted(set(names), key=lambda name: (name == OTHERS, name)))


def _is_determined(cell: Cell, cells: Counts, hidden: Collection[Cell]) -> bool:
    """Whether all that is shown leaves a hidden cell one value only.

    Its count may be another one if the hidden cells can be changed by one each, up and down in turns along rows and
    columns, and come back to it: sums stay. Counts below zero do not exist, so that only some can go down.
    """
    row, column = cell
    others = [one for one in hidden if one != cell]
    may_be_more = _leads(("column", column), ("row", row), others, cells)
    may_be_less = cells[cell] > 0 and _leads(("row", row), ("column", column), others, cells)
    return not (may_be_more or may_be_less)


_Node = tuple[str, str]


def _leads(start: _Node, end: _Node, hidden: Collection[Cell], cells: Counts) -> bool:
    """Whether one gets from a row or column to another: from a row by a cell that goes up, from a column by one that
    can go down."""
    seen, left = {start}, [start]
    while left:
        for node in _next(left.pop(), hidden, cells):
            if node == end:
                return True
            if node not in seen:
                seen.add(node)
                left.append(node)
    return False


def _next(node: _Node, hidden: Collection[Cell], cells: Counts) -> Iterator[_Node]:
    side, name = node
    if side == "row":
        return (("column", column) for row, column in hidden if row == name)
    return (("row", row) for row, column in hidden if column == name and cells[row, column] > 0)


def _another(cell: Cell, cells: Counts, hidden: Collection[Cell]) -> Cell:
    """One more cell to hide for that one's sake: a small one of its row or column, or else of the table."""
    shown = [(count, one) for one, count in cells.items() if one not in hidden]
    beside = [(count, one) for count, one in shown if one[0] == cell[0] or one[1] == cell[1]]
    return min(beside or shown)[1]

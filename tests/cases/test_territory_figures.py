"""Figures of a territory: no small count is shown, and none can be worked out from what is."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.territorial.figures import AT_LEAST, OTHERS, Table, publishable


def table(text: str) -> dict[tuple[str, str], int]:
    """Counts by row and column, as they are read: `a 12 3 / b 7 8`."""
    lines = [line.split() for line in text.split("/")]
    return {(row, f"c{place}"): int(count) for row, *counts in lines for place, count in enumerate(counts)}


# what is counted → what is shown: a dash is hidden, the totals of rows, those of columns
SHOWN = [
    ("nothing", "a 0 0", None),
    ("too few in all", "a 1 2", None),
    ("one place, too few", "a 4", None),
    ("all large enough", "a 12 8 / b 7 9", ["a: 12 8 = 20", "b: 7 9 = 16"]),
    ("one small count: three more hide it", "a 12 3 / b 7 9", ["a: - - = 15", "b: - - = 16"]),
    ("a small place goes with the next one", "a 12 9 / b 7 8 / c 1 1", ["a: 12 9 = 21", "*: 8 9 = 17"]),
    ("small places go together", "a 12 9 / b 2 2 / c 2 2", ["a: - - = 21", "*: - - = 8"]),
    ("what is rare goes with the next rare", "a 20 9 1 / b 20 8 1", ["a: 20 10 = 30", "b: 20 9 = 29"]),
    ("a place where nobody came is not there", "a 12 8 / b 0 0", ["a: 12 8 = 20"]),
]


def read(found: Table | None) -> list[str] | None:
    if found is None:
        return None
    return [
        f"{row or '*'}: {' '.join('-' if one is None else str(one) for one in cells)} = {total}"
        for row, cells, total in zip(found.rows, found.cells, found.row_totals, strict=True)
    ]


@pytest.mark.parametrize(("counted", "expected"), [row[1:] for row in SHOWN], ids=[row[0] for row in SHOWN])
def test_what_is_shown(counted: str, expected: list[str] | None) -> None:
    assert read(publishable(table(counted))) == expected


def fillings(shown: Table) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every table of counts that shows the same: what somebody works out who reads it with pen and paper."""
    rows = [list(_rows(cells, total)) for cells, total in zip(shown.cells, shown.row_totals, strict=True)]
    for found in product(*rows):
        if tuple(map(sum, zip(*found, strict=True))) == shown.column_totals:
            yield found


def _rows(cells: tuple[int | None, ...], total: int) -> Iterator[tuple[int, ...]]:
    hidden = [place for place, one in enumerate(cells) if one is None]
    left = total - sum(one or 0 for one in cells)
    for values in product(range(left + 1), repeat=len(hidden)):
        if sum(values) == left:
            by_place = dict(zip(hidden, values, strict=True))
            yield tuple(by_place.get(place, one or 0) for place, one in enumerate(cells))


counted = st.lists(st.lists(st.integers(0, 7), min_size=3, max_size=3), min_size=1, max_size=3).map(
    lambda rows: {(f"r{row}", f"c{place}"): one for row, counts in enumerate(rows) for place, one in enumerate(counts)}
)


@settings(max_examples=40, deadline=None)
@given(counted)
def test_no_hidden_count_can_be_worked_out(counts: dict[tuple[str, str], int]) -> None:
    shown = publishable(counts)
    if shown is None:
        return
    seen = [one for cells in shown.cells for one in cells if one is not None]
    assert min([*seen, *shown.row_totals, *shown.column_totals]) >= AT_LEAST
    assert shown.total == sum(counts.values())
    hidden = [(r, c) for r, cells in enumerate(shown.cells) for c, one in enumerate(cells) if one is None]
    possible: dict[tuple[int, int], set[int]] = {cell: set() for cell in hidden}
    for found in fillings(shown):
        for r, c in hidden:
            possible[r, c].add(found[r][c])
        if all(len(values) > 1 for values in possible.values()):
            return
    assert not hidden, f"only one value is possible somewhere: {possible}"


@settings(max_examples=40, deadline=None)
@given(counted)
def test_tables_of_the_same_people_put_the_same_places_together(counts: dict[tuple[str, str], int]) -> None:
    """Counted by something else, each place has the same total: what goes with what does not differ."""
    turned: dict[tuple[str, str], int] = {}
    for (row, column), count in counts.items():
        of_two = "d0" if column in ("c0", "c1") else "d1"
        turned[row, of_two] = turned.get((row, of_two), 0) + count
    one, other = publishable(counts), publishable(turned)
    if one is not None and other is not None:
        assert (one.together, one.row_totals) == (other.together, other.row_totals)
        assert (OTHERS in one.rows) == bool(one.together)

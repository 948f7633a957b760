"""Charts drawn by the server: text that any reader can have read, in the colours of the page. A table stands beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from babel.numbers import format_decimal

from chassis.web.translations import language

Bar = tuple[str, int | None]
"""What it is called, how many; None: not to be shown."""

WIDTH: Final = 320
_ROW: Final = 40
_LABEL, _BAR, _THICK = 14, 20, 12
_VALUE: Final = 56
"""Kept free for the number behind the longest bar."""
_LETTERS: Final = 44
"""Of a label, so that it fits its line; the table holds all of it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG that a template shows as it is: what is foreign in it is escaped already."""

    svg: str

    def __html__(self) -> str:
        return self.svg


def bars(name: str, title: str, description: str, shown: Sequence[Bar], hidden: str) -> Drawing:
    """An SVG image of bars one under the other, longest for the most, each with its number written behind it.

    `name` is unique on its page, `hidden` what is written where a count is not shown. Nothing is told by colour alone.
    """
    longest = max((count for _, count in shown if count is not None), default=0) or 1
    rows = "".join(_bar(place, bar, longest, hidden) for place, bar in enumerate(shown))
    return Drawing(
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {_ROW * len(shown)}"'
        f' aria-labelledby="{escape(name)}-title {escape(name)}-desc">'
        f'<title id="{escape(name)}-title">{escape(title)}</title>'
        f'<desc id="{escape(name)}-desc">{escape(description)}</desc>{rows}</svg>'
    )


def _bar(place: int, bar: Bar, longest: int, hidden: str) -> str:
    label, count = bar
    top = place * _ROW
    said = _text(0, top + _LABEL, _short(label))
    if count is None:
        return said + _text(0, top + _BAR + _THICK - 1, hidden)
    width = max(round((WIDTH - _VALUE) * count / longest, 1), 1)
    drawn = f'<rect class="chart__bar" x="0" y="{top + _BAR}" width="{width}" height="{_THICK}"/>'
    return said + drawn + _text(width + 6, top + _BAR + _THICK - 1, format_decimal(count, locale=language()))


def _text(x: float, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}">{escape(text)}</text>'


def _short(label: str) -> str:
    return label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1].rstrip()}…"

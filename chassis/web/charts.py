"""Charts drawn by the server: text that any reader can have read, in the colours of the page. A table stands beside."""

from collections.abc import Sequence
from typing import Final

from babel.numbers import format_decimal
from markupsafe import Markup

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


def bars(name: str, title: str, description: str, shown: Sequence[Bar], hidden: str) -> Markup:
    """An SVG image of bars one under the other, longest for the most, each with its number written behind it.

    `name` is unique on its page, `hidden` what is written where a count is not shown. Nothing is told by colour alone.
    """
    longest = max((count for _, count in shown if count is not None), default=0) or 1
    height = _ROW * len(shown)
    rows = Markup("").join(_bar(place, bar, longest, hidden) for place, bar in enumerate(shown))
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {width} {height}" aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>{rows}</svg>'
    ).format(width=WIDTH, height=height, name=name, title=title, description=description, rows=rows)


def _bar(place: int, bar: Bar, longest: int, hidden: str) -> Markup:
    label, count = bar
    top = place * _ROW
    width = round((WIDTH - _VALUE) * (count or 0) / longest, 1)
    drawn = Markup('<rect class="chart__bar" x="0" y="{y}" width="{width}" height="{thick}"/>').format(
        y=top + _BAR, width=max(width, 1), thick=_THICK
    )
    return Markup('<text x="0" y="{label_y}">{label}</text>{drawn}<text x="{x}" y="{value_y}">{value}</text>').format(
        label_y=top + _LABEL,
        label=_short(label),
        drawn=drawn if count is not None else Markup(""),
        x=width + 6 if count is not None else 0,
        value_y=top + _BAR + _THICK - 1,
        value=hidden if count is None else format_decimal(count, locale=language()),
    )


def _short(label: str) -> str:
    return label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1].rstrip()}…"

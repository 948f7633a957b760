"""A text line by line, as a form without scripts changes it."""

from collections.abc import Sequence
from typing import Any, Final

from chassis.web.translations import translate as _
from directory.agreements.model import Refused, Terms

PARTS: Final = ("parties", "axes", "actions", "amounts", "stated", "opens")
"""Parts of a text that are lists."""


def said(terms: Terms, **changes: Any) -> Terms:
    """The text with these parts replaced, checked as a whole. Raises pydantic's ValidationError."""
    return Terms.model_validate(terms.model_dump() | changes)


def added(terms: Terms, part: str, line: dict[str, Any]) -> Terms:
    """The text with one more line; an axis or an action takes the next number."""
    lines = _lines(terms, part)
    if part in ("axes", "actions"):
        line = {"number": max((one["number"] for one in lines), default=0) + 1} | line
    return said(terms, **{part: [*lines, line]})


def removed(terms: Terms, which: str) -> Terms:
    """The text without a line, named `parties:0`. Raises Refused when there is none."""
    part, _colon, index = which.partition(":")
    if part not in PARTS or not index.isdecimal() or int(index) >= len(lines := _lines(terms, part)):
        raise Refused(_("Cette ligne n'est plus dans le texte : choisissez-en une autre."))
    return said(terms, **{part: [*lines[: int(index)], *lines[int(index) + 1 :]]})


def _lines(terms: Terms, part: str) -> Sequence[dict[str, Any]]:
    lines: Sequence[dict[str, Any]] = terms.model_dump(include={part})[part]
    return lines

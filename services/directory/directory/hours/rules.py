"""The rules an expression of OpenStreetMap's `opening_hours` is made of."""

import re
from dataclasses import dataclass
from typing import Final

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OVERRIDES: Final = "; "
"""What follows replaces what was said before of the days it names."""
ADDS: Final = ", "
"""What follows is open too."""
OTHERWISE: Final = " || "
"""What follows holds where nothing before it does."""
_QUOTED_OR_BETWEEN = re.compile(
    r"""
    "[^"]*"
    | (?P<overrides> \s*;\s* )
    | (?P<otherwise> \s+\|\|\s+ )
    | (?P<adds> ,\s+ (?! \d\d?:\d ) )  # hours after a comma belong to the rule before it
    """,
    re.VERBOSE,
)
_SEPARATORS = {"overrides": OVERRIDES, "otherwise": OTHERWISE, "adds": ADDS}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as written, and how it joins those before it."""

    joined: str
    text: str


def rules(expression: str) -> list[Rule]:
    """The rules of an expression that can be read, in order."""
    found, joined, start = [], OVERRIDES, 0
    for between in _QUOTED_OR_BETWEEN.finditer(expression):
        if between.lastgroup:
            found.append(Rule(joined, expression[start : between.start()].strip()))
            joined, start = _SEPARATORS[between.lastgroup], between.end()
    return [*found, Rule(joined, expression[start:].strip())]


def expression_of(found: list[Rule]) -> str:
    """The rules as one expression; closed where there is none."""
    first, *others = found or [Rule(OVERRIDES, "off")]
    return first.text + "".join(rule.joined + rule.text for rule in others)

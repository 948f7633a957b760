"""Opening hours as people read them: the ordinary cases of the OpenStreetMap syntax, in French."""

import re
from typing import Final

DAYS: Final = {
    "Mo": "lundi", "Tu": "mardi", "We": "mercredi", "Th": "jeudi", "Fr": "vendredi", "Sa": "samedi", "Su": "dimanche",
}  # fmt: skip
WEEKS: Final = {"01-53/2": "semaines impaires", "02-52/2": "semaines paires", "02-53/2": "semaines paires"}
CLOSED: Final = {"PH off": "fermé les jours fériés", "SH off": "fermé pendant les vacances scolaires"}
_DAY = "|".join(DAYS)
_RULE = re.compile(
    rf"(?:week (?P<weeks>\S+) )?(?P<days>(?:{_DAY})(?:[-,](?:{_DAY}))*) (?P<hours>[\d:,-]+)",
)
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class _Unusual(Exception):
    """More than this module puts into words."""


def readable(text: str) -> str:
    """`text` in words, or as it is when it says more than the ordinary."""
    try:
        return " ; ".join(_rule(rule) for rule in re.split(r"\s*;\s*", text.strip().rstrip(";")))
    except _Unusual:
        return text


def _rule(rule: str) -> str:
    if rule in CLOSED:
        return CLOSED[rule]
    found = _RULE.fullmatch(rule)
    if found is None or (found["weeks"] and found["weeks"] not in WEEKS):
        raise _Unusual
    weeks = [WEEKS[found["weeks"]]] if found["weeks"] else []
    return ", ".join([_days(found["days"]), *weeks, _and([_span(span) for span in found["hours"].split(",")])])


def _days(days: str) -> str:
    if days == "Mo-Su":
        return "tous les jours"
    return _and([_range(part) for part in days.split(",")])


def _range(part: str) -> str:
    first, _, last = part.partition("-")
    if "-" in last:
        raise _Unusual
    return f"du {DAYS[first]} au {DAYS[last]}" if last else DAYS[first]


def _span(span: str) -> str:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise _Unusual
    return f"de {_time(found[1], found[2])} à {_time(found[3], found[4])}"


def _time(hour: str, minutes: str) -> str:
    """Written so that no line ends in the middle."""
    return f"{int(hour)}\u00a0h" + (f"\u00a0{minutes}" if minutes != "00" else "")


def _and(parts: list[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} et {last}" if first else last

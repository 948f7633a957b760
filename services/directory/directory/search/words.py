"""Why an offer answers, in French."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.web import dates
from chassis.web.translations import N_, translate
from directory.search.model import Reason

SAID: Final = ("named", "told", "maybe", "theme")
"""Reasons that are about what was said."""
_PLAIN: Final[Mapping[str, str]] = {
    "named": N_("répond à « {value} » dans son nom"),
    "told": N_("répond à « {value} » dans sa présentation"),
    "maybe": N_("peut répondre à « {value} »"),
    "theme": N_("répond à « {value} » par son thème"),
    "open_now": N_("ouvert maintenant"),
    "free": N_("gratuit"),
    "remote": N_("possible à distance"),
    "agreed": N_("sous convention"),
}


def in_words(reason: Reason, zone: ZoneInfo) -> str:
    """One reason, as a few words without a capital."""
    if reason.kind in _PLAIN:
        return translate(_PLAIN[reason.kind]).format(value=reason.value)
    return _COUNTED[reason.kind](reason.value, zone)


def _kilometres(value: float, _: ZoneInfo) -> str:
    if value < 1:
        return translate(N_("à moins de 1 km"))
    return translate(N_("à {count} km")).format(count=round(value))


def _opens_at(value: datetime, zone: ZoneInfo) -> str:
    at = value.astimezone(zone)
    clock = f"{at.hour}\u00a0h" + (f"\u00a0{at.minute:02}" if at.minute else "")
    day = dates.day(at.date(), "EEEE d MMMM")
    return translate(N_("ouvre {day} à {clock}")).format(day=day, clock=clock)


def _age(value: tuple[int | None, int | None], _: ZoneInfo) -> str:
    first, last = value
    if first is None:
        return translate(N_("jusqu'à {last} ans")).format(last=last)
    if last is None:
        return translate(N_("à partir de {first} ans")).format(first=first)
    return translate(N_("de {first} à {last} ans")).format(first=first, last=last)


def _places_left(value: int, _: ZoneInfo) -> str:
    return translate(N_("des places libres") if value else N_("complet pour l'instant"))


_COUNTED: Final[Mapping[str, Callable[[Any, ZoneInfo], str]]] = {
    "kilometres": _kilometres,
    "opens_at": _opens_at,
    "age": _age,
    "places_left": _places_left,
}

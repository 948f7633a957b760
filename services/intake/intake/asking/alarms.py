"""Whom to call at once, and which answers say so. The numbers are national, free, and answered by people."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chassis.web.translations import N_

NUMBERS: Final[Mapping[str, str]] = {
    "17": N_("police ou gendarmerie, jour et nuit"),
    "112": N_("toute urgence, jour et nuit"),
    "114": N_("toute urgence, par SMS, si vous ne pouvez pas parler"),
    "115": N_("un abri pour cette nuit"),
    "119": N_("un enfant en danger, jour et nuit ; l'appel n'apparaît pas sur les factures"),
    "3114": N_("idées de suicide, pour soi ou pour un proche, jour et nuit"),
    "3919": N_("violences faites aux femmes, jour et nuit ; l'appel n'apparaît pas sur les factures"),
    "3977": N_("personnes âgées ou handicapées maltraitées"),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """`label`: as it is ticked; `numbers`: the nearest first; `said`: what people write of it."""

    label: str
    numbers: tuple[str, ...]
    said: re.Pattern[str]


def _said(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b{word}" for word in words), re.IGNORECASE)


ALARMS: Final[Mapping[str, Alarm]] = {
    "now": Alarm(N_("Quelqu'un est en danger en ce moment"), ("17", "112", "114"), _said("en danger", "au secours")),
    "violence": Alarm(
        N_("Quelqu'un me fait du mal ou me fait peur"),
        ("3919", "17", "114"),
        _said("frapp", "violen", "viol(é|er|s)?\\b", "me (bat|tape|menace)",
              "peur de (lui|elle|mon|ma)\\b", "coups\\b"),
    ),
    "dark": Alarm(
        N_("Des idées noires, l'envie de mourir"),
        ("3114", "112"),
        _said("suicid", "envie de mourir", "(veux|voudrais|vais) mourir", "me tuer", "en finir", "idées? noires?"),
    ),
    "street": Alarm(
        N_("Nulle part où dormir ce soir"),
        ("115",),
        _said("(dors|dort|dormons|dormir) dehors", "à la rue\\b", "(nulle part|aucun endroit) où dormir",
              "(dors|dort|dormons|dormir) dans (la|ma|sa|notre) voiture"),
    ),
    "child": Alarm(
        N_("Un enfant est en danger"),
        ("119", "17"),
        _said("(frapp|bat|tap|viol|maltrait)\\w* (le|la|les|mon|ma|mes|son|sa|ses|leurs?|un|une|des) "
              "(enfant|fils|fille|bébé|petit)", "enfants? (maltrait|batt|en danger)"),
    ),
    "vulnerable": Alarm(
        N_("Une personne âgée ou handicapée est maltraitée"), ("3977", "17"), _said("maltrait")
    ),
}  # fmt: skip
_BY_THEME: Final = {"violence": "violence"}
"""Theme → what it says."""


def raised(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The alarms that the answers raise, in the order of the table: ticked, meant by a theme, or written of. A word too
    many shows a number too many, and no harm is done."""
    themes = {_BY_THEME.get(theme) for theme in fields.get("themes", ())}
    text = str(fields.get("summary", "")).replace("’", "'")
    said = {*fields.get("danger", ()), *themes}
    return tuple(code for code, alarm in ALARMS.items() if code in said or alarm.said.search(text))


def numbers(codes: Iterable[str]) -> list[str]:
    """Whom to call about all of those, each once."""
    return list(dict.fromkeys(number for code in codes for number in ALARMS[code].numbers))

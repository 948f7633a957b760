"""The pages services show each other's readers: the main menu, the same on every service's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu. `roles`: who sees it; none means everybody. `section`: what it folds into where the menu
    would be too long; none means that it never folds."""

    text: str
    path: str
    roles: tuple[str, ...] = ()
    section: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries shown under one heading; without a heading, each by itself."""

    heading: str
    entries: tuple[Entry, ...]


WELCOME: Final = "Accueil des demandes"
FOLLOWING: Final = "Suivi"
STEERING: Final = "Pilotage"
MESSAGES: Final = "Messages envoyés"
PARTNERS: Final = "Partenaires"
PUBLIC: Final = "Pages publiques"

MENU: Final = (
    Entry("Aujourd’hui", "/cases/today", ("social_worker", "coordinator", "manager")),
    Entry("À traiter", "/notifications/inbox", ("reception", "operator")),
    Entry("Téléphone et guichet", "/intake/desk", ("reception", "social_worker", "manager"), WELCOME),
    Entry("Demandes reçues", "/intake/requests", ("reception", "social_worker", "manager"), WELCOME),
    Entry("Dossiers", "/cases", ("social_worker", "coordinator", "manager"), FOLLOWING),
    Entry("Calendrier", "/cases/calendar", ("social_worker", "coordinator", "manager"), FOLLOWING),
    Entry("Équipe", "/cases/team", ("manager",), STEERING),
    Entry("Conférences territoriales", "/cases/territorial-conferences", ("manager",), STEERING),
    Entry("Chiffres", "/cases/steering", ("manager",), STEERING),
    Entry("Effacements", "/intake/erasures", ("manager",), STEERING),
    Entry("Exploitation", "/directory/operations", ("operator",)),
    Entry("Messages", "/notifications/messages", ("manager", "operator"), MESSAGES),
    Entry("Lettres", "/notifications/letters", ("manager", "operator"), MESSAGES),
    Entry("Logiciels des partenaires", "/notifications/webhooks", ("manager", "operator"), MESSAGES),
    Entry(
        "Qui peut aider ?",
        "/directory/search",
        ("reception", "social_worker", "coordinator", "manager", "operator"),
        PARTNERS,
    ),
    Entry("Structures", "/directory/", ("reception", "social_worker", "coordinator", "manager", "operator"), PARTNERS),
    Entry("Conventions", "/directory/agreements", ("manager", "operator"), PARTNERS),
    Entry("Agents", "/directory/agents", ("manager", "operator"), PARTNERS),
    Entry("Faire une demande", "/demande", (), PUBLIC),
    Entry("Suivre une demande", "/suivi", (), PUBLIC),
    Entry("Annuaire", "/annuaire", (), PUBLIC),
)
"""In the order shown: one's own work first."""


@dataclass(frozen=True, slots=True)
class Operated:
    """A service as those who run the platform call it; its part of their page is at `/<name>/operations`."""

    name: str
    text: str


SERVICES: Final = (
    Operated("intake", "Demandes"),
    Operated("cases", "Dossiers"),
    Operated("directory", "Annuaire"),
    Operated("notifications", "Messages"),
)

AT_FIRST_LEVEL: Final = 7
"""What a menu shows before anything of it is unfolded, at most, whatever single role its reader has."""


def folded(entries: Sequence[Entry]) -> list[Section]:
    """The menu of who sees these entries: the last sections fold, until what is left to read is short enough.

    A section of one entry is that entry: to unfold it would be one step for nothing.
    """
    found = [Section(heading, tuple(some)) for heading, some in groupby(entries, key=lambda one: one.section)]
    shown = [one for each in found for one in _apart(each)]
    for each in reversed([one for one in found if one.heading and len(one.entries) > 1]):
        if len(shown) <= AT_FIRST_LEVEL:
            break
        place = shown.index(_apart(each)[0])
        shown[place : place + len(each.entries)] = [each]
    return shown


def _apart(section: Section) -> list[Section]:
    return [Section("", (one,)) for one in section.entries]

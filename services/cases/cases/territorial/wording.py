"""Codes of a territory's conference in the words people read. Templates translate them with `_()`."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from babel.dates import format_date

from cases import words
from cases.territorial.figures import OTHERS, Table
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from contracts import communes
from contracts.themes import THEMES

COURSES: Final[Mapping[str, str]] = {
    "phases": N_("Une réunion par étape : concertation, puis restitution"),
    "sitting": N_("Une séance annuelle, avec initiatives et ateliers"),
}
PHASES: Final[Mapping[str, str]] = {
    "diagnosis": N_("Diagnostic"),
    "consultation": N_("Concertation"),
    "restitution": N_("Restitution"),
    "sitting": N_("Séance"),
    "ratified": N_("Plan ratifié et suivi"),
    "evaluated": N_("Plan évalué"),
    "stopped": N_("Arrêtée"),
}
FINDINGS: Final[Mapping[str, str]] = {
    "need": N_("Besoin"),
    "group": N_("Public en difficulté"),
    "risk": N_("Risque d'aggravation"),
    "means": N_("Moyens présents"),
}
LEVELS: Final[Mapping[str, str]] = {"communal": N_("Communale"), "intercommunal": N_("Intercommunale")}
ROUNDS: Final[Mapping[str, str]] = {
    "territorial_follow_up": N_("Suivi du plan"),
    "territorial_evaluation": N_("Évaluation annuelle"),
}
TABLES: Final[Mapping[str, str]] = {
    "month": N_("Demandes reçues, par mois"),
    "theme": N_("Sujets des demandes (une demande peut en avoir plusieurs)"),
    "channel": N_("Par où arrivent les demandes"),
    "delay": N_("Délai de la première réponse"),
    "promise": N_("Date de réponse promise"),
    "orientation": N_("Orientations vers une structure"),
}
_DELAYS: Final[Mapping[str, str]] = {
    "days_00": N_("le jour même"),
    "days_03": N_("en 1 à 3 jours ouvrés"),
    "days_10": N_("en 4 à 10 jours ouvrés"),
    "later": N_("plus de 10 jours ouvrés"),
    "unanswered": N_("pas encore"),
}
_PROMISES: Final[Mapping[str, str]] = {"kept": N_("non dépassée"), "missed": N_("dépassée")}
_ORIENTATIONS: Final[Mapping[str, str]] = {
    "answered": N_("avec réponse"),
    "waiting": N_("en attente"),
    "unanswered": N_("sans réponse"),
}


def _month(value: str) -> str:
    return format_date(date.fromisoformat(f"{value}-01"), "MMM y", locale="fr")


def _theme(value: str) -> str:
    return _(THEMES[value].label) if value in THEMES else _("sans sujet") if value == "none" else value


_COLUMNS: Final[Mapping[str, Callable[[str], str]]] = {
    "month": _month,
    "theme": _theme,
    "channel": lambda value: _(words.word(words.CHANNELS, value)),
    "delay": lambda value: _(_DELAYS[value]),
    "promise": lambda value: _(_PROMISES[value]),
    "orientation": lambda value: _(_ORIENTATIONS[value]),
}


def column(table: str, value: str) -> str:
    """The heading of a column of figures."""
    return _("autres") if value == OTHERS else _COLUMNS[table](value)


def commune(code: str) -> str:
    """What a commune is called; its code where it is not known."""
    found = communes.find(code)
    return found.name if found else code


def row(code: str) -> str:
    """The heading of a row of figures."""
    return _("Autres communes") if code == OTHERS else commune(code)


def headings(table: str, shown: Table) -> list[str]:
    """The headings of the columns of figures."""
    return [column(table, value) for value in shown.columns]

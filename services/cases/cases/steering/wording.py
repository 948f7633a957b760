"""What is published of a territory's month in the words people read."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from cases.steering.publishing import UNKNOWN
from cases.territorial import wording as territorial
from cases.territorial.figures import OTHERS, Table
from chassis.web import dates
from chassis.web.translations import N_
from chassis.web.translations import translate as _

TABLES: Final[Mapping[str, str]] = {
    "week": N_("Demandes reçues, par semaine"),
    "channel": N_("Par où arrivent les demandes"),
    "theme": N_("Sujets des demandes (une demande peut en avoir plusieurs)"),
    "delay": N_("Délai de la première réponse"),
    "promise": N_("Date de réponse promise"),
    "orientation": N_("Orientations vers une structure"),
    "conference": N_("Conférences familiales, par étape"),
    "follow_up": N_("Suivis de conférences à faire dans le mois"),
}
"""In the order shown."""
_PHASES: Final[Mapping[str, str]] = {
    "preparation": N_("préparation"),
    "scheduled": N_("réunion fixée"),
    "information_sharing": N_("réunion en cours : partage d’information"),
    "private_time": N_("réunion en cours : temps privé"),
    "acceptance": N_("réunion en cours : accord sur le plan"),
    "ratified": N_("plan ratifié"),
    "followed_up": N_("suivi fait"),
    "stopped": N_("arrêtée"),
}
_FOLLOW_UPS: Final[Mapping[str, str]] = {
    "done": N_("fait à temps"),
    "done_late": N_("fait en retard"),
    "late": N_("pas fait"),
}


def _week(value: str) -> str:
    if value == UNKNOWN:
        return _("semaine inconnue")
    monday = date.fromisoformat(f"{value}-1")
    return _("semaine du {day}").format(day=dates.day(monday))


_COLUMNS: Final[Mapping[str, Callable[[str], str]]] = {
    "week": _week,
    "conference": lambda value: _(_PHASES.get(value, value)),
    "follow_up": lambda value: _(_FOLLOW_UPS[value]),
}


def column(table: str, value: str) -> str:
    """The heading of a column, and the name of its bar."""
    if value != OTHERS and table in _COLUMNS:
        return _COLUMNS[table](value)
    return territorial.column(table, value)


commune = territorial.commune
row = territorial.row


def columns(name: str, table: Table) -> list[str]:
    """The headings of a table's columns, in its order."""
    return [column(name, value) for value in table.columns]

"""Words of actions, as people read them."""

from typing import Final

from chassis.web.translations import N_

KINDS: Final = {
    "workshop": N_("Atelier"),
    "forum": N_("Forum"),
    "film_debate": N_("Ciné-débat"),
    "outing": N_("Sortie"),
    "professional_meeting": N_("Rencontre trimestrielle de professionnels"),
    "training": N_("Formation commune"),
    "exchange": N_("Atelier d'échanges"),
    "practice_analysis": N_("Analyse de pratiques"),
    "immersion": N_("Immersion entre structures"),
    "other": N_("Autre action"),
}
AUDIENCES: Final = {
    "public": N_("Tout public"),
    "professionals": N_("Professionnels"),
    "agents": N_("Agents"),
}
STATES: Final = {
    "registered": N_("A une place"),
    "waiting": N_("En liste d'attente"),
    "cancelled": N_("Annulée"),
}
NEWS: Final = {
    "place": N_("À prévenir : une place s'est libérée"),
    "changed": N_("À prévenir : les dates ou le lieu ont changé"),
    "cancelled": N_("À prévenir : l'action est annulée"),
}

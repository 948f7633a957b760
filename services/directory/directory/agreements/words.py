"""Agreements in French words."""

from collections.abc import Mapping
from typing import Final

from chassis.web.translations import N_

KINDS: Final[Mapping[str, str]] = {
    "convention": N_("Convention"),
    "protocol": N_("Protocole"),
    "territory_contract": N_("Contrat de territoire"),
    "award": N_("Soutien accordé (appel à projets)"),
}
PHASES: Final[Mapping[str, str]] = {
    "draft": N_("en négociation"),
    "negotiated": N_("texte arrêté"),
    "approved": N_("approuvé, à signer"),
    "signed": N_("signé"),
    "in_force": N_("en vigueur"),
    "ended": N_("terminé"),
}
COLOURS: Final[Mapping[str, str]] = {
    "draft": "neutral",
    "negotiated": "info",
    "approved": "info",
    "signed": "info",
    "in_force": "success",
    "ended": "neutral",
}
"""Phase → kind of badge."""
REASONS: Final[Mapping[str, str]] = {
    "expired": N_("arrivé à son terme"),
    "denounced": N_("dénoncé"),
    "abandoned": N_("abandonné avant signature"),
}
RENEWALS: Final[Mapping[str, str]] = {
    "none": N_("aucune"),
    "explicit": N_("expresse, par décision des parties"),
    "tacit": N_("tacite, sauf dénonciation"),
}
PROGRESS: Final[Mapping[str, str]] = {
    "not_started": N_("pas commencée"),
    "under_way": N_("en cours"),
    "done": N_("réalisée"),
    "dropped": N_("abandonnée"),
}
OPENINGS: Final[Mapping[str, str]] = {
    "permanence": N_("permanence ouverte le temps de l'accord"),
    "places": N_("places réservées"),
}
PARTS: Final[Mapping[str, str]] = {
    "title": N_("titre"),
    "about": N_("objet"),
    "territory_ids": N_("territoires"),
    "starts_on": N_("début"),
    "ends_on": N_("fin"),
    "renewal": N_("reconduction"),
    "parties": N_("parties"),
    "axes": N_("axes"),
    "actions": N_("actions"),
    "amounts": N_("montants"),
    "stated": N_("totaux annoncés"),
    "opens": N_("ce qu'il ouvre"),
}
"""Parts of a text."""
CHANGES: Final[Mapping[str, str]] = {
    "drafted": N_("Négociation ouverte"),
    "written": N_("Texte modifié"),
    "amendment_written": N_("Avenant en préparation"),
    "negotiated": N_("Texte arrêté"),
    "reopened": N_("Négociation rouverte"),
    "approved": N_("Délibération"),
    "signed": N_("Signature"),
    "abandoned": N_("Accord abandonné"),
    "amended": N_("Avenant signé"),
    "renewed": N_("Reconduit par décision des parties"),
    "renewed_tacitly": N_("Reconduit tacitement"),
    "denounced": N_("Accord dénoncé"),
    "reviewed": N_("Bilan annuel"),
    "filed": N_("Document ajouté"),
    "unfiled": N_("Document retiré"),
    "in_force": N_("Entrée en vigueur"),
    "ending_six_months": N_("Alerte : fin dans six mois"),
    "ending_three_months": N_("Alerte : fin dans trois mois"),
    "ended": N_("Fin de l'accord"),
}
"""Lines of the journal."""

"""Quality in French."""

from typing import Any, Final

from chassis.web import phones
from chassis.web.translations import N_

FIELDS: Final = {
    "name": N_("Nom"),
    "description": N_("Description"),
    "phone": N_("Téléphone"),
    "email": N_("Adresse électronique"),
    "website": N_("Site internet"),
    "audience": N_("À qui elle s'adresse"),
    "conditions": N_("Conditions d'accès"),
    "fees_note": N_("Ce qu'elle coûte"),
    "retired": N_("N'existe plus"),
    "note": N_("Autre chose à corriger"),
}
"""What an organisation may say otherwise."""
KINDS: Final = {"organisation": N_("Structure"), "offer": N_("Offre")}
STANDINGS: Final = {
    "good": N_("Un lien est en cours de validité."),
    "expired": N_("Aucun lien n'est en cours de validité."),
    "revoked": N_("Le dernier lien a été révoqué."),
}


def said(field: str, value: Any) -> Any:
    """A value as people write it."""
    return phones.readable(value) if field == "phone" and value else value

"""What codes read as on pages. A code this release does not know is shown as it is."""

from collections.abc import Iterable, Mapping
from typing import Final

from chassis.web.translations import N_, translate
from contracts.references import readable
from contracts.themes import THEMES

__all__ = [
    "CHANNELS", "CONSENTS", "CONTACTS", "PARTS", "ROLES", "STATES", "URGENCIES", "label", "readable", "themes",
]  # fmt: skip

STATES: Final[Mapping[str, str]] = {
    "received": N_("Reçue"),
    "answered": N_("Réponse donnée"),
    "withdrawn": N_("Retirée"),
}
CHANNELS: Final[Mapping[str, str]] = {
    "desk": N_("Guichet"),
    "phone": N_("Téléphone"),
    "web": N_("Formulaire en ligne"),
    "post": N_("Courrier"),
    "email": N_("Courriel"),
    "outreach": N_("Dans la rue"),
    "partner": N_("Partenaire"),
}
URGENCIES: Final[Mapping[str, str]] = {
    "ordinary": N_("Ordinaire"),
    "soon": N_("À traiter vite"),
    "immediate": N_("Immédiate"),
}
ROLES: Final[Mapping[str, str]] = {
    "self": N_("La personne elle-même"),
    "relative": N_("Un membre de la famille"),
    "social_network": N_("Un proche, un ami, un voisin"),
    "social_service": N_("Un service social"),
    "school": N_("Une école, un établissement scolaire"),
    "other_partner": N_("Un autre partenaire"),
}
PARTS: Final[Mapping[str, str]] = {
    "self": N_("Personne concernée, qui demande pour elle-même"),
    "concerned": N_("Personne concernée"),
    "requester": N_("Qui demande"),
    "household": N_("Foyer"),
    "parental_authority": N_("Autorité parentale"),
}
CONTACTS: Final[Mapping[str, str]] = {
    "email": N_("Courriel"),
    "phone": N_("Téléphone"),
    "post": N_("Adresse postale"),
}
CONSENTS: Final[Mapping[str, str]] = {
    "programme": N_("pour ce dispositif"),
    "sharing": N_("pour partager des informations"),
    "messages": N_("pour recevoir des messages"),
}


def label(words: Mapping[str, str], code: str) -> str:
    """The word for a code."""
    return translate(words.get(code, code))


def themes(codes: Iterable[str]) -> str:
    """Themes as a list to read."""
    return ", ".join(THEMES[code].label if code in THEMES else code for code in codes)

"""What codes read as on pages. A code this release does not know is shown as it is."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chassis.web import translations
from chassis.web.translations import N_, translate
from contracts.references import readable
from contracts.themes import THEMES

__all__ = [
    "CHANNELS", "CONSENTS", "CONTACTS", "OWN_AGREEMENTS", "PARTS", "PROTECTIONS", "ROLES", "STATES", "URGENCIES",
    "WEEKDAYS", "hours", "label", "language_name", "languages", "readable", "themes",
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
PROTECTIONS: Final[Mapping[str, str]] = {
    "curatorship": N_("Curatelle"),
    "guardianship": N_("Tutelle"),
    "family_habilitation": N_("Habilitation familiale"),
    "safeguard_of_justice": N_("Sauvegarde de justice"),
}
OWN_AGREEMENTS: Final[Mapping[str, str]] = {
    "to_seek": N_("à rechercher"),
    "given": N_("la personne est d'accord"),
    "refused": N_("la personne n'est pas d'accord"),
    "cannot_say": N_("la personne ne peut pas se prononcer"),
}
WEEKDAYS: Final = (
    N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche"),
)  # fmt: skip


def hours(one: Mapping[str, Any]) -> str:
    """When somebody may be reached: « lundi, mardi, de 18:00 à 22:00 »."""
    days = ", ".join(translate(WEEKDAYS[day - 1]) for day in one["weekdays"])
    said = {"days": days, "opens": str(one["opens"])[:5], "closes": str(one["closes"])[:5]}
    return translate(N_("%(days)s, de %(opens)s à %(closes)s")) % said


def language_name(code: str) -> str:
    """What a language is called; its code when that is not known."""
    return translations.languages().get(code, code)


def languages() -> list[tuple[str, str]]:
    """Languages of two letters, by name."""
    named = translations.languages().items()
    return sorted(((code, name) for code, name in named if len(code) == 2), key=lambda one: one[1])


def label(words: Mapping[str, str], code: str) -> str:
    """The word for a code."""
    return translate(words.get(code, code))


def themes(codes: Iterable[str]) -> str:
    """Themes as a list to read."""
    return ", ".join(translate(THEMES[code].label) if code in THEMES else code for code in codes)

"""Differences with sources, in French."""

from typing import Any, Final

from chassis.web import phones
from chassis.web.translations import N_, translate
from directory.offers.reading import FIELDS, labels

_OF_OTHERS: Final = {
    "website": N_("Site internet"), "siret": N_("SIRET"), "networks": N_("Réseaux"), "address": N_("Adresse"),
    "address_more": N_("Complément d'adresse"), "postal_code": N_("Code postal"), "locality": N_("Ville"),
    "commune": N_("Commune"), "opening_hours": N_("Horaires"), "accessibility": N_("Accessibilité"),
}  # fmt: skip
"""Fields of organisations and sites that offers do not have."""
_IN_WORDS: Final = frozenset(
    {"themes", "kind", "publics", "fees", "reception", "mobilisation", "mobilised_by", "languages", "area"}
)


def title(field: str) -> str:
    """What people call a field."""
    return translate(FIELDS.get(field) or _OF_OTHERS.get(field, field))


def said(field: str, value: Any) -> str:
    """A value as people write it."""
    if value is None or value in ([], {}, ""):
        return "–"
    if field == "phone":
        return phones.readable(value)
    if isinstance(value, list) and not all(isinstance(one, str) for one in value):
        return str(value)
    if field in _IN_WORDS:
        return labels(field, tuple(value) if isinstance(value, list) else str(value))
    return ", ".join(value) if isinstance(value, list) else str(value)

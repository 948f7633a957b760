"""The national quality score of an offer: data·inclusion's own criteria (`data_inclusion.schema.v1.score_qualite`),
on our model. Tests hold both to the same result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from chassis.web.translations import N_
from contracts.events import OfferPublished

_RECENT: Final = 180
_OLD: Final = 730
"""Days: the standard's six months and two years."""
_UNDATED_SOURCES: Final = frozenset({"agefiph", "france-travail"})


@dataclass(frozen=True, slots=True)
class Seen:
    """An offer, the address of its first place, and the day it is looked at."""

    offer: OfferPublished
    address: str | None
    today: date


@dataclass(frozen=True, slots=True)
class Score:
    """From 0 to 1, to the hundredth. `criteria`: name in the standard → from 0 to 1, None where it does not apply."""

    value: float
    criteria: Mapping[str, float | None]

    @property
    def lacking(self) -> list[str]:
        """Criteria that would raise it, those that would most first."""
        found = [(value, name) for name, value in self.criteria.items() if value is not None and value < 1]
        return [name for _, name in sorted(found, key=lambda one: one[0])]


def score(offer: OfferPublished, address: str | None, today: date) -> Score:
    """The score of an offer, on a day."""
    seen = Seen(offer, address, today)
    found = {name: criterion(seen) for name, criterion in _CRITERIA.items()}
    applied = [round(value, 2) for value in found.values() if value is not None]
    return Score(round(sum(applied) / len(applied), 2), found)


def _said(value: object) -> float:
    return 1.0 if value else 0.0


def _address(seen: Seen) -> float | None:
    asked = "en-presentiel" in seen.offer.reception or "se-presenter" in seen.offer.mobilisation
    return _said(seen.address) if asked else None


def _phone(seen: Seen) -> float | None:
    return _said(seen.offer.phone) if "telephoner" in seen.offer.mobilisation else None


def _email(seen: Seen) -> float | None:
    return _said(seen.offer.email) if "envoyer-un-courriel" in seen.offer.mobilisation else None


def _mobilisation(seen: Seen) -> float:
    return (_said(seen.offer.mobilisation) + _said(seen.offer.mobilised_by)) / 2


def _contact(seen: Seen) -> float:
    return _said(seen.offer.email or seen.offer.mobilisation_link or seen.offer.phone)


def _recent(seen: Seen) -> float | None:
    """Exactly six months count for nothing, as in the standard's own computation."""
    if seen.offer.source in _UNDATED_SOURCES:
        return None
    if seen.offer.updated_on is None:
        return 0.0
    age = abs((seen.today - seen.offer.updated_on).days)
    if age < _RECENT:
        return 1.0
    return (_OLD - age) / (_OLD - _RECENT) if _RECENT < age < _OLD else 0.0


def _fees(seen: Seen) -> float:
    return {"gratuit": 1.0, "payant": 1.0 if seen.offer.fees_note else 0.5}.get(seen.offer.fees or "", 0.0)


def _description(seen: Seen) -> float:
    length = len(seen.offer.description or "")
    if length < 50:
        return 0.0
    return 1.0 if 200 <= length < 2000 else 0.5


_CRITERIA: Final[Mapping[str, Callable[[Seen], float | None]]] = {
    "adresse_bien_definie": _address,
    "modes_mobilisation_bien_definis": _mobilisation,
    "au_moins_un_public": lambda seen: _said(seen.offer.publics),
    "au_moins_une_thematique": lambda seen: _said(seen.offer.themes),
    "au_moins_un_moyen_de_contact": _contact,
    "courriel_bien_defini": _email,
    "date_maj_recente": _recent,
    "frais_bien_definis": _fees,
    "description_bien_definie": _description,
    "telephone_bien_defini": _phone,
}

RAISES: Final[Mapping[str, str]] = {
    "adresse_bien_definie": N_("Dire l'adresse du lieu : l'offre se fait sur place."),
    "modes_mobilisation_bien_definis": N_("Dire comment on y accède, et qui peut en faire la demande."),
    "au_moins_un_public": N_("Dire à quels publics elle s'adresse."),
    "au_moins_une_thematique": N_("Dire au moins une thématique."),
    "au_moins_un_moyen_de_contact": N_("Donner un téléphone, une adresse électronique ou un lien."),
    "courriel_bien_defini": N_("Donner l'adresse électronique : on y accède en écrivant."),
    "date_maj_recente": N_("La relire : sa dernière mise à jour a plus de six mois."),
    "frais_bien_definis": N_("Dire si elle est gratuite ; si elle est payante, dire ce qu'elle coûte."),
    "description_bien_definie": N_("La décrire en 200 à 2 000 caractères."),
    "telephone_bien_defini": N_("Donner le téléphone : on y accède en appelant."),
}
"""What would raise each criterion, in words."""

"""What organisations, sites and offers may say of themselves: values of the national standard (data·inclusion's schema,
version 1) with their French labels, ours where it has none, and the words people look for offers with."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Annotated, Final

from babel import Locale
from pydantic import AfterValidator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts import communes, groupings
from contracts.events.partners import LegalAccess
from contracts.themes import THEMATIQUES, THEMES, answers
from directory.networks import NETWORKS

KINDS: Final[Mapping[str, str]] = {
    "accompagnement": N_("Accompagnement"),
    "aide-financiere": N_("Aide financière"),
    "aide-materielle": N_("Aide matérielle"),
    "atelier": N_("Atelier"),
    "formation": N_("Formation"),
    "information": N_("Information"),
}
EVERYBODY: Final = "tous-publics"
PUBLICS: Final[Mapping[str, str]] = {
    EVERYBODY: N_("Tous publics"),
    "actifs": N_("Actifs"),
    "beneficiaires-des-minimas-sociaux": N_("Bénéficiaires des minimas sociaux"),
    "demandeurs-emploi": N_("Demandeurs d'emploi"),
    "etudiants": N_("Étudiants"),
    "familles": N_("Familles"),
    "femmes": N_("Femmes"),
    "jeunes": N_("Jeunes"),
    "personnes-en-situation-de-handicap": N_("Personnes en situation de handicap"),
    "personnes-en-situation-durgence": N_("Personnes en situation d'urgence"),
    "personnes-en-situation-juridique-specifique": N_("Personnes en situation juridique spécifique"),
    "personnes-exilees": N_("Personnes exilées"),
    "residents-qpv-frr": N_("Habitants d'un quartier prioritaire (QPV) ou d'une zone rurale (FRR)"),
    "seniors": N_("Séniors"),
}
FEES: Final[Mapping[str, str]] = {"gratuit": N_("Gratuit"), "payant": N_("Payant")}
RECEPTION: Final[Mapping[str, str]] = {"en-presentiel": N_("Sur place"), "a-distance": N_("À distance")}
MOBILISATION: Final[Mapping[str, str]] = {
    "telephoner": N_("Téléphoner"),
    "se-presenter": N_("Se présenter"),
    "envoyer-un-courriel": N_("Envoyer un courriel"),
    "utiliser-lien-mobilisation": N_("Utiliser le lien en ligne"),
}
MOBILISED_BY: Final[Mapping[str, str]] = {
    "usagers": N_("La personne elle-même"),
    "professionnels": N_("Un professionnel"),
}
ACCESSIBILITY: Final[Mapping[str, str]] = {
    "wheelchair": N_("Accessible en fauteuil roulant"),
    "lift": N_("Ascenseur"),
    "accessible_toilets": N_("Toilettes adaptées"),
    "hearing_loop": N_("Boucle magnétique"),
    "sign_language": N_("Langue des signes"),
    "easy_to_read": N_("Documents faciles à lire (FALC)"),
    "reserved_parking": N_("Place de stationnement réservée"),
}
LEGAL_PROFESSIONS: Final[Mapping[str, str]] = {
    "lawyer": N_("Avocat"),
    "notary": N_("Notaire"),
    "commissaire_de_justice": N_("Commissaire de justice"),
    "conciliator": N_("Conciliateur de justice"),
    "mediator": N_("Médiateur"),
    "defender_of_rights": N_("Délégué du Défenseur des droits"),
    "legal_adviser": N_("Juriste"),
    "association": N_("Association d'accès au droit"),
}
LEGAL_SUBJECTS: Final[Mapping[str, str]] = {
    "family": N_("Couple, séparation, enfants"),
    "inheritance": N_("Successions, donations"),
    "housing": N_("Logement, loyers, expulsions"),
    "neighbours": N_("Voisinage, copropriété"),
    "property": N_("Achat, vente, travaux"),
    "work": N_("Travail, licenciement"),
    "consumption": N_("Consommation, litiges avec un commerçant"),
    "debts": N_("Dettes, saisies, surendettement"),
    "social_rights": N_("Prestations, droits sociaux"),
    "administrations": N_("Litiges avec une administration"),
    "foreigners": N_("Séjour, asile, nationalité"),
    "civil_status": N_("État civil, papiers"),
    "protection": N_("Tutelle, curatelle, mandat de protection"),
    "young_people": N_("Droits des enfants et des jeunes"),
    "discrimination": N_("Discriminations"),
    "victims": N_("Victimes, violences"),
    "criminal": N_("Plainte, procès pénal"),
    "procedure": N_("Aide juridictionnelle, démarches au tribunal"),
}
"""What legal advice is about. Advice that names none is about anything."""
SIGNED: Final = "lsf"


@cache
def languages() -> Mapping[str, str]:
    """ISO 639-1 codes, and `lsf`, to their French names; French and sign language first."""
    names = Locale("fr").languages
    two = {code: names[code] for code in sorted(names, key=lambda code: str(names[code])) if len(code) == 2}
    return {"fr": two.pop("fr"), SIGNED: "langue des signes française", **two}


def _one_of(known: Callable[[], Collection[str]], sentence: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known():
            raise FieldError(sentence)
        return value

    return AfterValidator(check)


_STANDARD: Final = N_("Cette valeur n'est pas dans la liste de data·inclusion.")
Thematique = Annotated[
    str, _one_of(lambda: THEMATIQUES, N_("Cette thématique n'est pas dans la liste de data·inclusion."))
]
Kind = Annotated[str, _one_of(lambda: KINDS, _STANDARD)]
Public = Annotated[str, _one_of(lambda: PUBLICS, _STANDARD)]
Fees = Annotated[str, _one_of(lambda: FEES, _STANDARD)]
Reception = Annotated[str, _one_of(lambda: RECEPTION, _STANDARD)]
Mobilisation = Annotated[str, _one_of(lambda: MOBILISATION, _STANDARD)]
Mobiliser = Annotated[str, _one_of(lambda: MOBILISED_BY, _STANDARD)]
Network = Annotated[str, _one_of(lambda: NETWORKS, _STANDARD)]
Accessibility = Annotated[str, _one_of(lambda: ACCESSIBILITY, N_("Choisissez parmi les aménagements de la liste."))]
LegalProfession = Annotated[str, _one_of(lambda: LEGAL_PROFESSIONS, N_("Choisissez parmi les métiers de la liste."))]
LegalSubject = Annotated[str, _one_of(lambda: LEGAL_SUBJECTS, N_("Choisissez parmi les sujets de la liste."))]
Language = Annotated[
    str, _one_of(languages, N_("Indiquez la langue par son code de deux lettres, par exemple « ar », ou « lsf »."))
]


def _area(code: str) -> str:
    if area_name(code) is None:
        raise FieldError(
            N_("Indiquez le code d'une commune (INSEE), d'un département, d'une intercommunalité, ou « france ».")
        )
    return code


Area = Annotated[str, AfterValidator(_area)]
"""Where people are served: a commune, a département, an EPCI, or `france`."""


def area_name(code: str) -> str | None:
    """How an area is called; None where there is none of that code."""
    if code == communes.FRANCE:
        return N_("toute la France")
    if resolved := communes.resolve(code):
        return resolved.commune.name
    named = groupings.epci(code) or groupings.department(code)
    return named.name if named else None


_ANSWERING: Final = {name: answers([name]) for name in THEMES}


def words(thematiques: Collection[str], legal: LegalAccess | None = None) -> str:
    """Labels of the thématiques, of the themes of first contact they answer (`dettes` finds a budget offer), and of who
    gives legal advice and on what."""
    themes = (THEMES[name].label for name, answering in _ANSWERING.items() if not answering.isdisjoint(thematiques))
    law = [LEGAL_PROFESSIONS.get(legal.profession), *map(LEGAL_SUBJECTS.get, legal.subjects)] if legal else []
    known = (THEMATIQUES[value] for value in thematiques if value in THEMATIQUES)
    return ", ".join([*known, *themes, *filter(None, law)])

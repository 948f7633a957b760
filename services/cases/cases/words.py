"""Codes of dossiers in the words people read. Templates translate them with `_()`."""

from collections.abc import Mapping
from typing import Final

from chassis.web.translations import N_

ENTRIES: Final[Mapping[str, str]] = {
    "request_received": N_("Demande reçue"),
    "request_withdrawn": N_("Demande retirée"),
    "promise_missed": N_("Date de réponse promise dépassée"),
    "note": N_("Note"),
    "agent_assigned": N_("Une personne est chargée du dossier"),
    "agent_released": N_("Une personne n'est plus chargée du dossier"),
    "legal_duty_begins": N_("Une obligation légale court dans ce dossier"),
    "legal_duty_ends": N_("L'obligation légale est levée"),
    "conference_opened": N_("Préparation d'une conférence familiale"),
    "independence_declared": N_("Indépendance déclarée"),
    "question_asked": N_("Question posée"),
    "guest_invited": N_("Personne invitée"),
    "guest_uninvited": N_("Invitation retirée"),
    "safety_checked": N_("Sécurité d'un invité vérifiée"),
    "condition_stated": N_("Condition non négociable énoncée"),
    "meeting_scheduled": N_("Réunion fixée"),
    "meeting_information_sharing": N_("Début de la réunion : partage de l'information"),
    "meeting_private_time": N_("Début du temps privé de la famille"),
    "meeting_acceptance": N_("Fin du temps privé : le plan est discuté"),
    "conference_ratified": N_("Plan ratifié"),
    "conference_stopped": N_("La réunion n'aura pas lieu"),
    "follow_up_contacts": N_("Contacts de suivi"),
    "follow_up_recorded": N_("Suivi du plan enregistré"),
    "case_closed": N_("Dossier clos"),
}
"""What happened, by kind of entry."""
STAGES: Final[Mapping[str, str]] = {
    "early": N_("Le suivi du plan approche"),
    "due": N_("Suivi du plan à faire"),
    "overdue": N_("Le suivi du plan est en retard"),
}
"""How far a follow-up has fallen due."""

ROLES: Final[Mapping[str, str]] = {
    "concerned": N_("personne concernée"),
    "requester": N_("auteur ou autrice de la demande"),
    "household": N_("membre du foyer"),
    "relative": N_("famille"),
    "social_network": N_("entourage"),
    "professional": N_("professionnel ou professionnelle"),
}
STATUSES: Final[Mapping[str, str]] = {"open": N_("Ouvert"), "closed": N_("Clos")}
SAFETY: Final[Mapping[str, str]] = {
    "unchecked": N_("à vérifier"),
    "safe": N_("vérifiée"),
    "refused": N_("non assurée"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    "carried_out": N_("réalisée"),
    "partly_carried_out": N_("réalisée en partie"),
    "not_carried_out": N_("non réalisée"),
    "unknown": N_("on ne sait pas"),
}
CHANNELS: Final[Mapping[str, str]] = {
    "desk": N_("accueil physique"),
    "phone": N_("téléphone"),
    "web": N_("formulaire en ligne"),
    "post": N_("courrier"),
    "email": N_("courriel"),
    "outreach": N_("médiation de rue"),
    "partner": N_("partenaire"),
}
URGENCIES: Final[Mapping[str, str]] = {
    "ordinary": N_("ordinaire"),
    "soon": N_("à traiter vite"),
    "immediate": N_("immédiate"),
}
CLOSE_REASONS: Final[Mapping[str, str]] = {
    "answered": N_("réponse donnée"),
    "completed": N_("accompagnement terminé"),
    "moved": N_("déménagement"),
    "no_news": N_("sans nouvelles"),
    "deceased": N_("décès"),
    "withdrawn": N_("demande retirée"),
    "merged": N_("réuni à un autre dossier"),
}
STOPS: Final[Mapping[str, str]] = {
    "consent_withdrawn": N_("la personne concernée n'est plus d'accord"),
    "unsafe": N_("la sécurité n'est pas assurée"),
    "other": N_("autre raison"),
}


def entry(kind: str, stage: str | None) -> str:
    """The title of an entry; `stage` of one that fell due."""
    return word(ENTRIES if stage is None else STAGES, stage or kind)


def word(words: Mapping[str, str], code: str) -> str:
    """The words of a code; one added after this release shows as it is."""
    return words.get(code, code)

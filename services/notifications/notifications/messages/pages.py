"""The page of messages: which left, which did not, and why."""

from collections.abc import Mapping, Sequence

from fastapi import Request
from starlette.responses import Response

from chassis.web.pages import render
from chassis.web.translations import N_, translate
from notifications.messages.model import Reason, State, left_behind
from notifications.messages.outlook import Fate

STATES: Mapping[str, tuple[str, str]] = {
    State.PLANNED: (N_("À envoyer"), "info"),
    State.WAITING: (N_("En attente"), "neutral"),
    State.HELD: (N_("À vérifier"), "warning"),
    State.SENDING: (N_("Envoi en cours"), "info"),
    State.SENT: (N_("Envoyé"), "success"),
    State.DELIVERED: (N_("Arrivé"), "success"),
    State.BOUNCED: (N_("Non remis"), "danger"),
    State.RETURNED: (N_("Revenu"), "danger"),
    State.FAILED: (N_("Échec"), "danger"),
    State.SUPPRESSED: (N_("Non envoyé"), "neutral"),
}
"""State → what is read, and the kind of badge."""

CHANNELS: Mapping[str, str] = {
    "email": N_("Courriel"),
    "sms": N_("SMS"),
    "letter": N_("Lettre"),
}

REASONS: Mapping[str, str] = {
    Reason.UNKNOWN_RECIPIENT: N_("Le destinataire n’est pas encore connu ici."),
    Reason.NO_KEY: N_("Son adresse ne peut pas encore être lue."),
    Reason.UNKNOWN_CASE: N_("La demande n’est pas encore connue ici."),
    Reason.RESTORED: N_("Peut-être déjà envoyé avant une restauration."),
    Reason.NO_SAFE_CONTACT: N_("Pas de moyen sûr d’écrire à la personne."),
    Reason.NOT_SET_UP: N_("Ce moyen d’envoi n’est pas en place ici."),
    Reason.RETRIED: N_("Quelqu’un l’a fait réessayer."),
    Reason.UNWANTED: N_("La personne ne veut pas être jointe par ce moyen."),
    Reason.DECLINED: N_("La personne ne veut plus de messages."),
    Reason.ERASED: N_("Les données de la personne ont été effacées."),
    Reason.OVERTAKEN: N_("Devenu sans objet avant l’envoi."),
    Reason.RETIRED: N_("L’agent n’est plus en fonction."),
    Reason.DISCARDED: N_("Écarté : déjà envoyé avant une restauration."),
    Reason.UNREADABLE: N_("L’adresse enregistrée n’est pas utilisable."),
    Reason.NO_MOBILE: N_("Ce numéro ne reçoit pas de SMS."),
    Reason.OUTSIDE_HOURS: N_("Il partira aux heures où la personne peut être jointe."),
    Reason.NEXT_BATCH: N_("Le courrier partira avec les autres lettres du jour."),
    Reason.NO_POSTAL_NAME: N_("Pas de nom à écrire sur une enveloppe."),
    Reason.ADDRESS_INCOMPLETE: N_("L’adresse postale n’est pas complète."),
    Reason.ADDRESS_TOO_LONG: N_("L’adresse postale dépasse six lignes de 38 caractères."),
    Reason.ADDRESS_UNPRINTABLE: N_("L’adresse postale a des caractères qui ne peuvent pas être imprimés."),
    Reason.ADDRESS_RETURNED: N_("Un courrier est déjà revenu de cette adresse."),
    Reason.TOO_LATE: N_("Le service d’envoi n’a pas répondu à temps."),
    Reason.NO_CONNECTION: N_("Le service d’envoi ne répond pas."),
    Reason.NOT_PREPARED: N_("Le message n’a pas pu être préparé. Prévenez l’exploitation."),
    "sms_unknown_number": N_("Ce numéro n’existe pas."),
    "sms_unreachable": N_("Le téléphone n’a pas pu être joint."),
    "sms_blocked": N_("L’opérateur bloque les SMS vers ce numéro."),
    "sms_opted_out": N_("La personne a répondu STOP."),
    "sms_bad_content": N_("L’opérateur a refusé le contenu du SMS."),
    "sms_expired": N_("Le téléphone est resté éteint trop longtemps."),
    "dsn_5.1.1": N_("Cette adresse de courriel n’existe pas."),
    "dsn_5.2.1": N_("Cette adresse de courriel est fermée."),
    "dsn_5.2.2": N_("La boîte de courriel est pleine."),
    "http_bad_answer": N_("La réponse de la passerelle de SMS n’a pas été comprise."),
    "apprise_no": N_("Le service de SMS n’a pas accepté le message, sans dire pourquoi."),
}
RULES: Mapping[str, str] = {
    "acknowledgement": N_("Accusé de réception"),
    "plan-ratified": N_("Suites d’une réunion"),
    "follow-up-shared": N_("Ce que le groupe partage du suivi"),
    "follow-up-reminder": N_("Rappel de suivi"),
    "follow-up-escalation": N_("Suivi en retard, à l’encadrement"),
    "deadline-reminder": N_("Rappel d’échéance"),
    "meeting-scheduled": N_("Jour d’une réunion"),
    "meeting-called-off": N_("Réunion annulée"),
    "orientation-link": N_("Orientation à répondre"),
    "orientation-code": N_("Code pour répondre"),
    "orientation-reminder": N_("Orientation sans réponse"),
    "orientation-answer": N_("Réponse à une orientation"),
    "orientation-expired": N_("Orientation restée sans réponse"),
    "own-action": N_("Rappel d’une action promise"),
    "registration-told": N_("Changement d’une inscription"),
    "request-answered": N_("Réponse à une demande"),
    "orientation-news": N_("Nouvelle d’une orientation"),
    "appointment-booked": N_("Rendez-vous pris"),
    "appointment-moved": N_("Rendez-vous déplacé"),
    "appointment-cancelled": N_("Rendez-vous annulé"),
    "agreement-ending": N_("Convention qui se termine"),
    "confirmation-asked": N_("Annuaire à confirmer"),
    "webhook-disabled": N_("Logiciel d’un partenaire arrêté"),
    "daily-digest": N_("Résumé du matin"),
}
RECIPIENTS: Mapping[str, str] = {
    "requester": N_("Demandeur"),
    "member": N_("Participant"),
    "agent": N_("Agent"),
    "person": N_("Personne concernée"),
    "organisation": N_("Structure"),
}


def messages(request: Request, fates: Sequence[Fate], state: State | None, following: str | None) -> Response:
    """The list, newest first."""
    return render(
        request,
        "notifications/messages.html",
        fates=fates,
        state=state,
        following=following,
        states=STATES,
        choices=[(name, translate(text)) for name, (text, _) in STATES.items()],
        reason_of=reason_of,
        way_of=way_of,
        rules=RULES,
        recipients=RECIPIENTS,
    )


def way_of(fate: Fate) -> Sequence[tuple[str, str]]:
    """The channels it took, in their order, each with why it was left behind; none is said of the present one. An
    empty name: there it began anew."""
    left = [(_named(step.channel), reason_of(step.reason)) for step in fate.steps]
    present = [] if fate.channel in left_behind(fate.steps) else [(_named(fate.channel), "")]
    return [*left, *present]


def _named(channel: str | None) -> str:
    known = CHANNELS.get(channel or "")
    return translate(known) if known else channel or ""


def reason_of(reason: str | None) -> str:
    """Why it stands where it stands, in French; empty when there is nothing to say."""
    if reason is None:
        return ""
    if reason in REASONS:
        return translate(REASONS[reason])
    return translate(N_("Réponse du service d’envoi : {code}")).format(code=reason.rpartition("_")[2])

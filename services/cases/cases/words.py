"""Codes of dossiers in the words people read. Templates translate them with `_()`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from chassis.web.translations import N_
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as ngettext

ENTRIES: Final[Mapping[str, str]] = {
    "request_received": N_("Demande reçue"),
    "request_withdrawn": N_("Demande retirée"),
    "request_answered": N_("Réponse donnée à la demande"),
    "promise_missed": N_("Date de réponse promise dépassée"),
    "message_not_delivered": N_("Un message n'a pas pu être remis"),
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
    "guest_described": N_("Place d'un invité auprès de la personne concernée"),
    "safety_checked": N_("Sécurité d'un invité vérifiée"),
    "coordinator_declined": N_("La personne qui coordonnait a décliné"),
    "coordinator_objected": N_("La famille s'oppose à la personne qui coordonnait"),
    "violence_recorded": N_("Violences ou ordonnance de protection enregistrées"),
    "violence_lifted": N_("Violences ou ordonnance de protection levées"),
    "other_parent_may_be_contacted": N_("Décision : l'autre parent peut être contacté"),
    "other_parent_not_contacted": N_("Décision : l'autre parent n'est pas contacté"),
    "condition_stated": N_("Condition non négociable énoncée"),
    "meeting_scheduled": N_("Réunion fixée"),
    "meeting_information_sharing": N_("Début de la réunion : partage de l'information"),
    "meeting_private_time": N_("Début du temps privé de la famille"),
    "meeting_acceptance": N_("Fin du temps privé : le plan est discuté"),
    "conference_ratified": N_("Plan ratifié"),
    "conference_stopped": N_("La réunion n'aura pas lieu"),
    "conference_excluded": N_("Conférence impossible : une orientation reste à proposer"),
    "plan_action_early": N_("L'échéance d'une action du plan approche"),
    "plan_action_due": N_("Action du plan à réaliser"),
    "plan_action_settled": N_("Suite donnée à une action du plan"),
    "plan_action_moved": N_("Nouvelle date pour une action du plan"),
    "follow_up_contacts": N_("Contacts de suivi"),
    "follow_up_recorded": N_("Suivi du plan enregistré"),
    "plan_link": N_("Un lien pour lire le plan est donné"),
    "follow_up_shared": N_("Ce que le groupe partage du suivi"),
    "follow_up_not_shared": N_("Le groupe ne partage plus rien du suivi"),
    "orientation_proposed": N_("Orientation proposée"),
    "orientation_under_study": N_("Orientation à l'étude"),
    "orientation_accepted": N_("Orientation acceptée"),
    "orientation_refused": N_("Orientation refusée"),
    "orientation_withdrawn": N_("Orientation retirée"),
    "orientation_reminder": N_("Pas de réponse : structure relancée"),
    "orientation_escalation": N_("Toujours pas de réponse : responsable de la structure prévenu"),
    "orientation_expired": N_("Orientation restée sans réponse"),
    "orientation_instead": N_("Autre offre à proposer"),
    "orientation_link_sent": N_("Nouveau lien de réponse envoyé à la structure"),
    "orientation_link_revoked": N_("Lien de réponse révoqué"),
    "sharing_overridden": N_("Partage décidé sans accord enregistré"),
    "sharing_withdrawn": N_("Accord de partage retiré : la structure ne lit plus rien de la personne"),
    "measure_opened": N_("Demande de MASP instruite"),
    "measure_evaluated": N_("Évaluation sociale écrite"),
    "measure_agreed": N_("Accord de la personne pour la MASP"),
    "measure_agreement_withdrawn": N_("La personne retire son accord pour la MASP"),
    "measure_documents": N_("Documents de la demande de MASP"),
    "measure_sent": N_("Demande de MASP transmise à la Maison départementale"),
    "measure_granted": N_("MASP accordée par le département"),
    "measure_refused": N_("MASP refusée par le département"),
    "measure_delegated": N_("MASP confiée à une structure"),
    "measure_taken_back": N_("MASP reprise par le département"),
    "measure_signed": N_("Contrat de MASP signé"),
    "measure_renewed": N_("Contrat de MASP renouvelé"),
    "measure_amended": N_("Avenant au contrat de MASP"),
    "measure_interrupted": N_("MASP suspendue"),
    "measure_resumed": N_("MASP reprise"),
    "measure_visited": N_("Visite à domicile"),
    "measure_visit_missed": N_("Visite à domicile manquée"),
    "measure_failed": N_("Échec de la MASP"),
    "measure_report_due": N_("Rapport au procureur à faire : la santé ou la sécurité reste compromise"),
    "measure_report_not_due": N_("Rapport au procureur sans objet : le danger a cessé"),
    "measure_report_sent": N_("Rapport envoyé au procureur"),
    "measure_judge_asked": N_("Juge saisi pour le versement direct du loyer"),
    "measure_judge_dismissed": N_("Le juge n'ordonne pas le versement direct du loyer"),
    "measure_ordered": N_("Le juge ordonne le versement direct du loyer"),
    "measure_ended": N_("Fin de la MASP"),
    "measure_entry": N_("Écriture au compte géré"),
    "measure_entry_reversed": N_("Écriture annulée au compte géré"),
    "measure_end_early": N_("La fin de la MASP approche"),
    "measure_end_due": N_("La MASP arrive à sa fin"),
    "measure_end_overdue": N_("La fin de la MASP est passée"),
    "measure_ceiling_early": N_("La durée maximale de la MASP approche"),
    "measure_ceiling_due": N_("La durée maximale de la MASP est atteinte"),
    "measure_ceiling_overdue": N_("La durée maximale de la MASP est dépassée"),
    "appointment_proposed": N_("Rendez-vous proposé"),
    "appointment_booked": N_("Rendez-vous pris"),
    "appointment_moved": N_("Rendez-vous déplacé"),
    "appointment_kept": N_("Rendez-vous tenu"),
    "appointment_missed": N_("Rendez-vous manqué"),
    "appointment_cancelled": N_("Rendez-vous annulé"),
    "appointment_arranged": N_("Interprète ou aide réservés pour un rendez-vous"),
    "appointment_early": N_("Rappel d'un rendez-vous"),
    "appointment_clash": N_("Rendez-vous pris en ligne alors que l'agent est déjà pris : à régler"),
    "case_closed": N_("Dossier clos"),
    "case_joined": N_("Un autre dossier de la même personne continue dans celui-ci"),
    "case_separated": N_("Le dossier réuni à celui-ci en est de nouveau séparé"),
    "closing_summary": N_("Bilan à la clôture"),
    "case_reopened": N_("Dossier rouvert"),
    "reopening_reason": N_("Raison de la réouverture"),
    "task_set": N_("Tâche à faire"),
    "task_moved": N_("Tâche reportée ou confiée à une autre personne"),
    "task_done": N_("Tâche faite"),
    "task_cancelled": N_("Tâche annulée"),
    "task_early": N_("Une tâche arrive à échéance"),
    "task_due": N_("Tâche à faire aujourd'hui"),
    "task_overdue": N_("Tâche en retard"),
    "action_set": N_("Action ajoutée au plan partagé"),
    "action_moved": N_("Action du plan reportée, ou vérifiée par une autre personne"),
    "action_done": N_("Action du plan réalisée"),
    "action_cancelled": N_("Action du plan abandonnée"),
    "action_early": N_("Une action du plan arrive à échéance"),
    "action_due": N_("Action du plan à vérifier"),
    "action_overdue": N_("Action du plan en retard"),
    "step_done": N_("Étape faite"),
    "step_corrected": N_("Étape corrigée"),
    "step_set_aside": N_("Étape mise de côté"),
    "step_taken_back": N_("Étape annulée : elle reste à faire"),
    "deadline_early": N_("Une échéance approche"),
    "deadline_due": N_("Échéance arrivée"),
    "deadline_overdue": N_("Échéance dépassée"),
    "dossier_shared": N_("Dossier partagé avec une structure"),
    "share_ended": N_("Fin du partage avec une structure"),
    "transfer_decided": N_("Transfert du dossier décidé"),
    "case_transferred": N_("Dossier transféré"),
    "person_added": N_("Personne ajoutée au dossier"),
    "person_removed": N_("Personne retirée du dossier"),
    "own_agreement": N_("Accord de la personne protégée recherché"),
    "document_added": N_("Document ajouté"),
    "document_received": N_("Document envoyé par la personne"),
    "document_deleted": N_("Document supprimé"),
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
    "no_longer_relevant": N_("sans objet désormais"),
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
ORIENTATIONS: Final[Mapping[str, str]] = {
    "proposed": N_("en attente de réponse"),
    "under_study": N_("à l'étude"),
    "accepted": N_("acceptée"),
    "refused": N_("refusée"),
    "expired": N_("sans réponse"),
    "withdrawn": N_("retirée"),
}
ANSWERS: Final[Mapping[str, str]] = {
    "accepted": N_("Oui, nous accueillons cette personne"),
    "under_study": N_("Nous étudions la demande"),
    "refused": N_("Non"),
}
"""What an organisation may answer to an orientation."""
REFUSALS: Final[Mapping[str, str]] = {
    "full": N_("plus de place"),
    "not_our_public": N_("public que nous n'accueillons pas"),
    "out_of_area": N_("hors de notre secteur"),
    "missing_documents": N_("documents manquants"),
    "person_unreachable": N_("personne injoignable"),
    "person_declined": N_("la personne ne le souhaite pas"),
    "other": N_("autre raison"),
}
"""Why an organisation refuses an orientation."""
MEASURE_FAILURES: Final[Mapping[str, str]] = {
    "refusal": N_("la personne refuse le contrat"),
    "breach": N_("le contrat n'est pas respecté"),
    "unsuccessful": N_("l'accompagnement n'a pas suffi"),
}
MEASURE_ENDS: Final[Mapping[str, str]] = {
    **MEASURE_FAILURES,
    "completed": N_("accompagnement terminé"),
    "not_eligible": N_("conditions non remplies"),
    "moved": N_("déménagement"),
    "deceased": N_("décès"),
    "protection": N_("mesure judiciaire (MAJ) ou autre protection"),
}
MEASURE_LEVELS: Final[Mapping[str, str]] = {
    "1": N_("1 : accompagnement"),
    "2": N_("2 : accompagnement et gestion des prestations"),
}
MEASURE_ENTRIES: Final[Mapping[str, str]] = {
    "benefit_received": N_("prestation reçue"),
    "rent_paid": N_("loyer payé"),
    "charges_paid": N_("charges payées"),
    "paid_to_person": N_("versé à la personne"),
    "other_paid": N_("autre paiement"),
    "other_received": N_("autre recette"),
}
MEASURE_DUE: Final[Mapping[str, str]] = {
    "measure_end": N_("Fin du contrat ou de la décision du juge"),
    "measure_ceiling": N_("Durée maximale prévue par la loi"),
}
APPOINTMENTS: Final[Mapping[str, str]] = {
    "proposed": N_("proposé"),
    "booked": N_("pris"),
    "kept": N_("tenu"),
    "missed": N_("manqué"),
    "cancelled": N_("annulé"),
}
PLACES: Final[Mapping[str, str]] = {
    "office": N_("sur place"),
    "phone": N_("par téléphone"),
    "home": N_("à domicile"),
    "video": N_("en visioconférence"),
}
PARTIES: Final[Mapping[str, str]] = {
    "person": N_("par la personne"),
    "service": N_("par le service"),
}
"""Whose doing it is that an appointment was moved, missed or cancelled."""
HELPS: Final[Mapping[str, str]] = {
    "interpreter": N_("Interprète"),
    "sign_language": N_("Interprète en langue des signes"),
}
PROTECTIONS: Final[Mapping[str, str]] = {
    "curatorship": N_("Curatelle"),
    "guardianship": N_("Tutelle"),
    "family_habilitation": N_("Habilitation familiale"),
    "safeguard_of_justice": N_("Sauvegarde de justice"),
}
_WEEKDAYS: Final = (
    N_("lundi"),
    N_("mardi"),
    N_("mercredi"),
    N_("jeudi"),
    N_("vendredi"),
    N_("samedi"),
    N_("dimanche"),
)
OWN_AGREEMENTS: Final[Mapping[str, str]] = {
    "to_seek": N_("à rechercher"),
    "given": N_("la personne est d'accord"),
    "refused": N_("la personne n'est pas d'accord"),
    "cannot_say": N_("la personne ne peut pas se prononcer"),
}
"""What a protected adult says themself."""
TASKS: Final[Mapping[str, str]] = {
    "open": N_("à faire"),
    "done": N_("fait"),
    "cancelled": N_("annulé"),
}
STEPS: Final[Mapping[str, str]] = {
    "to_do": N_("à faire"),
    "done": N_("fait"),
    "set_aside": N_("mis de côté"),
}
SHARED: Final[Mapping[str, str]] = {
    "people": N_("les personnes, par leur nom"),
    "notes": N_("les notes partagées entre travailleurs sociaux"),
    "plan": N_("le plan partagé"),
    "documents": N_("les documents partagés entre travailleurs sociaux"),
    "referent": N_("tout le dossier, pour un référent de la structure"),
    "transfer": N_("tout le dossier, repris par la structure"),
}
"""What another organisation may read."""
LEGAL_GROUNDS: Final[Mapping[str, str]] = {
    "child_protection": N_("protection d'un enfant (CASF, L226-2-2)"),
    "vital_danger": N_("danger pour la vie ou la santé (Code pénal, 223-6 et 226-14)"),
    "court": N_("demande d'un juge ou du procureur"),
    "legal_duty": N_("autre texte, cité dans la raison"),
}
"""On what ground something is shared without a recorded agreement."""
DECLINES: Final[Mapping[str, str]] = {
    "tie": N_("un lien avec une personne du dossier"),
    "workload": N_("pas assez de temps"),
    "other": N_("autre raison"),
}
"""Why a coordinator declines."""
STOPS: Final[Mapping[str, str]] = {
    "consent_withdrawn": N_("la personne concernée n'est plus d'accord"),
    "unsafe": N_("la sécurité n'est pas assurée"),
    "other": N_("autre raison"),
}


def entry(kind: str, stage: str | None) -> str:
    """The title of an entry; `stage` of one that fell due."""
    return word(ENTRIES if stage is None else STAGES, stage or kind)


def answered_within(working_days: int, *, late: bool) -> str:
    """How long an answer took, and whether that was later than promised."""
    said = _("le jour même") if working_days == 0 else _("en {days} jour(s) ouvré(s)").format(days=working_days)
    return _("{said}, après la date promise").format(said=said) if late else said


def local_moment(at: datetime) -> str:
    """A moment by the clock on the wall, with its day of the week: people check a date by it."""
    return _("{weekday} {day} à {time}").format(
        weekday=_(_WEEKDAYS[at.weekday()]), day=f"{at:%d/%m/%Y}", time=f"{at:%H:%M}"
    )


def appointment(details: Mapping[str, str]) -> str:
    """An entry about an appointment: when, where, and whose doing it was."""
    at = local_moment(datetime.fromisoformat(details["appointment"]))
    parts = [at, _(word(PLACES, details["place"]))]
    return ", ".join([*parts, _(word(PARTIES, details["by"]))] if "by" in details else parts)


def measure(details: Mapping[str, str | int]) -> str:
    """An entry about a measure: the day, the level and the end agreed, and why."""
    days = [f"{date.fromisoformat(str(details['on'])):%d/%m/%Y}"] if "on" in details else []
    if "until" in details:
        until = f"{date.fromisoformat(str(details['until'])):%d/%m/%Y}"
        days.append(_("niveau %(level)s, jusqu'au %(until)s") % {"level": details.get("level", 3), "until": until})
    why = [_(word(MEASURE_ENDS, str(details[name]))) for name in ("how", "why") if name in details]
    return ", ".join([*days, *why])


def length(months: int, days: int) -> str:
    """Time in months and days, without what is nought of it."""
    said = ngettext("{count} jour", "{count} jours", days).format(count=days)
    if not months:
        return said
    whole = _("{count} mois").format(count=months)
    return _("{months} et {days}").format(months=whole, days=said) if days else whole


def deadline(details: Mapping[str, Any]) -> str:
    """An entry about a deadline of the programme's own: which one."""
    name: str = details["deadline"]
    return _(name)


def step(details: Mapping[str, Any]) -> str:
    """An entry about a step: which one, its day, and what was recorded with it."""
    name = details["step"]
    return ", ".join((_(name), f"{date.fromisoformat(details['day']):%d/%m/%Y}", *details["said"]))


def word(words: Mapping[str, str], code: str) -> str:
    """The words of a code; one added after this release shows as it is."""
    return words.get(code, code)

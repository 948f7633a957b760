"""The report as people read it in a terminal."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from deploy.demo.arrivals import Arrived
from deploy.demo.department import ZONE
from deploy.demo.report import Journey, Message, Report, Step, Story

CHANNELS = {"desk": "guichet", "phone": "téléphone", "web": "web", "partner": "partenaire"}
PROGRAMMES = {
    "first-contact": "premier accueil",
    "family-conference": "conférence familiale",
    "family-conference-demo": "conférence familiale (démo)",
    "first-contact-demo": "premier accueil (démo)",
    "masp": "MASP",
}
RULES = {
    "acknowledgement": "accusé",
    "own-action": "rappel de ce qui est promis",
    "request-answered": "réponse à la demande",
    "registration-told": "changement d'une inscription",
    "plan-ratified": "plan ratifié",
    "follow-up-shared": "ce que le groupe partage",
    "follow-up-reminder": "rappel du suivi",
    "follow-up-escalation": "suivi en retard, à l'encadrement",
    "orientation-link": "lien à la structure",
    "confirmation-asked": "fiche à confirmer",
    "orientation-code": "code à la structure",
    "orientation-reminder": "relance",
    "orientation-expired": "sans réponse",
    "orientation-answer": "réponse à l'agent",
    "orientation-news": "réponse à la personne",
    "appointment-booked": "rendez-vous pris",
    "appointment-moved": "rendez-vous déplacé",
    "appointment-cancelled": "rendez-vous annulé",
    "deadline-reminder": "échéance proche",
    "meeting-scheduled": "réunion fixée ou déplacée",
    "meeting-called-off": "réunion qui n'aura pas lieu",
    "agreement-ending": "fin de convention",
    "daily-digest": "récapitulatif du jour",
    "webhook-disabled": "appels arrêtés",
}
STATES = {
    "sent": "parti",
    "delivered": "arrivé",
    "suppressed": "retenu",
    "failed": "échoué",
    "held": "en attente de l'exploitation",
    "waiting": "attend son destinataire",
    "planned": "prêt",
    "sending": "part",
}
LEFT = {"sent", "delivered"}
ARRIVED = {
    "email": "courriel, à qui demande",
    "sms": "SMS, à qui n'a qu'un téléphone",
    "letter": "lettre, à qui n'a ni l'un ni l'autre",
    "escalation": "courriel à l'encadrement : un suivi est en retard",
}
BY = {"sms": " par SMS", "letter": " par lettre"}
REASONS = {"no_safe_contact": "pas d'adresse sûre", "overtaken": "devenu inutile", "declined": "refusé par la personne"}
EVENTS = {
    "RequestSubmitted": "demande",
    "PersonRecorded": "personne",
    "PersonIntroduced": "invité",
    "PersonKeyIssued": "clé",
    "ConsentGiven": "accord",
    "CaseOpened": "dossier",
    "ConferenceScheduled": "réunion",
    "ConferenceRatified": "plan",
    "FollowUpDue": "échéance",
    "FollowUpRecorded": "suivi",
    "RequestAnswered": "réponse",
    "MeasureSigned": "contrat de MASP",
    "AppointmentBooked": "rendez-vous pris",
    "AppointmentMoved": "rendez-vous déplacé",
    "AppointmentKept": "rendez-vous tenu",
    "OrientationProposed": "orientation",
    "OrientationLinkIssued": "lien de réponse",
    "OrientationExpired": "orientation expirée",
    "OrientationCodeAsked": "code demandé",
    "OrientationAnswered": "réponse à l'orientation",
    "ConcernRaised": "préoccupation, scellée",
    "OrganisationPublished": "structure publiée",
    "SitePublished": "lieu publié",
    "OfferPublished": "offre publiée",
    "AgreementSigned": "convention signée",
    "AgreementInForce": "en vigueur",
    "MessageDelivered": "message",
    "MessageFailed": "message échoué",
}
STEPS = {
    "CaseOpened": "dossier ouvert",
    "ConferenceScheduled": "réunion fixée",
    "ConferenceRatified": "plan ratifié",
    "FollowUpDue": "suivi à faire",
    "FollowUpRecorded": "suivi enregistré",
}
STAGES = {"early": "bientôt", "due": "à l'échéance", "overdue": "en retard"}
TITLES = {
    "measure": "Une MASP, de la demande au premier mois du contrat",
    "appointment": "Un rendez-vous proposé, pris, déplacé, tenu",
    "orientation": "Une orientation à laquelle personne ne répond",
    "answered": "Une orientation à laquelle une structure répond, sans compte",
    "concern": "Une préoccupation pour un enfant",
    "import": "Un fichier national pris dans l'annuaire",
    "permanence": "Une permanence des semaines impaires, cherchée à 14 h",
    "convention": "Une convention de trois ans, signée",
    "territory": "La conférence d'un territoire, ratifiée",
}
DONE = {
    "measure_opened": "demande instruite",
    "measure_evaluated": "évaluation sociale",
    "measure_agreed": "accord de la personne",
    "measure_documents": "pièces reçues",
    "measure_sent": "dossier transmis",
    "measure_granted": "accordée",
    "measure_delegated": "confiée à une association",
    "measure_signed": "contrat signé",
    "measure_entry": "écriture au compte",
    "appointment_proposed": "proposé",
    "appointment_booked": "pris",
    "appointment_moved": "déplacé",
    "appointment_kept": "tenu",
    "orientation_proposed": "proposée",
    "orientation_reminder": "structure relancée",
    "orientation_escalation": "responsable prévenu",
    "orientation_expired": "délai passé",
    "orientation_instead": "autre offre trouvée",
    "orientation_accepted": "acceptée, par le lien et le code",
    "concern_raised": "transmise à la cellule par une professionnelle",
}
ACCOUNTS = {
    "benefits": "prestations",
    "rent": "loyer",
    "charges": "charges",
    "person": "remis à la personne",
    "held": "reste",
}
ALERTS = {
    ("measure_end", "early"): "fin proche",
    ("measure_end", "due"): "fin",
    ("measure_ceiling", "early"): "maximum légal proche",
    ("measure_ceiling", "due"): "maximum légal",
}
ORIENTED = {"expired": "sans réponse", "accepted": "acceptée", "proposed": "attend une réponse"}
COUNTED = {
    "created": ("nouvelle", "nouvelles"),
    "changed": ("changée", "changées"),
    "unchanged": ("inchangée", "inchangées"),
    "remarked": ("avec une remarque", "avec une remarque"),
    "set_aside": ("mise de côté", "mises de côté"),
}
"""One, and several."""
DUES = {"territorial_follow_up": "point", "territorial_evaluation": "évaluation"}
DECISIONS = {"waiting": "en attente", "replayed": "rejouée", "discarded": "écartée"}


def show(console: Console, report: Report) -> None:
    """Print everything: each request, the conference, what was led further, what partners did, the letters of one, a
    message of each kind, the sums."""
    console.print(journeys(report.journeys))
    if report.conference:
        console.print(conference(report.conference))
    if report.stories:
        console.print(stories(report.stories))
    if report.network:
        console.print(network(report.network))
    if report.letters:
        console.print(letters(report))
    if report.arrived:
        console.print(arrived(report.arrived))
    console.print(sums(report))


def journeys(those: Iterable[Journey]) -> Table:
    """Who asked by which channel, what came of it, and after how long."""
    table = Table(title="La journée, demande par demande", title_justify="left", box=box.SIMPLE_HEAD)
    table.caption, table.caption_justify = DELAYS, "left"
    titles = {"Quand, où": 4, "Qui demande quoi": 7, "Dossier": 4, "Événements": 5, "Messages": 5, "Délais": 4}
    for title, share in titles.items():
        table.add_column(title, ratio=share, overflow="fold")
    for one in those:
        table.add_row(*_row(one))
    return table


DELAYS = "Délais en ms : réponse à qui demande ; puis, depuis la demande, Kafka, dossier ouvert, mail reçu."


def _row(one: Journey) -> tuple[str, ...]:
    asked, delays = one.asked, one.delays
    measured = (asked.answered_ms, delays.told, delays.opened, delays.mailed)
    return (
        f"{asked.hour} {CHANNELS[asked.channel]}, {asked.place}",
        asked.situation + (" (brouillon repris par un collègue)" if asked.resumed else ""),
        f"{_dossier(one)} {_programme(one)}",
        _counted({EVENTS.get(name, name): count for name, count in one.events.items()}),
        _counted(Counter(map(_message, one.messages))) or "aucun",
        " · ".join(map(_milliseconds, measured)),
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in counts.items())


def _programme(one: Journey) -> str:
    name = PROGRAMMES.get(one.programme or "", one.programme or "?")
    return f"{name} (pas possible : {PROGRAMMES.get(one.declined, one.declined)})" if one.declined else name


def _dossier(one: Journey) -> str:
    return one.reference or "?" if len(one.dossiers) == 1 else f"{len(one.dossiers)} dossiers !"


def _message(message: Message) -> str:
    rule = RULES.get(message.rule, message.rule) + (BY.get(message.channel, "") if message.state in LEFT else "")
    said = f"{rule} {STATES.get(message.state, message.state)}"
    return f"{said} ({REASONS.get(message.reason, message.reason)})" if message.reason else said


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def conference(steps: Iterable[Step]) -> Table:
    """The conference led to its end."""
    table = Table(title="Une conférence familiale, de la demande au suivi", title_justify="left")
    table.add_column("Étape")
    table.add_column("Précision")
    table.add_column("Après (s)", justify="right")
    for step in steps:
        table.add_row(STEPS[step.event], STAGES.get(step.detail, step.detail), f"{step.seconds:.1f}")
    return table


def stories(those: Iterable[Story]) -> Table:
    """What was led further than its request: what was done, which events flowed, what state it reached."""
    table = Table(title="Situations menées plus loin", title_justify="left", show_lines=True)
    for title, share in {"Situation": 3, "Ce qui s'est passé": 5, "Événements": 4, "Messages": 4, "État": 6}.items():
        table.add_column(title, ratio=share, overflow="fold")
    for one in those:
        table.add_row(
            f"{TITLES[one.kind]} {one.reference or ''}".rstrip(),
            _counted(Counter(DONE.get(kind, kind) for kind in one.done)),
            _counted({EVENTS.get(name, name): count for name, count in one.events.items()}),
            _counted(Counter(map(_message, one.messages))) or "aucun",
            "\n".join(REACHED[one.kind](one.facts)),
        )
    return table


def network(those: Iterable[Story]) -> Table:
    """What partners did together: which events flowed, what state it reached."""
    table = Table(title="Partenaires et territoires", title_justify="left", show_lines=True)
    for title, share in {"Quoi": 3, "Événements": 4, "État": 9}.items():
        table.add_column(title, ratio=share, overflow="fold")
    for one in those:
        flowed = _counted({EVENTS.get(name, name): count for name, count in one.events.items()})
        table.add_row(TITLES[one.kind], flowed or "aucun", "\n".join(REACHED[one.kind](one.facts)))
    return table


def _measure(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"contrat jusqu'au {_day(facts['ends_on'])}"
    alerts = [one for one in facts["alerts"] if (one["kind"], one["stage"]) in ALERTS]
    yield "alertes : " + ", ".join(f"{ALERTS[one['kind'], one['stage']]} {_day(one['on'])}" for one in alerts)
    accounts = facts["accounts"]
    sums = ", ".join(f"{label} {_euros(abs(accounts.get(name, 0)))}" for name, label in ACCOUNTS.items())
    yield f"compte {'équilibré' if sum(accounts.values()) == 0 else 'FAUX'} : {sums}"


def _appointment(facts: Mapping[str, Any]) -> Iterator[str]:
    yield {"kept": "tenu", "booked": "pris"}.get(facts["status"], facts["status"])
    if facts["status"] == "booked":
        yield f"pour {_hour(facts['starts_at'])} : qui reçoit est pris jusque-là par une journée jouée juste avant"
    revisions = ", ".join(map(str, facts["sequences"]))
    yield f"calendrier de l'agent : {len(facts['uids'])} événement, révisions {revisions}"
    yield f"titre : « {', '.join(facts['titles'])} »"


def _orientation(facts: Mapping[str, Any]) -> Iterator[str]:
    for one in facts["orientations"]:
        state = f"{one['organisation']} : {ORIENTED.get(one['state'], one['state'])}"
        yield f"{state} ; à proposer : {one['instead']}" if one["instead"] else state


def _concern(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "lue par la cellule" if facts["read_by_the_cell"] else "PAS lue par la cellule"
    yield f"{facts['accounts']} autres comptes, {facts['answers']} réponses : {facts['found'] or 'aucune'} trace"
    yield "listes et nombres inchangés" if facts["unchanged"] else "listes CHANGÉES entre-temps"


def _import(facts: Mapping[str, Any]) -> Iterator[str]:
    for kind, label in (("structure", "structures"), ("service", "offres")):
        counts = facts["counts"][kind]
        known = [(counts[name], COUNTED[name]) for name in COUNTED if counts.get(name)]
        yield f"{label} : " + ", ".join(f"{count} {words[count > 1]}" for count, words in known)
    yield from (f"mise de côté : {' '.join(remarks)}" for remarks in facts["set_aside"])
    yield "une offre du fichier se trouve par la recherche" if facts["found"] else "offre INTROUVABLE"


def _permanence(facts: Mapping[str, Any]) -> Iterator[str]:
    for one in facts["looked_for"]:
        yield f"mercredi {_day(one['on'])}, semaine {one['week']} : {'trouvée' if one['found'] else 'fermée, absente'}"


def _convention(facts: Mapping[str, Any]) -> Iterator[str]:
    state = "en vigueur" if facts["phase"] == "in_force" else facts["phase"]
    yield f"{facts['approvals']} délibérations, {facts['signatures']} signatures ; {state}"
    yield ", ".join(f"{year} : {_euros(cents)}" for year, cents in facts["by_year"].items())
    yield f"fin annoncée les {' et '.join(map(_day, facts['warned']))}"


def _territory(facts: Mapping[str, Any]) -> Iterator[str]:
    ratified = "ratifié" if facts["phase"] == "ratified" else facts["phase"]
    yield f"plan de {facts['actions']} actions, {ratified} par {facts['partners']} structures"
    yield ", ".join(f"{DUES[kind]} le {_day(on)}" for kind, on in facts["due"].items() if kind in DUES)
    yield f"contrat en projet, repris du plan : {facts['contract']['actions']} actions"


REACHED: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "measure": _measure,
    "appointment": _appointment,
    "orientation": _orientation,
    "answered": _orientation,
    "concern": _concern,
    "import": _import,
    "permanence": _permanence,
    "convention": _convention,
    "territory": _territory,
}


def _euros(cents: int) -> str:
    return f"{cents // 100:_},{cents % 100:02} €".replace("_", " ")


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H h %M}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def letters(report: Report) -> Table:
    """What intake set aside of the partner's letters, in the order they came."""
    table = Table("Dossier du partenaire", "Pourquoi", "Décision", "Motif", "À")
    table.title, table.title_justify = "Lettres du partenaire mises de côté", "left"
    for letter in report.letters:
        decided = f"{letter.decided_at.astimezone():%H:%M:%S}" if letter.decided_at else ""
        reference = letter.key.rpartition(":")[2]
        table.add_row(reference, letter.reason, DECISIONS[letter.state], letter.decision_reason or "", decided)
    return table


def arrived(those: Iterable[Arrived]) -> Table:
    """A message of each kind, as whoever it was for reads it."""
    table = Table(title="Un message de chaque sorte, tel qu'il arrive", title_justify="left", show_lines=True)
    for title, share in {"Par où, à qui": 3, "Ce qui est écrit": 6, "À ouvrir": 6}.items():
        table.add_column(title, ratio=share, overflow="fold")
    for one in those:
        table.add_row(ARRIVED[one.kind], one.said, str(one.file))
    return table


def sums(report: Report) -> Table:
    """The events that flowed, the messages, and typical delays."""
    table = Table("Événement", "Nombre", title="En tout", title_justify="left")
    for name, count in sorted(report.events.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(name, str(count))
    table.add_section()
    for (rule, state), count in sorted(report.messages.items()):
        table.add_row(f"{RULES.get(rule, rule)} : {STATES.get(state, state)}", str(count))
    table.add_section()
    delays: Mapping[str, str] = {"told": "demande → Kafka", "opened": "demande → dossier", "mailed": "demande → mail"}
    for delay, label in delays.items():
        table.add_row(f"{label} (médiane, ms)", _milliseconds(report.typical(delay)))
    return table

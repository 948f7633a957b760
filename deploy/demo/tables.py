"""The report as people read it in a terminal."""

from collections import Counter
from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from deploy.demo.report import Journey, Message, Report, Step

CHANNELS = {"desk": "guichet", "phone": "téléphone", "web": "web", "partner": "partenaire"}
PROGRAMMES = {
    "first-contact": "premier accueil",
    "family-conference": "conférence familiale",
    "family-conference-demo": "conférence familiale (démo)",
}
RULES = {
    "acknowledgement": "accusé",
    "plan-ratified": "plan ratifié",
    "follow-up-reminder": "rappel du suivi",
}
STATES = {
    "sent": "parti",
    "suppressed": "retenu",
    "failed": "échoué",
    "held": "en attente de l'exploitation",
    "waiting": "attend son destinataire",
    "planned": "prêt",
    "sending": "part",
}
REASONS = {"no_safe_email": "pas d'adresse sûre", "overtaken": "devenu inutile", "declined": "refusé par la personne"}
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
DECISIONS = {"waiting": "en attente", "replayed": "rejouée", "discarded": "écartée"}


def show(console: Console, report: Report) -> None:
    """Print everything: each request, the conference, the partner's letters, the sums."""
    console.print(journeys(report.journeys))
    if report.conference:
        console.print(conference(report.conference))
    if report.letters:
        console.print(letters(report))
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
        ", ".join(_several(EVENTS.get(name, name), count) for name, count in one.events.items()),
        ", ".join(_several(*said) for said in Counter(map(_message, one.messages)).items()) or "aucun",
        " · ".join(map(_milliseconds, measured)),
    )


def _several(name: str, count: int) -> str:
    return name if count == 1 else f"{name} ×{count}"


def _programme(one: Journey) -> str:
    name = PROGRAMMES.get(one.programme or "", one.programme or "?")
    return f"{name} (pas possible : {PROGRAMMES.get(one.declined, one.declined)})" if one.declined else name


def _dossier(one: Journey) -> str:
    return one.reference or "?" if len(one.dossiers) == 1 else f"{len(one.dossiers)} dossiers !"


def _message(message: Message) -> str:
    said = f"{RULES.get(message.rule, message.rule)} {STATES.get(message.state, message.state)}"
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


def letters(report: Report) -> Table:
    """What intake set aside of the partner's letters, in the order they came."""
    table = Table("Dossier du partenaire", "Pourquoi", "Décision", "Motif", "À")
    table.title, table.title_justify = "Lettres du partenaire mises de côté", "left"
    for letter in report.letters:
        decided = f"{letter.decided_at.astimezone():%H:%M:%S}" if letter.decided_at else ""
        reference = letter.key.rpartition(":")[2]
        table.add_row(reference, letter.reason, DECISIONS[letter.state], letter.decision_reason or "", decided)
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

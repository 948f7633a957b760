"""A programme as it is described to who asks, and to who takes the request in."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from chassis.web.dates import day
from chassis.web.money import euros
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as ngettext
from contracts.durations import Duration
from contracts.programme import NUMBERS, FormField, Programme
from contracts.themes import THEMATIQUES
from intake.eligibility.model import Eligibility, Finding, remaining_offers, words

_RUNS_FROM: Final = {
    "last_contact": N_("après le dernier contact"),
    "closing": N_("après la fermeture du dossier"),
}
_DISPOSITIONS: Final = {
    "destruction_with_visa": N_("détruit avec le visa des Archives départementales"),
    "archives": N_("versé aux Archives départementales"),
    "sorting": N_("trié avec les Archives départementales"),
}


def for_anyone(programme: Programme) -> dict[str, Any]:
    """What a resident reads before asking: never what excludes, since the reader may be who it protects from."""
    return {
        "id": programme.id,
        "version": programme.version,
        "title": programme.title,
        "summary": programme.summary,
        "ages": words(programme.ages),
        "who_may_ask": list(programme.who_may_ask),
        "conditions": [condition.label for condition in programme.conditions],
        "questions": [_question(field) for field in programme.form if field.asked_of == "anyone"],
        "documents": [document.model_dump() for document in programme.documents],
        "steps": [step.label for step in programme.steps],
        "answered_in_working_days": programme.promise.model_dump(),
        "answered_by": [THEMATIQUES[value] for value in programme.answered_by],
        "numbers": numbers(programme),
        "kept": kept(programme),
    }


def for_agents(programme: Programme) -> dict[str, Any]:
    """What an agent reads while taking a request in: also what to ask, what excludes, and what follows."""
    return for_anyone(programme) | {
        "kind": programme.kind,
        "offered_to": programme.offered_to,
        "no_child_name": programme.no_child_name,
        "conditions": [condition.model_dump() for condition in programme.conditions],
        "consents": [consent.model_dump() for consent in programme.consents],
        "exclusions": [exclusion.model_dump(include={"code", "label"}) for exclusion in programme.exclusions],
        "questions": [_question(field) for field in programme.form],
        "steps": [step.model_dump() for step in programme.steps],
        "referents": [referent.model_dump() for referent in programme.referents],
        "terms": [term.model_dump(mode="json") for term in programme.terms],
        "deadlines": [deadline.model_dump(mode="json") for deadline in programme.deadlines],
    }


def _question(field: FormField) -> dict[str, Any]:
    return field.model_dump()


def numbers(programme: Programme) -> list[dict[str, str]]:
    """The free numbers to show beside a programme, in its order."""
    return [{"number": number, "who": NUMBERS[number]} for number in programme.numbers]


def kept(programme: Programme) -> str:
    """How long a file is kept, what becomes of it, and what text says so."""
    rule = programme.retention
    sentence = _("Le dossier est gardé {length} {since}, puis {disposition}. Source : {source}.")
    return sentence.format(
        length=length(rule.period),
        since=_(_RUNS_FROM[rule.runs_from]),
        disposition=_(_DISPOSITIONS[rule.disposition]),
        source=rule.source,
    )


def length(duration: Duration) -> str:
    """A duration in whole years where it is one, otherwise in months and days."""
    years, months = divmod(duration.months, 12) if duration.months % 12 == 0 else (0, duration.months)
    parts = (
        ngettext("{count} an", "{count} ans", years).format(count=years) if years else "",
        ngettext("{count} mois", "{count} mois", months).format(count=months) if months else "",
        ngettext("{count} jour", "{count} jours", duration.days).format(count=duration.days) if duration.days else "",
    )
    return " ".join(filter(None, parts))


def explained(
    found: Eligibility, instead: Programme | None, themes: Iterable[str], territory_id: str | None
) -> dict[str, Any]:
    """What an authorised agent reads: every rule that counts, and what remains."""
    return _in_short(found.programme, instead, themes, territory_id) | {
        "possible": not found.reasons,
        "met": _said(found.standing("met")),
        "missing": _said(found.standing("missing")),
        "excludes": _said(found.standing("excludes")),
        "documents": [document.model_dump() for document in found.programme.documents],
        "sentence": found.sentence,
    }


def neutral(
    found: Eligibility, instead: Programme | None, themes: Iterable[str], territory_id: str | None
) -> dict[str, Any]:
    """What anybody else reads: possible or not, never why, and who can help."""
    confirmed_by = _("Un travailleur social ou un responsable du territoire confirmera que c'est possible.")
    return _in_short(found.programme, instead, themes, territory_id) | {"sentence": found.sentence or confirmed_by}


def _in_short(
    programme: Programme, instead: Programme | None, themes: Iterable[str], territory_id: str | None
) -> dict[str, Any]:
    """A programme and who can help: the offers that remain, the programme to turn to, the numbers to call."""
    return {
        "programme": programme.id,
        "title": programme.title,
        "offers": [_offers(value, territory_id) for value in remaining_offers(instead or programme, themes)],
        "instead": {"id": instead.id, "title": instead.title, "summary": instead.summary} if instead else None,
        "numbers": numbers(programme),
    }


def _offers(thematique: str, territory_id: str | None) -> dict[str, str]:
    """Where the annuaire shows the offers of a thématique."""
    query = {"theme": thematique} | ({"territory": territory_id} if territory_id else {})
    return {"thematique": thematique, "label": THEMATIQUES[thematique], "url": f"/annuaire?{urlencode(query)}"}


def _said(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"code": finding.code, "sentence": finding.sentence} for finding in findings]


def answered(programme: Programme | None, name: str, value: Any) -> dict[str, Any]:
    """An answer with its question, in the words of the form, and its place there; of a programme offered no more, as it
    is kept."""
    fields = programme.form if programme else ()
    names = [field.name for field in fields]
    place = names.index(name) if name in names else len(names)
    field = fields[place] if place < len(names) else None
    questions = {one.code: one.question for one in programme.conditions} if programme else {}
    question = field.label if field else questions.get(name, name)
    return {"name": name, "question": question, "answer": _in_words(field, value), "place": place}


def _in_words(field: FormField | None, value: Any) -> str:
    choices: dict[str, str] = {choice.value: choice.label for choice in field.options} if field else {}
    if isinstance(value, bool):
        return _("Oui") if value else _("Non")
    if field and field.type == "amount":
        return euros(int(Decimal(value) * 100))
    if field and field.type == "date":
        return day(date.fromisoformat(value))
    if isinstance(value, list):
        return ", ".join(choices.get(str(one), str(one)) for one in value)
    return choices.get(str(value), str(value))

"""What the questions and the answers read as, for people who ask."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from chassis.web.phones import readable
from chassis.web.translations import N_, translate
from contracts.programme import Programme
from contracts.references import readable as readable_code
from contracts.themes import THEMES
from intake.asking.alarms import ALARMS
from intake.asking.steps import Step
from intake.requests.questions import Question
from intake.requests.wording import language_name, languages

__all__ = [
    "AGREED", "WHO_ASKS", "YES_OR_NO", "dangers", "languages", "options", "options_of_yes", "readable_code", "themes",
    "told",
]  # fmt: skip

Options = list[tuple[str, str]]

WHO_ASKS: Final[Mapping[str, str]] = {
    "self": N_("Moi"),
    "relative": N_("Quelqu'un de ma famille"),
    "social_network": N_("Un proche, un ami, un voisin"),
    "social_service": N_("Je travaille dans un service social"),
    "school": N_("Je travaille dans une école, un établissement scolaire"),
    "other_partner": N_("Je travaille dans une autre structure"),
}
YES_OR_NO: Final[Mapping[str, str]] = {"yes": N_("Oui"), "no": N_("Non")}
AGREED: Final[Mapping[str, str]] = {"yes": N_("Oui"), "no": N_("Non, ou pas encore")}
_NOTHING = N_("Pas de réponse")
_NOBODY = N_("Personne n'est signalé en danger")
_SAFE = N_("Vous écrire est sans danger.")
_UNSAFE = N_("Aucun message ne vous sera envoyé.")
_NEUTRAL = N_("Les messages resteront discrets.")
_WRITTEN_IN = N_("Langue des messages : {language}.")
_CODES: Final[Mapping[str, Mapping[str, str]]] = {"role": WHO_ASKS, "minor": YES_OR_NO, "agreed": AGREED}


def options(words: Mapping[str, str]) -> Options:
    """Choices of a field, in order."""
    return [(code, translate(word)) for code, word in words.items()]


def themes() -> Options:
    return [(code, translate(theme.label)) for code, theme in THEMES.items()]


def dangers() -> Options:
    return [(code, translate(alarm.label)) for code, alarm in ALARMS.items()]


def told(step: Step, fields: Mapping[str, Any], offered: Iterable[Programme]) -> Sequence[str]:
    """What was answered on a page, line by line, as it is read again before sending."""
    if step.slug == "prudence":
        return _writing(fields)
    if step.question is not None:
        lines = [_of_question(step.question, fields[step.question.name])]
    else:
        lines = [_read(name, fields[name], offered) for name in step.names if name != "commune_code"]
    nothing = translate(_NOBODY if step.slug == "maintenant" else _NOTHING)
    return [line for line in lines if line] or [nothing]


def _writing(fields: Mapping[str, Any]) -> list[str]:
    if not fields["safe"]:
        return [translate(_UNSAFE)]
    lines = [translate(_SAFE), translate(_NEUTRAL) if fields["neutral"] else ""]
    lines.append(
        translate(_WRITTEN_IN).format(language=language_name(fields["language"])) if fields["language"] else ""
    )
    return [line for line in lines if line]


def _read(name: str, value: Any, offered: Iterable[Programme]) -> str:
    if name == "danger":
        return ", ".join(translate(ALARMS[code].label) for code in value if code in ALARMS)
    if name == "themes":
        return ", ".join(translate(THEMES[code].label) for code in value if code in THEMES)
    if name == "programme":
        return next((one.title for one in offered if one.id == value), "")
    if name == "phone":
        return readable(value)
    return translate(_CODES[name].get(value, "")) if name in _CODES else str(value).strip()


def _of_question(question: Question, value: Any) -> str:
    words = dict(question.options) | (options_of_yes() if question.field.type == "yes_no" else {})
    return ", ".join(words.get(one, one) for one in ([value] if isinstance(value, str) else value)).strip()


def options_of_yes() -> dict[str, str]:
    """Yes and no, in words."""
    return dict(options(YES_OR_NO))

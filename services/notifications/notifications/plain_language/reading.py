"""Every message in every form it may take: each template with each of its branches, by mail, text message and letter,
as it is and neutral."""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from chassis.web import phones
from contracts import programmes, yaml_files
from notifications.messages import languages, rules
from notifications.messages.rules import Rule, RuleBook
from notifications.messages.samples import example
from notifications.messages.wording import Wording, names
from notifications.organisations.store import WhomToCall
from notifications.plain_language.model import Said, Vocabulary, faults, never_told

FORMS: Final = {"email": "courriel", "sms": "SMS", "letter": "lettre"}
ZONE: Final = ZoneInfo("Europe/Paris")
CALL: Final = WhomToCall("Maison départementale des solidarités de l’exemple", "+33199000000")
CHOOSE: Final = "https://exemple.example/choix"
OTHERWISE: Final = "autre"
"""A value no template compares with."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not plain about a form of a message."""

    template: str
    form: str
    fault: str

    def __str__(self) -> str:
        return f"{self.template}, {self.form} : {self.fault}"


def vocabulary() -> Vocabulary:
    """The committed lists."""
    return Vocabulary(**yaml_files.read(Path(__file__).with_name("words.yaml")))


def findings(book: RuleBook, wording: Wording, words: Vocabulary) -> Sequence[Finding]:
    """Of all messages, each once."""
    found = (
        Finding(template, FORMS[channel], fault)
        for rule in book.rules.values()
        for template in names(rule)
        for channel in rule.channels
        for fault in _faults(wording, rule, template, channel, words)
    )
    return list(dict.fromkeys(found))


def _faults(wording: Wording, rule: Rule, template: str, channel: str, words: Vocabulary) -> Iterator[str]:
    neutral = template != rule.template
    varied = forms(rule, wording, template)
    told = [_told(wording, rule, facts, channel, call, neutral=neutral) for facts, call in varied]
    for said in told:
        yield from faults(said, words)
    if not neutral:
        yield from never_told(dates(example(rule)), [said.text for said in told])


def _told(
    wording: Wording, rule: Rule, facts: Mapping[str, Any], channel: str, call: WhomToCall | None, *, neutral: bool
) -> Said:
    frame = {"link_to": "https://exemple.example" + rule.link.format_map(facts), "call": call, "choose": CHOOSE}
    words = wording.write(rule, facts, frame, channel=channel, neutral=neutral)
    to_give = call is not None and not neutral and not rule.recipients.are_agents
    phone = phones.readable(CALL.phone) if to_give else ""
    text = words.sms or f"{words.subject}\n\n{words.text}"
    return Said(text.replace("\u00a0", " "), neutral, phone, CHOOSE)


def forms(rule: Rule, wording: Wording, template: str) -> Iterator[tuple[Mapping[str, Any], WhomToCall | None]]:
    """The example with every value that a branch of its templates depends on."""
    compared = wording.compared(template, rule.channels)
    choices = {name: _choices(rule, name, compared) for name in example(rule)}
    varied = {name: values for name, values in choices.items() if values}
    for values in product(*varied.values()):
        facts = {**example(rule), **dict(zip(varied, values, strict=True))}
        yield facts, CALL
        yield facts, None


def _choices(rule: Rule, name: str, compared: Mapping[str, set[str]]) -> Sequence[Any]:
    kind = rule.occasion.facts.model_fields[name].annotation
    kinds = set(get_args(kind)) if isinstance(kind, types.UnionType) else {kind}
    if bool in kinds:
        return (True, False)
    if int in kinds:
        return (1, 3)
    return (*sorted(compared[name]), OTHERWISE) if name in compared else ()


def dates(facts: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """Facts that are days or moments → the ways they are written."""
    days = {name: _local(value) for name, value in facts.items() if isinstance(value, date)}
    return {name: (languages.day(value), languages.brief_day(value)) for name, value in days.items()}


def _local(value: date) -> date:
    return value.astimezone(ZONE).date() if isinstance(value, datetime) else value


def untranslated(book: RuleBook, wording: Wording) -> Mapping[str, Sequence[str]]:
    """Language → messages to people that are sent in French instead. Not letters: some of those are meant to be."""
    to_people = [rule for rule in book.rules.values() if not rule.recipients.at_work]
    told = {(template, form) for rule in to_people for template in names(rule) for form in rule.channels}
    spoken = {place: wording.spoken(*place) for place in sorted(told) if place[1] != "letter"}
    return {
        language: [f"{template} ({FORMS[form]})" for (template, form), known in spoken.items() if language not in known]
        for language in sorted(set[str]().union(*spoken.values()))
    }


def shipped() -> tuple[RuleBook, Wording]:
    """The rules and templates of this release."""
    book = rules.load(programmes.load())
    return book, Wording(book.rules, ZONE)

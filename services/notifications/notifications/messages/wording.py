"""The words of messages: one template gives the plain text and the HTML of a mail, and the paragraphs of a letter.

`templates/mail/<template>.subject.txt` and `….body.txt`, and for text messages `….sms.txt`; those that end in
`-neutral` are for people who asked that nothing show. A body calls the pieces `p`, `fact` and `link`, which `plain.txt`
and `html.txt` write each in its way. Templates run in a sandbox, and may use nothing but the facts of their event and
`FRAME`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_datetime
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chassis.web import dates, phones, translations
from chassis.web.translations import translate as _
from notifications.messages.rules import BadRule, Rule
from notifications.organisations.store import WhomToCall

FOLDER = Path(__file__).parent / "templates" / "mail"
FRAME = frozenset({"link_to", "call", "form"})
"""What every template is given: the link's address, whom to call (or none), and the pieces to write with."""
NEUTRAL = "-neutral"
_GLOBALS = frozenset({"_", "gettext", "ngettext"})
_PARTS: Mapping[str, Sequence[str]] = {
    "email": ("subject", "body"),
    "sms": ("sms",),
    "letter": ("subject", "body"),
    "task": ("subject", "body"),
}
"""Channel → what a template must have for it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says: what the mail would, in paragraphs. `call`: whom to call, if anybody."""

    title: str
    paragraphs: tuple[str, ...]
    link: str
    call: WhomToCall | None


@dataclass(frozen=True, slots=True)
class Words:
    """A message ready to be put in an envelope: what its channel needs of it."""

    subject: str = ""
    text: str = ""
    html: str = ""
    sms: str = ""
    letter: Letter | None = None


class Wording:
    """The templates, checked when it is made."""

    def __init__(self, rules: Mapping[str, Rule], zone: ZoneInfo, folder: Path = FOLDER) -> None:
        """`zone`: whose clock the hours of a message are read on. Raises BadRule where a rule's templates are missing,
        or use what its event does not tell."""
        self._plain, self._html = _environment(folder, zone, markup=False), _environment(folder, zone, markup=True)
        for rule in rules.values():
            for template in _names(rule):
                self._check(rule, template)

    def write(
        self, rule: Rule, facts: Mapping[str, Any], frame: Mapping[str, Any], *, channel: str, neutral: bool
    ) -> Words:
        """The words of a message for a channel. `facts` are those stored with its delivery."""
        template = rule.template + (NEUTRAL if neutral else "")
        context = {**rule.occasion.facts.model_validate(facts).model_dump(), **frame}
        if channel == "sms":
            return Words(sms=" ".join(self._text(f"{template}.sms.txt", context).split()))
        subject = self._text(f"{template}.subject.txt", context)
        text = self._text(f"{template}.body.txt", context, form="plain.txt")
        if channel == "letter":
            return Words(subject, text, letter=Letter(subject, _paragraphs(text), context["link_to"], context["call"]))
        body = self._html.get_template(f"{template}.body.txt").render(context, form="html.txt")
        html = self._html.get_template("frame.html").render(subject=subject, body=body)
        return Words(subject, text + "\n", html)

    def _text(self, template: str, context: Mapping[str, Any], **more: str) -> str:
        return self._plain.get_template(template).render(context, **more).strip()

    def _check(self, rule: Rule, template: str) -> None:
        allowed = set(rule.occasion.facts.model_fields) | FRAME | _GLOBALS
        for part in sorted({part for channel in rule.channels for part in _PARTS[channel]}):
            try:
                source, _, _ = self._plain.loader.get_source(self._plain, f"{template}.{part}.txt")  # type: ignore[union-attr]
                unknown = meta.find_undeclared_variables(self._plain.parse(source)) - allowed
            except jinja2.TemplateError as error:
                raise BadRule(f"{rule.rule}: {template}.{part}.txt: {error}") from None
            if unknown:
                raise BadRule(f"{rule.rule}: {template}.{part}.txt uses {sorted(unknown)}")


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _names(rule: Rule) -> list[str]:
    """Who is written to at work has no neutral form: the address is an office's."""
    return [rule.template] if rule.recipients.at_work else [rule.template, rule.template + NEUTRAL]


def _environment(folder: Path, zone: ZoneInfo, *, markup: bool) -> jinja2.Environment:
    environment: Any = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=markup,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_callables(translations.translate, translations.translate_plural, newstyle=True)
    environment.filters |= {
        "day": _day,
        "moment": lambda value: _moment(value.astimezone(zone), _day),
        "brief_day": _brief_day,
        "brief_moment": lambda value: _moment(value.astimezone(zone), _brief_day),
        "phone": phones.readable,
    }
    made: jinja2.Environment = environment
    return made


def _day(value: date) -> str:
    return dates.day(value, "EEEE d MMMM y")


def _brief_day(value: date) -> str:
    """Where every character costs."""
    return dates.day(value, "dd/MM/y")


def _moment(value: datetime, day: Callable[[date], str]) -> str:
    """A day and an hour; `value` is local."""
    hour = "H 'h' mm" if translations.language() == "fr" else "HH:mm"
    return _("{day} à {hour}").format(
        day=day(value.date()), hour=format_datetime(value, hour, locale=translations.language())
    )

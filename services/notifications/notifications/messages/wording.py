"""The words of messages: one template gives the plain text and the HTML of a mail, and the paragraphs of a letter.

`templates/mail/<template>.subject.txt` and `….body.txt`, and for text messages `….sms.txt`; those that end in
`-neutral` are for people who asked that nothing show. A body calls the pieces `p`, `fact` and `link`, which `plain.txt`
and `html.txt` write each in its way. Templates run in a sandbox, and may use nothing but the facts of their event and
`FRAME`.

A message is in one language: the one its reader asked for where a catalogue says all of it, French otherwise. A mail
or a letter in another language has the French below it, for who helps its reader.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chassis.web import phones, translations
from chassis.web.translations import N_
from chassis.web.translations import SOURCE_LANGUAGE as FRENCH
from notifications.messages import languages, templates
from notifications.messages.invitations import Invitation
from notifications.messages.rules import BadRule, Rule
from notifications.organisations.store import WhomToCall

PACKAGE = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "templates" / "mail"
FRAME = frozenset({"link_to", "call", "form"})
"""What every template is given: the link's address, whom to call (or none), and the pieces to write with."""
AROUND = frozenset({"subject", "body", "french", "language", "direction"})
"""What the page around the HTML of a mail is given."""
LETTER, WRITTEN_ON = N_("Lettre {reference}"), N_("Le {day}")
BARCODE = N_("Code-barres de la référence {reference}")
QR = N_("Carré à photographier avec un téléphone, qui mène à {link}")
ON_PAPER = (LETTER, WRITTEN_ON, BARCODE, QR)
"""What every letter says beside its template."""
IN_CALENDARS = (N_("Rendez-vous"),)
"""What a mail puts into its reader's calendar."""
IN_FRENCH = "En français"
FOOT = "foot.txt"
"""What a mail that can be declined ends with."""
NEUTRAL = "-neutral"
_UNBROKEN = "\u00a0"
"""A space that ends no line: half a number is no number."""
_PARTS: Mapping[str, Sequence[str]] = {
    "email": ("subject", "body"),
    "sms": ("sms",),
    "letter": ("subject", "body"),
}
"""Channel → what a template must have for it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says: what the mail would, in paragraphs. `call`: whom to call, if anybody. `french`: the same in
    French, where the letter is in another language."""

    title: str
    paragraphs: tuple[str, ...]
    link: str
    call: WhomToCall | None
    french: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """A message ready to be put in an envelope: what its channel needs of it."""

    subject: str = ""
    text: str = ""
    html: str = ""
    sms: str = ""
    letter: Letter | None = None
    language: str = FRENCH
    choose: str = ""
    """Where its reader chooses what they are written to about; empty where nothing of it can be declined."""
    invitation: Invitation | None = None
    """What goes into their calendar, by mail."""


class Wording:
    """The templates, checked when it is made."""

    def __init__(self, rules: Mapping[str, Rule], zone: ZoneInfo, folder: Path = FOLDER) -> None:
        """`zone`: whose clock the hours of a message are read on. Raises BadRule where a rule's templates are missing,
        or use what its event does not tell, or where a translation leaves another gap to fill than the French."""
        translations.load([PACKAGE])
        self._plain, self._html = _environment(folder, zone, markup=False), _environment(folder, zone, markup=True)
        self._spoken: dict[tuple[str, str], Set[str]] = {}
        try:
            self._check("frame.html", AROUND)
            self._check(FOOT, frozenset({"choose", "form"}))
            for rule in rules.values():
                self._read(rule)
        except jinja2.TemplateError as error:
            raise BadRule(f"{getattr(error, 'name', None) or ''}: {error}") from None

    def write(
        self,
        rule: Rule,
        facts: Mapping[str, Any],
        frame: Mapping[str, Any],
        *,
        channel: str,
        neutral: bool,
        language: str | None = None,
    ) -> Words:
        """The words of a message for a channel. `facts` are those stored with its delivery; `language` (BCP 47) is the
        one its reader asked for: see `spoken`."""
        template = rule.template + (NEUTRAL if neutral else "")
        context = {**rule.occasion.facts.model_validate(facts).model_dump(), **frame}
        chosen = languages.chosen(language, self.spoken(template, channel))
        with translations.speaking(chosen):
            if channel == "sms":
                return Words(sms=" ".join(self._text(f"{template}.sms.txt", context).split()), language=chosen)
            return self._written(template, context, chosen, letter=channel == "letter")

    def spoken(self, template: str, channel: str) -> Set[str]:
        """The languages that say all of a message; on paper, those whose letters the fonts at hand have."""
        return self._spoken[template, channel]

    def texts(self, template: str, channel: str) -> Sequence[templates.Text]:
        """What a message says, as ids of catalogues."""
        said = [text for part in _PARTS[channel] for text in templates.texts(self._plain, f"{template}.{part}.txt")]
        around = {"email": (*templates.texts(self._plain, FOOT), *IN_CALENDARS), "letter": ON_PAPER}
        return [*said, *around.get(channel, ())]

    def compared(self, template: str, channels: Sequence[str]) -> Mapping[str, set[str]]:
        """Fact → the texts that branches of a message compare it with."""
        found: dict[str, set[str]] = {}
        for part in sorted({part for channel in channels for part in _PARTS[channel]}):
            for fact, text in templates.compared(self._plain, f"{template}.{part}.txt"):
                found.setdefault(fact, set()).add(text)
        return found

    def _written(self, template: str, context: Mapping[str, Any], language: str, *, letter: bool) -> Words:
        subject, text, body = self._said(template, context)
        french = ("", "", "")
        if language != FRENCH:
            with translations.speaking(FRENCH):
                french = self._said(template, context)
        if letter:
            on_paper = Letter(subject, _paragraphs(text), context["link_to"], context["call"], _paragraphs(french[1]))
            return Words(subject, text, letter=on_paper, language=language)
        html = self._html.get_template("frame.html").render(
            subject=subject, body=body, french=french[2], language=language, direction=languages.direction(language)
        )
        below = f"\n\n——— {IN_FRENCH} ———\n\n{french[1]}" if french[1] else ""
        return Words(subject, f"{text}{below}\n", html, language=language, choose=context.get("choose", ""))

    def _said(self, template: str, context: Mapping[str, Any]) -> tuple[str, str, str]:
        """Subject, text and HTML, in the language spoken now."""
        subject = self._text(f"{template}.subject.txt", context)
        parts = [f"{template}.body.txt", *([FOOT] if context.get("choose") else [])]
        text = _evenly("\n\n".join(self._text(part, context, form="plain.txt") for part in parts))
        return subject, text, "".join(self._html.get_template(part).render(context, form="html.txt") for part in parts)

    def _text(self, template: str, context: Mapping[str, Any], **more: str) -> str:
        return self._plain.get_template(template).render(context, **more).strip()

    def _read(self, rule: Rule) -> None:
        allowed = FRAME.union(rule.occasion.facts.model_fields)
        for template in names(rule):
            for channel in rule.channels:
                for part in _PARTS[channel]:
                    self._check(f"{template}.{part}.txt", allowed)
                said = self.texts(template, channel)
                spoken = languages.saying(said, on_paper=channel == "letter")
                for fault in (one for language in sorted(spoken) for one in languages.faults(said, language)):
                    raise BadRule(f"{template}: {fault}")
                self._spoken[template, channel] = {FRENCH, *spoken}

    def _check(self, name: str, allowed: frozenset[str]) -> None:
        environment = self._html if name.endswith(".html") else self._plain
        for fault in templates.faults(environment, name, allowed):
            raise BadRule(f"{name}: {fault}")


def _evenly(text: str) -> str:
    """One empty line between paragraphs, whatever the pieces leave between them."""
    return "\n\n".join(part.strip() for part in re.split(r"\n\s*\n", text))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.splitlines()) for part in text.split("\n\n") if part)


def names(rule: Rule) -> Sequence[str]:
    """The templates of a rule. Who is written to at work has no neutral form: the address is an office's."""
    return [rule.template] if rule.recipients.at_work else [rule.template, rule.template + NEUTRAL]


@cache
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
        "day": languages.day,
        "moment": lambda value: languages.moment(value.astimezone(zone), languages.day(value.astimezone(zone))),
        "local_day": lambda value: languages.day(value.astimezone(zone)),
        "brief_day": languages.brief_day,
        "brief_moment": lambda value: languages.moment(
            value.astimezone(zone), languages.brief_day(value.astimezone(zone))
        ),
        "phone": lambda value: languages.apart(phones.readable(value).replace(" ", _UNBROKEN)),
        "apart": languages.apart,
    }
    made: jinja2.Environment = environment
    return made

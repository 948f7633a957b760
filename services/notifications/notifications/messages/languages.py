"""Which language a message is in, and how days, hours and numbers are written there."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Final

from babel import Locale
from babel.dates import format_date, format_time

from chassis.typesetting import printable
from chassis.web import dates, translations
from chassis.web.translations import SOURCE_LANGUAGE as FRENCH
from notifications.messages.templates import Text

_HERE: Final[Mapping[str, str]] = {"en": "en_GB", "pt": "pt_PT"}
"""Of a language written in several ways, the one of its readers in Europe."""
_GAP: Final = re.compile(r"%\(\w+\)s|\{\w+\}|%")
_ISOLATE, _END = "\u2068", "\u2069"


def chosen(wanted: str | None, spoken: Set[str]) -> str:
    """The language to write in: `wanted` (BCP 47), or what it is a kind of (RFC 4647, 3.4), if it is spoken; French
    otherwise."""
    parts = (wanted or FRENCH).replace("_", "-").split("-")
    tags = ("-".join([parts[0].lower(), *parts[1:end]]) for end in range(len(parts), 0, -1))
    return next((tag for tag in tags if tag in spoken), FRENCH)


def saying(texts: Sequence[Text], *, on_paper: bool) -> Set[str]:
    """The languages that say all of these texts; `on_paper`, in letters that the fonts at hand have. A language that
    leaves out one of them is none of these: a message is never half in another language."""
    needed = {text if isinstance(text, str) else text[0] for text in texts}
    return {one for one, known in translations.known().items() if known >= needed and not (on_paper and _strange(one))}


def direction(language: str) -> str:
    """`ltr` or `rtl`, as HTML calls it."""
    return Locale.parse(language, sep="-").text_direction


def _strange(language: str) -> bool:
    """Whether it is written in letters that no font has. The name a language has for itself tells: « العربية »."""
    own_name = str(Locale.parse(language, sep="-").get_display_name())
    return printable(own_name, arabic=True) != own_name


def faults(texts: Sequence[Text], language: str) -> Iterator[str]:
    """Translations that leave something else to be filled in than the French does, in words."""
    for text in texts:
        with translations.speaking(language):
            said = translations.translate(text) if isinstance(text, str) else _of_several(*text)
        if set(_GAP.findall(said)) != set(_GAP.findall(text if isinstance(text, str) else text[-1])):
            yield f"{language} fills in other things: {text}"


def _of_several(one: str, several: str) -> str:
    return translations.translate_plural(one, several, 2)


def day(value: date) -> str:
    """A day in full, in the language of the message."""
    language = translations.language()
    return dates.day(value, "EEEE d MMMM y") if language == FRENCH else format_date(value, "full", _locale(language))


def written_on(value: date) -> str:
    """The day a letter bears."""
    language = translations.language()
    return dates.day(value) if language == FRENCH else format_date(value, "long", _locale(language))


def brief_day(value: date) -> str:
    """Where every character costs; as one writes a day in France, so that nobody takes a month for a day."""
    return format_date(value, "dd/MM/y", _locale(translations.language()))


def moment(value: datetime, written_day: str) -> str:
    """A day and an hour; `value` is local."""
    language = translations.language()
    if language == FRENCH:
        return f"{written_day} à {value.hour} h {value.minute:02}"
    # Babel's pattern of a day and an hour is not the same for each language: one has another comma.
    pattern = str(Locale.parse(_locale(language)).datetime_formats["long"])
    return pattern.format(format_time(value, "HH:mm", locale=_locale(language)), written_day)


def apart(text: str) -> str:
    """A number or a reference, which reads from left to right in a text that does not."""
    return f"{_ISOLATE}{text}{_END}" if direction(translations.language()) == "rtl" else text


def _locale(language: str) -> str:
    return _HERE.get(language, language.replace("-", "_"))

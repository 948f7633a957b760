"""The catalogues of what is sent: `locale/<language>/LC_MESSAGES/sent.po`, beside those of pages.

`python -m notifications.messages.catalogues` brings them up to date, `… catalogues ro` begins one. They hold the texts
of messages to people: at work one reads French. What has no translation yet is sent in French, whole messages at once.
"""

import sys
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from chassis.web import translations
from contracts import programmes
from notifications.messages import rules
from notifications.messages.rules import RuleBook
from notifications.messages.templates import Text
from notifications.messages.wording import PACKAGE, Wording, names

NAME = "sent.po"


def needed(book: RuleBook, wording: Wording) -> list[tuple[str, Text]]:
    """Every text of a message to people, with the first template it stands in."""
    first = {text: template for template, text in sorted(_needed(book, wording), key=str, reverse=True)}
    return sorted(((template, text) for text, template in first.items()), key=str)


def _needed(book: RuleBook, wording: Wording) -> Iterator[tuple[str, Text]]:
    for rule in (one for one in book.rules.values() if not one.recipients.at_work):
        for template in names(rule):
            for channel in rule.channels:
                yield from ((template, text) for text in wording.texts(template, channel))


def renew(*begun: str) -> None:
    """Write the catalogues there are, and those of these languages."""
    book = rules.load(programmes.load())
    template = translations.gathered(needed(book, Wording(book.rules, ZoneInfo("UTC"))))
    there = {file.parts[-3] for file in PACKAGE.glob(f"locale/*/LC_MESSAGES/{NAME}")}
    for language in sorted({*there, *begun}):
        translations.renew(translations.catalogue_of(PACKAGE, language, NAME), language, template)


if __name__ == "__main__":
    renew(*sys.argv[1:])

"""`python -m notifications preview --rule … --last 30d`: what a rule would have sent, without sending anything."""

import argparse
import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from chassis.service import Service
from chassis.web.translations import SOURCE_LANGUAGE as FRENCH
from chassis.web.translations import translate
from contracts import programmes
from notifications.app import channels, make_post
from notifications.messages import rules
from notifications.messages.pages import REASONS
from notifications.messages.post import Post
from notifications.messages.rules import Rule
from notifications.messages.samples import example
from notifications.messages.wording import Words
from notifications.preview import past
from notifications.preview.trial import Tally, Trial
from notifications.settings import NotificationsSettings

_CHANNELS = {"email": "par courriel", "sms": "par SMS", "letter": "par lettre"}


async def preview(service: Service, arguments: Sequence[str]) -> None:
    """Reads past events again from their topic, as far back as it keeps them."""
    parser = argparse.ArgumentParser(prog="python -m notifications preview", description="What a rule would send.")
    parser.add_argument("--rule", required=True, help="name of the rule")
    parser.add_argument("--last", type=_days, default=timedelta(days=30), help="how far back, such as 30d")
    parser.add_argument("--language", default=FRENCH, help="language of the samples, such as uk")
    given = parser.parse_args(arguments)
    settings, parts = service.parts.settings, service.parts
    assert isinstance(settings, NotificationsSettings)
    book = rules.load(programmes.load(settings.programmes))
    if given.rule not in book.rules:
        raise SystemExit(f"aucune règle « {given.rule} » ; il y a : {', '.join(sorted(book.rules))}")
    trial = Trial(parts.worker, make_post(settings, parts, book), channels(settings, parts))
    event = book.rules[given.rule].event
    tally = await trial.run(given.rule, past.events(settings, event, parts.now() - given.last))
    written = samples(trial.post, book.rules[given.rule], given.language)
    print("\n".join([*told(given.rule, event, tally, settings.sms_price), *written]))  # noqa: T201 - a command's answer


def told(rule: str, event: str, tally: Tally, price: Decimal) -> Sequence[str]:
    """The answer, line by line."""
    leave = [f"  {count} {_CHANNELS.get(name, name)}" for name, count in sorted(tally.leave.items())]
    stay = [
        f"  {count} ne partiraient pas. {translate(REASONS.get(reason, reason))}"
        for reason, count in sorted(tally.stay.items())
    ]
    return [
        f"Règle {rule} : {tally.events} événements {event} relus, {tally.leave.total() + tally.stay.total()} messages.",
        *leave,
        *stay,
        f"Coût des SMS : {tally.cost(price):.2f} € pour {tally.parts} partie(s). Le reste n’a pas de prix ici.",
        "D’après les adresses et les souhaits connus aujourd’hui ; rien n’a été écrit ni envoyé.",
    ]


def samples(post: Post, rule: Rule, language: str = FRENCH) -> Sequence[str]:
    """The rule's words for each of its channels, on the made-up event of the contracts: nobody's. In French where a
    language does not say all of them."""
    facts = example(rule)
    frame = {"link_to": post.public_url + rule.link.format_map(facts), "call": None}
    said = {
        one: post.wording.write(rule, facts, frame, channel=one, neutral=False, language=language)
        for one in rule.channels
    }
    return [f"\nExemple {_CHANNELS[one]} :\n{_plain(words)}" for one, words in said.items()]


def _plain(words: Words) -> str:
    return words.sms or f"{words.subject}\n\n{words.text}".strip()


def _days(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})d", text)
    if found is None:
        raise argparse.ArgumentTypeError("a number of days, such as 30d")
    return timedelta(days=int(found[1]))

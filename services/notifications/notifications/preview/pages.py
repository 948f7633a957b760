"""Pages of what messages say: every rule, and its words on each channel, about nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.problems import not_found
from chassis.web.translations import N_, own_name, translate
from chassis.web.translations import SOURCE_LANGUAGE as FRENCH
from notifications.messages.pages import CHANNELS, RECIPIENTS, RULES
from notifications.messages.rules import Rule, RuleBook
from notifications.messages.samples import example
from notifications.messages.wording import Wording, Words
from notifications.sms.model import write

ROOT: Final = "/notifications/templates"
Reader = Annotated[Actor, Depends(require("operator", "manager"))]
TO: Final[Mapping[str, str]] = {
    "agent": N_("Agent"),
    "coordinator": N_("Coordination de la conférence"),
    "in-charge": N_("Qui est chargé du dossier"),
    "managers": N_("Encadrement"),
    "members": N_("Groupe familial"),
    "organisation": N_("Structure"),
    "orienting": N_("Agent qui a orienté"),
    "people": N_("Personnes concernées"),
    "person": N_("Personne concernée"),
    "promised": N_("Personne qui l’a promis"),
    "registered": N_("Personne inscrite"),
    "requester": N_("Demandeur"),
}
"""Recipient of a rule → who that is."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A rule's words on one channel. `parts`: what a text message costs."""

    channel: str
    words: Words
    parts: int


def template_pages(wording: Wording, book: RuleBook, public_url: str) -> APIRouter:
    """The two pages."""
    router = APIRouter(include_in_schema=False)

    @router.get(ROOT)
    async def rules(request: Request, actor: Reader) -> Response:
        """Every rule: to whom, by which ways, and whether it can be declined."""
        return render(
            request,
            "notifications/rules.html",
            rules=sorted(book.rules.values(), key=lambda one: translate(RULES.get(one.rule, one.rule))),
            named=RULES,
            to=TO,
            channels=CHANNELS,
        )

    @router.get(ROOT + "/{name}")
    async def template(
        request: Request,
        name: str,
        actor: Reader,
        language: Annotated[str, Query(pattern="^[a-z]{2}$")] = FRENCH,
        neutral: bool = False,
    ) -> Response:
        """A rule's words, on the made-up event of the contracts."""
        rule = book.rules.get(name)
        if rule is None:
            raise not_found()
        may_be_neutral = not rule.recipients.at_work
        shown = samples(wording, rule, public_url, language, neutral=neutral and may_be_neutral)
        return render(
            request,
            "notifications/rule.html",
            rule=rule,
            title=RULES.get(rule.rule, rule.rule),
            to=TO,
            samples=shown,
            channels=CHANNELS,
            recipients=RECIPIENTS,
            neutral=neutral,
            may_be_neutral=may_be_neutral,
            language=language,
            spoken=[(one, own_name(one)) for one in languages(wording, rule)],
        )

    return router


def languages(wording: Wording, rule: Rule) -> Sequence[str]:
    """Those that say all of it on some channel, French first."""
    found = {one for channel in rule.channels for one in wording.spoken(rule.template, channel)}
    return [FRENCH, *sorted(found - {FRENCH})]


def samples(wording: Wording, rule: Rule, public_url: str, language: str, *, neutral: bool) -> list[Sample]:
    """Its words on each channel; in French where a language does not say all of them."""
    facts = example(rule)
    frame = {"link_to": public_url + rule.link.format_map(facts), "call": None}
    written = [
        (channel, wording.write(rule, facts, frame, channel=channel, neutral=neutral, language=language))
        for channel in rule.channels
    ]
    return [Sample(channel, words, write(words.sms).parts if words.sms else 0) for channel, words in written]

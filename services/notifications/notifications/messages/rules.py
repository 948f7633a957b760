"""Message rules as data: `rules/*.yaml` says how a rule writes, a programme says which rules it wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import yaml_files
from contracts.events import EVENTS, EventData
from contracts.programmes import Programmes
from notifications.messages.occasions import OCCASIONS, Occasion, Recipients

Code = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
Kind = Literal["acknowledgements", "reminders", "news"]
ChannelName = Literal["email", "sms", "letter"]
"""What reaches somebody elsewhere. An inbox is none of them: whatever agents are written to is in theirs as well."""
SHIPPED = Path(__file__).parents[1] / "rules"


class BadRule(Exception):
    """A rule cannot be used; names the rule and why. Raised at start."""


class Rule(BaseModel):
    """On this event, write to these recipients. `link` is a path, filled from the facts of the event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Code
    event: str
    to: Code
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)]
    """In the order they are tried: the next one where the one before has no safe address, or never will deliver."""
    template: Code
    link: Annotated[str, Field(pattern=r"^/")]
    can_be_declined: bool
    """Whether its recipient may ask for no such messages. Legal notices say no."""
    kind: Kind | None = None
    """What they then ask for none of."""
    delay: Annotated[timedelta, Field(ge=timedelta(0))] = timedelta(0)
    """After the event (ISO 8601): what makes it untrue meanwhile stops it."""
    urgent: bool = False
    """Whether it leaves at any hour and on any day, and before the others."""
    overtaken_by: tuple[str, ...] = ()
    """Events of the same subject after which the message is no longer true: of the same appointment, orientation or
    due date, where the event is about one."""
    true_until: str | None = None
    """The fact of its event, a moment or a day, from which on, or after which, it says nothing true any more."""
    every_programme: bool = False
    """Whether it is written without a programme asking for it."""

    @property
    def occasion(self) -> Occasion:
        return OCCASIONS[self.event]

    def address(self, facts: Mapping[str, Any]) -> str:
        """The path its message links to. `facts` are those stored with the delivery, perhaps by an earlier release."""
        return self.link.format_map(self.occasion.facts.model_validate(facts).model_dump())

    @property
    def recipients(self) -> Recipients:
        return self.occasion.recipients[self.to]


@dataclass(frozen=True)
class RuleBook:
    """Every rule by name, and the programmes that ask for them."""

    rules: Mapping[str, Rule]
    programmes: Programmes

    def wanted(self, event: str, programme: str, version: int) -> tuple[Rule, ...]:
        """The rules a programme has for an event, those of every programme among them. Raises UnknownProgramme."""
        asked = {one.rule for one in self.programmes.version(programme, version).messages if one.event == event}
        return tuple(rule for rule in self.of(event) if rule.rule in asked or rule.every_programme)

    def of(self, event: str) -> tuple[Rule, ...]:
        """Every rule for an event."""
        return tuple(rule for rule in self.rules.values() if rule.event == event)

    @cached_property
    def overtaking(self) -> Mapping[type[EventData], tuple[str, ...]]:
        """Event type → names of the rules whose messages it makes untrue."""
        names = {name for rule in self.rules.values() for name in rule.overtaken_by}
        return {
            EVENTS[name, 1]: tuple(rule.rule for rule in self.rules.values() if name in rule.overtaken_by)
            for name in sorted(names)
        }


def load(programmes: Programmes, folder: Path = SHIPPED) -> RuleBook:
    """Read every rule. Raises BadRule for one that cannot work, or that a programme asks for in vain."""
    rules = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    book = RuleBook({rule.rule: rule for rule in rules}, programmes)
    for programme in programmes.versions.values():
        for asked in programme.messages:
            rule = book.rules.get(asked.rule)
            if rule is None or (rule.event, rule.to) != (asked.event, asked.to):
                raise BadRule(f"{programme.id}: no rule {asked.rule} writes to {asked.to} on {asked.event}")
    return book


def _read(path: Path) -> Rule:
    try:
        rule = Rule.model_validate(yaml_files.read(path))
    except (ValidationError, yaml.YAMLError) as error:
        raise BadRule(f"{path.name}: {error}") from None
    for fault in _faults(rule, path.stem):
        raise BadRule(f"{path.name}: {fault}")
    return rule


def _faults(rule: Rule, stem: str) -> list[str]:
    occasion: Any = OCCASIONS.get(rule.event)
    if occasion is None:
        return [f"nothing is written on {rule.event}"]
    named = {name for _, name, _, _ in Formatter().parse(rule.link) if name}
    checks = {
        "what can be declined is of a kind, and nothing else": rule.can_be_declined == (rule.kind is not None),
        "a channel is named twice": len(set(rule.channels)) == len(rule.channels),
        f"the file of {rule.rule} is named {rule.rule}.yaml": rule.rule == stem,
        f"{rule.event} names no {rule.to}": rule.to in occasion.recipients,
        f"{rule.event} tells no moment {rule.true_until}": rule.true_until in {None, *occasion.moments},
        f"the link needs {sorted(named)}": named <= set(occasion.facts.model_fields),
        "overtaken_by names an event that does not exist": all((name, 1) in EVENTS for name in rule.overtaken_by),
    }
    return [fault for fault, holds in checks.items() if not holds]

"""The rules of a request: which programme is possible, and by when an answer is promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from holidays.holiday_base import HolidayBase

from contracts.programme import Programme
from contracts.programmes import Programmes, UnknownProgramme
from intake.people.model import age_between

FALLBACK = "first-contact"
"""What is offered where nothing else says so: anyone may ask anything."""
MAJORITY = 18

_SUBDIVISIONS = {"57": "57", "67": "6AE", "68": "6AE"} | {
    code: code for code in ("971", "972", "973", "974", "976")
} | {"975": "PM", "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC"}  # fmt: skip


class NotOffered(Exception):
    """No such programme is offered here."""


class UnknownExclusion(Exception):
    """The programme knows no such exclusion; holds its code."""


class ChildAtRisk(Exception):
    """What was noted is a worry about a child, and so no ordinary request: it is for the département's cell alone."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules of a programme look at."""

    asked_by: str
    """The requester's role."""
    today: date
    minor: bool = False
    birth_date: str | None = None
    """Of the person concerned, in whole or in part."""
    agreed: frozenset[str] = frozenset()
    """Kinds of consent the person concerned has given."""
    holders_agreed: tuple[bool, ...] = ()
    """One for each known holder of parental authority."""
    exclusions: frozenset[str] = frozenset()
    """Codes an agent has noted."""

    @property
    def concerns_a_minor(self) -> bool:
        """Said so, or certain from the birth date."""
        return self.minor or (self.birth_date is not None and age_between(self.birth_date, self.today)[1] < MAJORITY)


@dataclass(frozen=True, slots=True)
class Decision:
    """Under which programme a request is accepted. `declined` was asked for and is not possible."""

    programme: Programme
    minor: bool
    """Whether the person concerned is a minor: what everybody is told, however it came to be known."""
    declined: Programme | None = None
    reasons: tuple[str, ...] = ()
    """Codes (`exclusion:…`, `consent:…`, `role`, `age`), for authorised agents alone."""

    @property
    def sentence(self) -> str | None:
        """All that anybody else reads of a refusal: the reader may be the person it protects from."""
        return self.declined.not_possible if self.declined else None


def asked_programme(programmes: Programmes, asked: str, *, by_agent: bool) -> Programme:
    """The programme asked for. Raises NotOffered; demonstrations are for agents."""
    try:
        programme = programmes.current(asked)
    except UnknownProgramme:
        raise NotOffered from None
    if programme.demo and not by_agent:
        raise NotOffered
    return programme


def decide(programmes: Programmes, asked: Programme, circumstances: Circumstances) -> Decision:
    """Accept under the programme asked for, or under the one offered instead: nobody is sent away.

    Raises UnknownExclusion, ChildAtRisk.
    """
    minor = circumstances.concerns_a_minor
    excluding = [exclusion for exclusion in asked.exclusions if exclusion.code in circumstances.exclusions]
    if minor and any(exclusion.child_concern_for_minor for exclusion in excluding):
        raise ChildAtRisk
    if unknown := circumstances.exclusions - {exclusion.code for exclusion in asked.exclusions}:
        raise UnknownExclusion(min(unknown))
    reasons = (*(f"exclusion:{exclusion.code}" for exclusion in excluding), *_obstacles(asked, circumstances))
    if not reasons:
        return Decision(asked, minor)
    instead = programmes.current(excluding[0].instead if excluding else FALLBACK)
    return Decision(asked, minor) if instead == asked else Decision(instead, minor, asked, reasons)


def _obstacles(asked: Programme, circumstances: Circumstances) -> Iterator[str]:
    if circumstances.asked_by not in asked.who_may_ask:
        yield "role"
    if not _age_fits(asked, circumstances):
        yield "age"
    for consent in asked.consents_needed(circumstances.asked_by, circumstances.concerns_a_minor):
        if consent.given_by == "parental_authority":
            given = bool(circumstances.holders_agreed) and all(circumstances.holders_agreed)
        else:
            given = consent.kind in circumstances.agreed
        if not given:
            yield f"consent:{consent.code}"


def _age_fits(asked: Programme, circumstances: Circumstances) -> bool:
    """An age that is not known for certain excludes nobody."""
    if circumstances.birth_date is None:
        return True
    return any(map(asked.ages.include, age_between(circumstances.birth_date, circumstances.today)))


def explained(programme: Programme, reason: str) -> str:
    """A reason's code in French, for an authorised agent."""
    kind, _, code = reason.partition(":")
    exclusions = {exclusion.code: exclusion.label for exclusion in programme.exclusions}
    consents = {consent.code: consent.label for consent in programme.consents}
    match kind:
        case "exclusion":
            return exclusions.get(code, code)
        case "consent":
            return f"Accord manquant : {consents.get(code, code)}"
        case "age":
            return "L'âge de la personne concernée n'est pas celui prévu."
        case _:
            return "Ce dispositif ne peut pas être demandé à ce titre."


@cache
def holidays_in(department: str, year: int) -> frozenset[date]:
    """Public holidays of a département in that year and the next: Alsace-Moselle and overseas have their own."""
    return frozenset(_france()(subdiv=_SUBDIVISIONS.get(department), years=(year, year + 1)))


@cache
def _france() -> type[HolidayBase]:
    """France alone: the library's own way in imports every country of the world, which the first request would
    wait for (half a second and 20 MB)."""
    countries = find_spec("holidays.countries")
    assert countries is not None
    assert countries.submodule_search_locations is not None
    spec = spec_from_file_location("holidays_of_france", Path(countries.submodule_search_locations[0]) / "france.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("type[HolidayBase]", module.France)


def promised_on(programme: Programme, received_on: date, urgency: str, department: str) -> date:
    """The day an answer is promised for, in working days of the place."""
    return programme.promised_on(received_on, urgency, holidays_in(department, received_on.year))


def promise_ends(promised: date, zone: ZoneInfo) -> datetime:
    """The instant after which a promise is missed: the promised day counts whole."""
    return datetime.combine(promised + timedelta(days=1), time(), zone)

"""The rules of a request: which programme is possible, and by when an answer is promised."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chassis.holidays import holidays_in
from contracts.durations import working_days_between
from contracts.programme import Answers, Programme
from contracts.programmes import Programmes, UnknownProgramme
from intake.eligibility.model import FALLBACK, Facts, assess, is_child_concern, unknown_exclusions


class NotOffered(Exception):
    """No such programme is offered here."""


class UnknownExclusion(Exception):
    """The programme knows no such exclusion; holds its code."""


class ChildNamed(Exception):
    """The programme keeps nothing that tells who a child is, and something of it was said."""


class ChildAtRisk(Exception):
    """What was noted is a worry about a child, and so no ordinary request: it is for the département's cell alone."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Under which programme a request is accepted. `declined` was asked for and is not possible."""

    programme: Programme
    minor: bool
    """Whether the person concerned is a minor: what everybody is told, however it came to be known."""
    declined: Programme | None = None
    reasons: tuple[str, ...] = ()
    """Codes of what refuses it (`Finding.code`), for authorised agents alone."""
    answers: Answers = field(default_factory=dict)
    """To the questions of the programme asked for."""

    @property
    def asked(self) -> Programme:
        """The programme that was asked for."""
        return self.declined or self.programme

    @property
    def sentence(self) -> str | None:
        """All that anybody else reads of a refusal: the reader may be the person it protects from."""
        return self.declined.not_possible if self.declined else None


def asked_programme(programmes: Programmes, asked: str, *, by_agent: bool) -> Programme:
    """The programme asked for. Demonstrations, and programmes offered to agents, are for agents. Raises NotOffered;
    ChildAtRisk where an agent asks for what is the cell's alone."""
    try:
        programme = programmes.current(asked)
    except UnknownProgramme:
        raise NotOffered from None
    if not programme.who_may_ask or (not by_agent and (programme.demo or programme.offered_to != "anyone")):
        raise NotOffered
    if programme.restricted:
        raise ChildAtRisk
    return programme


def decide(programmes: Programmes, asked: Programme, facts: Facts) -> Decision:
    """Accept under the programme asked for, or under the one offered instead: nobody is sent away.

    Raises UnknownExclusion, ChildAtRisk.
    """
    refuse_child_concern(asked, facts)
    refuse_unknown_exclusion(asked, facts)
    found = assess(asked, facts)
    if found.instead in (None, asked.id):
        return Decision(asked, found.minor, answers=facts.answers)
    return Decision(programmes.current(found.instead or FALLBACK), found.minor, asked, found.reasons, facts.answers)


def refuse_child_concern(asked: Programme, facts: Facts) -> None:
    """Raises ChildAtRisk: first of all, since whom to call for a child waits for nothing else to be corrected."""
    if is_child_concern(asked, facts):
        raise ChildAtRisk


def refuse_unknown_exclusion(asked: Programme, facts: Facts) -> None:
    """Raises UnknownExclusion."""
    if unknown := unknown_exclusions(asked, facts):
        raise UnknownExclusion(min(unknown))


def refuse_child_name(asked: Programme, *, names_others: bool, holders_agreed: Collection[bool]) -> None:
    """Raises ChildNamed where the programme keeps no child's name and the child, the home, or a holder of parental
    authority who has not agreed is named."""
    if asked.no_child_name and (names_others or not all(holders_agreed)):
        raise ChildNamed


def promised_on(programme: Programme, received_on: date, urgency: str, department: str) -> date:
    """The day an answer is promised for, in working days of the place."""
    return programme.promised_on(received_on, urgency, holidays_in(department, received_on.year))


def working_days(received_on: date, answered_on: date, department: str) -> int:
    """How long the person waited, in working days of the place: 0 when they were answered on the day they asked."""
    years = range(received_on.year, answered_on.year + 1, 2)  # each look-up knows two
    holidays = frozenset[date]().union(*(holidays_in(department, year) for year in years))
    return working_days_between(received_on, answered_on, holidays)


def promise_ends(promised: date, zone: ZoneInfo) -> datetime:
    """The instant after which a promise is missed: the promised day counts whole."""
    return datetime.combine(promised + timedelta(days=1), time(), zone)

"""What a programme is: who may ask, conditions, consents, exclusions, form, steps, deadlines, messages, retention.

Pure values and the rules that follow from them; `contracts.programmes` reads them from files.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from contracts.durations import Duration, DurationField, add_working_days, due_instant
from contracts.events.data import ProgrammeId
from contracts.events.intake import KnownRequesterRole
from contracts.events.partners import KnownAgentRole
from contracts.events.people import KnownConsentKind

Answers = Mapping[str, object]
"""Question → answer; of yes/no questions, True or False."""
EMPTY: Answers = MappingProxyType({})
MAJORITY = 18
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$")]
Label = Annotated[str, Field(min_length=1)]


class _Described(BaseModel):
    """A part of a programme; an unknown field is a mistake in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ages(_Described):
    """Ages of the person concerned, both included; never of who asks."""

    from_age: int | None = None
    to_age: int | None = None

    def include(self, age: int) -> bool:
        """Whether somebody of this age may be concerned."""
        return (self.from_age is None or age >= self.from_age) and (self.to_age is None or age <= self.to_age)


class _Conditional(_Described):
    """Something that `only_if`, where it is set, makes depend on one question: the name of a yes/no question of the
    form, answered yes."""

    only_if: Code | None = None

    def applies(self, answers: Answers) -> bool:
        """Whether it counts for who answered this."""
        return self.only_if is None or answers.get(self.only_if) is True


class ConsentRule(_Conditional):
    """A consent the programme needs before it starts. `concerned` says for whom it applies; those of
    `unless_asked_by` give it by asking."""

    code: Code
    kind: KnownConsentKind
    given_by: Literal["person_concerned", "parental_authority"]
    concerned: Literal["adult", "minor", "anyone"] = "anyone"
    unless_asked_by: tuple[KnownRequesterRole, ...] = ()
    label: Label

    def needed(self, asked_by: str, minor: bool, answers: Answers) -> bool:
        """Whether a request by this role, about a minor or an adult, needs it."""
        for_them = self.concerned in ("anyone", "minor" if minor else "adult")
        return for_them and asked_by not in self.unless_asked_by and self.applies(answers)


class Condition(_Conditional):
    """What must be so, beyond ages and consents. `label` says that it is met; the answer to `question`, a yes/no
    question put to an agent, must be `expected`. The answer is sealed."""

    code: Code
    label: Label
    question: Label
    expected: bool = True


class Exclusion(_Described):
    """A situation in which the programme is refused, and the programme offered instead. The label is for
    authorised agents only. `child_concern_for_minor`: where a minor is concerned it is a worry about a child, never
    an ordinary request. Intake takes none in: it says to call the département's cell, and keeps nothing."""

    code: Code
    label: Label
    instead: ProgrammeId
    child_concern_for_minor: bool = False


class Choice(_Described):
    """One answer to choose."""

    value: Code
    label: Label


class FormField(_Described):
    """A question the programme adds to what every request asks (themes, commune, what is said, who). Free text, and
    what is `sensitive`, is sealed; an `amount` is in euros."""

    name: Code
    type: Literal["text", "long_text", "choice", "choices", "date", "yes_no", "number", "amount"]
    label: Label
    hint: str | None = None
    required: bool = False
    sensitive: bool = False
    asked_of: Literal["anyone", "agent"] = "anyone"
    options: tuple[Choice, ...] = ()

    @property
    def sealed(self) -> bool:
        """Whether the answer travels sealed."""
        return self.sensitive or self.type in ("text", "long_text")


class Document(_Described):
    """A document asked for."""

    code: Code
    label: Label
    required: bool = False


class Chosen(_Described):
    """That a choice was answered by one of these values."""

    question: Code
    answered: Annotated[tuple[Code, ...], Field(min_length=1)]

    def holds(self, answers: Answers) -> bool:
        """Whether it was, by who answered this."""
        return answers.get(self.question) in self.answered


class ChosenAt(Chosen):
    """`Chosen`, in the form of an earlier step."""

    step: Code


class AnswerOf(_Described):
    """What was answered to a question of an earlier step's form."""

    step: Code
    question: Code


class StepField(FormField):
    """What is recorded with a step. `when`: only where an earlier choice of the same form was answered so, and then
    obligatory if it is `required`. `at_most`: an amount never above that one."""

    when: Chosen | None = None
    at_most: AnswerOf | None = None

    def asked(self, answers: Answers) -> bool:
        """Whether it is asked of who answered this."""
        return self.when is None or self.when.holds(answers)


class Step(_Described):
    """A step, in order; `by` are the roles that carry it out (none: the family itself). `form` is recorded with it.
    `only_if`: where what was recorded with an earlier step has it so; otherwise there is nothing to do."""

    code: Code
    label: Label
    by: tuple[KnownAgentRole, ...] = ()
    optional: bool = False
    form: tuple[StepField, ...] = ()
    only_if: ChosenAt | None = None


class Referent(_Conditional):
    """Somebody who follows the dossier; each referent belongs to a different organisation."""

    code: Code
    label: Label


class Term(_Described):
    """How long one contract or order may last, and all of them together (`ceiling`)."""

    code: Code
    label: Label
    at_least: DurationField | None = None
    at_most: DurationField
    ceiling: DurationField


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a deadline speaks: before (None: it does not), on the day, and once it is missed."""

    due_on: date
    early_at: datetime | None
    due_at: datetime
    overdue_at: datetime


Moment = Literal[
    "submission", "opening", "meeting", "proposal", "agreed_day", "first_term", "decision", "receipt", "report"
]
"""What a delay may run from besides a step. `first_term`: the day the first contract or order began."""


class Deadline(_Described):
    """A delay that runs from a moment, or from the day of a step. It is announced `lead` before, and overdue `grace`
    after. Where it runs from an `agreed_day` and lasts no time, that day is the deadline. `contacts_at_least`: how many
    distinct people must have been contacted for it to be met.

    `until`: the step that meets it. With it the deadline is the dossier's own: it runs by itself, from a step, or from
    the `opening` of the dossier, which is its `submission`."""

    code: Code
    label: Label
    runs_from: Moment | Code
    until: Code | None = None
    within: DurationField
    lead: DurationField | None = None
    grace: DurationField = Duration(days=1)
    contacts_at_least: int | None = None

    @property
    def durations(self) -> tuple[Duration, ...]:
        """All of its durations, without those it does not have."""
        return tuple(duration for duration in (self.within, self.lead, self.grace) if duration is not None)

    def schedule(self, start: datetime, zone: ZoneInfo) -> Schedule:
        """The instants, counted in calendar days of `zone` from the day of `start` (08:00 local), or in
        seconds from `start` itself in a demonstration."""
        return self._by_calendar(start, zone) if self.within.calendar else self._by_seconds(start, zone)

    def _by_calendar(self, start: datetime, zone: ZoneInfo) -> Schedule:
        due_on = self.within.after(start.astimezone(zone).date())
        return Schedule(
            due_on=due_on,
            early_at=due_instant(self.lead.before(due_on), zone) if self.lead else None,
            due_at=due_instant(due_on, zone),
            overdue_at=due_instant(self.grace.after(due_on), zone),
        )

    def _by_seconds(self, start: datetime, zone: ZoneInfo) -> Schedule:
        due_at = start + self.within.exact()
        return Schedule(
            due_on=due_at.astimezone(zone).date(),
            early_at=due_at - self.lead.exact() if self.lead else None,
            due_at=due_at,
            overdue_at=due_at + self.grace.exact(),
        )


class Promise(_Described):
    """Working days within which the person gets an answer: a commitment of the service, not a legal delay."""

    ordinary: Annotated[int, Field(ge=1)]
    soon: Annotated[int, Field(ge=1)]
    immediate: Annotated[int, Field(ge=1)]


class MessageRule(_Described):
    """On this event, write to them; what it says is the notifications service's template of that rule."""

    rule: Code
    event: str
    to: Literal["requester", "members", "coordinator", "person"]


class Retention(_Described):
    """How long a file is kept, from what, what becomes of it then, and the text that says so."""

    period: DurationField
    runs_from: Literal["last_contact", "closing"]
    disposition: Literal["destruction_with_visa", "archives", "sorting"]
    source: Label


Kind = Literal["request", "conference", "measure", "support", "concern", "territory"]
"""The life cycle of a programme's dossiers."""
STEPWISE: frozenset[Kind] = frozenset({"request", "support"})
"""Kinds whose dossiers go on by the steps their programme states."""

NUMBERS: Mapping[str, str] = {
    "17": "Police secours",
    "112": "Urgences",
    "114": "Urgences par SMS",
    "115": "Hébergement d’urgence",
    "119": "Enfance en danger",
    "3114": "Prévention du suicide",
    "3919": "Violences faites aux femmes",
    "3977": "Personnes âgées ou vulnérables",
}
"""Free numbers that answer whoever calls."""


class Programme(_Described):
    """A programme in one version.

    `offered_to`: residents and agents, agents only, or the département's cell alone, which then is the only one to
    read it. `lives_here`: for people who live on a territory of the deployment. `no_child_name`: nothing that tells
    who a minor is may be kept. `not_possible` is all that anybody but an authorised agent reads of a refusal.
    Nobody asks for a conference of a territory: its managers open one.
    `answered_by`: data·inclusion thématiques of the offers that answer it. `numbers`: those to show beside it.
    """

    id: ProgrammeId
    version: Annotated[int, Field(ge=1)]
    kind: Kind
    title: Label
    summary: Label
    demo: bool = False
    offered_to: Literal["anyone", "agents", "cell"] = "anyone"
    numbers: tuple[str, ...] = ()
    who_may_ask: tuple[KnownRequesterRole, ...]
    ages: Ages = Ages()
    lives_here: bool = False
    no_child_name: bool = False
    conditions: tuple[Condition, ...] = ()
    consents: tuple[ConsentRule, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    not_possible: Label | None = None
    promise: Promise
    form: tuple[FormField, ...] = ()
    documents: tuple[Document, ...] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    referents: tuple[Referent, ...] = ()
    terms: tuple[Term, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    answered_by: tuple[str, ...] = ()
    retention: Retention
    messages: tuple[MessageRule, ...] = ()

    @property
    def restricted(self) -> bool:
        """Whether the département's cell alone reads its dossiers."""
        return self.offered_to == "cell"

    @property
    def stepwise(self) -> bool:
        """Whether agents record its steps one by one; the other kinds have a life cycle of their own."""
        return self.kind in STEPWISE

    @property
    def own_deadlines(self) -> tuple[Deadline, ...]:
        """Those that run by its steps."""
        return tuple(deadline for deadline in self.deadlines if deadline.until is not None)

    @property
    def minors_only(self) -> bool:
        """Whether it concerns nobody of age."""
        return self.ages.to_age is not None and self.ages.to_age < MAJORITY

    def consents_needed(self, asked_by: str, minor: bool, answers: Answers = EMPTY) -> tuple[ConsentRule, ...]:
        """The consents a request by this role needs, the person concerned being a minor or not."""
        return tuple(consent for consent in self.consents if consent.needed(asked_by, minor, answers))

    def referents_needed(self, answers: Answers = EMPTY) -> tuple[Referent, ...]:
        """Who follows the dossier together, where one referent is not enough."""
        return tuple(referent for referent in self.referents if referent.applies(answers))

    def step(self, code: str) -> Step:
        """The step of that code. Raises KeyError."""
        return {step.code: step for step in self.steps}[code]

    def deadline(self, code: str) -> Deadline:
        """The deadline of that code. Raises KeyError."""
        return {deadline.code: deadline for deadline in self.deadlines}[code]

    def term(self, code: str) -> Term:
        """The term of that code. Raises KeyError."""
        return {term.code: term for term in self.terms}[code]

    def promised_on(self, received: date, urgency: str, holidays: Container[date] = ()) -> date:
        """The day an answer is promised for. An urgency this release does not know is ordinary."""
        days = getattr(self.promise, urgency) if urgency in Promise.model_fields else self.promise.ordinary
        return add_working_days(received, days, holidays)

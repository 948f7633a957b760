"""What a programme is: who may ask, consents, exclusions, form, steps, deadlines, messages, retention.

Pure values and the rules that follow from them; `contracts.programmes` reads them from files.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from contracts.durations import Duration, DurationField, add_working_days, due_instant
from contracts.events.data import ProgrammeId
from contracts.events.intake import KnownRequesterRole
from contracts.events.partners import KnownAgentRole
from contracts.events.people import KnownConsentKind

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


class ConsentRule(_Described):
    """A consent the programme needs before it starts. `concerned` says for whom it applies; those of
    `unless_asked_by` give it by asking."""

    code: Code
    kind: KnownConsentKind
    given_by: Literal["person_concerned", "parental_authority"]
    concerned: Literal["adult", "minor", "anyone"] = "anyone"
    unless_asked_by: tuple[KnownRequesterRole, ...] = ()
    label: Label

    def needed(self, asked_by: str, minor: bool) -> bool:
        """Whether a request by this role, about a minor or an adult, needs it."""
        applies = self.concerned in ("anyone", "minor" if minor else "adult")
        return applies and asked_by not in self.unless_asked_by


class Exclusion(_Described):
    """A situation in which the programme is refused, and the programme offered instead. The label is for
    authorised agents only. `child_concern_for_minor`: where a minor is concerned it is a worry about a child, never
    an ordinary request. Intake takes none in: it says to call the département's cell, and keeps nothing."""

    code: Code
    label: Label
    instead: ProgrammeId
    child_concern_for_minor: bool = False


class Option(_Described):
    """One answer to choose."""

    value: Code
    label: Label


class FormField(_Described):
    """A question of the form. Free text, and what is `sensitive`, is sealed."""

    name: Code
    type: Literal["text", "long_text", "choice", "choices", "date", "yes_no", "number", "themes", "commune"]
    label: Label
    hint: str | None = None
    required: bool = False
    sensitive: bool = False
    asked_of: Literal["anyone", "agent"] = "anyone"
    options: tuple[Option, ...] = ()

    @property
    def sealed(self) -> bool:
        """Whether the answer travels sealed."""
        return self.sensitive or self.type in ("text", "long_text")


class Document(_Described):
    """A document asked for."""

    code: Code
    label: Label
    required: bool = False


class Step(_Described):
    """A step, in order; `by` are the roles that carry it out (none: the family itself)."""

    code: Code
    label: Label
    by: tuple[KnownAgentRole, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a deadline speaks: before (None: it does not), on the day, and once it is missed."""

    due_on: date
    early_at: datetime | None
    due_at: datetime
    overdue_at: datetime


class Deadline(_Described):
    """A delay that runs from a moment. It is announced `lead` before, and overdue `grace` after.
    `contacts_at_least`: how many distinct people must have been contacted for it to be met."""

    code: Code
    label: Label
    runs_from: Literal["submission", "opening", "meeting", "ratification"]
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


class Programme(_Described):
    """A programme in one version. `not_possible` is all that anybody but an authorised agent reads of a
    refusal."""

    id: ProgrammeId
    version: Annotated[int, Field(ge=1)]
    title: Label
    summary: Label
    demo: bool = False
    who_may_ask: Annotated[tuple[KnownRequesterRole, ...], Field(min_length=1)]
    ages: Ages = Ages()
    consents: tuple[ConsentRule, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    not_possible: Label | None = None
    promise: Promise
    form: Annotated[tuple[FormField, ...], Field(min_length=1)]
    documents: tuple[Document, ...] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    deadlines: tuple[Deadline, ...] = ()
    answered_by: tuple[str, ...] = ()
    retention: Retention
    messages: tuple[MessageRule, ...] = ()

    def consents_needed(self, asked_by: str, minor: bool) -> tuple[ConsentRule, ...]:
        """The consents a request by this role needs, the person concerned being a minor or not."""
        return tuple(consent for consent in self.consents if consent.needed(asked_by, minor))

    def deadline(self, code: str) -> Deadline:
        """The deadline of that code. Raises KeyError."""
        return {deadline.code: deadline for deadline in self.deadlines}[code]

    def promised_on(self, received: date, urgency: str, holidays: Container[date] = ()) -> date:
        """The day an answer is promised for. An urgency this release does not know is ordinary."""
        days = getattr(self.promise, urgency) if urgency in Promise.model_fields else self.promise.ordinary
        return add_working_days(received, days, holidays)

"""Programmes as data: who may ask, consents, exclusions, form, steps, deadlines, messages, retention.

The shipped ones lie in `contracts/programmes/`; a département overlays a folder of its own to add one or to
replace a version. A case keeps the version it began under, so a change is a new file with a higher version.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.durations import Duration, DurationField, add_working_days, due_instant
from contracts.events import EVENTS
from contracts.events.data import ProgrammeId
from contracts.events.intake import KnownRequesterRole
from contracts.events.partners import KnownAgentRole
from contracts.events.people import KnownConsentKind
from contracts.themes import THEMATIQUES

SHIPPED = Path(__file__).parent / "programmes"

Code = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$")]
Label = Annotated[str, Field(min_length=1)]
Location = tuple[str | int, ...]


class BadProgramme(Exception):
    """A programme's file cannot be used. Its text is a French sentence naming file, line and reason."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        place = f"{file}, ligne {line}" if line else str(file)
        super().__init__(f"{place} : {reason}.")
        self.file = file
        self.line = line
        self.reason = reason


class UnknownProgramme(LookupError):
    """No such programme, or not in that version."""


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
    authorised agents only. `child_concern_for_minor`: where a minor is concerned, a worry about a child opens
    at once."""

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


@dataclass(frozen=True)
class Programmes:
    """Every version of every programme."""

    versions: Mapping[tuple[str, int], Programme]

    @cached_property
    def _current(self) -> dict[str, Programme]:
        return {id: self.versions[id, version] for id, version in sorted(self.versions)}

    @property
    def offered(self) -> tuple[Programme, ...]:
        """What may be asked for today, by title: current versions, without demonstrations."""
        real = (programme for programme in self._current.values() if not programme.demo)
        return tuple(sorted(real, key=lambda programme: programme.title))

    def current(self, id: str) -> Programme:
        """The highest version. Raises UnknownProgramme."""
        if id not in self._current:
            raise UnknownProgramme(id)
        return self._current[id]

    def version(self, id: str, version: int) -> Programme:
        """The version a case began under. Raises UnknownProgramme."""
        if (id, version) not in self.versions:
            raise UnknownProgramme(f"{id} version {version}")
        return self.versions[id, version]


def load(overlay: Path | None = None) -> Programmes:
    """The shipped programmes, and over them those of `overlay`. Raises BadProgramme for the first fault."""
    files = _folder(SHIPPED) | (_folder(overlay) if overlay else {})
    programmes = {key: file.programme for key, file in files.items()}
    known = {id for id, _ in programmes}
    for file in files.values():
        file.refuse(_unknown_instead(file.programme, known))
    return Programmes(programmes)


@dataclass(frozen=True)
class _File:
    path: Path
    tree: yaml.Node
    programme: Programme

    def refuse(self, faults: Iterable[tuple[Location, str]]) -> None:
        for location, reason in faults:
            raise BadProgramme(self.path, _line(self.tree, location), reason)


def _folder(folder: Path) -> dict[tuple[str, int], _File]:
    if not folder.is_dir():
        raise BadProgramme(folder, None, "ce dossier de dispositifs n’existe pas")
    read: dict[tuple[str, int], _File] = {}
    for path in sorted(folder.glob("*.yaml")):
        file = _read(path)
        key = (file.programme.id, file.programme.version)
        if key in read:
            file.refuse([(("id",), f"ce dispositif et cette version sont déjà dans {read[key].path.name}")])
        read[key] = file
    return read


def _read(path: Path) -> _File:
    tree = _tree(path)
    for key, line in _repeated_keys(tree):
        raise BadProgramme(path, line, f"le champ « {key} » est écrit deux fois")
    try:
        programme = Programme.model_validate(yaml.SafeLoader("").construct_document(tree))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise BadProgramme(path, _line(tree, fault["loc"]), _reason(fault)) from None
    file = _File(path, tree, programme)
    file.refuse(_faults(programme))
    return file


def _tree(path: Path) -> yaml.MappingNode:
    try:
        tree = yaml.compose(path.read_text("utf-8"), yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadProgramme(
            path, line, "le YAML est incorrect : vérifiez les retraits et les deux-points"
        ) from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise BadProgramme(path, None, "ce fichier n’est pas un texte en UTF-8") from None
    if not isinstance(tree, yaml.MappingNode):
        raise BadProgramme(path, 1, "ce fichier ne décrit pas un dispositif")
    return tree


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)


def _line(node: yaml.Node, location: Location) -> int:
    """The line of the deepest part of `location` that is in the file (a missing field is not)."""
    line = node.start_mark.line + 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            pairs = [(item, item) for item in node.value[step : step + 1]]
        else:
            break
        if not pairs:
            break
        line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
    return line


_REASONS = {
    "missing": "le champ « {field} » manque",
    "extra_forbidden": "le champ « {field} » n’existe pas",
    "literal_error": "« {field} » doit être {expected}",
    "greater_than_equal": "« {field} » doit être au moins {ge}",
    "too_short": "« {field} » ne peut pas être vide",
    "string_too_short": "« {field} » ne peut pas être vide",
    "string_type": "« {field} » doit être un texte",
    "int_parsing": "« {field} » doit être un nombre entier",
    "int_type": "« {field} » doit être un nombre entier",
    "bool_parsing": "« {field} » doit être true ou false",
    "string_pattern_mismatch": "« {field} » s’écrit en minuscules sans accent ni espace",
}


def _reason(fault: Mapping[str, Any]) -> str:
    field = next((step for step in reversed(fault["loc"]) if isinstance(step, str)), "dispositif")
    if "BadDuration" in repr(fault.get("ctx")):
        return f"« {field} » doit être une durée ISO 8601, par exemple P3M ou P14D"
    values = {name: str(value).replace(" or ", " ou ") for name, value in fault.get("ctx", {}).items()}
    return _REASONS.get(fault["type"], "« {field} » n’a pas la forme attendue").format(field=field, **values)


def _faults(programme: Programme) -> Iterator[tuple[Location, str]]:
    """What one field alone does not show, each with its place."""
    yield from _repeated_codes(programme)
    yield from _durations_out_of_place(programme)
    for place, field in enumerate(programme.form):
        if (field.type in ("choice", "choices")) != bool(field.options):
            yield ("form", place), "un choix a des options, et lui seul"
    for place, message in enumerate(programme.messages):
        if message.event not in {type for type, _ in EVENTS}:
            yield ("messages", place, "event"), f"l’événement « {message.event} » n’existe pas"
    for place, value in enumerate(programme.answered_by):
        if value not in THEMATIQUES:
            yield ("answered_by", place), f"la thématique « {value} » n’existe pas dans data·inclusion"
    if programme.exclusions and programme.not_possible is None:
        yield ("exclusions",), "« not_possible » manque : la phrase neutre que lit la personne refusée"


def _repeated_codes(programme: Programme) -> Iterator[tuple[Location, str]]:
    parts = {
        "consents": [consent.code for consent in programme.consents],
        "exclusions": [exclusion.code for exclusion in programme.exclusions],
        "form": [field.name for field in programme.form],
        "documents": [document.code for document in programme.documents],
        "steps": [step.code for step in programme.steps],
        "deadlines": [deadline.code for deadline in programme.deadlines],
    }
    for part, codes in parts.items():
        for code, count in Counter(codes).items():
            if count > 1:
                yield (part, len(codes) - 1 - codes[::-1].index(code)), f"« {code} » est écrit deux fois"


def _durations_out_of_place(programme: Programme) -> Iterator[tuple[Location, str]]:
    for place, deadline in enumerate(programme.deadlines):
        if len({duration.calendar for duration in deadline.durations}) > 1:
            yield (
                ("deadlines", place),
                "ses durées se comptent toutes en jours et mois, ou toutes en secondes",
            )
        if not deadline.within.calendar and not programme.demo:
            yield ("deadlines", place, "within"), "seul un dispositif de démonstration compte en secondes"
        if any(duration.empty for duration in deadline.durations):
            yield ("deadlines", place), "une durée nulle ne sert à rien"


def _unknown_instead(programme: Programme, known: Container[str]) -> Iterator[tuple[Location, str]]:
    for place, exclusion in enumerate(programme.exclusions):
        if exclusion.instead not in known:
            yield ("exclusions", place, "instead"), f"le dispositif « {exclusion.instead} » n’existe pas"

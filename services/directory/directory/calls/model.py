"""Calls for projects and what comes of them: a project deposited, read by several, decided, reported on.

Amounts are whole cents. Days are those of the deployment's zone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from chassis.web.translations import N_
from directory.refusal import Refused
from directory.sharing import shared, shared_up_to


class Kind(StrEnum):
    LOCAL_INITIATIVES = "local_initiatives"
    SOCIAL_CENTRES = "social_centres"
    FOOD_SOLIDARITY = "food_solidarity"
    OTHER = "other"


class Sharing(StrEnum):
    """How the envelope is shared out."""

    NONE = "none"
    """As decisions go, until nothing is left."""
    TERRITORY = "territory"
    """As much for each of the call's territories."""
    POPULATION = "population"
    """For each territory in proportion to its people."""
    FIXED = "fixed"
    """For each territory in proportion to the parts written in the call."""
    SCORE = "score"
    """For each project in proportion to its score, nobody being proposed more than was asked."""


BY_TERRITORY: Final = frozenset({Sharing.TERRITORY, Sharing.POPULATION, Sharing.FIXED})


class State(StrEnum):
    """Of a project."""

    DEPOSITED = "deposited"
    WITHDRAWN = "withdrawn"
    GRANTED = "granted"
    REFUSED = "refused"


class Opinion(StrEnum):
    FAVOURABLE = "favourable"
    RESERVED = "reserved"
    UNFAVOURABLE = "unfavourable"


@dataclass(frozen=True, slots=True)
class Criterion:
    """What projects are judged on: from 0 to `best` points, which count `weight` times."""

    code: str
    label: str
    best: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands. `opens_on` and `closes_on` are both days of deposit; `report_due_on`: when those granted say
    what they did with it. `people`: inhabitants of each territory, counted when the call was last written."""

    call_id: UUID
    title: str
    kind: str
    about: str
    organisation_id: UUID
    territory_ids: tuple[str, ...]
    opens_on: date
    closes_on: date
    envelope_cents: int
    sharing: str
    parts: Mapping[str, int]
    people: Mapping[str, int]
    criteria: tuple[Criterion, ...]
    report_due_on: date
    retired: bool = False
    version: int = 1

    @property
    def ceilings(self) -> Mapping[str, int] | None:
        """What may be granted on each territory; None where the envelope is one."""
        weights: Mapping[str, int]
        match self.sharing:
            case Sharing.TERRITORY:
                weights = dict.fromkeys(self.territory_ids, 1)
            case Sharing.POPULATION:
                weights = {one: self.people.get(one, 0) for one in self.territory_ids}
            case Sharing.FIXED:
                weights = {one: self.parts.get(one, 0) for one in self.territory_ids}
            case _:
                return None
        return shared(self.envelope_cents, weights)

    def open_on(self, day: date) -> bool:
        return not self.retired and self.opens_on <= day <= self.closes_on


def check_call(call: Call) -> None:
    """Raises Refused when a call contradicts itself."""
    if call.closes_on < call.opens_on:
        raise Refused("dates", N_("La clôture ne peut pas précéder l'ouverture."))
    if call.report_due_on < call.closes_on:
        raise Refused("dates", N_("Le bilan est attendu après la clôture de l'appel."))
    if len({one.code for one in call.criteria}) < len(call.criteria):
        raise Refused("criteria", N_("Deux critères portent le même code. Donnez un code différent à chacun."))
    if call.sharing == Sharing.SCORE and not call.criteria:
        raise Refused("criteria", N_("Un partage selon la note demande au moins un critère."))
    if call.sharing in BY_TERRITORY and "*" in call.territory_ids:
        raise Refused("sharing", N_("Un partage par territoire demande de nommer les territoires."))
    if call.sharing == Sharing.FIXED and set(call.parts) - set(call.territory_ids):
        raise Refused("sharing", N_("Une part est donnée à un territoire qui n'est pas dans l'appel."))
    if call.ceilings is not None and sum(call.ceilings.values()) != call.envelope_cents:
        raise Refused("sharing", N_("Aucun territoire n'a de part : indiquez au moins une part ou une population."))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a budget."""

    label: str
    cents: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a project costs, and what pays for it besides the grant asked."""

    expenses: tuple[Line, ...]
    income: tuple[Line, ...] = ()

    @property
    def costs(self) -> int:
        return sum(line.cents for line in self.expenses)

    @property
    def other_income(self) -> int:
        return sum(line.cents for line in self.income)


@dataclass(frozen=True, slots=True)
class Payment:
    due_on: date
    cents: int
    paid_on: date | None = None


DOCUMENTS: Final = 20
"""Documents of one project, at most."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a project is accompanied by: it lies where its owner keeps it, or here."""

    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Project:
    """An organisation's project in answer to a call, as it stands."""

    project_id: UUID
    call_id: UUID
    organisation_id: UUID
    title: str
    about: str
    territory_id: str
    budget: Budget
    asked_cents: int
    deposited_by: UUID
    deposited_at: datetime
    documents: tuple[Document, ...] = ()
    state: str = State.DEPOSITED
    granted_cents: int | None = None
    reason: str | None = None
    decided_on: date | None = None
    decided_by: UUID | None = None
    payments: tuple[Payment, ...] = ()
    report_due_on: date | None = None
    report_received_on: date | None = None
    report_received_by: UUID | None = None
    agreement_id: UUID | None = None
    version: int = 1


def check_project(call: Call, project: Project) -> None:
    """Raises Refused when a project does not answer the call, or its budget does not balance: what it costs is what was
    found elsewhere and what is asked."""
    if "*" not in call.territory_ids and project.territory_id not in call.territory_ids:
        raise Refused("territory", N_("Ce territoire n'est pas dans l'appel. Choisissez l'un des siens."))
    if project.budget.costs != project.budget.other_income + project.asked_cents:
        raise Refused(
            "budget",
            N_("Le budget n'est pas équilibré : les dépenses égalent les autres recettes et le montant demandé."),
        )
    if project.asked_cents > call.envelope_cents:
        raise Refused("asked", N_("Le montant demandé dépasse l'enveloppe de l'appel."))


def check_deposit(call: Call, day: date, *, runs: bool) -> None:
    """Raises Refused outside the days of deposit. Who runs the call (`runs`) may enter later what came in time, by post
    for one, until the call is retired."""
    if call.retired or day < call.opens_on or not (runs or call.open_on(day)):
        raise Refused("closed", N_("Cet appel ne reçoit pas de projet aujourd'hui. Vérifiez ses dates."))


def check_undecided(project: Project) -> None:
    """Raises Refused once a project is decided or withdrawn."""
    if project.state != State.DEPOSITED:
        raise Refused("decided", N_("Ce projet est déjà décidé ou retiré : il ne change plus."))


def check_room(project: Project) -> None:
    """Raises Refused when a project has as many documents as it may have."""
    if len(project.documents) >= DOCUMENTS:
        raise Refused("documents", N_("Ce projet a déjà vingt documents : réunissez-en, ou retirez-en."))


def with_document(project: Project, document: Document) -> Project:
    return replace(project, documents=(*project.documents, document))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one person who read a project says of it: points for each criterion, an opinion, and why."""

    agent_id: UUID
    scores: Mapping[str, int]
    opinion: str
    comment: str
    given_at: datetime


def check_reading(call: Call, reading: Reading) -> None:
    """Raises Refused unless each criterion has its points, within its limits."""
    best = {one.code: one.best for one in call.criteria}
    if set(reading.scores) != set(best):
        raise Refused("scores", N_("Donnez des points à chaque critère de l'appel, et à eux seuls."))
    if any(not 0 <= points <= best[code] for code, points in reading.scores.items()):
        raise Refused("scores", N_("Des points dépassent le maximum de leur critère."))


def score(call: Call, readings: Iterable[Reading]) -> Fraction | None:
    """Out of 100, the mean of those who read it; each criterion counts by its weight whatever its scale. None before
    anybody read it, or without criteria."""
    given = [_score(call, one) for one in readings]
    return sum(given, Fraction()) / len(given) if given and call.criteria else None


def _score(call: Call, reading: Reading) -> Fraction:
    points = sum(
        (Fraction(one.weight * reading.scores.get(one.code, 0), one.best) for one in call.criteria), Fraction()
    )
    return 100 * points / max(1, sum(one.weight for one in call.criteria))


@dataclass(frozen=True, slots=True)
class Left:
    """What of a call may still be granted, in all and on each territory where it is shared so."""

    cents: int
    by_territory: Mapping[str, int] = field(default_factory=dict)

    def on(self, territory_id: str) -> int:
        """What may still be granted to a project there."""
        return min(self.cents, self.by_territory.get(territory_id, self.cents))


def left(call: Call, granted: Mapping[str, int]) -> Left:
    """`granted`: cents already granted, by territory."""
    by_territory = {one: most - granted.get(one, 0) for one, most in (call.ceilings or {}).items()}
    return Left(call.envelope_cents - sum(granted.values()), by_territory)


def proposed(call: Call, projects: Sequence[Project], scores: Mapping[UUID, Fraction]) -> dict[UUID, int]:
    """What a sharing by score proposes for each project not yet decided, out of what is left; it binds nobody."""
    waiting = {str(one.project_id): one for one in projects if one.state == State.DEPOSITED}
    weights = {name: scores.get(one.project_id, Fraction()) for name, one in waiting.items()}
    unit = _common_denominator(weights.values())
    granted = sum(one.granted_cents or 0 for one in projects)
    most = {name: one.asked_cents for name, one in waiting.items()}
    parts = shared_up_to(
        call.envelope_cents - granted, {name: int(weight * unit) for name, weight in weights.items()}, most
    )
    return {waiting[name].project_id: cents for name, cents in parts.items()}


def _common_denominator(fractions: Iterable[Fraction]) -> int:
    unit = 1
    for one in fractions:
        unit *= (one * unit).denominator
    return unit


def check_judge(project: Project, organisation_id: UUID) -> None:
    """Raises Refused for who belongs to the organisation that asks: nobody judges their own project."""
    if project.organisation_id == organisation_id:
        raise Refused("own-project", N_("Votre structure porte ce projet : une autre personne doit l'instruire."))


def check_grant(project: Project, left: Left, cents: int, payments: Sequence[Payment]) -> None:
    """Raises Refused for what may not be granted, or payments that do not add up to it."""
    check_undecided(project)
    if not 0 < cents <= project.asked_cents:
        raise Refused(
            "amount", N_("Accordez plus de 0 € et au plus ce qui est demandé. Pour ne rien accorder, refusez.")
        )
    if cents > left.on(project.territory_id):
        raise Refused("envelope", N_("Ce montant dépasse ce qui reste de l'enveloppe, ou de la part de ce territoire."))
    if payments:
        _check_sum(payments, cents)


def check_payments(project: Project, payments: Sequence[Payment]) -> None:
    """Raises Refused unless payments add up to what is granted."""
    _check_granted(project)
    _check_sum(payments, project.granted_cents or 0)


def check_report(project: Project, received_on: date, today: date) -> None:
    """Raises Refused for a report nobody waits for, or received on a day to come."""
    _check_granted(project)
    if project.report_received_on is not None:
        raise Refused("received", N_("Le bilan de ce projet est déjà reçu."))
    if received_on > today:
        raise Refused("dates", N_("Un bilan ne se reçoit pas un jour à venir."))


def check_covers(call: Call, granted: Mapping[str, int]) -> None:
    """Raises Refused when a call, written anew, no longer covers what it granted already."""
    rest = left(call, granted)
    if rest.cents < 0 or any(cents < 0 for cents in rest.by_territory.values()):
        raise Refused(
            "envelope", N_("L'enveloppe, ou la part d'un territoire, serait moindre que ce qui est déjà accordé.")
        )
    if call.ceilings is not None and set(granted) - set(call.ceilings):
        raise Refused("territory", N_("Un territoire où un projet est déjà accordé ne peut pas quitter l'appel."))


def _check_granted(project: Project) -> None:
    if project.state != State.GRANTED:
        raise Refused("not-granted", N_("Ce projet n'est pas accordé."))


def _check_sum(payments: Sequence[Payment], cents: int) -> None:
    if sum(one.cents for one in payments) != cents:
        raise Refused("payments", N_("Les versements n'égalent pas le montant accordé."))

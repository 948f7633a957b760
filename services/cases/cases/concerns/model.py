"""A worry about a child (information préoccupante, CASF L226-3) in the hands of the département's cell, from receipt to
what came of it. Pure: each step gives the concern as it then is, or raises Refused with what is missing and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.durations import add_months
from contracts.programme import Retention

EVALUATION_MONTHS: Final = 3
"""From receipt, at most: CASF D226-2-4."""
FEEDBACK_MONTHS: Final = 3
"""CASF L226-5: from sending for professionals and elected persons, from asking for others."""
UNDER: Final = 2
"""Years of age under which an evaluation must end sooner than the longest time allowed."""


class Danger(StrEnum):
    """How the cell sees the danger on its first analysis."""

    IMMEDIATE = "immediate"
    SERIOUS = "serious"
    TO_BE_EVALUATED = "to_be_evaluated"
    NONE = "none"


class Course(StrEnum):
    """What the cell decides on its first analysis."""

    EVALUATION = "evaluation"
    PROSECUTOR = "prosecutor"
    NO_FOLLOW_UP = "no_follow_up"


class Conclusion(StrEnum):
    """What an evaluation ends in."""

    NO_FOLLOW_UP = "no_follow_up"
    SUPPORT = "support"
    ADMINISTRATIVE_PROTECTION = "administrative_protection"
    JUDICIAL = "judicial"


class Authority(StrEnum):
    PROSECUTOR = "prosecutor"
    JUDGE = "judge"


class Informant(StrEnum):
    """Who reported: professionals and elected persons are told what came of it unasked."""

    PROFESSIONAL = "professional"
    ELECTED = "elected"
    OTHER = "other"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Report(_Value):
    """What was reported, as it was written down. `asked`: the request as it was typed."""

    reference: str
    received_at: datetime
    agent_id: UUID | None = None
    organisation_id: UUID | None = None
    place: str | None = None
    channel: str
    asked: Mapping[str, Any]

    @property
    def informant(self) -> Informant:
        """A service, a school or another partner reports as a professional; the cell may correct it."""
        role = self.asked.get("requester", {}).get("role", "self")
        return Informant.PROFESSIONAL if role in _PROFESSIONALS else Informant.OTHER


_PROFESSIONALS: Final = frozenset({"social_service", "school", "other_partner"})


class Child(_Value):
    """A minor of the home. All of them are evaluated, not only the one named first (CASF D226-2-4)."""

    child_id: UUID
    name: str
    born_on: date | None = None
    evaluated_on: date | None = None


class Told(_Value):
    """Parents told on a day, or why they were not: only the child's interest allows that."""

    on: date | None = None
    by: str | None = None
    not_told_because: str | None = None


class Seizure(_Value):
    """A prosecutor or a judge is seized; the parents are then told in writing."""

    authority: Authority
    on: date
    parents: Told | None = None


class Evaluation(_Value):
    concluded_on: date
    conclusion: Conclusion


class Entry(_Value):
    """What was done, when and by whom."""

    at: datetime
    agent_id: UUID | None
    kind: str
    text: str | None = None


class Concern(_Value):
    """A worry about a child as it stands."""

    case_id: UUID
    received_on: date
    informant: Informant
    sent_on: date
    """The day it was sent to the cell: it is written and sent at once."""
    danger: Danger | None = None
    course: Course | None = None
    evaluate_by: date
    children: tuple[Child, ...] = ()
    parents: Told | None = None
    evaluation: Evaluation | None = None
    seizures: tuple[Seizure, ...] = ()
    feedback_asked_on: date | None = None
    feedback_given_on: date | None = None
    closed_on: date | None = None
    journal: tuple[Entry, ...] = ()

    @property
    def feedback_due_on(self) -> date | None:
        """By when who reported learns what came of it; None when nobody is owed it, or it was given."""
        if self.feedback_given_on is not None:
            return None
        since = self.feedback_asked_on if self.informant is Informant.OTHER else self.sent_on
        return add_months(since, FEEDBACK_MONTHS) if since else None

    @property
    def evaluation_due_on(self) -> date | None:
        """By when the evaluation ends; None once it has, or when there is none to make."""
        if self.evaluation is not None or self.closed_on is not None:
            return None
        return None if self.course in (Course.NO_FOLLOW_UP, Course.PROSECUTOR) else self.evaluate_by

    def has_child_under_two(self, today: date) -> bool:
        """Whether a minor of the home is so young: the evaluation must end sooner, and is announced sooner."""
        return any(_under(child, today) for child in self.children)

    def kept_until(self, retention: Retention) -> date | None:
        """The last day its file is kept, by the programme; None while that period has not begun to run."""
        return retention.period.after(self.closed_on) if self.closed_on is not None else None

    def written(self, at: datetime, agent_id: UUID | None, kind: str, text: str | None = None) -> "Concern":
        """With one more line in its journal."""
        return self.with_(journal=(*self.journal, Entry(at=at, agent_id=agent_id, kind=kind, text=text)))

    def with_(self, **changes: Any) -> "Concern":
        return self.model_copy(update=changes)


def received(case_id: UUID, received_on: date, report: Report) -> Concern:
    """A concern nobody has looked at yet: the longest time allowed runs from its receipt."""
    return Concern(
        case_id=case_id,
        received_on=received_on,
        sent_on=received_on,
        informant=report.informant,
        evaluate_by=add_months(received_on, EVALUATION_MONTHS),
    )


def _open(concern: Concern) -> None:
    if concern.closed_on is not None:
        raise Refused(_("Cette information préoccupante est close : rien ne peut plus y être ajouté."))


def qualify(concern: Concern, danger: Danger, course: Course, evaluate_by: date | None, today: date) -> Concern:
    """The cell's first analysis. `evaluate_by`: sooner than three months with the danger and the child's age."""
    _open(concern)
    if course is Course.NO_FOLLOW_UP and danger is not Danger.NONE:
        raise Refused(_("Un danger est noté : évaluez, ou saisissez le procureur."))
    if danger is Danger.IMMEDIATE and course is not Course.PROSECUTOR:
        raise Refused(_("Le danger est immédiat : saisissez le procureur de la République sans attendre."))
    qualified = concern.with_(danger=danger, course=course)
    if course is not Course.EVALUATION:
        return qualified
    return _evaluated_by(qualified, evaluate_by or concern.evaluate_by, today)


def _evaluated_by(concern: Concern, day: date, today: date) -> Concern:
    longest = add_months(concern.received_on, EVALUATION_MONTHS)
    if not concern.received_on <= day <= longest:
        raise Refused(_("L'évaluation se termine au plus tard trois mois après la réception."))
    if day == longest and concern.danger is Danger.SERIOUS:
        raise Refused(_("Le danger est sérieux : fixez une date d'évaluation plus proche que trois mois."))
    if day == longest and concern.has_child_under_two(today):
        raise Refused(_("Un enfant a moins de deux ans : fixez une date d'évaluation plus proche que trois mois."))
    return concern.with_(evaluate_by=day)


def _under(child: Child, today: date) -> bool:
    return child.born_on is not None and add_months(child.born_on, 12 * UNDER) > today


def add_child(concern: Concern, child: Child) -> Concern:
    """A minor of the home, the child reported included."""
    _open(concern)
    return concern.with_(children=(*concern.children, child))


def child_evaluated(concern: Concern, child_id: UUID, on: date) -> Concern:
    """A minor of the home was evaluated. Raises Refused for one who is not in this home."""
    _open(concern)
    if all(child.child_id != child_id for child in concern.children):
        raise Refused(_("Cet enfant n'est pas dans ce foyer : ajoutez-le d'abord."))
    children = tuple(
        child.model_copy(update={"evaluated_on": on}) if child.child_id == child_id else child
        for child in concern.children
    )
    return concern.with_(children=children)


def tell_parents(concern: Concern, told: Told) -> Concern:
    """Parents are told beforehand by a professional, unless it is against the child's interest."""
    _open(concern)
    if (told.on is None) == (told.not_told_because is None):
        raise Refused(_("Indiquez quand les parents ont été informés, ou pourquoi l'intérêt de l'enfant s'y oppose."))
    return concern.with_(parents=told)


def conclude(concern: Concern, evaluation: Evaluation) -> Concern:
    """The evaluation ends. Raises Refused while a minor of the home was not evaluated or the parents not told."""
    _open(concern)
    if missing := tuple(_before_conclusion(concern)):
        raise Refused(*missing)
    return concern.with_(evaluation=evaluation)


def _before_conclusion(concern: Concern) -> Iterator[str]:
    if concern.course is not Course.EVALUATION:
        yield _("Décidez d'abord d'une évaluation : c'est la première analyse de la cellule.")
    if not concern.children:
        yield _("Ajoutez les mineurs du foyer : tous sont évalués.")
    left = sum(child.evaluated_on is None for child in concern.children)
    if left:
        yield _("Évaluez aussi les autres mineurs du foyer : il en reste %(count)d.") % {"count": left}
    if concern.parents is None:
        yield _("Dites si les parents ont été informés, ou pourquoi l'intérêt de l'enfant s'y oppose.")


def seize(concern: Concern, seizure: Seizure) -> Concern:
    _open(concern)
    return concern.with_(seizures=(*concern.seizures, seizure))


def tell_parents_of_seizure(concern: Concern, told: Told) -> Concern:
    """In writing, of the last seizure (CASF L226-5); the child's interest alone allows not to."""
    _open(concern)
    if not concern.seizures:
        raise Refused(_("Aucune autorité judiciaire n'est saisie."))
    last = concern.seizures[-1].model_copy(update={"parents": told})
    return concern.with_(seizures=(*concern.seizures[:-1], last))


def ask_feedback(concern: Concern, on: date) -> Concern:
    """Who reported asks what came of it; a professional need not."""
    return concern.with_(feedback_asked_on=concern.feedback_asked_on or on)


def give_feedback(concern: Concern, on: date) -> Concern:
    """Who reported was told, by the cell itself: no automatic message ever leaves."""
    if concern.course is None:
        raise Refused(_("La première analyse n'est pas faite : il n'y a pas encore de suites à dire."))
    return concern.with_(feedback_given_on=on)


def close(concern: Concern, on: date) -> Concern:
    """Raises Refused with all that is still to be done."""
    _open(concern)
    if missing := tuple(_before_closing(concern)):
        raise Refused(*missing)
    return concern.with_(closed_on=on)


def _before_closing(concern: Concern) -> Iterator[str]:
    if concern.course is None:
        yield _("Faites la première analyse.")
    if concern.course is Course.EVALUATION and concern.evaluation is None:
        yield _("Terminez l'évaluation.")
    if _must_be_seized(concern) and not concern.seizures:
        yield _("Saisissez l'autorité judiciaire : c'est ce qui a été décidé.")
    if any(seizure.parents is None for seizure in concern.seizures):
        yield _("Informez les parents par écrit de la saisine, ou dites pourquoi l'intérêt de l'enfant s'y oppose.")
    if concern.feedback_due_on is not None:
        yield _("Dites à qui a informé les suites données.")


def _must_be_seized(concern: Concern) -> bool:
    concluded = concern.evaluation is not None and concern.evaluation.conclusion is Conclusion.JUDICIAL
    return concern.course is Course.PROSECUTOR or concluded


def counted(concerns: Sequence[Concern], today: date) -> Mapping[str, int]:
    """How many there are of each kind: figures alone, from which small ones are hidden when they leave the cell."""
    return {
        "received": len(concerns),
        "open": sum(one.closed_on is None for one in concerns),
        "evaluation_overdue": sum(
            one.evaluation_due_on is not None and one.evaluation_due_on < today for one in concerns
        ),
        "under_evaluation": sum(one.course is Course.EVALUATION and one.evaluation is None for one in concerns),
        "prosecutor": sum(any(s.authority is Authority.PROSECUTOR for s in one.seizures) for one in concerns),
        "judge": sum(any(s.authority is Authority.JUDGE for s in one.seizures) for one in concerns),
        "no_follow_up": sum(one.course is Course.NO_FOLLOW_UP for one in concerns),
    }


SMALL: Final = 5
"""Counts below are hidden: a few could be recognised."""


def shown(counts: Mapping[str, int]) -> Mapping[str, int | None]:
    return {name: count if count == 0 or count >= SMALL else None for name, count in counts.items()}

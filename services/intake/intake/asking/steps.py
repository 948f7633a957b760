"""The questions of a request, one a page: which are asked of whom, in what order, and what an answer undoes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from chassis.web.translations import N_
from contracts.programme import Programme
from intake.requests.form import EMPTY
from intake.requests.questions import Question, questions

Fields = Mapping[str, Any]
"""Name of a field → what was typed; of boxes, those that were ticked."""


def _always(_: Fields) -> bool:
    return True


def _for_another(fields: Fields) -> bool:
    return fields["role"] not in ("", "self")


def _agreement_counts(fields: Fields) -> bool:
    return _for_another(fields) or fields["minor"] == "yes"


def _reachable(fields: Fields) -> bool:
    return bool(fields["email"].strip() or fields["phone"].strip())


@dataclass(frozen=True, slots=True)
class Step:
    """One page. `slug`: its address, which says nothing to who reads a browser's history; `title`: as the summary
    names it; `question`: of a programme's own."""

    slug: str
    title: str
    names: tuple[str, ...]
    asked_of: Callable[[Fields], bool] = _always
    question: Question | None = None


_WISH: Final = "souhait"
STEPS: Final = (
    Step("maintenant", N_("En ce moment"), ("danger",)),
    Step("pour-qui", N_("Qui demande"), ("role",)),
    Step("personne", N_("La personne concernée"), ("concerned_given_name", "concerned_family_name"), _for_another),
    Step("age", N_("Moins de 18 ans"), ("minor",)),
    Step("accord", N_("Accord"), ("agreed",), _agreement_counts),
    Step("sujets", N_("Sujets"), ("themes",)),
    Step("recit", N_("Ce que vous nous dites"), ("summary",)),
    Step(_WISH, N_("Ce que vous souhaitez"), ("programme",)),
    Step("commune", N_("Commune"), ("commune", "commune_code")),
    Step("nom", N_("Votre nom"), ("given_name", "family_name")),
    Step("joindre", N_("Pour vous répondre"), ("email", "phone")),
    Step("prudence", N_("Vous écrire"), ("safe", "neutral", "language"), _reachable),
)
_OF_WHO_IS_MEANT: Final = ("concerned_given_name", "concerned_family_name", "minor", "agreed")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far."""

    fields: Fields
    done: tuple[str, ...] = ()
    """Slugs of the pages that were answered, were it by leaving them empty."""
    alarms: tuple[str, ...] = ()
    """Those whose numbers were shown."""

    def answered(self, step: Step, typed: Fields) -> "Draft":
        """With what was typed on that page. Whether it is asked for oneself, or whether the person is a minor, changes
        who the answers about them were meant for: those are asked again, never passed on to somebody else."""
        fields = {**self.fields, **typed}
        undone = _undone(self.fields, fields)
        fields |= {name: EMPTY[name] for name in undone if name not in typed}
        slugs = {one.slug for one in STEPS if undone & set(one.names)}
        return replace(self, fields=fields, done=(*(slug for slug in self.done if slug not in slugs), step.slug))


def _undone(before: Fields, after: Fields) -> set[str]:
    if _for_another(before) != _for_another(after):
        return set(_OF_WHO_IS_MEANT)
    return {"agreed"} if before["minor"] != after["minor"] else set()


def asked_steps(fields: Fields, offered: Iterable[Programme]) -> list[Step]:
    """The pages of whoever answers so, in order; the questions of the programme they wish for stand after that wish."""
    found: list[Step] = []
    for step in STEPS:
        if step.asked_of(fields):
            found.append(step)
        if step.slug == _WISH:
            found += _own_questions(next((one for one in offered if one.id == fields["programme"]), None))
    return found


def _own_questions(programme: Programme | None) -> list[Step]:
    found = questions(programme) if programme else []
    return [
        Step(f"precision-{number}", one.field.label, (one.name,), question=one)
        for number, one in enumerate(found, start=1)
    ]


def named(steps: Iterable[Step], slug: str) -> Step | None:
    """The page of that address."""
    return next((step for step in steps if step.slug == slug), None)


def after(steps: Sequence[Step], step: Step) -> Step | None:
    """The page behind it; None behind the last."""
    place = [one.slug for one in steps].index(step.slug) + 1
    return steps[place] if place < len(steps) else None


def before(steps: Sequence[Step], step: Step) -> Step | None:
    """The page in front of it; None in front of the first."""
    place = [one.slug for one in steps].index(step.slug)
    return steps[place - 1] if place else None


def open_step(steps: Iterable[Step], done: Collection[str]) -> Step | None:
    """The first page not answered yet; None once all are."""
    return next((step for step in steps if step.slug not in done), None)

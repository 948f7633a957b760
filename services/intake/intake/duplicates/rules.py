"""What may be decided of two people who look alike, and which safe-contact rule wins when they are one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, Final

from chassis.web.translations import N_

UNDONE_WITHIN: Final = timedelta(days=30)
"""How long a decision may be undone."""


class State(StrEnum):
    """How a suspicion stands. `linked`: two people who have to do with each other, such as twins, a parent and a child,
    or a home that shares a phone; whoever sees both is told, and nothing is joined."""

    OPEN = "open"
    MERGED = "merged"
    LINKED = "linked"
    DISMISSED = "dismissed"


class Refused(Exception):
    """The decision is not possible; `sentence` says why and what to do, in French."""

    def __init__(self, sentence: str) -> None:
        super().__init__("refused by the rules")
        self.sentence = sentence


def must_be_open(state: str) -> None:
    """Raises Refused once somebody has decided."""
    if state != State.OPEN:
        raise Refused(N_("Une décision a déjà été prise pour ces deux personnes. Annulez-la d'abord."))


def must_be_undoable(state: str, decided_at: datetime | None, now: datetime) -> None:
    """Raises Refused while nothing is decided, and from 30 days after the decision on."""
    if state == State.OPEN or decided_at is None:
        raise Refused(N_("Rien n'a encore été décidé pour ces deux personnes : il n'y a rien à annuler."))
    if now - decided_at > UNDONE_WITHIN:
        raise Refused(
            N_(
                "La décision a plus de 30 jours : elle ne peut plus être annulée. "
                "Corrigez les fiches des deux personnes une par une."
            )
        )


# Safe contact -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reached:
    """How somebody may be reached at one contact point. `hours`: only then, as {weekdays, opens, closes}; none: at any
    time."""

    safe_to_write: bool
    neutral: bool
    never: bool
    hours: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Reached":
        return cls(row["safe_to_write"], row["neutral"], row["never"], tuple(row["hours"]))

    def rule(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "safe_to_write": self.safe_to_write,
            "neutral": self.neutral,
            "never": self.never,
            "hours": [dict(one) for one in self.hours],
        }


def strictest(one: Reached, other: Reached) -> Reached:
    """Both rules at once: what either forbids is forbidden, and only the hours both allow remain.

    Hours that exclude each other leave no moment at all: the contact point is never to be used. Nothing is written to
    where that is not said to be safe on both sides.
    """
    hours = _common(one.hours, other.hours)
    never = one.never or other.never or (not hours and bool(one.hours) and bool(other.hours))
    safe = one.safe_to_write and other.safe_to_write and not never
    return Reached(safe, one.neutral or other.neutral, never, hours)


def _common(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    if not ours or not theirs:
        return tuple(ours or theirs)
    both = [
        {"weekdays": days, "opens": max(one["opens"], other["opens"]), "closes": min(one["closes"], other["closes"])}
        for one in ours
        for other in theirs
        if (days := sorted(set(one["weekdays"]) & set(other["weekdays"])))
    ]
    return tuple(one for one in both if one["opens"] < one["closes"])


Point = Mapping[str, Any]
"""A contact point as it is read: contact_point_id, kind, value, and the fields of its rule."""


def joined_rules(ours: Iterable[Point], theirs: Sequence[Point]) -> dict[str, Reached]:
    """By contact point of `ours`, the rule that holds once they and the others are one, where it differs: what they
    share is reached by the strictest of all rules. What only one of them gave stays theirs."""
    found: dict[str, Reached] = {}
    for point in ours:
        same = [other for other in theirs if _compared(other) == _compared(point)]
        strict = reduce(strictest, map(Reached.of, same), Reached.of(point))
        if strict != Reached.of(point):
            found[str(point["contact_point_id"])] = strict
    return found


def _compared(point: Point) -> tuple[str, str]:
    return point["kind"], str(point["value"]).lower()


def forbidden_kinds(*each: Collection[str]) -> list[str]:
    """Kinds of contact never to be used for somebody who was several people."""
    return sorted({kind for one in each for kind in one})

"""What an agent has to do, by when: late, today, in the days that follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final

AHEAD: Final = timedelta(days=7)
"""How far ahead a day looks."""
REMEMBERED: Final = timedelta(days=90)
"""How long an orientation that nobody answered is still recalled: later, its dossier says so."""
SHOWN: Final = 10
"""Lines of one list: the rest is behind a link."""
COUNTED: Final = 50
"""What is counted of one list: more is « more than »."""


class When(StrEnum):
    LATE = "late"
    TODAY = "today"
    SOON = "soon"


class Kind(StrEnum):
    TASK = "task"
    ACTION = "action"
    FOLLOW_UP = "follow_up"
    AWAITED = "awaited"
    """An orientation whose answer the agent waits for."""
    EXPIRED = "expired"
    """An orientation that nobody answered: another help is to be found."""
    TO_ANSWER = "to_answer"
    """An orientation the agent's own organisation has to answer."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something due. `what`: what an agent wrote of it, if anything; `reference`: of a dossier the agent works on."""

    kind: Kind
    due_on: date
    url: str
    reference: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """The first of what is due then, and how many there are; at `COUNTED` and beyond, `more`."""

    items: Sequence[Item]
    count: int
    more: bool


def when(due_on: date, today: date) -> When:
    """On which list something due that day stands."""
    if due_on < today:
        return When.LATE
    return When.TODAY if due_on == today else When.SOON


def by_when(found: Iterable[Sequence[Item]], today: date) -> Mapping[When, Listed]:
    """All that was found, the earliest day first. A sequence holds of each list one more than is counted, at most."""
    ordered = sorted(chain.from_iterable(found), key=lambda one: (one.due_on, one.kind, one.reference, one.url))
    lists: dict[When, list[Item]] = {one: [] for one in When}
    for item in ordered:
        lists[when(item.due_on, today)].append(item)
    return {
        place: Listed(items[:SHOWN], min(len(items), COUNTED), len(items) > COUNTED) for place, items in lists.items()
    }


def spans(today: date) -> Sequence[tuple[date, date]]:
    """The days of each list, in the order of `When`: the first one, and the one after the last."""
    tomorrow = today + timedelta(days=1)
    return (date.min, today), (today, tomorrow), (tomorrow, today + AHEAD + timedelta(days=1))

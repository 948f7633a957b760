"""The rules of households and relations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

NO_AUTHORITY = frozenset({"partner", "curator"})
"""Relations that come without parental authority: it is held over a child."""


class Overlapping(Exception):
    """Somebody would be in the same household twice at the same time, or leave it before they came."""


class WithThemself(Exception):
    """A relation needs two people."""


class NoAuthority(Exception):
    """Nobody holds parental authority by such a relation."""


class EndsBeforeItBegins(Exception):
    """The last day of a relation comes before its first."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's time in a household, both days included; `until` None: they live there."""

    person_id: UUID
    since: date
    until: date | None = None


def must_not_overlap(members: Sequence[Membership]) -> None:
    """One person may be in several households at once (a child of separated parents), and come back to one; never
    twice in one at the same time. Raises Overlapping."""
    if any(one.until is not None and one.until < one.since for one in members):
        raise Overlapping
    ordered = sorted(members, key=lambda one: (one.person_id, one.since))
    for earlier, later in pairwise(ordered):
        if earlier.person_id == later.person_id and (earlier.until is None or earlier.until >= later.since):
            raise Overlapping


@dataclass(frozen=True, slots=True)
class Relation:
    """`person_id` is a `kind` of `other_id`; `parental_authority`: and holds it over them."""

    person_id: UUID
    other_id: UUID
    kind: str
    parental_authority: bool = False
    since: date | None = None
    until: date | None = None


def recorded(relation: Relation) -> Relation:
    """The relation as it is kept: a child's is the parent's to it, so that each is recorded in one way.

    Raises WithThemself, NoAuthority (a child holds none over a parent), EndsBeforeItBegins.
    """
    if relation.person_id == relation.other_id:
        raise WithThemself
    if relation.kind in NO_AUTHORITY and relation.parental_authority:
        raise NoAuthority
    must_end_after_it_began(relation.since, relation.until)
    if relation.kind != "child":
        return relation
    if relation.parental_authority:
        raise NoAuthority
    return Relation(relation.other_id, relation.person_id, "parent", False, relation.since, relation.until)


def must_end_after_it_began(since: date | None, until: date | None) -> None:
    """Raises EndsBeforeItBegins."""
    if since is not None and until is not None and until < since:
        raise EndsBeforeItBegins

"""The rules of a consent: who may give it, and whether everybody a programme asks has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.programme import MAJORITY, ConsentRule, Programme
from intake.people.model import age_between


class HolderNeeded(Exception):
    """A minor's agreement alone does not do: the programme asks the holders of parental authority."""


class NotEntitled(Exception):
    """Whoever is said to agree holds no parental authority over the person, and is no guardian or curator of theirs."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules look at."""

    birth_date: str | None
    said_minor: bool
    """In a request about them."""
    holders: frozenset[UUID]
    """Known holders of parental authority: named in a request, or by a relation."""
    protectors: frozenset[UUID]
    """Known guardians and curators."""

    def minor(self, today: date) -> bool:
        """Said so, or certain from the birth date; who has certainly come of age is none any more."""
        if self.birth_date is None:
            return self.said_minor
        youngest, oldest = age_between(self.birth_date, today)
        return oldest < MAJORITY or (self.said_minor and youngest < MAJORITY)


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that still holds. `given_by` None: by the person themself."""

    kind: str
    programme: str | None
    given_by: UUID | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A consent a programme asks for and does not have. `holders` who have not agreed; none are known when empty."""

    code: str
    label: str
    given_by: str
    holders: tuple[UUID, ...] = ()


def must_be_entitled(given_by: UUID | None, kind: str, programme: Programme | None, person: Person, day: date) -> None:
    """Whether a consent may be recorded. For a minor each holder of parental authority agrees by name (Code civil,
    371-1); an adult agrees themself, and a guardian or curator beside them, never instead (Code civil, 457-1).

    Raises HolderNeeded, NotEntitled.
    """
    minor = person.minor(day)
    if given_by is not None:
        if given_by not in (person.holders if minor else person.protectors):
            raise NotEntitled
    elif kind == "programme" and minor and programme is not None and asks_holders(programme):
        raise HolderNeeded


def asks_holders(programme: Programme) -> bool:
    """Whether the programme wants the agreement of the holders of parental authority for a minor."""
    return any(rule.given_by == "parental_authority" for rule in programme.consents_needed("", minor=True))


def missing(
    programme: Programme, asked_by: str, person: Person, given: Iterable[Given], day: date
) -> tuple[Missing, ...]:
    """What the programme still waits for; empty when everybody it asks has agreed. Of the holders of parental
    authority, every one that is known."""
    known = [one for one in given if one.programme in (None, programme.id)]
    needed = programme.consents_needed(asked_by, minor=person.minor(day))
    return tuple(found for rule in needed if (found := _missing(rule, person, known)))


def _missing(rule: ConsentRule, person: Person, given: Iterable[Given]) -> Missing | None:
    givers = {one.given_by for one in given if one.kind == rule.kind}
    if rule.given_by == "person_concerned":
        return None if None in givers else Missing(rule.code, rule.label, rule.given_by)
    silent = person.holders - givers
    if person.holders and not silent:
        return None
    return Missing(rule.code, rule.label, rule.given_by, tuple(sorted(silent)))

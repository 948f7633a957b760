"""The rules of a consent: who may give it. What a programme still waits for is said by its eligibility."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.programme import MAJORITY, Programme
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

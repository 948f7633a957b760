"""Who agrees for whom, and what is still missing: one row per rule."""

from datetime import date
from uuid import UUID

import pytest

from contracts import programmes
from intake.consents.model import (
    Given,
    HolderNeeded,
    NotEntitled,
    Person,
    missing,
    must_be_entitled,
)

CONFERENCE = programmes.load().current("family-conference")
FIRST_CONTACT = programmes.load().current("first-contact")
MOTHER, FATHER, GUARDIAN, NEIGHBOUR = (UUID(int=number) for number in range(1, 5))
TODAY = date(2026, 3, 2)

CHILD = Person("2015", said_minor=False, holders=frozenset({MOTHER, FATHER}), protectors=frozenset())
CHILD_OF_ONE = Person(None, said_minor=True, holders=frozenset({MOTHER}), protectors=frozenset())
CHILD_OF_NOBODY = Person(None, said_minor=True, holders=frozenset(), protectors=frozenset())
GROWN_UP = Person("2000", said_minor=True, holders=frozenset({MOTHER}), protectors=frozenset())
ADULT = Person("1980", said_minor=False, holders=frozenset(), protectors=frozenset())
PROTECTED = Person("1950", said_minor=False, holders=frozenset(), protectors=frozenset({GUARDIAN}))


@pytest.mark.parametrize(
    ("person", "given_by", "refused"),
    [
        (ADULT, None, None),
        (ADULT, NEIGHBOUR, NotEntitled),
        (CHILD, None, HolderNeeded),
        (CHILD, MOTHER, None),
        (CHILD, NEIGHBOUR, NotEntitled),
        (GROWN_UP, None, None),
        (GROWN_UP, MOTHER, NotEntitled),
        (PROTECTED, None, None),
        (PROTECTED, GUARDIAN, None),
        (PROTECTED, NEIGHBOUR, NotEntitled),
    ],
    ids=[
        "an adult agrees",
        "nobody agrees for an adult",
        "a child alone is not enough",
        "a parent agrees for their child",
        "a neighbour does not",
        "who has come of age agrees",
        "and no parent for them any more",
        "a protected adult's own agreement is sought",
        "their guardian agrees beside them",
        "a neighbour does not",
    ],
)
def test_who_may_agree_to_a_conference(person: Person, given_by: UUID | None, refused: type[Exception] | None) -> None:
    if refused is None:
        must_be_entitled(given_by, "programme", CONFERENCE, person, TODAY)
    else:
        with pytest.raises(refused):
            must_be_entitled(given_by, "programme", CONFERENCE, person, TODAY)


def test_a_child_may_agree_to_what_asks_no_parent() -> None:
    must_be_entitled(None, "programme", FIRST_CONTACT, CHILD, TODAY)
    must_be_entitled(None, "messages", None, CHILD, TODAY)


def _by(*givers: UUID | None, programme: str = "family-conference") -> list[Given]:
    return [Given("programme", programme, giver) for giver in givers]


@pytest.mark.parametrize(
    ("person", "asked_by", "given", "waits_for"),
    [
        (CHILD, "school", _by(MOTHER, FATHER), []),
        (CHILD, "school", _by(MOTHER), [(FATHER,)]),
        (CHILD, "school", _by(None), [(MOTHER, FATHER)]),
        (CHILD_OF_ONE, "relative", _by(MOTHER), []),
        (CHILD_OF_NOBODY, "school", _by(None), [()]),
        (ADULT, "self", [], []),
        (ADULT, "relative", [], [()]),
        (ADULT, "relative", _by(None), []),
        (ADULT, "relative", _by(None, programme="masp"), [()]),
        (PROTECTED, "relative", _by(GUARDIAN), [()]),
    ],
    ids=[
        "both parents agreed",
        "one parent is not both",
        "the child alone is neither",
        "the only parent known agreed",
        "no parent is known yet",
        "who asks agrees by asking",
        "a relative asks: the person is waited for",
        "the person agreed",
        "to something else",
        "a guardian's agreement does not stand for the person's own",
    ],
)
def test_what_a_conference_still_waits_for(
    person: Person, asked_by: str, given: list[Given], waits_for: list[tuple[UUID, ...]]
) -> None:
    assert [one.holders for one in missing(CONFERENCE, asked_by, person, given, TODAY)] == waits_for

"""Who agrees for whom: one row per rule."""

from datetime import date
from uuid import UUID

import pytest

from contracts import programmes
from intake.consents.model import HolderNeeded, NotEntitled, Person, must_be_entitled

CONFERENCE = programmes.load().current("family-conference")
FIRST_CONTACT = programmes.load().current("first-contact")
MOTHER, FATHER, GUARDIAN, NEIGHBOUR = (UUID(int=number) for number in range(1, 5))
TODAY = date(2026, 3, 2)

CHILD = Person("2015", said_minor=False, holders=frozenset({MOTHER, FATHER}), protectors=frozenset())
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

"""Consents to a family conference, given and taken back at random while a child grows up and parents come to be known:
it may be held when everybody whom the law asks agrees, and never on an agreement somebody may not give."""

from datetime import date, timedelta
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts import programmes
from intake.consents.model import HolderNeeded, NotEntitled, Person, must_be_entitled
from intake.eligibility.model import Facts, assess

CONFERENCE = programmes.load().current("family-conference")
MOTHER, FATHER, NEIGHBOUR = (UUID(int=number) for number in range(1, 4))
SELF = None
BORN = date(2009, 1, 15)
GIVERS = st.sampled_from([SELF, MOTHER, FATHER, NEIGHBOUR])


class ConsentLife(RuleBasedStateMachine):
    """One child, asked for by a school, from seventeen on."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date(2026, 11, 1)
        self.holders: frozenset[UUID] = frozenset()
        self.living: set[UUID | None] = set()

    @property
    def person(self) -> Person:
        return Person(BORN.isoformat(), said_minor=True, holders=self.holders, protectors=frozenset())

    @property
    def minor(self) -> bool:
        return self.today < BORN.replace(year=BORN.year + 18)

    @rule(holder=st.sampled_from([MOTHER, FATHER]))
    def learn_of(self, holder: UUID) -> None:
        self.holders |= {holder}

    @rule(giver=GIVERS)
    def agree(self, giver: UUID | None) -> None:
        may = giver in self.holders if self.minor else giver is SELF
        try:
            must_be_entitled(giver, "programme", CONFERENCE, self.person, self.today)
        except (NotEntitled, HolderNeeded):
            assert not may
        else:
            assert may
            self.living.add(giver)

    @rule(giver=GIVERS)
    def take_back(self, giver: UUID | None) -> None:
        self.living.discard(giver)

    @rule(days=st.integers(10, 60))
    def grow_up(self, days: int) -> None:
        self.today += timedelta(days=days)

    @invariant()
    def it_is_held_when_everybody_whom_the_law_asks_agrees(self) -> None:
        facts = Facts(
            today=self.today,
            asked_by="school",
            minor=self.person.minor(self.today),
            birth_date=BORN.isoformat(),
            agreed=frozenset({"programme"} if SELF in self.living else ()),
            holders_agreed=tuple(holder in self.living for holder in self.holders),
            answers={"mandated_service": False, "safety": True},
        )
        wanted = self.holders if self.minor else {SELF}
        everybody = bool(wanted) and wanted <= self.living
        assert (assess(CONFERENCE, facts).reasons == ()) == everybody


ConsentLife.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
test_the_life_of_consents = ConsentLife.TestCase

"""Following a plan up: two different people of the family group, and what became of each action."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from cases.dossiers.model import Refused
from cases.follow_ups.model import Contact, FollowUp, missing, record, settle
from contracts.events.cases import KnownFollowUpOutcome
from tests.cases.ready import ALIX, CASE, CONFERENCE, COORDINATOR, NOA, SAM, TEACHER

MET, TODAY = date(2026, 5, 4), date(2026, 7, 1)
FIRST, SECOND = UUID(int=31), UUID(int=32)
OPEN = FollowUp(
    conference_id=CONFERENCE,
    case_id=CASE,
    met_on=MET,
    due_on=date(2026, 8, 4),
    at_least=2,
    guests=frozenset({SAM, ALIX, NOA, TEACHER}),
    family_group=frozenset({SAM, ALIX, NOA}),
    actions=(FIRST, SECOND),
)
DONE: dict[UUID, KnownFollowUpOutcome] = {FIRST: "carried_out", SECOND: "carried_out"}

# who was contacted, how many count, whether the follow-up is closed by them
CONTACTS: Sequence[tuple[str, tuple[UUID, ...], int, bool]] = [
    ("nobody", (), 0, False),
    ("one relative", (ALIX,), 1, False),
    ("a relative twice", (ALIX, ALIX), 1, False),
    ("a relative and a friend", (ALIX, NOA), 2, True),
    ("a relative and a professional", (ALIX, TEACHER), 1, False),
    ("a professional alone", (TEACHER,), 0, False),
    ("the person concerned and a relative", (SAM, ALIX), 2, True),
    ("everybody", (SAM, ALIX, NOA, TEACHER), 3, True),
]


def contacts(*people: UUID, on: date = TODAY) -> list[Contact]:
    return [Contact(person_id=person, contacted_on=on) for person in people]


@pytest.mark.parametrize(("people", "count", "closed"), [row[1:] for row in CONTACTS], ids=[row[0] for row in CONTACTS])
def test_who_counts(people: tuple[UUID, ...], count: int, closed: bool) -> None:
    told = record(OPEN, contacts(*people), DONE, TODAY)
    assert len(told.contacted) == count
    assert (told.recorded_on == TODAY) is closed
    assert bool(missing(told)) is not closed


def test_contacts_add_up_over_time() -> None:
    once = record(OPEN, contacts(ALIX), {FIRST: "carried_out"}, TODAY)
    assert "encore 1 personne" in missing(once)[0]
    assert "1 action" in missing(once)[1]
    assert record(once, contacts(NOA), {SECOND: "unknown"}, TODAY).recorded_on == TODAY


@pytest.mark.parametrize(
    ("outcomes", "plan"),
    [
        (("carried_out", "carried_out"), "carried_out"),
        (("carried_out", "not_carried_out"), "partly_carried_out"),
        (("partly_carried_out", "unknown"), "partly_carried_out"),
        (("not_carried_out", "not_carried_out"), "not_carried_out"),
        (("not_carried_out", "unknown"), "unknown"),
        (("unknown", "unknown"), "unknown"),
        (("carried_out", "no_longer_relevant"), "carried_out"),
        (("not_carried_out", "no_longer_relevant"), "not_carried_out"),
        (("no_longer_relevant", "no_longer_relevant"), "no_longer_relevant"),
    ],
)
def test_the_outcome_of_the_plan(
    outcomes: tuple[KnownFollowUpOutcome, KnownFollowUpOutcome], plan: KnownFollowUpOutcome
) -> None:
    told = record(OPEN, contacts(ALIX, NOA), dict(zip((FIRST, SECOND), outcomes, strict=True)), TODAY)
    assert told.outcome == plan


@pytest.mark.parametrize(
    ("made", "outcomes", "said"),
    [
        (contacts(COORDINATOR), {}, "n'était pas invitée"),
        (contacts(ALIX, on=date(2026, 5, 3)), {}, "après la réunion"),
        (contacts(ALIX, on=date(2026, 7, 2)), {}, "au plus tard aujourd'hui"),
        ([], {UUID(int=99): "carried_out"}, "pas dans le plan"),
    ],
    ids=["the coordinator themself", "before the meeting", "tomorrow", "an action of no plan"],
)
def test_what_cannot_be_recorded(made: list[Contact], outcomes: dict[UUID, KnownFollowUpOutcome], said: str) -> None:
    with pytest.raises(Refused) as refused:
        record(OPEN, made, outcomes, TODAY)
    assert said in refused.value.missing[0]


def test_a_recorded_follow_up_stays_as_it_is() -> None:
    recorded = record(OPEN, contacts(ALIX, NOA), DONE, TODAY)
    with pytest.raises(Refused):
        record(recorded, contacts(SAM), {}, TODAY)


@pytest.mark.parametrize(
    ("outcome", "unfinished"),
    [
        ("carried_out", False),
        ("no_longer_relevant", False),
        ("partly_carried_out", True),
        ("not_carried_out", True),
        ("unknown", True),
    ],
)
def test_what_is_still_expected_after_the_follow_up(outcome: KnownFollowUpOutcome, unfinished: bool) -> None:
    recorded = record(OPEN, contacts(ALIX, NOA), {FIRST: outcome, SECOND: "carried_out"}, TODAY)
    assert recorded.unfinished == ((FIRST,) if unfinished else ())
    if unfinished:
        assert settle(recorded, FIRST, "carried_out").unfinished == ()
    else:
        with pytest.raises(Refused):
            settle(recorded, FIRST, "carried_out")


def test_while_the_follow_up_is_open_outcomes_are_part_of_it() -> None:
    with pytest.raises(Refused) as refused:
        settle(OPEN, FIRST, "carried_out")
    assert "encore ouvert" in refused.value.missing[0]

"""The rules of a request, one row per rule."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts import programmes
from intake.eligibility.model import Facts, explained
from intake.requests.model import (
    ChildAtRisk,
    ChildNamed,
    NotOffered,
    UnknownExclusion,
    asked_programme,
    decide,
    promise_ends,
    promised_on,
    refuse_child_name,
)  # fmt: skip

PROGRAMMES = programmes.load()
CONFERENCE = PROGRAMMES.current("family-conference")
FIRST_CONTACT = PROGRAMMES.current("first-contact")
TODAY = date(2026, 3, 2)
PARIS = ZoneInfo("Europe/Paris")
AGREED = frozenset({"programme"})


@pytest.mark.parametrize(
    ("situation", "circumstances", "reasons"),
    [
        ("an adult asks for themself", {"asked_by": "self"}, ()),
        ("a relative asks, the person agrees", {"asked_by": "relative", "agreed": AGREED}, ()),
        ("a relative asks, the person was not asked", {"asked_by": "relative"}, ("consent:person_concerned",)),
        (
            "the person accepts messages, which is no agreement to a conference",
            {"asked_by": "relative", "agreed": frozenset({"messages"})},
            ("consent:person_concerned",),
        ),
        ("a friend asks, the person agrees", {"asked_by": "social_network", "agreed": AGREED}, ()),
        ("a social service asks, the person agrees", {"asked_by": "social_service", "agreed": AGREED}, ()),
        (
            "a school asks for a pupil, both parents agree",
            {"asked_by": "school", "minor": True, "holders_agreed": (True, True)},
            (),
        ),
        (
            "a school asks for a pupil, one parent of two agrees",
            {"asked_by": "school", "minor": True, "holders_agreed": (True, False)},
            ("consent:parental_authority",),
        ),
        (
            "a school asks for a pupil, no parent is known",
            {"asked_by": "school", "minor": True},
            ("consent:parental_authority",),
        ),
        (
            "a pupil's own agreement does not stand for the parents'",
            {"asked_by": "school", "minor": True, "agreed": AGREED},
            ("consent:parental_authority",),
        ),
        ("a minor asks alone", {"asked_by": "self", "minor": True}, ("consent:parental_authority",)),
        (
            "a birth date tells that it is a minor",
            {"asked_by": "self", "birth_date": "2012-05-01"},
            ("consent:parental_authority",),
        ),
        ("a birth year alone may be an adult's", {"asked_by": "self", "birth_date": "2008"}, ()),
        (
            "sexual abuse excludes",
            {"asked_by": "self", "exclusions": frozenset({"sexual_abuse"})},
            ("exclusion:sexual_abuse",),
        ),
        (
            "facts that are not acknowledged exclude",
            {"asked_by": "relative", "agreed": AGREED, "exclusions": frozenset({"facts_not_acknowledged"})},
            ("exclusion:facts_not_acknowledged",),
        ),
        (
            "an exclusion and a missing agreement are both kept",
            {"asked_by": "relative", "exclusions": frozenset({"sexual_abuse"})},
            ("exclusion:sexual_abuse", "consent:person_concerned"),
        ),
    ],
)
def test_a_family_conference(situation: str, circumstances: dict[str, Any], reasons: tuple[str, ...]) -> None:
    decision = decide(PROGRAMMES, CONFERENCE, Facts(today=TODAY, **circumstances))
    assert decision.reasons == reasons, situation
    assert decision.programme.id == ("first-contact" if reasons else "family-conference")
    assert (decision.declined is CONFERENCE) is bool(reasons)
    assert bool(decision.sentence) is bool(reasons)
    assert all(explained(CONFERENCE, reason) != reason for reason in reasons)


@pytest.mark.parametrize("role", ["self", "relative", "social_network", "social_service", "school", "other_partner"])
@pytest.mark.parametrize("minor", [False, True])
def test_first_contact_is_for_anyone(role: str, minor: bool) -> None:
    decision = decide(PROGRAMMES, FIRST_CONTACT, Facts(TODAY, role, minor=minor))
    assert (decision.programme, decision.declined, decision.reasons) == (FIRST_CONTACT, None, ())


@pytest.mark.parametrize(
    ("known", "minor"),
    [
        ({"minor": True}, True),
        ({"birth_date": "2012-05-01"}, True),
        ({"birth_date": "2008"}, False),
        ({"birth_date": "1987"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("exclusions", [frozenset(), frozenset({"facts_not_acknowledged"})])
def test_whether_it_is_a_minor_is_decided_once_for_all(
    known: dict[str, Any], minor: bool, exclusions: frozenset[str]
) -> None:
    circumstances = Facts(TODAY, "relative", exclusions=exclusions, **known)
    assert decide(PROGRAMMES, CONFERENCE, circumstances).minor is minor


@pytest.mark.parametrize("known", [{"minor": True}, {"birth_date": "2012-05-01"}])
@pytest.mark.parametrize("exclusions", [{"sexual_abuse"}, {"facts_not_acknowledged", "sexual_abuse"}])
def test_suspected_abuse_of_a_minor_is_no_ordinary_request(known: dict[str, Any], exclusions: set[str]) -> None:
    circumstances = Facts(TODAY, "school", exclusions=frozenset(exclusions), **known)
    with pytest.raises(ChildAtRisk):
        decide(PROGRAMMES, CONFERENCE, circumstances)


def test_a_refusal_s_sentence_gives_no_reason_away() -> None:
    circumstances = Facts(TODAY, "relative", exclusions=frozenset({"sexual_abuse"}))
    sentence = decide(PROGRAMMES, CONFERENCE, circumstances).sentence
    assert sentence == CONFERENCE.not_possible


def test_an_exclusion_the_programme_does_not_know_is_no_slip_of_the_pen() -> None:
    with pytest.raises(UnknownExclusion):
        decide(PROGRAMMES, CONFERENCE, Facts(TODAY, "self", exclusions=frozenset({"typing_error"})))


@pytest.mark.parametrize(
    ("asked", "by_agent", "offered"),
    [
        ("first-contact", False, True),
        ("family-conference", False, True),
        ("family-conference-demo", True, True),
        ("family-conference-demo", False, False),
        ("early-detection", True, True),
        ("early-detection", False, False),
        ("child-concern", False, False),
        ("no-such-thing", True, False),
    ],
)
def test_what_may_be_asked_for(asked: str, by_agent: bool, offered: bool) -> None:
    if offered:
        assert asked_programme(PROGRAMMES, asked, by_agent=by_agent).id == asked
    else:
        with pytest.raises(NotOffered):
            asked_programme(PROGRAMMES, asked, by_agent=by_agent)


def test_a_worry_about_a_child_is_never_asked_for_as_a_programme() -> None:
    with pytest.raises(ChildAtRisk):
        asked_programme(PROGRAMMES, "child-concern", by_agent=True)


@pytest.mark.parametrize(
    ("what", "programme", "names_others", "holders_agreed", "refused"),
    [
        ("a professional asks for advice and names nobody", "early-detection", False, (), False),
        ("the child is named, or somebody of the home", "early-detection", True, (), True),
        ("both parents agree, and are named", "early-detection", False, (True, True), False),
        ("one parent of two has not agreed", "early-detection", False, (True, False), True),
        ("any other programme names people", "family-conference", True, (False,), False),
    ],
)
def test_early_detection_keeps_no_child_s_name(
    what: str, programme: str, names_others: bool, holders_agreed: tuple[bool, ...], refused: bool
) -> None:
    asked = PROGRAMMES.current(programme)
    if refused:
        with pytest.raises(ChildNamed):
            refuse_child_name(asked, names_others=names_others, holders_agreed=holders_agreed)
    else:
        refuse_child_name(asked, names_others=names_others, holders_agreed=holders_agreed)


@pytest.mark.parametrize(
    ("what", "received", "urgency", "department", "promised"),
    [
        ("ten working days", "2026-03-02", "ordinary", "22", "2026-03-16"),
        ("three working days over a week-end", "2026-03-05", "soon", "22", "2026-03-10"),
        ("one working day, from a Friday", "2026-03-06", "immediate", "22", "2026-03-09"),
        ("an urgency we do not know is ordinary", "2026-03-02", "whenever", "22", "2026-03-16"),
        ("1 May is a holiday", "2026-04-30", "immediate", "22", "2026-05-04"),
        ("Good Friday is none in Brittany", "2026-04-02", "immediate", "22", "2026-04-03"),
        ("Good Friday is one in Moselle", "2026-04-02", "immediate", "57", "2026-04-07"),
        ("26 December is one in Alsace", "2025-12-24", "immediate", "67", "2025-12-29"),
        ("22 May is one in Martinique", "2026-05-21", "immediate", "972", "2026-05-26"),
    ],
)  # fmt: skip
def test_the_promised_day(what: str, received: str, urgency: str, department: str, promised: str) -> None:
    found = promised_on(FIRST_CONTACT, date.fromisoformat(received), urgency, department)
    assert found == date.fromisoformat(promised), what


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 3, 16), "2026-03-17T00:00:00+01:00"),
        (date(2026, 7, 14), "2026-07-15T00:00:00+02:00"),
        (date(2026, 10, 25), "2026-10-26T00:00:00+01:00"),
    ],
)
def test_a_promised_day_counts_whole(day: date, ends: str) -> None:
    assert promise_ends(day, PARIS) == datetime.fromisoformat(ends)

"""The rules of messages, one row each."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import programmes
from contracts.envelope import Envelope
from contracts.events.people import Hours
from notifications.email.mail import Mailbox, compose
from notifications.messages import rules
from notifications.messages.channels import BadAddress
from notifications.messages.model import Addressed, Reason, Unreachable, Until, address_of, next_attempt, plan
from notifications.messages.occasions import is_quiet
from notifications.messages.wording import Words
from tests.notifications.samples import NOW, SamplePerson, follow_up_due, ratified, received, request

BOOK = rules.load(programmes.load())
PERSON, RELATIVE = uuid4(), uuid4()


def planned(envelope: Envelope, rule: str, *, quiet: bool = False) -> list[Any]:
    return list(plan(received(envelope), [BOOK.rules[rule]], "saint-brieuc", quiet=quiet))


def test_the_requester_gets_the_acknowledgement() -> None:
    [one] = planned(request(PERSON), "acknowledgement")
    assert (one.recipient_id, one.recipient_kind, one.channel) == (PERSON, "requester", "email")


def test_an_anonymous_requester_gets_none() -> None:
    assert planned(request(None), "acknowledgement") == []


def test_every_member_gets_one_notice_even_when_named_twice() -> None:
    found = planned(ratified(uuid4(), [PERSON, RELATIVE, PERSON]), "plan-ratified")
    assert [(one.recipient_id, one.recipient_kind) for one in found] == [(PERSON, "member"), (RELATIVE, "member")]


def test_the_coordinator_is_reminded_even_of_a_quiet_case() -> None:
    [one] = planned(follow_up_due(uuid4(), PERSON), "follow-up-reminder", quiet=True)
    assert (one.recipient_id, one.recipient_kind, one.quiet) == (PERSON, "agent", False)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("conference_follow_up", "follow-up-reminder"),
        ("orientation", "orientation-reminder"),
        ("task", "deadline-reminder"),
        ("measure_end", "deadline-reminder"),
        ("a kind of tomorrow", "deadline-reminder"),
    ],
)
def test_each_kind_of_deadline_is_told_once(kind: str, rule: str) -> None:
    due = follow_up_due(uuid4(), PERSON, kind=kind)
    told = [name for name in ("follow-up-reminder", "orientation-reminder", "deadline-reminder") if planned(due, name)]
    assert told == [rule]


def test_planning_again_makes_the_same_deliveries() -> None:
    event = ratified(uuid4(), [PERSON, RELATIVE])
    assert planned(event, "plan-ratified") == planned(event, "plan-ratified")
    assert len({one.delivery_id for one in planned(event, "plan-ratified")}) == 2


def test_facts_hold_nothing_personal() -> None:
    sealed = SamplePerson("personne.exemple@exemple.test").sealed("Je cherche un logement", "summary")
    [one] = planned(request(PERSON, summary=sealed), "acknowledgement")
    assert set(one.facts) == {"reference", "promised_on", "answered", "own", "organisation_id", "territory_id"}


@pytest.mark.parametrize(
    ("changes", "quiet"),
    [
        ({}, False),
        ({"themes": ("housing", "violence")}, True),
        ({"themes": ("famille--surmonter-conflits-separation-violence",)}, True),
        ({"concerned": {"minor": True}}, False),
        ({"declined": {"programme": "family-conference"}}, False),
        ({"declined": {"programme": "family-conference"}, "concerned": {"minor": True}}, True),
    ],
    ids=["ordinary", "violence", "violence, as data·inclusion says it", "a minor", "refused", "refused for a minor"],
)
def test_nothing_is_written_on_violence_or_on_a_child_in_danger(changes: dict[str, Any], quiet: bool) -> None:
    assert is_quiet(received(request(PERSON, **changes)).data) is quiet


def _points(*points: SamplePerson) -> list[Any]:
    return [point for person in points for point in person.contact_points]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], None),
        ([("a@exemple.test", False, False)], None),
        ([("a@exemple.test", True, False)], 0),
        ([("a@exemple.test", False, False), ("b@exemple.test", True, True)], 1),
        ([("a@exemple.test", True, False), ("b@exemple.test", True, False)], 0),
    ],
    ids=["none", "not safe", "safe", "the second is safe", "the first of two"],
)
def test_only_a_safe_address_is_written_to(points: list[tuple[str, bool, bool]], expected: int | None) -> None:
    people = [SamplePerson(address, safe, neutral) for address, safe, neutral in points]
    contact_points = _points(*people)
    found = address_of(contact_points, "email", NOW)
    if expected is None:
        assert found == Unreachable(Reason.NO_SAFE_CONTACT)
    else:
        assert found == Addressed(contact_points[expected].value, people[expected].neutral)


def test_an_address_that_was_forbidden_is_passed_over() -> None:
    forbidden, allowed = _points(SamplePerson("ancien@exemple.test"), SamplePerson("nouveau@exemple.test"))
    forbidden = forbidden.model_copy(update={"never": True})
    assert address_of([forbidden, allowed], "email", NOW) == Addressed(allowed.value)
    assert address_of([forbidden], "email", NOW) == Unreachable(Reason.NO_SAFE_CONTACT)


def test_a_safe_telephone_is_no_address() -> None:
    [point] = _points(SamplePerson("02 00 00 00 00"))
    assert address_of([point.model_copy(update={"kind": "phone"})], "email", NOW) == Unreachable(Reason.NO_SAFE_CONTACT)


PARIS = ZoneInfo("Europe/Paris")


def _hours(opens: str, closes: str, *weekdays: int) -> Hours:
    """On working days unless said otherwise."""
    days = weekdays or (1, 2, 3, 4, 5)
    return Hours(weekdays=days, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


# hours of the week, when it is written, when it may leave
HOURS: list[tuple[str, tuple[Hours, ...], str, str]] = [
    ("at any hour", (), "2026-03-02 03:00", "2026-03-02 03:00"),
    ("within the hours", (_hours("09:00", "12:00"),), "2026-03-02 11:59", "2026-03-02 11:59"),
    ("the hour they end is past", (_hours("09:00", "12:00"),), "2026-03-02 12:00", "2026-03-03 09:00"),
    ("before they begin", (_hours("09:00", "12:00"),), "2026-03-02 08:59", "2026-03-02 09:00"),
    ("over a week-end", (_hours("09:00", "12:00"),), "2026-03-06 18:00", "2026-03-09 09:00"),
    ("one day of the week, just past", (_hours("09:00", "12:00", 1),), "2026-03-02 12:00", "2026-03-09 09:00"),
    (
        "the sooner of two",
        (_hours("09:00", "12:00", 5), _hours("18:00", "19:00", 2)),
        "2026-03-02 12:00",
        "2026-03-03 18:00",
    ),
    ("over the change of clocks", (_hours("09:00", "12:00", 7),), "2026-03-28 20:00", "2026-03-29 09:00"),
]


@pytest.mark.parametrize(("what", "hours", "now", "leaves"), HOURS, ids=[row[0] for row in HOURS])
def test_an_address_is_written_to_at_its_hours_only(what: str, hours: tuple[Hours, ...], now: str, leaves: str) -> None:
    [point] = _points(SamplePerson("a@exemple.test"))
    local, opening = (datetime.fromisoformat(one).replace(tzinfo=PARIS) for one in (now, leaves))
    found = address_of([point.model_copy(update={"hours": hours})], "email", local)
    assert found == (Addressed(point.value) if opening == local else Until(opening))


def test_another_safe_address_that_may_be_written_to_now_comes_first() -> None:
    late, now = _points(SamplePerson("a@exemple.test"), SamplePerson("b@exemple.test"))
    late = late.model_copy(update={"hours": (_hours("22:00", "23:00"),)})
    assert address_of([late, now], "email", NOW) == Addressed(now.value)


@given(attempts=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_the_wait_grows_and_stays_within_an_hour(attempts: int, chance: float) -> None:
    wait = next_attempt(attempts, NOW, chance) - NOW
    full = min(timedelta(hours=1), timedelta(seconds=2) * 2 ** min(attempts - 1, 20))
    assert full / 2 <= wait <= full


WORDS = Words("Bien reçu", "Bonjour,\n", "<p>Bonjour,</p>")
SENDER = Mailbox("Accueil social", "ne-pas-repondre@maillage.example")


def test_a_mail_keeps_its_message_id() -> None:
    delivery_id = uuid4()
    first, again = (
        compose(WORDS, to="a@exemple.test", sender=SENDER, delivery_id=delivery_id, at=NOW + timedelta(hours=hours))
        for hours in (0, 1)
    )
    expected = f"Message-ID: <{delivery_id}@maillage.example>\r\n".encode()
    assert expected in first.content
    assert expected in again.content


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@exemple.test",
        "a@",
        "a b@exemple.test",
        "a@exemple.test\r\nBcc: b@exemple.test",
        "é@exemple.test",
    ],
)
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(BadAddress):
        compose(WORDS, to=address, sender=SENDER, delivery_id=uuid4(), at=NOW)

"""The words of text messages: one part each, however long what they tell may be; nothing that gives anybody away."""

from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts import programmes
from contracts.events.registrations import KnownRegistrationNews
from contracts.references import readable
from notifications.messages import rules
from notifications.messages.wording import Wording
from notifications.organisations.store import WhomToCall
from notifications.sms.model import Alphabet, Written, write

BOOK = rules.load(programmes.load())
WORDING = Wording(BOOK.rules, ZoneInfo("Europe/Paris"))
BASE = "https://solidarites.alpes-de-haute-provence.fr"
"""As long as an address of a département is likely to be."""
CALL = WhomToCall("Maison départementale des solidarités de l’exemple", "+33199000000")
CASE: dict[str, Any] = {"case_id": uuid4(), "starts_at": datetime(2026, 9, 30, 12, 30, tzinfo=UTC)}
REQUEST: dict[str, Any] = {
    "reference": readable("5VS9HGPTD"),
    "promised_on": date(2026, 9, 30),
    "organisation_id": None,
    "territory_id": "saint-brieuc",
}
PLAN: dict[str, Any] = CASE | {"link": "23456789BCDFGHJKMNPQRSTVWX"}
MEETINGS = [CASE | {"moved": moved} for moved in (True, False)]
DUE: dict[str, Any] = CASE | {"stage": "early", "due_on": date(2026, 9, 30)}
REGISTRATIONS: list[dict[str, Any]] = [
    {
        "news": news,
        "waiting": waiting,
        "territory_id": "saint-brieuc",
        "starts_at": CASE["starts_at"],
        "sessions": (),
        "contact_kind": "phone",
        "contact": "+33199000001",
        "neutral": neutral,
    }
    for news in get_args(KnownRegistrationNews)
    for waiting in (True, False)
    for neutral in (True, False)
]
TOLD = [name for name, rule in BOOK.rules.items() if not rule.recipients.at_work]
REQUESTS = [REQUEST | {"own": own, "answered": answered} for own in (True, False) for answered in (True, False)]


def facts_of(name: str) -> list[dict[str, Any]]:
    of = {
        "RequestSubmitted": REQUESTS,
        "FollowUpDue": [DUE],
        "RegistrationToTell": REGISTRATIONS,
        "ConferenceScheduled": MEETINGS,
        "ConferenceRatified": [PLAN],
        "FollowUpRecorded": [PLAN],
    }
    return of.get(BOOK.rules[name].event, [CASE])


def text(name: str, facts: dict[str, Any], call: WhomToCall | None = CALL, *, neutral: bool = False) -> Written:
    rule = BOOK.rules[name]
    frame = {"link_to": BASE + rule.link.format_map(facts), "call": call}
    said = WORDING.write(rule, facts, frame, channel="sms", neutral=neutral).sms
    written = write(said)
    assert written.text in (said, said.replace("’", "'")), "no letter of ours is one the alphabet lacks"
    return written


@pytest.mark.parametrize("neutral", [False, True], ids=["plain", "neutral"])
@pytest.mark.parametrize("call", [CALL, None], ids=["call", "no-call"])
@pytest.mark.parametrize("name", TOLD)
def test_a_person_is_told_in_one_part(name: str, call: WhomToCall | None, neutral: bool) -> None:
    for facts in facts_of(name):
        written = text(name, facts, call, neutral=neutral)
        assert (written.parts, written.alphabet) == (1, Alphabet.GSM), written.text


@pytest.mark.parametrize("name", TOLD)
def test_it_names_nobody_and_no_dossier(name: str) -> None:
    for facts in facts_of(name):
        for neutral in (False, True):
            said = text(name, facts, neutral=neutral).text
            assert CALL.name not in said
            assert str(CASE["case_id"]) not in said


@pytest.mark.parametrize("name", TOLD)
def test_who_asked_that_nothing_show_reads_nothing(name: str) -> None:
    for facts in facts_of(name):
        said = text(name, facts, neutral=True).text.replace(BASE, "").lower()
        assert not any(word in said for word in ("rendez-vous", "réunion", "demande ", "social", "démarche", "annul"))


def test_what_is_read() -> None:
    own = REQUEST | {"own": True}
    assert text("acknowledgement", own).text == (
        "Demande arrivée, réf. 5VS9-HGPT-D. Réponse au plus tard le 30/09/2026."
        f" Suivi : {BASE}/suivi Aide : 01 99 00 00 00"
    )
    assert text("appointment-booked", CASE).text == (
        f"Vous avez un rendez-vous le 30/09/2026 à 14 h 30. Qui appeler : 01 99 00 00 00 ou {BASE}/annuaire"
    )
    assert text("meeting-called-off", CASE, None).text == (
        f"La réunion dont on vous avait parlé n'aura pas lieu. Qui appeler : {BASE}/annuaire"
    )


def test_every_message_to_a_person_may_go_by_text() -> None:
    assert {name for name in TOLD if "sms" in BOOK.rules[name].channels} == set(TOLD)

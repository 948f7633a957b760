"""The calendar: which days, what is on them, and whose one may look at."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.agenda.model import View, span
from tests.cases.conftest import HERE, THERE, Cases, Meeting
from tests.cases.test_appointments import TUESDAY, Dossier, dossier_on
from tests.cases.test_pages import well_formed
from tests.identity import agent_id

PARIS = ZoneInfo("Europe/Paris")
MONTH = "/cases/calendar?view=month&day=2026-03-02"


# view, day → first and last day shown, the days before and after
SPANS = [
    (View.MONTH, "2026-03-15", ["2026-02-23", "2026-04-05", "2026-02-01", "2026-04-01"]),
    (View.MONTH, "2026-02-28", ["2026-01-26", "2026-03-01", "2026-01-01", "2026-03-01"]),
    (View.MONTH, "2027-02-10", ["2027-02-01", "2027-02-28", "2027-01-01", "2027-03-01"]),
    (View.WEEK, "2026-03-29", ["2026-03-23", "2026-03-29", "2026-03-22", "2026-04-05"]),
    (View.LIST, "2026-03-02", ["2026-03-02", "2026-04-01", "2026-01-31", "2026-04-01"]),
]


@pytest.mark.parametrize(("view", "day", "expected"), SPANS, ids=[f"{row[0]} {row[1]}" for row in SPANS])
def test_which_days_are_shown(view: View, day: str, expected: list[str]) -> None:
    shown = span(view, date.fromisoformat(day))
    assert [one.isoformat() for one in (shown.first, shown.last, shown.before, shown.after)] == expected


def test_the_day_on_which_the_clock_changes_is_whole() -> None:
    shown = span(View.WEEK, date(2026, 3, 29))
    assert shown.until(PARIS).astimezone(UTC) - shown.since(PARIS).astimezone(UTC) == timedelta(days=7, hours=-1)


@pytest.fixture
async def dossier(cases: Cases) -> Dossier:
    made = await dossier_on(cases)
    await cases.record_person(made.person, "Sam Exemple")
    return made


def shown_days(page: str) -> list[str]:
    """Days that hold something, in order."""
    return re.findall(r'<li class="calendar__day(?![^"]*--empty)[^>]*>\s*<h2[^>]*><time datetime="([^"]+)"', page)


async def test_appointments_and_visits_are_on_their_day_and_lead_to_their_dossier(
    cases: Cases, dossier: Dossier
) -> None:
    await dossier.book()
    await dossier.book(starts_at=(TUESDAY + timedelta(days=1)).isoformat(), place="home", where="Chez la personne")
    for view in ("month", "week", "list"):
        page = (await cases.get(f"/cases/calendar?view={view}&day={TUESDAY.date()}", "social_worker")).text
        well_formed(page)
        assert shown_days(page) == [TUESDAY.date().isoformat(), (TUESDAY + timedelta(days=1)).date().isoformat()]
        assert page.count(f'href="/cases/{dossier.case_id}#rendez-vous"') == 2
        assert ("Visite à domicile 2345-6789-B" in page, "Rendez-vous 2345-6789-B" in page) == (True, True)
        for secret in ("Sam", "Exemple", "bureau 3", "Chez la personne"):
            assert secret not in page


async def test_a_conference_s_meeting_and_its_follow_up_are_in_its_coordinator_s_calendar(meeting: Meeting) -> None:
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": at.isoformat()})
    page = (await meeting.cases.get("/cases/calendar?view=list&day=2026-05-04", "coordinator")).text
    assert shown_days(page) == ["2026-05-04"]
    assert "Conférence familiale 2345-6789-B" in page
    async with meeting.cases.service.parts.worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO follow_ups (conference_id, case_id, due_on, state)
               SELECT conference_id, case_id, '2026-08-04', '{}' FROM conferences"""
        )
    later = (await meeting.cases.get("/cases/calendar?view=month&day=2026-08-10", "coordinator")).text
    assert shown_days(later) == ["2026-08-04"]
    meeting.cases.now = datetime(2026, 8, 20, 8, tzinfo=UTC)
    assert "en retard" in (await meeting.cases.get("/cases/calendar?view=month&day=2026-08-10", "coordinator")).text
    other = (await meeting.cases.get("/cases/calendar?view=month&day=2026-08-10", "social_worker")).text
    assert shown_days(other) == []


async def test_a_manager_looks_at_colleagues_of_their_territories_only(cases: Cases, dossier: Dossier) -> None:
    await dossier.book()
    worker = agent_id("social_worker")
    seen = await cases.get(f"/cases/calendar?view=list&day={TUESDAY.date()}&agent={worker}", "manager")
    assert seen.status_code == 200
    assert shown_days(seen.text) == [TUESDAY.date().isoformat()]
    assert f"agent={worker}" in seen.text  # going on to another day stays with them
    await cases.grant("stranger", ("social_worker", THERE))
    assert (await cases.get(f"{MONTH}&agent={agent_id('stranger')}", "manager")).status_code == 403
    assert (await cases.get(f"{MONTH}&agent={worker}", "coordinator")).status_code == 403
    assert (await cases.get(MONTH, "reception")).status_code == 403


async def test_who_is_away_and_who_stands_in_are_in_both_calendars(cases: Cases) -> None:
    await cases.grant("other", ("social_worker", HERE))
    named = {
        "agent_id": str(agent_id("social_worker")),
        "substitute_id": str(agent_id("other")),
        "first_day": "2026-03-10",
        "last_day": "2026-03-11",
    }
    assert (await cases.create("/cases/absences", named, "manager")).status_code == 201
    away, instead = [(await cases.get(MONTH, by)).text for by in ("social_worker", "other")]
    assert shown_days(away) == shown_days(instead) == ["2026-03-10", "2026-03-11"]
    assert ("absence" in away, "remplacement" in instead) == (True, True)


@pytest.mark.parametrize("asked", ["view=year", "day=demain", "day=0001-01-01", "day=9999-12-31", "agent=x"])
async def test_what_cannot_be_shown_is_said(cases: Cases, asked: str) -> None:
    answer = await cases.get(f"/cases/calendar?{asked}", "social_worker")
    assert answer.status_code in {422, 400}

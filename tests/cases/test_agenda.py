"""The calendar behind a secret address: a parser reads it back, and it tells neither whom nor why."""

import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from icalendar import Calendar, Event

from tests.cases.conftest import HERE, THERE, Cases
from tests.cases.test_appointments import TUESDAY, Dossier, dossier_on, me


@pytest.fixture
async def dossier(cases: Cases) -> Dossier:
    made = await dossier_on(cases)
    await cases.record_person(made.person, "Sam Exemple")
    return made


async def link(cases: Cases, by: str = "social_worker") -> str:
    answer = await cases.ask("POST", "/cases/calendar/link", by)
    assert answer.status_code == 201, answer.text
    return str(urlsplit(answer.json()["url"]).path)


async def events(cases: Cases, path: str) -> list[Event]:
    answer = await cases.get(path, None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return [one for one in Calendar.from_ical(answer.content).walk() if isinstance(one, Event)]


async def test_a_parser_reads_the_calendar_back(cases: Cases, dossier: Dossier) -> None:
    made = await dossier.book(about="Faire le point sur le logement")
    path = await link(cases)
    [event] = await events(cases, path)
    assert event["uid"] == f"{made}@maillage"
    assert (event["sequence"], event["status"], event["class"], event["transp"]) == (
        0,
        "CONFIRMED",
        "PRIVATE",
        "OPAQUE",
    )
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (TUESDAY, TUESDAY + timedelta(minutes=45))
    assert event["summary"] == "Rendez-vous"
    assert event["description"] == "Dossier 2345-6789-B"


async def test_it_tells_neither_whom_nor_why_nor_where(cases: Cases, dossier: Dossier) -> None:
    await dossier.book(about="Faire le point sur le logement")
    text = (await cases.get(await link(cases), None)).text
    for secret in ("Sam", "Exemple", "logement", "bureau", str(dossier.person), str(dossier.case_id), me()):
        assert secret not in text


async def test_a_move_and_a_cancellation_are_later_revisions_of_the_same(cases: Cases, dossier: Dossier) -> None:
    made = await dossier.book()
    path = await link(cases)
    await dossier.done(made, "move", {"starts_at": "2026-03-11T13:00:00Z", "by": "person"})
    [moved] = await events(cases, path)
    cases.now += timedelta(hours=1)
    await dossier.done(made, "cancel", {"by": "service"})
    [cancelled] = await events(cases, path)
    assert moved["uid"] == cancelled["uid"]
    assert (moved["sequence"], cancelled["sequence"]) == (1, 2)
    assert moved.decoded("dtstart") == datetime(2026, 3, 11, 13, tzinfo=UTC)
    assert (moved["status"], cancelled["status"], cancelled["transp"]) == ("CONFIRMED", "CANCELLED", "TRANSPARENT")
    assert cancelled.decoded("dtstamp") - moved.decoded("dtstamp") == timedelta(hours=1)


# by the clock on the wall, and the instant in the calendar
CLOCKS = [
    ("the eve of summer time", "2026-03-28T14:00", datetime(2026, 3, 28, 13, tzinfo=UTC)),
    ("the day it begins", "2026-03-29T14:00", datetime(2026, 3, 29, 12, tzinfo=UTC)),
    ("the day it ends", "2026-10-25T14:00", datetime(2026, 10, 25, 13, tzinfo=UTC)),
]


@pytest.mark.parametrize(("local", "instant"), [row[1:] for row in CLOCKS], ids=[row[0] for row in CLOCKS])
async def test_two_in_the_afternoon_is_two_in_the_afternoon(
    cases: Cases, dossier: Dossier, local: str, instant: datetime
) -> None:
    await dossier.book(starts_at=local)
    [event] = await events(cases, await link(cases))
    assert event.decoded("dtstart") == instant
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=45)


async def test_a_proposal_is_tentative(cases: Cases, dossier: Dossier) -> None:
    await dossier.book(proposed=True)
    [event] = await events(cases, await link(cases))
    assert event["status"] == "TENTATIVE"


async def test_an_empty_calendar_is_one(cases: Cases) -> None:
    assert await events(cases, await link(cases)) == []


async def test_the_address_is_kept_as_a_hash_only(cases: Cases) -> None:
    secret = (await link(cases)).removeprefix("/cases/calendar/").removesuffix(".ics")
    assert re.fullmatch(r"[2-9B-Z]{32}", secret)
    async with cases.service.parts.worker.transaction() as tx:
        rows = await tx.fetch("SELECT to_jsonb(l)::text AS row FROM calendar_links AS l")
        kept = await tx.fetchval("SELECT count(*) FROM idempotency_keys")
    assert len(rows) == 1
    assert secret not in rows[0]["row"]
    assert secret.encode().hex() not in rows[0]["row"]
    assert kept == 0


async def test_a_new_address_replaces_the_old_and_a_revoked_one_is_nobodys(cases: Cases) -> None:
    first, second = await link(cases), await link(cases)
    assert first != second
    assert (await cases.get(first, None)).status_code == 404
    assert (await cases.get(second, None)).status_code == 200
    assert (await cases.get("/cases/calendar/link", "social_worker")).json()["made_at"] is not None
    assert (await cases.ask("DELETE", "/cases/calendar/link", "social_worker")).status_code == 204
    assert (await cases.get(second, None)).status_code == 404
    assert (await cases.get("/cases/calendar/link", "social_worker")).json()["made_at"] is None


@pytest.mark.parametrize("guess", ["x", "2" * 32, "a" * 80, "..%2F..%2Fx"])
async def test_a_guess_is_nobodys(cases: Cases, guess: str) -> None:
    await link(cases)
    assert (await cases.get(f"/cases/calendar/{guess}.ics", None)).status_code == 404


async def test_an_agent_revokes_their_own_address_alone(cases: Cases) -> None:
    mine = await link(cases)
    await cases.grant("colleague", ("social_worker", HERE))
    await cases.ask("DELETE", "/cases/calendar/link", "colleague")
    assert (await cases.get(mine, None)).status_code == 200


async def test_it_shows_what_the_agent_may_read_by_now(cases: Cases, dossier: Dossier) -> None:
    await dossier.book()
    path = await link(cases)
    await _moves_away(cases)
    assert await events(cases, path) == []


async def _moves_away(cases: Cases) -> None:
    async with cases.service.parts.worker.transaction() as tx:
        elsewhere = [{"role": "social_worker", "territory_id": THERE}]
        await tx.execute("UPDATE agents SET grants = $2 WHERE agent_id = $1", UUID(me()), elsewhere)


async def test_the_address_of_who_has_left_is_nobodys(cases: Cases) -> None:
    path = await link(cases)
    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE agents SET retired = true WHERE agent_id = $1", UUID(me()))
    assert (await cases.get(path, None)).status_code == 404


async def test_reception_has_no_calendar(cases: Cases) -> None:
    assert (await cases.ask("POST", "/cases/calendar/link", "reception")).status_code == 403


async def test_the_address_is_in_no_log(cases: Cases, log_stream: io.StringIO) -> None:
    path = await link(cases)
    await cases.get(path, None)
    await cases.get("/cases/calendar/NOBODY.ics", None)
    told = log_stream.getvalue()
    assert "/cases/calendar/{token}.ics" in told
    assert path.rsplit("/", 1)[1].removesuffix(".ics") not in told
    assert "NOBODY" not in told


async def test_the_page_shows_the_agenda_and_the_address_once(cases: Cases, dossier: Dossier) -> None:
    await dossier.book(place="phone")
    html = {"accept": "text/html"}
    page = (await cases.get("/cases/appointments", "social_worker", headers=html)).text
    assert "2345-6789-B" in page
    assert "mardi 10 mars 2026 à 14:00" in page
    assert "par téléphone" in page
    made = await cases.ask("POST", "/cases/calendar/link", "social_worker", headers=html)
    assert made.status_code == 200
    found = re.search(r"http://localhost(/cases/calendar/\w+\.ics)", made.text)
    assert found is not None
    assert (await cases.get(found[1], None)).status_code == 200
    assert ".ics" not in (await cases.get("/cases/appointments", "social_worker", headers=html)).text
    assert (await cases.ask("POST", "/cases/calendar/link/revoke", "social_worker")).status_code == 303
    assert (await cases.get(found[1], None)).status_code == 404


async def test_strangers_are_slowed_down(cases: Cases) -> None:
    answers = [(await cases.get("/cases/calendar/NOBODY.ics", None)).status_code for _ in range(330)]
    assert answers[0] == 404
    assert 429 in answers

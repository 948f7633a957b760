"""Collective actions, on PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from chassis.due_dates import Clock
from directory.actions.erasing import ERASURE, on_due
from tests.directory.conftest import Directory, territory

PATH = "/directory/actions"
CENTRE, OTHERS = UUID(int=11), UUID(int=12)
NOW = datetime.now(UTC).replace(microsecond=0)
PERSON = {"name": "Personne Exemple", "contact": "personne@example.org"}


def session(days: float, **more: Any) -> dict[str, Any]:
    starts_at = NOW + timedelta(days=days)
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=2)).isoformat()} | more


def action(**more: Any) -> dict[str, Any]:
    return {
        "kind": "workshop", "title": "Atelier cuisine (exemple)", "about": "Cuisiner ensemble.", "places": 2,
        "territory_ids": ["saint-brieuc"], "place": "Salle Exemple, 1 rue de l'Exemple",
        "sessions": [session(7), session(14)],
    } | more  # fmt: skip


@pytest.fixture
async def house(directory: Directory) -> Directory:
    await directory.post("/directory/territories", territory())
    await directory.grant("centre", ("social_worker", "saint-brieuc"), organisation_id=CENTRE)
    await directory.grant("collegue", ("reception", "saint-brieuc"), organisation_id=CENTRE)
    await directory.grant("ailleurs", ("reception", "saint-brieuc"), organisation_id=OTHERS)
    await directory.grant("voisin", ("manager", "ailleurs"), organisation_id=OTHERS)
    await directory.grant("responsable", ("manager", "saint-brieuc"), organisation_id=UUID(int=13))
    return directory


async def made(house: Directory, **more: Any) -> str:
    answer = await house.post(PATH, action(**more), "centre")
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def come(house: Directory, path: str, by: str = "ailleurs", person: Any = PERSON) -> Any:
    answer = await house.post(f"{path}/registrations", {"person": person} if person else {}, by)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def roll(house: Directory, path: str) -> list[str]:
    answer = await house.ask("GET", f"{path}/registrations", "centre")
    return [one["state"] for one in answer.json()["registrations"]]


async def news(house: Directory) -> list[tuple[str, str, bool]]:
    """(registration, what it is to be told, whether it waits), oldest first."""
    told = [one for one in await house.outbox() if one.type == "RegistrationToTell"]
    return [(one.subject, one.data["news"], one.data["waiting"]) for one in told]


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[1]


async def test_a_place_freed_goes_to_who_waited_longest(house: Directory) -> None:
    path = await made(house)
    first, second, third, fourth = [await come(house, path) for _ in range(4)]
    assert [one["state"] for one in (first, second, third, fourth)] == ["registered"] * 2 + ["waiting"] * 2
    gone = await house.ask("DELETE", f"{PATH}/registrations/{first['registration_id']}", "collegue")
    assert gone.status_code == 204, gone.text
    again = await house.ask("DELETE", f"{PATH}/registrations/{first['registration_id']}", "collegue")
    assert again.status_code == 204
    listed = (await house.ask("GET", f"{path}/registrations", "responsable")).json()["registrations"]
    assert [(one["state"], one["to_tell"]) for one in listed] == [
        ("registered", None), ("registered", None), ("waiting", None),
    ]  # fmt: skip
    assert await news(house) == [(third["registration_id"], "place", False)]
    assert (listed[0]["name"], listed[0]["contact"]) == ("Personne Exemple", "personne@example.org")
    edited = await house.put(path, action(places=3, sessions=[session(7), session(14)]), version=1, by="centre")
    assert edited.status_code == 200, edited.text
    assert (edited.status_code, edited.json()["taken"], edited.json()["waiting"]) == (200, 3, 0)


async def test_the_last_place_is_given_once(house: Directory) -> None:
    path = await made(house, places=1)
    answers = await asyncio.gather(*(come(house, path) for _ in range(6)))
    states = sorted(one["state"] for one in answers)
    assert states == ["registered"] + ["waiting"] * 5
    held = next(one for one in answers if one["state"] == "registered")
    waiting = [one["registration_id"] for one in answers if one["state"] == "waiting"]
    gone = [held["registration_id"], waiting[0], waiting[1]]
    await asyncio.gather(*(house.ask("DELETE", f"{PATH}/registrations/{one}", "centre") for one in gone))
    assert await roll(house, path) == ["registered", "waiting", "waiting"]


async def test_who_is_not_invited_does_not_come_and_nothing_is_kept(house: Directory) -> None:
    path = await made(house, audience="agents", audience_organisation_ids=[str(CENTRE)])
    hidden = await house.post(f"{path}/registrations", {}, "ailleurs")
    assert hidden.status_code == 404
    closed = await made(house, audience="agents")
    for_somebody = await house.post(f"{closed}/registrations", {"person": PERSON}, "ailleurs")
    assert problem(for_somebody) == (409, "audience")
    over = await made(house, sessions=[session(-2)])
    assert problem(await house.post(f"{over}/registrations", {"person": PERSON}, "ailleurs")) == (409, "over")
    unreachable = await house.post(f"{closed}/registrations", {"person": PERSON | {"contact": "chez moi"}}, "centre")
    assert unreachable.status_code == 422
    for one in (path, closed, over):
        assert await roll(house, one) == []
    assert (await house.ask("GET", f"{closed}/registrations", "ailleurs")).status_code == 403
    assert (await house.put(closed, action(), version=1, by="ailleurs")).status_code == 403
    assert (await house.post(PATH, action(organisation_id=str(OTHERS)), "centre")).status_code == 403
    assert problem(await house.post(PATH, action(site_id=str(OTHERS)), "centre")) == (409, "place")


async def test_an_agent_comes_once_and_leaves_alone(house: Directory) -> None:
    path = await made(house, audience="professionals")
    mine = await come(house, path, "ailleurs", person=None)
    assert problem(await house.post(f"{path}/registrations", {}, "ailleurs")) == (409, "already")
    place = f"{PATH}/registrations/{mine['registration_id']}"
    assert (await house.ask("DELETE", place, "voisin")).status_code == 404
    assert (await house.ask("DELETE", place, "ailleurs")).status_code == 204
    assert (await come(house, path, "ailleurs", person=None))["state"] == "registered"


async def test_attendance_then_nothing_is_left_of_who_came(house: Directory) -> None:
    path = await made(house, sessions=[session(-1), session(0.01)])
    first, second = [await come(house, path, "centre") for _ in range(2)]
    [held, _] = (await house.ask("GET", "/directory/actions/upcoming", "centre")).json()["actions"][0]["sessions"]
    note = {"present": [first["registration_id"]], "absent": [second["registration_id"]], "others": 4}
    noted = await house.ask("PUT", f"{path}/sessions/{held['session_id']}/attendance", "collegue", json=note)
    assert noted.json()["sessions"][0]["others_present"] == 4, noted.text
    listed = (await house.ask("GET", f"{path}/registrations", "centre")).json()["registrations"]
    assert [list(one["attendance"].values()) for one in listed] == [[True], [False]]

    later = NOW + timedelta(days=40)
    clock = Clock(house.service.parts.worker, {ERASURE: on_due(house.service.parts)}, now=lambda: later)
    assert await clock.fire_one()
    listed = (await house.ask("GET", f"{path}/registrations", "centre")).json()["registrations"]
    assert [(one["name"], one["contact"], list(one["attendance"].values())) for one in listed] == [
        ("", "", [True]), ("", "", [False]),
    ]  # fmt: skip
    async with house.service.parts.worker.transaction() as tx:
        kept = await tx.fetchval("SELECT count(*) FROM subject_keys WHERE wrapped IS NOT NULL AND key_subject LIKE $1",
                                 f"%{first['registration_id']}")  # fmt: skip
    assert kept == 0


async def test_calendars_learn_of_a_session_moved_and_one_cancelled(house: Directory) -> None:
    path = await made(house)
    [action_read] = (await house.ask("GET", "/directory/actions/upcoming", "centre")).json()["actions"]
    one, other = action_read["sessions"]
    moved = [session(8, session_id=one["session_id"]), session(14, session_id=other["session_id"])]
    assert (await house.put(path, action(sessions=moved), version=1, by="centre")).status_code == 200
    off = f"{path}/sessions/{other['session_id']}/cancellation"
    assert (await house.ask("POST", off, "centre", headers={"If-Match": '"2"'})).status_code == 200
    content = (await house.ask("GET", f"{path}.ics", "ailleurs")).content
    events = {str(event["uid"]): event for event in Calendar.from_ical(content).walk("VEVENT")}
    found = [events[f"{session['session_id']}@maillage"] for session in (one, other)]
    assert [(event["sequence"], str(event["status"])) for event in found] == [(1, "CONFIRMED"), (1, "CANCELLED")]


async def test_each_is_told_once_of_what_changes_and_nobody_of_what_does_not(house: Directory) -> None:
    path = await made(house, places=1)
    comes = await come(house, path, person=PERSON | {"neutral": True})
    waits = await come(house, path)
    by_phone = await come(house, path, person=PERSON | {"contact": "02 99 00 00 01"})
    sessions = (await house.ask("GET", path, "centre")).json()["sessions"]
    same = [{name: one[name] for name in ("session_id", "starts_at", "ends_at")} for one in sessions]
    text = await house.put(path, action(places=1, about="Cuisiner.", sessions=same), version=1, by="centre")
    assert (text.status_code, await news(house)) == (200, [])
    later = [same[0], same[1] | session(21)]
    moved = await house.put(path, action(places=1, sessions=later), version=2, by="centre")
    assert moved.status_code == 200, moved.text
    said = [(comes["registration_id"], "changed", False), (waits["registration_id"], "changed", True)]
    assert await news(house) == said
    listed = (await house.ask("GET", f"{path}/registrations", "centre")).json()["registrations"]
    assert [one["to_tell"] for one in listed] == [None, None, "changed"], "no message reaches a landline: it is called"
    told = f"{PATH}/registrations/{by_phone['registration_id']}/told"
    assert (await house.ask("POST", told, "collegue")).status_code == 204
    [first, _] = [one for one in await house.outbox() if one.type == "RegistrationToTell"]
    assert first.data["neutral"]
    assert [one["sequence"] for one in first.data["sessions"]] == [0, 1]
    assert "personne@example.org" not in str(first)
    cancelled = await house.ask("POST", f"{path}/cancellation", "centre", headers={"If-Match": '"3"'})
    assert cancelled.status_code == 200, cancelled.text
    assert [one[1] for one in await news(house)] == ["changed"] * 2 + ["cancelled"] * 2


async def test_who_comes_no_more_is_forgotten_where_messages_are_written_too(house: Directory) -> None:
    path = await made(house)
    gone = await come(house, path)
    assert (await house.ask("DELETE", f"{PATH}/registrations/{gone['registration_id']}", "centre")).status_code == 204
    assert await house.told("RegistrationForgotten") == [("RegistrationForgotten", 2)]
    async with house.service.parts.worker.transaction() as tx:
        kept = await tx.fetchval(
            "SELECT wrapped FROM subject_keys WHERE key_subject = $1", f"person:{gone['registration_id']}"
        )
    assert kept is None

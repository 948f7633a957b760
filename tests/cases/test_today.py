"""The day of an agent: what is due, the late first, whom they meet, what is new; read by indexes, told live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from cases.today import store
from cases.today.model import COUNTED, SHOWN, Item, Kind, When, by_when
from chassis.service import Parts
from deploy.local.ports import free_port
from tests.bench.dossiers import LARGEST
from tests.cases.conftest import Cases, Meeting
from tests.cases.oriented import SECOND, oriented_on
from tests.cases.test_appointments import TUESDAY, me
from tests.cases.test_pages import browsers
from tests.cases.test_worklist_plans import GENERIC, parts, plan_of
from tests.identity import bearer, provider

__all__ = ["browsers", "parts"]

TODAY = "/cases/today"
MONDAY = date(2026, 3, 2)


def task(day: date, what: str = "") -> Item:
    return Item(Kind.TASK, day, "/cases/1", "R1", what)


@pytest.mark.parametrize(
    ("days", "when"),
    [(-400, When.LATE), (-1, When.LATE), (0, When.TODAY), (1, When.SOON), (7, When.SOON)],
)
def test_what_is_due_stands_on_the_list_of_its_day(days: int, when: When) -> None:
    lists = by_when([[task(MONDAY + timedelta(days=days))]], MONDAY)
    assert {one: listed.count for one, listed in lists.items() if listed.count} == {when: 1}


def test_lists_are_in_order_of_days_whatever_is_due_and_counted_up_to_a_point() -> None:
    follow_up = Item(Kind.FOLLOW_UP, MONDAY - timedelta(days=9), "/cases/2", "R2")
    many = [task(MONDAY - timedelta(days=1), str(number)) for number in range(COUNTED + 1)]
    late = by_when([many, [follow_up]], MONDAY)[When.LATE]
    assert (late.items[0], len(late.items), late.count, late.more) == (follow_up, SHOWN, COUNTED, True)


async def test_a_day_shows_what_is_late_first_then_today_then_soon(meeting: Meeting, browsers: Any) -> None:
    cases, case_id = meeting.cases, meeting.case_id
    for what, day in (
        ("Relire le bail", "2026-03-12"),
        ("Appeler la CAF", "2026-03-03"),
        ("Voir l'école", "2026-03-06"),
    ):
        await cases.create(f"/cases/{case_id}/tasks", {"what": what, "due_on": day}, "social_worker")
    cases.now = cases.now.replace(month=3, day=6)
    page = await (await browsers("social_worker")).get(TODAY)
    places = [page.index(text) for text in ("Appeler la CAF", "Voir l&#39;école", "Relire le bail")]
    assert places == sorted(places)
    assert "En retard : 1. Aujourd’hui : 1. Dans les sept jours : 1." in page
    colleague = await (await browsers("coordinator")).get(TODAY)
    assert ("Appeler la CAF" in colleague, "Nouvelles demandes" in colleague) == (False, False)


async def test_new_dossiers_of_ones_territories_are_there_until_somebody_refers_to_them(
    cases: Cases, browsers: Any
) -> None:
    person = uuid4()
    await cases.record_person(person, "Personne Exemple")
    case_id = await cases.open_case(concerned={"person_id": person, "minor": False})
    worker = await browsers("social_worker")
    page = await worker.get(TODAY)
    assert (f"/cases/{case_id}" in page, "Personne Exemple" in page) == (True, True)
    await cases.grant("elsewhere", ("social_worker", "territoire-d-ailleurs"))
    assert f"/cases/{case_id}" not in await (await browsers("elsewhere")).get(TODAY)
    dossier = await worker.get(f"/cases/{case_id}")
    assert (await worker.send(dossier, "take")).status_code == 303
    assert f"/cases/{case_id}" not in await worker.get(TODAY)


async def test_other_services_parts_are_fetched_and_are_links_without_javascript(cases: Cases, browsers: Any) -> None:
    page = await (await browsers("social_worker")).get(TODAY)
    for url, part in (("/intake/requests", "promesses"), ("/notifications/inbox", "inbox")):
        assert f'hx-get="{url}" hx-select="#{part}"' in page
        assert f'<a href="{url}">' in page


async def test_orientations_are_awaited_by_who_asked_and_answered_by_who_is_asked(cases: Cases, browsers: Any) -> None:
    oriented = await oriented_on(cases)
    await oriented.agree()
    proposed = await oriented.propose()
    cases.now = datetime.combine(date.fromisoformat(proposed["answer_by"]), time(10), UTC)
    page = await (await browsers("social_worker")).get(TODAY)
    assert ("Réponse attendue d’une structure" in page, "Association Exemple" in page) == (True, False)
    asked = await (await browsers("partner")).get(TODAY)
    assert f"/cases/orientations/{proposed['orientation_id']}" in asked
    assert f"/cases/{oriented.case_id}" not in asked, "the organisation reads the question, not the dossier"


async def test_an_orientation_nobody_answered_is_late_until_somebody_else_is_asked(cases: Cases, browsers: Any) -> None:
    oriented = await oriented_on(cases)
    await oriented.agree()
    proposed = await oriented.propose()
    cases.now = datetime.combine(date.fromisoformat(proposed["answer_by"]) + timedelta(days=3), time(10), UTC)
    await cases.fire(cases.now)
    worker = await browsers("social_worker")
    assert "Orientation sans réponse" in await worker.get(TODAY)
    await oriented.propose(offer_id=str(SECOND), first_name=None, reach=None, reach_is_safe=None)
    assert "Orientation sans réponse" not in await worker.get(TODAY)


async def test_who_does_not_answer_for_their_organisation_is_not_asked_to(cases: Cases, browsers: Any) -> None:
    """All that it is asked was looked through, policy by policy, to show nothing: a fifth of a second."""
    coordinator = await (await browsers("coordinator")).get(TODAY)
    worker = await (await browsers("social_worker")).get(TODAY)
    assert ("/cases/orientations" in coordinator, "/cases/orientations" in worker) == (False, True)


@pytest.mark.parametrize("role", ["reception", "cell"])
async def test_who_works_on_no_dossier_has_no_day_here(cases: Cases, role: str) -> None:
    assert (await cases.ask("GET", TODAY, role)).status_code == 403


async def test_a_page_left_open_is_told_when_its_readers_work_changes_and_nobody_elses(cases: Cases) -> None:
    async with served(cases) as browser:
        async with browser.stream("GET", f"{TODAY}/live", headers=bearer("social_worker")) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            events = events_of(response)
            assert await anext(events) == "ready"
            case_id = await cases.open_case()
            assert await anext(events) == "changed"
            body = {"what": "Appeler la CAF", "due_on": "2026-03-20"}
            await cases.create(f"/cases/{case_id}/tasks", body, "social_worker")
            assert await anext(events) == "changed"
        async with browser.stream(
            "GET", f"{TODAY}/live", headers=bearer("social_worker") | {"Last-Event-ID": "1"}
        ) as back:
            assert await anext(events_of(back)) == "changed", "what was missed is asked for"
        assert (await browser.get(f"{TODAY}/live")).status_code == 401
        assert (await browser.get(f"{TODAY}/live", headers=bearer("reception"))).status_code == 403


async def test_a_day_is_told_of_appointments_and_of_answers(cases: Cases) -> None:
    oriented = await oriented_on(cases)
    await oriented.agree()
    async with (
        served(cases) as browser,
        day_of(browser, "social_worker") as asking,
        day_of(browser, "partner") as asked,
    ):
        assert [await anext(asking), await anext(asked)] == ["ready", "ready"]
        proposed = await oriented.propose()
        assert [await anext(asking), await anext(asked)] == ["changed", "changed"]
        answer = await oriented.answer(proposed["orientation_id"], answer="accepted")
        assert answer.status_code == 200, answer.text
        assert [await anext(asking), await anext(asked)] == ["changed", "changed"]
        body = {"starts_at": TUESDAY.isoformat(), "minutes": 45, "place": "phone", "agents": [me()]}
        await cases.create(f"/cases/{oriented.case_id}/appointments", body, "social_worker")
        assert await anext(asking) == "changed"


@asynccontextmanager
async def day_of(browser: httpx.AsyncClient, role: str) -> AsyncIterator[AsyncIterator[str]]:
    async with browser.stream("GET", f"{TODAY}/live", headers=bearer(role)) as response:
        yield events_of(response)


@asynccontextmanager
async def served(cases: Cases) -> AsyncIterator[httpx.AsyncClient]:
    """Over a real connection, which streams."""
    app = cases.service.application(provider=provider())
    config = uvicorn.Config(app, port=free_port(), log_config=None, lifespan="off", timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(), name="served")
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{config.port}", timeout=20) as made:
            while not server.started:
                await asyncio.sleep(0.01)
            yield made
    finally:
        app.state.ending.set()
        server.should_exit = True
        await serving


async def events_of(response: httpx.Response) -> AsyncIterator[str]:
    """The names of events, as a browser's EventSource sees them; fails when none comes."""
    lines = response.aiter_lines()
    while True:
        async with asyncio.timeout(15):
            line = await anext(lines)
        if line.startswith("event: "):
            yield line.removeprefix("event: ")


LISTS: list[tuple[str, str, Any, list[str]]] = [
    ("tasks", "social_worker-0", lambda tx, _: store.tasks(tx, MONDAY), ["tasks_of_agent"]),
    ("awaited", "social_worker-0", lambda tx, _: store.awaited(tx, MONDAY), ["orientations_awaited"]),
    (
        "to answer",
        "social_worker-0",
        lambda tx, actor: store.to_answer(tx, actor.organisation_id or UUID(int=1), MONDAY),
        ["orientations_to_answer"],
    ),
    ("follow-ups", "social_worker-0", lambda tx, _: store.follow_ups(tx, MONDAY), ["referents_worklist"]),
    ("follow-ups, coordinator", "coordinator-0", lambda tx, _: store.follow_ups(tx, MONDAY), ["cases_coordinated"]),
    ("new", "social_worker-0", lambda tx, _: store.new(tx, [LARGEST]), ["cases_of_nobody"]),
    ("new, everywhere", "manager-0", lambda tx, _: store.new(tx, [LARGEST]), ["cases_of_nobody"]),
]


@pytest.mark.parametrize("mode", ["force_custom_plan", GENERIC])
@pytest.mark.parametrize(("_name", "subject", "read", "indexes"), LISTS, ids=[one[0] for one in LISTS])
async def test_each_list_of_a_day_is_read_by_its_index(
    parts: Parts, _name: str, subject: str, read: Any, indexes: list[str], mode: str
) -> None:
    plan = await plan_of(parts, subject, read, mode)
    for index in indexes:
        assert index in plan, plan
    for table in ("cases", "referents", "tasks", "orientations"):
        assert f"Seq Scan on {table}" not in plan, plan

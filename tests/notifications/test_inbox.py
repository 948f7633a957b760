"""Agents find what they are written to in their inbox, live, and are told of it in the morning if they want."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn

from chassis.due_dates import Clock
from contracts import programmes
from contracts.envelope import Envelope
from deploy.local.ports import free_port
from notifications.messages import rules
from notifications.tasks.model import next_morning
from notifications.tasks.pages import KINDS
from notifications.tasks.store import LISTED, LISTED_DONE
from tests.identity import agent_id, bearer, grant, provider
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import (
    SamplePerson,
    closed,
    follow_up_due,
    opened,
    organisation,
    request,
)
from tests.notifications.test_orientations import Orientation

PARIS = ZoneInfo("Europe/Paris")
INBOX = "/notifications/inbox"
AGENT, COLLEAGUE = "coordination", "collegue"


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    for subject in (AGENT, COLLEAGUE):
        await grant(desk.service.parts.worker, subject, [("coordinator", "saint-brieuc")])
    transport = httpx.ASGITransport(desk.service.application(provider=provider()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def due(desk: Desk, case_id: UUID | None = None, stage: str = "due", subject: str = AGENT) -> UUID:
    """A deadline comes up in a case of that agent's."""
    case_id = case_id or uuid4()
    await desk.hear(opened(case_id), follow_up_due(case_id, agent_id(subject), stage, desk.now))
    return case_id


async def listed(client: httpx.AsyncClient, query: str = "", subject: str = AGENT) -> Any:
    answer = await client.get(INBOX + query, headers=bearer(subject))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_an_agent_is_written_to_is_in_their_inbox_once_and_in_no_other(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    case_id = uuid4()
    event = follow_up_due(case_id, agent_id(AGENT), "overdue")
    await desk.hear(opened(case_id), event)
    await desk.hear(event)
    box = await listed(client)
    [task] = box["tasks"]
    assert (box["pending"], box["unseen"]) == (1, 1)
    assert (task["kind"], task["due_on"], task["late"]) == ("follow-up-reminder", "2026-06-01", True)
    assert (await listed(client, subject=COLLEAGUE))["tasks"] == []
    for action in ("open", "done", "again"):
        answer = await client.post(f"{INBOX}/{task['task_id']}/{action}", headers=bearer(COLLEAGUE))
        assert answer.status_code == 404


async def test_by_pages_alone_it_is_opened_ticked_off_and_taken_up_again(desk: Desk, client: httpx.AsyncClient) -> None:
    case_id = await due(desk)
    page = {**bearer(AGENT), "Accept": "text/html"}
    shown = await client.get(INBOX, headers=page)
    assert "Suivi d’une conférence à faire" in shown.text
    assert "1 chose à traiter, dont 1 nouvelle" in shown.text
    [task] = (await listed(client))["tasks"]
    place = f"{INBOX}/{task['task_id']}"
    opened = await client.post(f"{place}/open", headers=page, data={"x": ""})
    assert (opened.status_code, opened.headers["location"]) == (303, f"/cases/{case_id}/follow-up/calls")
    assert (await listed(client))["unseen"] == 0
    assert (await client.post(f"{place}/done", headers=page, data={"x": ""})).headers["location"] == INBOX
    assert (await listed(client))["tasks"] == []
    assert "Suivi d’une conférence" in (await client.get(f"{INBOX}?state=done", headers=page)).text
    await client.post(f"{place}/again", headers=page, data={"x": ""})
    assert (await listed(client))["pending"] == 1


async def test_what_became_untrue_leaves_the_inbox(desk: Desk, client: httpx.AsyncClient) -> None:
    case_id = await due(desk)
    await desk.hear(closed(case_id))
    assert (await listed(client))["tasks"] == []


async def unreached_structure(desk: Desk, mails: MailServer) -> tuple[UUID, Envelope]:
    """A structure's mail box is gone: the dossier it was asked about, and what is told of the message."""
    orientation = Orientation()
    opening = opened(orientation.case_id, programme="first-contact")
    await desk.hear(opening, orientation.key_issued, organisation(email="partie@structure.example"), orientation.link())
    mails.at_recipient = ["550 unknown"]
    await desk.drain()
    [failed] = [one for one in await desk.told() if one.type == "MessageFailed"]
    return orientation.case_id, failed


async def test_a_structure_that_was_not_reached_is_a_task_for_who_the_case_last_named(
    desk: Desk, client: httpx.AsyncClient, mails: MailServer
) -> None:
    case_id, failed = await unreached_structure(desk, mails)
    await desk.hear(follow_up_due(case_id, agent_id(AGENT)))
    for _ in range(5):
        await desk.hear(failed)
    [task] = [one for one in (await listed(client))["tasks"] if one["kind"] == "message-failed"]
    answer = await client.post(f"{INBOX}/{task['task_id']}/open", headers=bearer(AGENT), data={"x": ""})
    assert answer.headers["location"] == f"/cases/{case_id}"


async def test_where_nobody_is_named_the_managers_of_the_territory_are_told(
    desk: Desk, client: httpx.AsyncClient, mails: MailServer
) -> None:
    await grant(desk.service.parts.worker, "responsable", [("manager", "saint-brieuc")])
    _, failed = await unreached_structure(desk, mails)
    await desk.hear(failed)
    assert [one["kind"] for one in (await listed(client, subject="responsable"))["tasks"]] == ["message-failed"]


async def test_of_a_person_who_was_not_reached_the_dossier_has_its_task_and_the_inbox_no_second_one(
    desk: Desk, client: httpx.AsyncClient, mails: MailServer
) -> None:
    await grant(desk.service.parts.worker, "responsable", [("manager", "saint-brieuc")])
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    mails.at_recipient = ["550 unknown"]
    await desk.drain()
    [failed] = [one for one in await desk.told() if one.type == "MessageFailed"]
    assert UUID(failed.data["case_id"]), "cases makes the task"
    await desk.hear(failed)
    assert (await listed(client, subject="responsable"))["tasks"] == []


# The morning mail ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-02T09:15+01:00", date(2026, 3, 3)),
        ("2026-03-02T07:59+01:00", date(2026, 3, 2)),
        ("2026-03-02T08:00+01:00", date(2026, 3, 3)),
        ("2026-03-06T12:00+01:00", date(2026, 3, 9)),
        ("2026-03-07T07:00+01:00", date(2026, 3, 9)),
        ("2026-05-13T12:00+02:00", date(2026, 5, 15)),  # Ascension
        ("2026-12-31T12:00+01:00", date(2027, 1, 4)),
        ("2026-03-27T12:00+01:00", date(2026, 3, 30)),  # the clock changes in between
    ],
)
def test_the_next_working_morning(now: str, expected: date) -> None:
    assert next_morning(datetime.fromisoformat(now), PARIS) == expected


async def morning(desk: Desk) -> list[dict[str, Any]]:
    """The clock fires what is due; what it then tells."""
    before = {one.id for one in await desk.told()}
    clock = Clock(desk.service.parts.worker, desk.service.on_due, lambda: desk.now)
    while await clock.fire_one():
        pass
    return [one.data for one in await desk.told() if one.type == "DigestDue" and one.id not in before]


async def test_one_mail_in_the_morning_with_counts_and_a_link_and_none_without_news(
    desk: Desk, client: httpx.AsyncClient, mails: MailServer
) -> None:
    colleague = SamplePerson("agent.exemple@exemple.test")
    await desk.hear(organisation(), colleague.key_issued(), colleague.as_agent())
    for _ in range(2):
        case_id = uuid4()
        await desk.hear(opened(case_id), follow_up_due(case_id, colleague.id))
    await desk.drain()
    mails.mails.clear()
    assert await morning(desk) == []
    desk.now = datetime(2026, 3, 3, 8, 0, tzinfo=PARIS).astimezone(UTC)
    assert await morning(desk) == [{"agent_id": str(colleague.id), "due_on": "2026-03-03", "fresh": 2, "pending": 2}]
    [told] = [one for one in await desk.told() if one.type == "DigestDue"]
    await desk.hear(told)
    await desk.hear(told)
    await desk.drain()
    [mail] = mails.mails
    assert mail["Subject"] == "2 nouvelles choses à traiter"
    assert "http://localhost/notifications/inbox" in str(mail.get_body(("plain",)))
    for day in range(4, 7):
        desk.now = datetime(2026, 3, day, 8, 0, tzinfo=PARIS).astimezone(UTC)
        assert await morning(desk) == []


async def test_what_was_done_long_ago_is_forgotten(desk: Desk, client: httpx.AsyncClient) -> None:
    await due(desk)
    [task] = (await listed(client))["tasks"]
    await client.post(f"{INBOX}/{task['task_id']}/done", headers=bearer(AGENT))
    desk.now += timedelta(days=89)
    await morning(desk)
    assert len((await listed(client, "?state=done"))["tasks"]) == 1
    desk.now += timedelta(days=2)
    await due(desk)
    desk.now += timedelta(days=4)
    await morning(desk)
    assert (await listed(client, "?state=done"))["tasks"] == []


async def test_who_has_seen_everything_or_stopped_it_gets_none(desk: Desk, client: httpx.AsyncClient) -> None:
    await due(desk)
    [task] = (await listed(client))["tasks"]
    await client.post(f"{INBOX}/{task['task_id']}/open", headers=bearer(AGENT))
    desk.now += timedelta(days=1)
    assert await morning(desk) == []
    page = {**bearer(AGENT), "Accept": "text/html"}
    await client.post(f"{INBOX}/digest", headers=page, data={"x": ""})
    assert (await listed(client))["digest"] is False
    await due(desk)
    desk.now += timedelta(days=1)
    assert await morning(desk) == []
    await client.put(f"{INBOX}/digest", headers=bearer(AGENT), json={"wanted": True})
    await due(desk)
    desk.now += timedelta(days=1)
    assert [one["fresh"] for one in await morning(desk)] == [1]


# Live -----------------------------------------------------------------------------------------


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    """Over a real connection, which streams."""
    app = desk.service.application(provider=provider())
    config = uvicorn.Config(app, port=free_port(), log_config=None, lifespan="off", timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(), name="served")
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{config.port}", timeout=20) as made:
            while not server.started:
                await asyncio.sleep(0.01)
            yield made, app
    finally:
        app.state.ending.set()
        server.should_exit = True
        await serving


class Stream:
    """What a browser's EventSource sees."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        """The next event; fails when none comes."""
        event: dict[str, str] = {}
        async with asyncio.timeout(15):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line and name:
                    event[name] = event.get(name, "") + value
                elif event:
                    return event
        return event


async def test_the_page_changes_by_itself_for_its_agent_alone(desk: Desk, client: httpx.AsyncClient) -> None:
    live = f"{INBOX}/live"
    async with served(desk) as (browser, app):
        async with browser.stream("GET", live, headers=bearer(AGENT)) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            stream = Stream(response)
            assert (await stream.next())["data"] == "0 chose à traiter"
            await stream.next()
            await due(desk, subject=COLLEAGUE)
            await due(desk)
            assert (await stream.next())["data"] == "1 chose à traiter, dont 1 nouvelle"
            changed = await stream.next()
            assert "Suivi d’une conférence à faire" in changed["data"]
            assert len(app.state.switchboard._lines) == 1
        async with browser.stream("GET", live, headers={**bearer(AGENT), "Last-Event-ID": changed["id"]}) as response:
            stream = Stream(response)
            await due(desk)
            assert (await stream.next())["data"].startswith("2 choses"), "what was seen is not told again"
        await due(desk)
        async with browser.stream("GET", live, headers={**bearer(AGENT), "Last-Event-ID": changed["id"]}) as response:
            stream = Stream(response)
            assert (await stream.next())["data"].startswith("3 choses"), "what was missed is"
            await stream.next()
            app.state.ending.set()
            assert await stream.next() == {}, "a process asked to stop ends its streams"
        assert not app.state.switchboard._lines
        assert (await browser.get(live)).status_code == 401


async def test_who_loses_their_grants_sees_nothing_more(desk: Desk, client: httpx.AsyncClient) -> None:
    async with served(desk) as (browser, _), browser.stream("GET", f"{INBOX}/live", headers=bearer(AGENT)) as response:
        stream = Stream(response)
        await stream.next()
        await stream.next()
        async with desk.service.parts.worker.transaction() as tx:
            await tx.execute("UPDATE agents SET retired = true WHERE agent_id = $1", agent_id(AGENT))
        await due(desk)
        assert await stream.next() == {}


async def test_a_list_is_read_by_its_index(desk: Desk) -> None:
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO tasks (task_id, agent_id, kind, link, late, subject, caused_at, done_at)
               SELECT gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((n % 50)::text, 12, '0'))::uuid, 'k', '/',
                   false,
                   gen_random_uuid(), now(),
                   CASE WHEN n % 3 > 0 THEN now() END FROM generate_series(1, 5000) AS n"""
        )
        await tx.execute("ANALYZE tasks")
        for statement, index in ((LISTED, "tasks_pending"), (LISTED_DONE, "tasks_done")):
            plan = await tx.fetch(f"EXPLAIN {statement}", UUID("00000000-0000-4000-8000-000000000007"), None, 51)
            assert index in "\n".join(row[0] for row in plan)


def test_every_kind_of_task_has_its_words() -> None:
    book = rules.load(programmes.load())
    kinds = {rule.rule for rule in book.rules.values() if rule.recipients.are_agents}
    assert kinds - {"daily-digest"} | {"message-failed"} == set(KINDS)

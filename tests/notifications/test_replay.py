"""Told five times over, read again from the beginning, by two instances with their clocks: nobody is told twice."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.consumer import Consumer
from chassis.due_dates import Clock
from deploy.local.testing import Broker
from tests.chassis.conftest import running
from tests.identity import grant, provider
from tests.notifications.conftest import Desk, desk_on, until
from tests.notifications.mailserver import MailServer
from tests.notifications.partner import Partner, partner
from tests.notifications.samples import SamplePerson, follow_up_due, opened, organisation, request
from tests.notifications.smsserver import SECRET, SmsServer, sms_server
from tests.notifications.test_letter_batches import ADDRESS, CLOSED, SENDERS
from tests.notifications.test_letter_handing import handed_over, handing
from tests.notifications.test_path import Kafka
from tests.notifications.test_webhooks import proposed, subscribe

TIMES = 5
NEXT_MORNING = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


@dataclass
class Town:
    """Two instances of the service on one database, and all that they reach people by."""

    instances: Sequence[Desk]
    kafka: Kafka
    mails: MailServer
    texts: SmsServer
    theirs: Partner
    folder: Path

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Both consume, send, and watch the clock."""
        roles: list[Callable[[], Awaitable[None]]] = []
        for desk in self.instances:
            parts, service = desk.service.parts, desk.service
            roles.append(Consumer("notifications", desk.settings, parts.worker, service.all_handlers).run)
            roles.append(Clock(parts.worker, service.on_due, parts.now).run)
            roles.append(service.extras["send"].run)
        async with running(*roles):
            yield

    def at(self, now: datetime) -> None:
        for desk in self.instances:
            desk.now = now

    async def fetch(self, query: str) -> list[Any]:
        async with self.instances[0].service.parts.worker.transaction() as tx:
            return [dict(row) for row in await tx.fetch(query)]

    async def read_again(self) -> None:
        """Everything from the beginning, the inbox having forgotten it; returns when they are where they were."""
        offsets = "SELECT topic, partition, next_offset FROM consumer_offsets ORDER BY 1, 2"
        before = await self.fetch(offsets)
        async with self.instances[0].service.parts.worker.transaction() as tx:
            await tx.execute("UPDATE consumer_offsets SET next_offset = 0")
            await tx.execute("DELETE FROM inbox")

        async def as_far() -> bool:
            return await self.fetch(offsets) == before

        async with self.at_work():
            await until(as_far, 60)

    async def told(self) -> dict[str, Any]:
        """How often anybody was told anything, by each way there is."""
        tasks = await self.fetch("SELECT kind FROM tasks")
        return {
            "mails": Counter(str(mail["To"]).partition("@")[0] for mail in self.mails.mails),
            "texts": len(self.texts.asked),
            "letters": len(handed_over(self.folder)),
            "tasks": [task["kind"] for task in tasks],
            "calls": len(self.theirs.calls),
            "mornings": sum(one.type == "DigestDue" for one in await self.instances[0].told()),
        }


@pytest.fixture
async def town(service_database: Any, mails: MailServer, kafka: Broker, tmp_path: Path) -> AsyncIterator[Town]:
    database, topics = await service_database("notifications"), f"t{secrets.token_hex(3)}-"
    await kafka.make_topics(topics, partitions=3)
    async with sms_server() as texts, partner() as theirs:
        texts.now = lambda: datetime.now(UTC)
        settings = {
            **SENDERS, **kafka.settings("notifications"),
            "topic_prefix": topics, "letters_url": tmp_path.as_uri(), "webhook_loopback": True,
            "sms_url": texts.url, "sms_secret": SECRET,
        }  # fmt: skip
        async with desk_on(database, mails, **settings) as one, desk_on(database, mails, **settings) as other:
            yield Town((one, other), Kafka(database, kafka, topics), mails, texts, theirs, tmp_path)
    await kafka.drop_topics(topics)


async def everybody_is_told(town: Town) -> None:
    """One message by each way: a mail, a text, a letter, an agent's task, a call to a partner's software. Each event
    five times."""
    mailed, texted = SamplePerson("courriel@exemple.test"), SamplePerson("+33639980102", kind="phone")
    written, agent = SamplePerson(ADDRESS, kind="post"), SamplePerson("agent@exemple.test")
    case_id = uuid4()
    asked = [
        *(one.key_issued() for one in (mailed, texted, written)),
        mailed.recorded(),
        texted.recorded(),
        written.recorded(name=written.sealed("Camille Exemple", "name")),
        *(request(one.id) for one in (mailed, texted, written)),
    ]
    partners = [organisation(), agent.key_issued(), agent.as_agent()]
    events = {"directory": partners, "intake": asked, "cases": [opened(case_id), follow_up_due(case_id, agent.id)]}
    for service, told in events.items():
        for _ in range(TIMES):
            await town.kafka.says(service, *told)


async def test_nobody_is_told_twice_by_any_way(town: Town) -> None:
    [one, _] = town.instances
    await grant(one.service.parts.worker, "responsable", [("manager", "saint-brieuc")])
    await everybody_is_told(town)

    async def sent() -> bool:
        return [state for state, _ in await one.states()] == ["sent"] * 4

    async def called() -> bool:
        return bool(town.theirs.calls)

    async with town.at_work():
        await until(sent, 60)
        transport = httpx.ASGITransport(one.service.application(provider=provider()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await subscribe(client, town.theirs.url)
        event = proposed()
        await town.kafka.says("cases", *[event] * TIMES)
        await until(called)
        for moment in (CLOSED, NEXT_MORNING):
            town.at(moment)
            await until(lambda: _nothing_is_due(town))
    town.at(NEXT_MORNING + timedelta(hours=1))  # any lease has run out
    await asyncio.gather(*(handing(desk).hand_over_one() for desk in town.instances))
    once = {
        "mails": {"courriel": 1, "agent": 1},
        "texts": 1,
        "letters": 1,
        "tasks": ["follow-up-reminder"],
        "calls": 1,
        "mornings": 1,
    }
    assert await town.told() == once

    await town.read_again()
    await town.read_again()

    assert await town.told() == once
    assert {row["resent"] for row in await one.rows()} == {0}


async def _nothing_is_due(town: Town) -> bool:
    now = town.instances[0].now
    rows = await town.fetch("SELECT fires_at FROM due_dates WHERE state = 'waiting'")
    return all(row["fires_at"] > now for row in rows)

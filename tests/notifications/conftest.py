"""The service on its own database, with a mail server of the test's own."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from chassis.inbox import handle
from chassis.service import Service
from contracts import programmes
from contracts.envelope import Envelope, decode
from deploy.local.addresses import ServiceDatabase
from notifications.app import channels, compose, make_sender
from notifications.messages import rules
from notifications.messages.channels import Channel
from notifications.messages.courier import Throttled
from notifications.messages.sender import Sender
from notifications.settings import NotificationsSettings
from tests.conftest import ServiceDatabaseFactory, emptied
from tests.notifications.mailserver import MailServer, mail_server
from tests.notifications.samples import NOW, received

KEY = base64.b64encode(bytes(32)).decode()


def settings_for(database: ServiceDatabase, smtp_url: str, **changes: Any) -> NotificationsSettings:
    values: dict[str, Any] = {
        "database_url": database.app_url,
        "worker_database_url": database.worker_url,
        "master_key": KEY,
        "cookie_key": KEY,
        "smtp_url": smtp_url,
        "public_url": "http://localhost",
        "session_timeout_seconds": 6,
        "send_timeout_seconds": 5,
    }
    return NotificationsSettings(**(values | changes))


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait for a condition; fail when it does not come."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


@dataclass
class Desk:
    """The service under test, its clock set by the test."""

    service: Service
    settings: NotificationsSettings
    database: ServiceDatabase
    mails: MailServer
    now: datetime = NOW

    @property
    def sender(self) -> Sender:
        """A sender of its own, as another process would have."""
        book = rules.load(programmes.load())
        return make_sender(self.settings, self.service.parts, book)

    @property
    def email(self) -> Channel:
        return channels(self.settings, self.service.parts)["email"]

    async def hear(self, *envelopes: Envelope) -> None:
        """Handle events as the consumer would, the inbox having forgotten everything."""
        events = [received(one) for one in envelopes]
        async with self.service.parts.worker.transaction() as tx:
            await handle(tx, self.service.all_handlers, events, {one.envelope.id for one in events})

    async def drain(self, sender: Sender | None = None) -> list[Any]:
        """Let a sender do everything that is due, channel after channel; returns what came of each message."""
        sender, outcomes = sender or self.sender, list[Any]()
        await sender.tend()
        while found := [one for channel in sender.channels.values() for one in await _drained(sender, channel)]:
            outcomes += found
            if isinstance(found[-1], Throttled):
                break
        return outcomes

    async def rows(self, columns: str = "*") -> list[Any]:
        async with self.service.parts.worker.transaction() as tx:
            return [dict(row) for row in await tx.fetch(f"SELECT {columns} FROM deliveries ORDER BY place")]

    async def states(self) -> list[tuple[str, str | None]]:
        return [(row["state"], row["reason"]) for row in await self.rows("place, state, reason")]

    async def told(self) -> list[Envelope]:
        """Events in the outbox."""
        async with self.service.parts.worker.transaction() as tx:
            return [decode(row["value"]) for row in await tx.fetch("SELECT value FROM outbox ORDER BY position")]


async def _drained(sender: Sender, channel: Channel) -> list[Any]:
    gateway, outcomes = channel.gateway(), list[Any]()
    try:
        while (outcome := await sender.courier.send_one(channel, gateway)) is not None:
            outcomes.append(outcome)
            if isinstance(outcome, Throttled):
                break
    finally:
        await gateway.close()
    return outcomes


@asynccontextmanager
async def desk_on(database: ServiceDatabase, mails: MailServer, **changes: Any) -> AsyncIterator[Desk]:
    settings = settings_for(database, mails.url, **changes)
    made: list[Desk] = []
    service = compose(settings, now=lambda: made[0].now)
    made.append(Desk(service, settings, database, mails))
    await service.parts.open()
    try:
        yield made[0]
    finally:
        await service.parts.close()


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture(scope="session")
async def notifications_database(kept_database: ServiceDatabaseFactory) -> ServiceDatabase:
    return await kept_database("notifications")


@pytest.fixture
async def desk(notifications_database: ServiceDatabase, mails: MailServer) -> AsyncIterator[Desk]:
    async with desk_on(await emptied(notifications_database), mails) as made:
        yield made

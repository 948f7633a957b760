"""A burst of 50,000 messages through a gateway that allows so many a second: drained at that rate by two senders, in
flat memory, and what is urgent leaves at once all the same.

The burst lies in a real database and is written by the real templates; the gateway says yes at once, so that its
allowed rate is what holds the senders back. They are measured for some seconds at the burst's beginning: the rest would
take as long as the rate says, and the queue is as long as it will ever be.
"""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

from chassis.database import Connection
from chassis.inbox import handle
from chassis.observability import logs
from chassis.service import Parts
from contracts import programmes
from deploy.local.addresses import ServiceDatabase
from notifications.app import channels, compose
from notifications.email.mail import Mail
from notifications.messages import rules
from notifications.messages.channels import Channel, Rate, every
from notifications.messages.courier import Courier
from notifications.messages.gateway import Accepted, Gateway, Outcome
from notifications.messages.post import Post
from notifications.messages.sender import Sender
from notifications.messages.wording import Wording
from notifications.settings import NotificationsSettings
from tests.bench.comparison import Limits
from tests.bench.ground import KEY, Ground, connected
from tests.notifications.samples import SamplePerson, received, request

BURST: Final = 50_000
PER_SECOND: Final = 20.0
"""Twice what an SMS gateway is taken to allow unless it is set."""
SECONDS: Final = 30.0
SENDERS: Final = 2
BETWEEN_URGENT: Final = 0.5
"""Seconds."""
_CLONED: Final = """
INSERT INTO deliveries (delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,
    recipient_kind, recipient_id, channel, channels, urgent, facts, state, next_attempt_at)
SELECT gen_random_uuid(), rule, gen_random_uuid(), event_type, event_time, subject, territory_id, correlation_id,
    recipient_kind, recipient_id, channel, channels, $2, facts, 'planned', $3
FROM (SELECT * FROM deliveries ORDER BY place LIMIT 1) AS first, generate_series(1, $1)
RETURNING delivery_id
"""


@dataclass
class _Taking:
    """A mail server that says yes at once, and remembers when."""

    taken: dict[str, float] = field(default_factory=dict)

    async def send(self, parcel: Mail, /) -> Outcome:
        self.taken[_id_of(parcel)] = time.perf_counter()
        return Accepted()

    async def close(self) -> None:
        return


def _id_of(parcel: Mail) -> str:
    [line] = [one for one in parcel.content.split(b"\r\n") if one.startswith(b"Message-ID:")]
    return line.decode().partition("<")[2].partition("@")[0]


@dataclass(frozen=True)
class _Throttled:
    """A channel as it is, but for its gateway and what that one allows."""

    real: Channel
    taking: _Taking
    rate: Rate
    name: str = "email"
    contact: str = "email"

    def write(self, *arguments: Any, **options: Any) -> Any:
        return self.real.write(*arguments, **options)

    def gateway(self) -> Gateway:
        return self.taking


async def bench(ground: Ground, scale: float) -> Limits:
    """How fast, how far the memory rises, and how long an urgent message takes."""
    logs.configure("notifications", level="warning")
    burst, seconds = max(200, int(BURST * scale)), max(2.0, SECONDS * min(1.0, scale))
    async with ground.database("notifications") as database:
        taking, waits, grown = await _drained(database, burst, seconds)
    first, last = min(taking.taken.values()), max(taking.taken.values())
    rate = (len(taking.taken) - 1) / (last - first)
    figures = {
        "messages/s": rate,
        "share of the allowed rate": rate / PER_SECOND,
        "MiB more": grown,
        "urgent: p50 ms": quantiles(waits, n=100, method="inclusive")[49],
        "urgent: p95 ms": quantiles(waits, n=100, method="inclusive")[94],
    }
    limits = {"messages/s": PER_SECOND * 1.1, "MiB more": 20.0, "urgent: p95 ms": 1000.0}
    reaches = {"share of the allowed rate": 0.9} if scale >= 1 else {}
    notes = [f"{burst} messages wait; {SENDERS} senders, {PER_SECOND:g} a second allowed, {seconds:g} s measured"]
    return Limits("messages", "", figures, limits, reaches, notes=notes)


async def _drained(database: ServiceDatabase, burst: int, seconds: float) -> tuple[_Taking, list[float], float]:
    """What was taken, how long each urgent message took (ms), and by how much the process grew (MiB)."""
    taking = _Taking()
    async with _parts(database) as (settings, parts), connected(database.admin_url) as admin:
        await _fill(admin, burst, urgent=False)
        senders = [asyncio.create_task(_sender(settings, parts, taking).run()) for _ in range(SENDERS)]
        await asyncio.sleep(1)  # connections are made, templates read
        before = _resident()
        asked = await _urgent(admin, seconds)
        grown = _resident() - before
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
    return taking, [1000 * (taking.taken[one] - at) for one, at in asked.items() if one in taking.taken], grown


async def _urgent(admin: Connection, seconds: float) -> dict[str, float]:
    """One now and then: which, and when."""
    asked = {}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        [one] = await _fill(admin, 1, urgent=True)
        asked[str(one)] = time.perf_counter()
        await asyncio.sleep(BETWEEN_URGENT)
    return asked


async def _fill(admin: Connection, count: int, *, urgent: bool) -> list[UUID]:
    return [row["delivery_id"] for row in await admin.fetch(_CLONED, count, urgent, datetime.now(UTC))]


def _resident() -> float:
    """What this process holds now, in MiB (proc(5), statm: the second number, in pages)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _sender(settings: NotificationsSettings, parts: Parts, taking: _Taking) -> Sender:
    book = rules.load(programmes.load())
    throttled = _Throttled(channels(settings, parts)["email"], taking, Rate(PER_SECOND))
    known = every([throttled])
    post = Post(book, Wording(book.rules, settings.zone), parts.keyring, settings.public_url, settings.zone)
    return Sender(parts, Courier(parts, post, known, lease=60), known)


@asynccontextmanager
async def _parts(database: ServiceDatabase) -> AsyncIterator[tuple[NotificationsSettings, Parts]]:
    """The service's own, with somebody to write to."""
    urls = {"database_url": database.app_url, "worker_database_url": database.worker_url}
    settings = NotificationsSettings.model_validate({**urls, "master_key": KEY, "cookie_key": KEY})
    service = compose(settings)
    await service.parts.open()
    try:
        person = SamplePerson("personne.exemple@exemple.test")
        issued, wrapped = service.parts.keyring.master.issue(f"person:{person.id}")
        person.key, person.wrapped = issued, wrapped
        events = [received(one) for one in (person.key_issued(), person.recorded(), request(person.id))]
        async with service.parts.worker.transaction() as tx:
            await handle(tx, service.all_handlers, events, {one.envelope.id for one in events})
        yield settings, service.parts
    finally:
        await service.parts.close()

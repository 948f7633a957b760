"""A burst of 50,000 text messages through a gateway that allows so many a second: drained whole at that rate by two
shipped processes, in flat memory, and what is urgent leaves at once all the same. Before it, how fast they are when the
gateway sets no pace.

The burst lies in a real database, is written by the real templates, and goes over HTTP to a gateway beside the bench
that says yes at once.
"""

import asyncio
import json
import resource
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Final
from uuid import UUID, uuid4

from chassis.database import Connection
from chassis.inbox import handle
from deploy.local.addresses import ServiceDatabase
from notifications.app import compose
from notifications.settings import NotificationsSettings
from tests.bench.comparison import Limits
from tests.bench.ground import KEY, Ground, connected
from tests.bench.processes import Contestant, service
from tests.notifications.samples import SamplePerson, received, request

BURST: Final = 50_000
FASTEST: Final = 4_000
"""Messages at no pace."""
PER_SECOND: Final = 200.0
"""Twenty times what an SMS gateway is taken to allow unless it is set."""
SENDERS: Final = 2
BETWEEN_URGENT: Final = 0.5
"""Seconds."""
_SECRET: Final = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_CLONED: Final = """
INSERT INTO deliveries (delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,
    recipient_kind, recipient_id, channel, channels, urgent, facts, state, next_attempt_at)
SELECT coalesce($2, gen_random_uuid()), rule, gen_random_uuid(), event_type, event_time, subject, territory_id,
    correlation_id, recipient_kind, recipient_id, 'sms', '{sms}', $2 IS NOT NULL, facts, 'planned', $3
FROM (SELECT * FROM deliveries ORDER BY place LIMIT 1) AS first, generate_series(1, $1)
"""
"""So many more of the first delivery; one with an id of its own is urgent."""


@dataclass
class Gateway:
    """An SMS gateway that says yes at once: how many it took, and how long urgent ones were on their way."""

    port: int = 0
    taken: int = 0
    first: float = 0.0
    last: float = 0.0
    urgent: dict[UUID, float] = field(default_factory=dict)
    """When those were asked for that have not come."""
    waits: list[float] = field(default_factory=list)
    """How long the others took, in milliseconds."""

    @property
    def rate(self) -> float:
        """Messages a second, from the first to the last."""
        return (self.taken - 1) / (self.last - self.first)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self._take(UUID(json.loads(await reader.readexactly(length))["id"]))
                writer.write(b'HTTP/1.1 202 -\r\ncontent-length: 17\r\n\r\n{"reference":"1"}')
        writer.close()

    def _take(self, identity: UUID) -> None:
        self.last = time.perf_counter()
        self.first, self.taken = self.first or self.last, self.taken + 1
        if asked := self.urgent.pop(identity, None):
            self.waits.append(1000 * (self.last - asked))


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


async def bench(ground: Ground, scale: float) -> Limits:
    """How fast, how far the memory rises, and how long an urgent message takes."""
    burst, few = max(200, int(BURST * scale)), max(200, int(FASTEST * scale))
    async with ground.database("notifications") as database:
        await _somebody_to_write_to(database)
        fastest, _ = await _drained(ground, database, few, per_second=1e6)
        paced, grown = await _drained(ground, database, burst, per_second=PER_SECOND)
    hundredths = quantiles(paced.waits, n=100, method="inclusive")
    figures = {
        "at no pace: messages/s": fastest.rate,
        "drained: messages/s": paced.rate,
        "share of the allowed rate": paced.rate / PER_SECOND,
        "MiB more": grown,
        "urgent: p50 ms": hundredths[49],
        "urgent: p95 ms": hundredths[94],
    }
    limits, reaches = {"MiB more": 20.0, "urgent: p95 ms": 1000.0}, dict[str, float]()
    if scale >= 1:
        # A smaller burst is let through at once: a rest of a second allows as many.
        limits["drained: messages/s"], reaches["share of the allowed rate"] = PER_SECOND * 1.02, 0.95
    notes = [f"{burst} messages drained by {SENDERS} processes, {PER_SECOND:g} a second allowed; {few} at no pace"]
    return Limits("messages", "", figures, limits, reaches, notes=notes)


async def _drained(
    ground: Ground, database: ServiceDatabase, count: int, *, per_second: float
) -> tuple[Gateway, float]:
    """The gateway once all have left, urgent ones among them; and by how much the processes grew, in MiB, between the
    first hundred messages and their most."""
    async with gateway() as taking, connected(database.admin_url) as admin, AsyncExitStack() as running:
        await admin.execute(_CLONED, count, None, datetime.now(UTC))
        settings = {**ground.environment("notifications", database, "none-"), **_settings(taking, per_second)}
        senders = [
            await running.enter_async_context(service("notifications", "send", settings)) for _ in range(SENDERS)
        ]
        before = most = 0.0
        while (left := await _left(admin, senders)) or taking.urgent:
            # From then on both have started.
            if taking.taken > 100:
                await _one_urgent(admin, taking, left)
                now = sum(map(_resident, senders))
                before, most = before or now, max(most, now)
            await asyncio.sleep(BETWEEN_URGENT)
    return taking, most - before


async def _left(admin: Connection, senders: Sequence[Contestant]) -> bool:
    for sender in senders:
        sender.check()
    return bool(await admin.fetchval("SELECT EXISTS (SELECT FROM deliveries WHERE state IN ('planned', 'sending'))"))


async def _one_urgent(admin: Connection, taking: Gateway, left: bool) -> None:
    if left:
        one = uuid4()
        taking.urgent[one] = time.perf_counter()
        await admin.execute(_CLONED, 1, one, datetime.now(UTC))


def _settings(taking: Gateway, per_second: float) -> dict[str, str]:
    return {
        "MAILLAGE_SMS_URL": f"http://127.0.0.1:{taking.port}/",
        "MAILLAGE_SMS_SECRET": _SECRET,
        "MAILLAGE_SMS_PER_SECOND": str(per_second),
        "MAILLAGE_QUIET_HOURS": "",
    }


def _resident(process: Contestant) -> float:
    """What a process holds now, in MiB (proc(5), statm: the second number, in pages)."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


async def _somebody_to_write_to(database: ServiceDatabase) -> None:
    """A request of somebody with a telephone, whose message the others are made like; it has left itself."""
    urls = {"database_url": database.app_url, "worker_database_url": database.worker_url}
    made = compose(NotificationsSettings.model_validate({**urls, "master_key": KEY, "cookie_key": KEY}))
    await made.parts.open()
    try:
        person = SamplePerson("+33639980102", kind="phone")
        person.key, person.wrapped = made.parts.keyring.master.issue(f"person:{person.id}")
        events = [received(one) for one in (person.key_issued(), person.recorded(), request(person.id))]
        async with made.parts.worker.transaction() as tx:
            await handle(tx, made.all_handlers, events, {one.envelope.id for one in events})
            await tx.execute("UPDATE deliveries SET state = 'sent'")
    finally:
        await made.parts.close()

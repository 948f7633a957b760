"""From a request accepted to its dossier visible, on the whole platform, and where the time goes.

An agent's requests come in by the one address at an even pace. Three watchers on the same clock note the answer,
the record in Kafka, and the moment another connection sees the dossier.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any, Final
from uuid import UUID, uuid5

import uvloop
from aiokafka import AIOKafkaConsumer

from tests.bench.comparison import Limits
from tests.bench.ground import connected
from tests.bench.intake import BODY
from tests.bench.load import Client, connect, post
from tests.bench.population import Population, Recorded
from tests.bench.relay import TOPIC
from tests.bench.whole import Whole

PER_SECOND = 100
SEED: Final = 2026
WARM_UP_SECONDS = 15.0
"""Kafka compiles what it runs meanwhile, on the same processors."""
PATIENCE_SECONDS = 60.0
LIMITS = {"accepted → visible, p50": 25.0, "accepted → visible, p99": 50.0}
PATH = "/intake/requests"


@dataclass
class Journey:
    """Moments of one request, in seconds since the epoch."""

    sent: float
    accepted: float = 0
    relayed: float = 0
    """When the relay put it into a batch for Kafka: the record's own timestamp, in whole milliseconds."""
    readable: float = 0
    """When another consumer got it from Kafka."""
    visible: float = 0


@dataclass
class Journeys:
    """All requests so far, by their id, and those whose dossier is still awaited."""

    known: dict[UUID, Journey] = field(default_factory=dict)
    awaited: dict[UUID, Journey] = field(default_factory=dict)
    """By the dossier's id."""
    records: dict[UUID, tuple[float, float]] = field(default_factory=dict)
    """Timestamp and arrival of a request's record."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def accepted(self, request_id: UUID, journey: Journey) -> None:
        journey.accepted = time.time()
        self.known[request_id] = journey
        self.awaited[uuid5(request_id, "case")] = journey
        self.news.set()

    def finished(self, since: float) -> list[Journey]:
        """Those sent after a moment, with what Kafka said of them."""
        for request_id, journey in self.known.items():
            journey.relayed, journey.readable = self.records[request_id]
        return [journey for journey in self.known.values() if journey.sent >= since]


def bench(platform: Whole, *, seconds: float) -> Limits:
    """An even 100 requests a second for `seconds`, after a warm-up that does not count."""
    headers = platform.agent()
    journeys = uvloop.run(_measure(platform, headers, seconds))
    note = f"{len(journeys)} requests of an agent through Caddy, {PER_SECOND} a second, one process per service"
    return Limits("latency", "ms", stages(journeys), LIMITS, notes=[note])


def stages(journeys: Sequence[Journey]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds, of the whole way and of each stage."""
    return {
        **_spread("accepted → visible", [one.visible - one.accepted for one in journeys]),
        **_spread("sent → accepted", [one.accepted - one.sent for one in journeys]),
        **_spread("accepted → in a batch of the relay", [max(0.0, one.relayed - one.accepted) for one in journeys]),
        **_spread("in a batch → readable in Kafka", [one.readable - one.relayed for one in journeys]),
        **_spread("readable in Kafka → visible", [max(0.0, one.visible - one.readable) for one in journeys]),
    }


def _spread(stage: str, seconds: Sequence[float]) -> dict[str, float]:
    hundredths = quantiles(seconds, n=100, method="inclusive")
    return {f"{stage}, p50": hundredths[49] * 1000, f"{stage}, p99": hundredths[98] * 1000}


async def _measure(platform: Whole, headers: dict[str, str], seconds: float) -> list[Journey]:
    journeys = Journeys()
    async with _watching(platform, journeys):
        counted = time.time() + WARM_UP_SECONDS
        await _send(platform.installation.ports["public"], headers, journeys, WARM_UP_SECONDS + seconds)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while journeys.awaited or len(journeys.records) < len(journeys.known):
                await asyncio.sleep(0.05)
    return journeys.finished(counted)


@asynccontextmanager
async def _watching(platform: Whole, journeys: Journeys) -> AsyncIterator[None]:
    consumer = AIOKafkaConsumer(TOPIC, **platform.kafka(), auto_offset_reset="latest")
    await consumer.start()
    watchers = [
        asyncio.create_task(_watch_topic(consumer, journeys)),
        asyncio.create_task(_watch_dossiers(platform.database_url("cases"), journeys)),
    ]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        await consumer.stop()


async def _watch_topic(consumer: AIOKafkaConsumer, journeys: Journeys) -> None:
    async for record in consumer:
        if dict(record.headers).get("type") == b"RequestSubmitted":
            journeys.records[UUID(record.key.decode())] = (record.timestamp / 1000, time.time())


async def _watch_dossiers(url: str, journeys: Journeys) -> None:
    async with connected(url) as connection:
        # A dossier and the event that tells it are committed together, and the outbox notifies then.
        await connection.add_listener("outbox", lambda *_: journeys.news.set())
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(journeys.news.wait(), 0.05)
            journeys.news.clear()
            rows = await connection.fetch(
                "SELECT case_id FROM cases WHERE case_id = ANY($1::uuid[])", list(journeys.awaited)
            )
            for row in rows:
                journeys.awaited.pop(row["case_id"]).visible = time.time()


async def _send(port: int, headers: dict[str, str], journeys: Journeys, seconds: float) -> None:
    """Requests at an even pace, whether or not earlier ones are answered."""
    bodies, clients = _bodies(int(seconds * PER_SECOND)), list[Client]()
    async with asyncio.TaskGroup() as under_way:
        began = time.perf_counter()
        for number, body in enumerate(bodies):
            await asyncio.sleep(began + number / PER_SECOND - time.perf_counter())
            client = clients.pop() if clients else await connect(port)
            under_way.create_task(_ask(client, post(PATH, body, headers, number), journeys, clients))
    for client in clients:
        client.close()


def _bodies(count: int) -> list[bytes]:
    """What each of `count` people asks: of one person asking all day, each request would look like all before."""
    return [json.dumps(_body(one)).encode() for one in Population(SEED, count).records]


def _body(one: Recorded) -> dict[str, Any]:
    email = {"kind": "email", "value": f"p{one.who}@example.org", "safe_to_write": True}
    person = {
        "given_name": one.given_name,
        "family_name": one.family_name,
        "birth_date": one.birth_date,
        "contact_points": [email, *([{"kind": "phone", "value": one.phone}] if one.phone else [])],
    }
    return {**BODY, "channel": "desk", "requester": {"role": "self", "person": person}}


async def _ask(client: Client, request: bytes, journeys: Journeys, clients: list[Client]) -> None:
    journey = Journey(time.time())
    status, body = await client.ask(request)
    if status != 201:
        raise RuntimeError(f"not accepted: {status}")
    journeys.accepted(UUID(json.loads(body)["request_id"]), journey)
    clients.append(client)

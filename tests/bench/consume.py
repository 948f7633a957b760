"""From Kafka to dossiers: the consumer of cases, with its real handlers, beside a bare loop."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from time import perf_counter
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from cases.app import compose
from chassis.consumer import Consumer
from chassis.database import Connection

from tests.bench.baselines import consume as bare
from tests.bench.comparison import Comparison, in_turn
from tests.bench.ground import Ground, beside, connected, until
from tests.bench.lots import Lot, lot
from tests.bench.relay import TOPIC

REACH = 0.8
_WRITTEN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_position_seq"
"""How many events were written in answer, asked of the sequence: counting would cost the database time."""


async def bench(ground: Ground, *, rounds: int, size: int) -> Comparison:
    """Rates over `size` requests that wait in the topic, each time into a fresh database."""
    async with ground.topics() as prefix:
        await fill(ground, prefix + TOPIC, lot(size))

        async def ours() -> float:
            async with ground.database("cases") as database:
                service = compose(ground.settings("cases", database, prefix))
                await service.parts.open()
                consumer = Consumer(
                    service.name, service.parts.settings, service.parts.worker, service.all_handlers
                )
                try:
                    return await rate(database.admin_url, consumer.run(), size)
                finally:
                    await service.parts.close()

        async def baseline() -> float:
            async with ground.plain_database(bare.TABLES) as url:
                group = f"{prefix}bare-{uuid4().hex[:6]}"
                return await rate(url, bare.consume(url, ground.kafka("admin"), prefix + TOPIC, group), size)

        rates = await in_turn(rounds, ours, baseline)
    return Comparison("consume", "events/s", "a bare aiokafka getmany + unnest loop", REACH, *rates)


async def fill(ground: Ground, topic: str, events: Lot) -> None:
    async with AIOKafkaProducer(**ground.kafka("intake"), compression_type="lz4") as producer:
        for _, _, keys, headers, values in events.chunks:
            for key, named, value in zip(keys, headers, values, strict=True):
                pairs = [(name, text.encode()) for name, text in named.items()]
                await producer.send(topic, value, key=key.encode(), headers=pairs)
        await producer.flush()


async def rate(url: str, run: Awaitable[None], size: int) -> float:
    """Events per second after the first batch: who is watched had to start and to join its group."""
    async with connected(url) as watcher, beside(run) as contestant:

        async def begun() -> bool:
            return bool(await watcher.fetchval(_WRITTEN))

        async def done() -> bool:
            return await watcher.fetchval(_WRITTEN) >= size and await answered(watcher) == size

        await until(begun, contestant)
        first, began = await watcher.fetchval(_WRITTEN), perf_counter()
        await until(done, contestant)
        return float(size - first) / (perf_counter() - began)


async def answered(watcher: Connection) -> int:
    count: int = await watcher.fetchval("SELECT count(*) FROM outbox")
    return count

"""From Kafka to dossiers: the consumer of cases, with its real handlers, beside a bare loop."""

from uuid import uuid4

from aiokafka import AIOKafkaProducer

from chassis.database import Connection
from tests.bench.baselines.consume import TABLES
from tests.bench.comparison import Comparison, Pace, in_turn
from tests.bench.ground import Ground, connected
from tests.bench.lots import Lot, lot
from tests.bench.processes import Contestant, baseline, service
from tests.bench.relay import TOPIC

REACH = 0.8
_WRITTEN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_position_seq"
"""How many events were written in answer, asked of the sequence: counting would cost the database time."""


async def bench(ground: Ground, *, rounds: int, size: int) -> Comparison:
    """Rates over `size` requests that wait in the topic, each time by a new process into a fresh database."""
    async with ground.topics() as prefix:
        await fill(ground, prefix + TOPIC, lot(size))

        async def ours() -> Pace:
            async with (
                ground.database("cases") as database,
                service("cases", "consume", ground.environment("cases", database, prefix)) as consumer,
            ):
                return await rate(database.admin_url, consumer, size)

        async def bare() -> Pace:
            reaching = {"kafka": ground.kafka("admin"), "topic": prefix + TOPIC, "group": f"{prefix}{uuid4().hex}"}
            async with (
                ground.plain_database(TABLES) as url,
                baseline("consume", database_url=url, **reaching) as consumer,
            ):
                return await rate(url, consumer, size)

        rates = await in_turn(rounds, ours, bare)
    note = "ours also writes who is concerned and the timeline, under row-level security"
    return Comparison("consume", "events/s", "a bare aiokafka getmany + unnest loop", REACH, *rates, notes=[note])


async def fill(ground: Ground, topic: str, events: Lot) -> None:
    async with AIOKafkaProducer(**ground.kafka("intake"), compression_type="lz4") as producer:
        for _, _, keys, headers, values in events.chunks:
            for key, named, value in zip(keys, headers, values, strict=True):
                pairs = [(name, text.encode()) for name, text in named.items()]
                await producer.send(topic, value, key=key.encode(), headers=pairs)
        await producer.flush()


async def rate(url: str, contestant: Contestant, size: int) -> Pace:
    """The pace after the first batch: who is watched had to start and to join its group."""
    async with connected(url) as watcher:

        async def begun() -> bool:
            return bool(await watcher.fetchval(_WRITTEN))

        async def done() -> bool:
            return await watcher.fetchval(_WRITTEN) >= size and await answered(watcher) == size

        await contestant.until(begun)
        left = size - await watcher.fetchval(_WRITTEN)
        with contestant.paced(max(1, left)) as stopwatch:
            await contestant.until(done)
    return stopwatch.pace


async def answered(watcher: Connection) -> int:
    count: int = await watcher.fetchval("SELECT count(*) FROM outbox")
    return count

"""From outbox to Kafka: our relay beside a bare loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from tests.bench.baselines.relay import TABLES
from tests.bench.comparison import Comparison, Pace, Round, in_turn
from tests.bench.ground import Ground, connected, topic_ends
from tests.bench.lots import INSERT, Lot, lot
from tests.bench.processes import Contestant, baseline, service

TOPIC = "intake-events"
REACH = 0.8
PER_KEY = 5


async def bench(ground: Ground, *, rounds: int, size: int) -> Comparison:
    """Rates over `size` events that wait when the clock starts, the relay being already connected."""
    events = lot(size, per_key=PER_KEY)
    async with ground.topics() as prefix, ours(ground, events, prefix) as mine, bare(ground, events, prefix) as plain:
        rates = await in_turn(rounds, mine, plain)
        await check_order(ground, prefix + TOPIC, events)
    note = "the events of every key were read back in order"
    return Comparison("relay", "events/s", "a bare asyncpg + aiokafka loop", REACH, *rates, notes=[note])


@asynccontextmanager
async def ours(ground: Ground, events: Lot, prefix: str) -> AsyncIterator[Round]:
    """The relay of intake, which runs on while its rival has its turn: with nothing to send it rests."""
    async with (
        ground.database("intake") as database,
        service("intake", "relay", ground.environment("intake", database, prefix)) as relay,
    ):
        yield lambda: emptied(ground, database.admin_url, events, relay, prefix + TOPIC)


@asynccontextmanager
async def bare(ground: Ground, events: Lot, prefix: str) -> AsyncIterator[Round]:
    """The loop written by hand, likewise."""
    async with (
        ground.plain_database(TABLES) as url,
        baseline("relay", database_url=url, kafka=ground.kafka("intake"), prefix=prefix) as relay,
    ):
        yield lambda: emptied(ground, url, events, relay, prefix + TOPIC)


async def emptied(
    ground: Ground, url: str, events: Lot, contestant: Contestant, topic: str, insert: str = INSERT
) -> Pace:
    """The pace from the commit that writes them to the delete of the last one."""
    async with connected(url) as watcher, topic_ends(ground, topic) as sent:

        async def all_sent() -> bool:
            return await sent() >= expected

        async def empty() -> bool:
            return not await watcher.fetchval("SELECT EXISTS (SELECT FROM outbox)")

        # One that has left shows that the contestant is connected.
        await watcher.execute(insert, *lot(1, seed=1).chunks[0])
        await contestant.until(empty)
        await watcher.execute("VACUUM outbox")
        expected = await sent() + len(events)
        async with watcher.transaction():
            for chunk in events.chunks:
                await watcher.execute(insert, *chunk)
        with contestant.paced(len(events)) as stopwatch:
            # Asked of Kafka, not of the table: counting there would cost the database time.
            await contestant.until(all_sent)
            await contestant.until(empty)
        if await sent() != expected:
            raise RuntimeError("some event was sent more than once")
    return stopwatch.pace


async def check_order(ground: Ground, topic: str, events: Lot) -> None:
    """Read the topic back: each run wrote every key from its first version to its last, without a gap.

    Who chooses partitions by another hash has keys of its own, so to say: order is that of a key in a partition.
    """
    keys = {event.subject.encode() for event in events.events}
    seen: dict[tuple[int, bytes], int] = {}
    async for record in everything(ground, topic):
        place, sequence = (record.partition, record.key), int(orjson.loads(record.value)["sequence"])
        if record.key in keys and sequence != seen.get(place, 0) % PER_KEY + 1:
            raise RuntimeError("events of a key were sent out of order")
        seen[place] = sequence


async def everything(ground: Ground, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Every record of a topic, those of a partition in order."""
    consumer = AIOKafkaConsumer(topic, **ground.kafka("admin"), auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()

"""From outbox to Kafka: our relay beside faststream-outbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import outbox
from tests.bench.baselines import peer
from tests.bench.comparison import Comparison, Round, in_turn
from tests.bench.ground import Ground
from tests.bench.lots import Lot, lot
from tests.bench.processes import baseline
from tests.bench.relay import TOPIC, emptied, ours

REACH = 10.0
FEWER = 5
"""The peer gets so many times fewer events, for the rounds to last alike."""
INSERT = f"""
INSERT INTO outbox (queue, payload, headers)
SELECT '{peer.QUEUE}', value, headers FROM {outbox.rows_from(1)} AS row ({outbox.COLUMNS})
"""


async def bench(ground: Ground, *, rounds: int, size: int) -> Comparison:
    """Rates over the events that wait when the clock starts, both being already connected."""
    events, fewer = lot(size), lot(max(1, size // FEWER), seed=2)
    async with ground.topics() as prefix, ours(ground, events, prefix) as mine, theirs(ground, fewer, prefix) as other:
        rates = await in_turn(rounds, mine, other)
    settings = f"{peer.WORKERS} workers, fetches of {peer.FETCH}, deletes of {peer.FLUSH}; it keeps no order per key"
    return Comparison("relay-peer", "events/s", "faststream-outbox", REACH, *rates, notes=[settings])


@asynccontextmanager
async def theirs(ground: Ground, events: Lot, prefix: str) -> AsyncIterator[Round]:
    """The peer, which runs on while ours has its turn."""
    topic = prefix + TOPIC
    async with (
        ground.plain_database(peer.tables()) as url,
        baseline("peer", database_url=url, kafka=ground.kafka("intake"), topic=topic) as relay,
    ):
        yield lambda: emptied(ground, url, events, relay, topic, insert=INSERT)

"""How a service is doing, for those who run it: what it has to send, to take in and to decide. Nothing of anybody.

Topics that only the cell may know of are left out of everything: neither counted nor named.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis import dead_letters, freshness
from chassis.database import Transaction
from chassis.dead_letters import DeadLetter
from chassis.kafka import client_options
from chassis.settings import Settings
from contracts.topics import TOPICS

MOST: Final = 10_000
"""Nobody counts further than this on a page."""
_RESTRICTED: Final = frozenset(topic.topic for topic in TOPICS.values() if topic.restricted)


@dataclass(frozen=True, slots=True)
class Outbox:
    """Events not yet acknowledged, up to one more than `MOST`; since when the first waits; keys that cannot be sent."""

    depth: int
    oldest: datetime | None
    parked: int


@dataclass(frozen=True, slots=True)
class Consumed:
    """A topic taken in: how far behind (None: Kafka does not say), when its newest event was told, and when all of it
    was last told again."""

    topic: str
    lag: int | None
    heard_at: datetime | None
    whole_at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """A service as it stands."""

    version: str
    schema: tuple[str, ...]
    outbox: Outbox
    late: int
    """Due dates whose moment is past by a minute."""
    waiting: int
    consumed: Sequence[Consumed]
    kafka: bool


def version_of(package: str) -> str:
    """Of a distribution; « ? » where it runs from its sources."""
    with contextlib.suppress(PackageNotFoundError):
        return version(f"maillage-{package}")
    with contextlib.suppress(PackageNotFoundError):
        return version(package)
    return "?"


async def read(
    tx: Transaction, package: str, topics: Sequence[str], ends: Mapping[tuple[str, int], int] | None
) -> State:
    """What the database says, and how far Kafka is ahead of it. `tx`: the service's own."""
    fresh = await freshness.of(tx)
    places = await tx.fetch("SELECT topic, partition, next_offset FROM consumer_offsets")
    offsets = {(row["topic"], row["partition"]): row["next_offset"] for row in places}
    consumed = []
    for topic in topics:
        if topic in _RESTRICTED:
            continue
        known = fresh.get(topic)
        lag = None if ends is None else behind(topic, offsets, ends)
        consumed.append(Consumed(topic, lag, known.heard_at if known else None, known.whole_at if known else None))
    return State(
        version=version_of(package),
        schema=tuple(row[0] for row in await tx.fetch("SELECT version_num FROM alembic_version ORDER BY 1")),
        outbox=await _outbox(tx),
        late=await _late(tx),
        waiting=await waiting(tx),
        consumed=consumed,
        kafka=ends is not None,
    )


def behind(topic: str, offsets: Mapping[tuple[str, int], int], ends: Mapping[tuple[str, int], int]) -> int:
    """Records of a topic not yet taken in, over its partitions. One never read is behind by all it holds."""
    return sum(max(0, end - offsets.get(place, 0)) for place, end in ends.items() if place[0] == topic)


async def _outbox(tx: Transaction) -> Outbox:
    row = await tx.fetchrow(
        f"""SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT {MOST + 1}) AS counted) AS depth,
                (SELECT written_at FROM outbox ORDER BY position LIMIT 1) AS oldest,
                (SELECT count(*) FROM outbox WHERE parked_because IS NOT NULL AND topic <> ALL ($1)) AS parked""",  # noqa: S608
        list(_RESTRICTED),
    )
    assert row is not None, "a row of counts"
    return Outbox(**row)


async def _late(tx: Transaction) -> int:
    return int(
        await tx.fetchval(
            f"""SELECT count(*) FROM (SELECT FROM due_dates
                WHERE state = 'waiting' AND fires_at < now() - interval '1 minute' AND kind <> 'restricted'
                LIMIT {MOST + 1}) AS counted"""  # noqa: S608
        )
    )


def is_restricted(topic: str) -> bool:
    """Whether nobody but the cell may learn that anything is there."""
    return topic in _RESTRICTED


async def waiting(tx: Transaction) -> int:
    """How many dead letters wait for a decision."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM dead_letters WHERE state = 'waiting' AND topic <> ALL ($1)", list(_RESTRICTED)
        )
    )


async def letters(tx: Transaction, limit: int) -> list[DeadLetter]:
    """Dead letters that wait for a decision, the oldest first."""
    return [one for one in await dead_letters.listed(tx, limit=limit) if one.topic not in _RESTRICTED]


@dataclass
class Ends:
    """Where Kafka's topics end, asked at most once in `keep` seconds however many pages want to know."""

    settings: Settings
    topics: Sequence[str]
    keep: float = 4.0
    patience: float = 2.0
    _found: Mapping[tuple[str, int], int] | None = None
    _at: float = -1e9
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def now(self) -> Mapping[tuple[str, int], int] | None:
        """(topic, partition) → where it ends; None while Kafka does not answer."""
        async with self._asking:
            if monotonic() - self._at > self.keep:
                self._found = await self._in_time()
                self._at = monotonic()
            return self._found

    async def _in_time(self) -> Mapping[tuple[str, int], int] | None:
        # Not `wait_for`: it waits for what it cancels, and aiokafka's clients swallow a cancellation.
        asking = asyncio.ensure_future(self._ask())
        done, _ = await asyncio.wait({asking}, timeout=self.patience)
        if not done:
            asking.cancel()
        asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            return asking.result() if done else None
        except (KafkaError, OSError, AssertionError):
            return None

    async def _ask(self) -> dict[tuple[str, int], int]:
        prefix = self.settings.topic_prefix
        wanted = [prefix + topic for topic in self.topics if topic not in _RESTRICTED]
        client = AIOKafkaConsumer(*wanted, **client_options(self.settings), enable_auto_commit=False)
        try:
            await client.start()
            places = [
                TopicPartition(topic, partition)
                for topic in wanted
                for partition in client.partitions_for_topic(topic) or ()
            ]
            ends = await client.end_offsets(places)
            return {(str(tp.topic).removeprefix(prefix), tp.partition): end for tp, end in ends.items()}
        finally:
            await client.stop()

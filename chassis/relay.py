"""The relay: takes what the outbox holds to Kafka, in order per key, and forgets it once acknowledged.

One leader per service, by an advisory lock on the connection that also reads and deletes:
who loses the connection can do neither. Others stand by.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from zlib import crc32

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis import failpoints
from chassis.actor import WORKER
from chassis.database import SET_ACTOR, Connection, connect, is_interruption
from chassis.ending import ended
from chassis.kafka import client_options
from chassis.listening import rung
from chassis.observability import metrics
from chassis.progress import Progress
from chassis.settings import Settings

log = structlog.get_logger(__name__)

_LEADER = 0x52656C61
"""Advisory lock of the leader, one per database and so one per service."""

_HOPELESS = (MessageSizeTooLargeError, TopicAuthorizationFailedError, InvalidTopicError)
"""Sending again changes nothing: the row is parked with its key until a relay starts anew."""

READ = """
SELECT position, topic, key, headers, value, written_at FROM outbox AS row
WHERE parked_because IS NULL AND topic <> ALL ($2::text[]) AND NOT EXISTS (
    SELECT FROM outbox AS parked
    WHERE parked.parked_because IS NOT NULL AND parked.topic = row.topic AND parked.key = row.key)
ORDER BY position LIMIT $1
"""

SESSION = {"enable_seqscan": "off", "enable_bitmapscan": "off", "synchronous_commit": "off"}
"""PostgreSQL takes a queue, which it always finds nearly empty, for a table best read whole: with all the rows deleted
since the last vacuum, thousands in a minute. By its index, those are passed over once and then no more.

No waiting for the disk either: a deletion lost in a crash is an event sent again, which every consumer knows."""


@dataclass(frozen=True, slots=True)
class RelayPolicy:
    """Sizes and delays of a relay. Delays in seconds."""

    batch: int = 1000
    poll: float = 1.0
    """A notification may be missed: the outbox is read at least this often."""
    gather: float = 0.0
    """After a batch that was not full: whoever nobody waits for sends more events at once, at less cost."""
    standby: float = 1.0
    back_off: float = 0.5
    measure: float = 5.0
    silent: int = 60
    """A leader asks the outbox at least every `poll`: one frozen for that long loses its lead."""
    acknowledge: float = 60.0
    """How long a batch may take: an idempotent producer of aiokafka waits for a lost answer without end."""
    resolve: float = 5.0
    """How long Kafka is asked for a topic's partitions."""
    unknown_topic: float = 30.0
    """A topic that Kafka does not have is asked for again after that long; meanwhile its events wait."""
    close: float = 5.0
    """aiokafka's producer can hang when it is stopped: it gets this long."""


_Parts = dict[tuple[str, int], list[asyncpg.Record]]
"""Rows to send by topic, with its prefix, and partition."""


class Relay:
    """Runs until cancelled; survives Kafka and PostgreSQL going away."""

    def __init__(self, settings: Settings, policy: RelayPolicy | None = None) -> None:
        self._settings = settings
        self._policy = policy or RelayPolicy()
        self._alone = 0
        self._measured = 0.0
        self._unknown: dict[str, float] = {}
        """Topics Kafka does not have, and when each is asked for again (monotonic seconds)."""
        self.progress = Progress("relay")

    async def run(self) -> None:
        """Lead or stand by, for ever."""
        while True:
            try:
                async with self._leadership() as connection:
                    await self._lead(connection)
            except Exception as error:
                if not (isinstance(error, KafkaError) or is_interruption(error)):
                    raise
                self.progress.idle()
                metrics.RELAY_FAILURES.inc()
                log.warning("relay_interrupted", error=type(error).__name__)
                await asyncio.sleep(self._policy.back_off)

    @asynccontextmanager
    async def _leadership(self) -> AsyncIterator[Connection]:
        url = self._settings.worker_database_url.get_secret_value()
        connection = await connect(url, "maillage-relay", silent=self._policy.silent, settings=SESSION)
        try:
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER):
                self.progress.idle()
                await asyncio.sleep(self._policy.standby)
            # For the session, not the transaction: this connection does nothing but relay.
            await connection.execute(SET_ACTOR.replace("true", "false"), WORKER.setting)
            await connection.execute("UPDATE outbox SET parked_because = NULL WHERE parked_because IS NOT NULL")
            log.info("relay_leads")
            metrics.RELAY_LEADER.set(1)
            metrics.OUTBOX_PARKED.set(0)
            yield connection
        finally:
            metrics.RELAY_LEADER.set(0)
            connection.terminate()

    async def _lead(self, connection: Connection) -> None:
        written = asyncio.Event()
        await connection.add_listener("outbox", lambda *_: written.set())
        connection.add_termination_listener(lambda *_: written.set())
        async with self._producer() as producer:
            while True:
                written.clear()
                if await self._relay(connection, producer) < self._policy.batch:
                    self.progress.idle()
                    await rung(written, within=self._policy.poll)
                    await asyncio.sleep(self._policy.gather)

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        # A new one for each leadership and after each failure: an idempotent producer
        # can stay wedged once a send has failed, and a gap in its sequence is what
        # keeps later events of a key from overtaking a lost one.
        producer = AIOKafkaProducer(
            **client_options(self._settings),
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            request_timeout_ms=15_000,
            max_batch_size=256 * 1024,
        )
        try:
            await producer.start()
            yield producer
        finally:
            await ended("producer", producer.stop(), within=self._policy.close)

    async def _relay(self, connection: Connection, producer: AIOKafkaProducer) -> int:
        """One batch: send, wait for every acknowledgement, delete. Returns how many rows there were.

        A refusal that concerns one row fails the whole batch: the next rows then go one by one,
        so that the refused one is known and parked.
        """
        limit = 1 if self._alone else self._policy.batch
        self._unknown = {topic: again for topic, again in self._unknown.items() if again > monotonic()}
        rows = await connection.fetch(READ, limit, list(self._unknown))
        await self._measure(connection, len(rows))
        if not rows:
            return 0
        self.progress.working()
        try:
            parts = await self._by_partition(rows, producer)
            await self._send(parts, producer)
        except _HOPELESS as error:
            if limit > 1:
                self._alone = len(rows)
                raise
            await self._park(connection, rows[0]["position"], error)
        else:
            failpoints.passing(failpoints.RELAY_ACKNOWLEDGED)
            await self._forget([row for part in parts.values() for row in part], connection)
        self._alone = max(0, self._alone - 1)
        self.progress.done()
        return self._policy.batch if limit == 1 else len(rows)

    async def _forget(self, sent: list[asyncpg.Record], connection: Connection) -> None:
        if sent:
            await connection.execute("DELETE FROM outbox WHERE position = ANY($1::bigint[])", [row[0] for row in sent])
            metrics.RELAY_SENT.inc(len(sent))
            oldest = min(row["written_at"] for row in sent)
            metrics.RELAY_DELAY.observe((datetime.now(UTC) - oldest).total_seconds())

    async def _send(self, parts: _Parts, producer: AIOKafkaProducer) -> None:
        """Raises the first failure, or TimeoutError when the answer does not come."""
        pending: list[asyncio.Future[Any]] = []
        outcomes: list[BaseException | None] = []
        try:
            async with asyncio.timeout(self._policy.acknowledge):
                try:
                    await self._hand_over(parts, producer, pending)
                except KafkaError as error:
                    outcomes.append(error)
                # Every one of them, and only then the first failure: none is left unwatched.
                outcomes.extend(await asyncio.gather(*pending, return_exceptions=True))
        finally:
            for sent in pending:
                sent.cancel()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _hand_over(self, parts: _Parts, producer: AIOKafkaProducer, pending: list[asyncio.Future[Any]]) -> None:
        for (topic, partition), part in parts.items():
            for number, batch in enumerate(_batches(part, producer)):
                if number and pending[-1].done() and pending[-1].exception():
                    break  # what follows a lost batch would overtake it
                # Waits until the partition's batch before this one is on its way.
                pending.append(await producer.send_batch(batch, topic, partition=partition))

    async def _by_partition(self, rows: list[asyncpg.Record], producer: AIOKafkaProducer) -> _Parts:
        """The rows whose topic Kafka knows; the others wait, with all of their topic."""
        prefix = self._settings.topic_prefix
        counts = {topic: await self._partitions(topic, producer) for topic in {row["topic"] for row in rows}}
        metrics.RELAY_UNKNOWN_TOPICS.set(len(self._unknown))
        parts: defaultdict[tuple[str, int], list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            if count := counts[row["topic"]]:
                parts[prefix + row["topic"], partition_of(row["key"], count)].append(row)
        return parts

    async def _partitions(self, topic: str, producer: AIOKafkaProducer) -> int:
        """How many a topic has; 0 when Kafka does not have the topic. Raises TimeoutError when Kafka is away."""
        try:
            async with asyncio.timeout(self._policy.resolve):
                return len(await producer.partitions_for(self._settings.topic_prefix + topic))
        except (TimeoutError, UnknownTopicOrPartitionError):
            if not await producer.client.force_metadata_update():
                raise TimeoutError from None
        log.error("topic_unknown", topic=topic, seconds=self._policy.unknown_topic)
        self._unknown[topic] = monotonic() + self._policy.unknown_topic
        return 0

    async def _measure(self, connection: Connection, seen: int) -> None:
        """Tell the depth of the outbox; counted only when there is a backlog, and not at every batch."""
        now = monotonic()
        if seen < self._policy.batch:
            metrics.OUTBOX_DEPTH.set(seen)
        elif now - self._measured > self._policy.measure:
            self._measured = now
            metrics.OUTBOX_DEPTH.set(await connection.fetchval("SELECT count(*) FROM outbox"))

    async def _park(self, connection: Connection, position: int, error: KafkaError) -> None:
        log.error("event_parked", position=position, error=type(error).__name__)
        await connection.execute(
            "UPDATE outbox SET parked_because = $2 WHERE position = $1", position, type(error).__name__
        )
        metrics.OUTBOX_PARKED.inc()


def partition_of(key: str, count: int) -> int:
    """The partition of a key, always the same: CRC-32, as librdkafka does.

    Clients do not agree on one hash, and only relays write our topics; the one of the Java client costs half as
    much as all the rest of sending, in Python.
    """
    return crc32(key.encode()) % count


def _batches(rows: Sequence[asyncpg.Record], producer: AIOKafkaProducer) -> Iterator[BatchBuilder]:
    """The rows of one partition, in order. Sent one by one, each would cost a future and a wait: twice as much."""
    batch = producer.create_batch()
    for row in rows:
        if not _add(batch, row):
            yield batch
            batch = producer.create_batch()
            _add(batch, row)
    yield batch


def _add(batch: BatchBuilder, row: asyncpg.Record) -> bool:
    headers = [(name, text.encode()) for name, text in row["headers"].items()]
    value = row["value"] or None  # nothing: the compacted topic forgets the key
    return batch.append(timestamp=None, key=row["key"].encode(), value=value, headers=headers) is not None

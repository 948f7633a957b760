"""The consumer: FastStream brings batches, the database says where they continue.

A batch is one transaction: offsets, inbox, handlers, outbox. The next one is read meanwhile,
and taken only where the database stands at its beginning. When a batch fails its events are
taken one by one, each in its own transaction, so that one bad event costs only itself and
the later ones of its key. Kafka's own offsets follow, to show the lag and nothing else.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from chassis import dead_letters, failpoints, freshness
from chassis.breaker import Breaker
from chassis.database import Database, Transaction, is_away, is_interruption
from chassis.ending import ended
from chassis.handlers import Handlers, Poison, Received, Transient, Unproved
from chassis.inbox import Fenced, KeyIsHeld, Move, admit, handle, positions
from chassis.kafka import security
from chassis.observability import metrics
from chassis.observability.context import bound
from chassis.polling import careful
from chassis.progress import Progress
from chassis.settings import Settings
from contracts.envelope import Envelope, MalformedEvent, UnknownVersion, decode
from contracts.topics import TOPICS

log = structlog.get_logger(__name__)


class Record(Protocol):
    """What is used of aiokafka's `ConsumerRecord`."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


def waiting_helps(error: BaseException) -> bool:
    """Whether the database is away or contended, or a handler says that something is."""
    contended = (Transient, OSError, asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)
    return isinstance(error, contended) or is_away(error)


_RESTRICTED = frozenset(topic.topic for topic in TOPICS.values() if topic.restricted)

UNREADABLE = "enregistrement illisible : le nom d'un en-tête n'est pas du texte"
BEHIND_ANOTHER = "un événement antérieur de la même clé attend"
"""Reason of a dead letter that is one only for the sake of order. Operators read reasons: they are in French."""


@dataclass(frozen=True, slots=True)
class _Unread:
    """A record nobody could read: only where it lies is known."""

    topic: str
    partition: int
    offset: int
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


_AT_ONCE = 10
"""Records read ahead before the batch in hand gets its turn: a fifth of a millisecond."""


@dataclass(frozen=True, slots=True)
class ConsumePolicy:
    """Sizes and delays of a consumer. Delays in seconds."""

    batch: int = 500
    tries: int = 5
    """Of an event whose handler fails for an unknown reason, before it goes to the dead letters."""
    back_off: float = 0.1
    longest: float = 5.0
    unknown_version: float = 60.0
    commit: float = 1.0
    """How often Kafka's own offsets are brought up to date."""
    gather: float = 0.0
    """Between two batches that were not full: whoever nobody waits for takes more events at once, at less cost."""
    stop: float = 4.0
    """aiokafka's consumer can hang when it is stopped: it gets this long, and so does the batch in hand."""

    def wait(self, failures: int) -> float:
        """Exponential: seconds before the next try."""
        return min(self.longest, self.back_off * 2.0 ** min(failures - 1, 10))


@dataclass(frozen=True, slots=True)
class Read:
    """A record and the event in it; none when nobody here subscribed to its type."""

    record: Record
    received: Received[Any] | None


class Consumer:
    """One member of the service's consumer group."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        database: Database,
        handlers: Handlers,
        *,
        policy: ConsumePolicy | None = None,
        breaker: Callable[[], Breaker] = Breaker,
    ) -> None:
        self._prefix = settings.topic_prefix
        self._database = database
        self._handlers = handlers
        self._policy = policy or ConsumePolicy()
        self._breakers: defaultdict[str, Breaker] = defaultdict(breaker)
        self._failures: dict[tuple[TopicPartition, int], int] = {}
        """Tries in vain of the events not got past yet, by their place."""
        self._waits: Counter[TopicPartition] = Counter()
        self._positions: dict[TopicPartition, int] = {}
        self._resumes: dict[TopicPartition, asyncio.TimerHandle] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        self._coming: dict[TopicPartition, int] = {}
        """Where each partition stands in what Kafka brings: ahead of the database by the batch in hand."""
        self._in_hand = asyncio.Lock()
        self._at_work: asyncio.Task[None] | None = None
        self._stopping = False
        self.progress = Progress("consumer")
        self._broker = KafkaBroker(
            settings.kafka_bootstrap,
            security=security(settings),
            logger=_Polling(),
            apply_types=False,
            allow_auto_create_topics=False,
        )
        self._subscriber = self._broker.subscriber(
            *(self._prefix + topic for topic in handlers.topics),
            batch=True,
            max_records=self._policy.batch,
            batch_timeout_ms=200,
            group_id=f"{self._prefix}{service}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            session_timeout_ms=settings.session_timeout_seconds * 1000,
            heartbeat_interval_ms=settings.session_timeout_seconds * 1000 // 4,
            listener=_Assignment(self),
            # The records as they are: read twice, a third of the throughput would go.
            parser=_unread,
            decoder=_records,
        )
        self._subscriber(self._receive)

    async def run(self) -> None:
        """Consume until cancelled; waits for a broker that is away."""
        try:
            await self._start()
            while not all(task.done() for task in self._subscriber.tasks):
                await asyncio.sleep(self._policy.commit)
                await self._commit()
                await self._measure()
            raise RuntimeError("the polling loop ended")
        finally:
            await self._stop()
            for timer in self._resumes.values():
                timer.cancel()

    async def _start(self) -> None:
        failures = 0
        while True:
            try:
                await self._broker.connect()
                made_by = self._broker.config.broker_config
                made_by.builder = careful(made_by.builder, self)
                await self._broker.start()
            except (OSError, KafkaError) as error:
                failures += 1
                log.warning("consumer_waits_for_kafka", error=type(error).__name__)
                await ended("consumer", self._broker.stop(), within=self._policy.stop)
                await asyncio.sleep(self._policy.wait(failures))
            else:
                return

    async def _stop(self) -> None:
        """Finish the batch in hand, say how far we came, and leave the group, so that others go on at once."""
        self._stopping = True
        if not await ended("batch", self._finish(), within=self._policy.stop) and self._at_work:
            self._at_work.cancel()  # it is rolled back, and read again by whoever follows
        # Not under the lock: FastStream waits for a batch that has been read ahead, and that waits for the lock.
        await ended("consumer", self._broker.stop(), within=self._policy.stop)

    async def _finish(self) -> None:
        async with self._in_hand:
            await self._commit()

    @property
    def _client(self) -> AIOKafkaConsumer:
        client = self._subscriber.consumer
        if client is None:
            raise Transient("the consumer is not started")
        return client

    async def _commit(self) -> None:
        done, self._uncommitted = self._uncommitted, {}
        mine = {tp: offset for tp, offset in done.items() if tp in self._positions}
        if mine:
            # Only the lag display depends on it; the next commit says the same or more.
            with suppress(KafkaError):
                await self._client.commit(mine)

    async def _measure(self) -> None:
        metrics.BREAKER_OPEN.set(any(breaker.open for breaker in self._breakers.values()))
        metrics.CONSUMER_PAUSED.set(len(self._resumes))
        try:
            async with self._database.transaction() as tx:
                metrics.DEAD_LETTERS_WAITING.set(await dead_letters.waiting(tx))
                _show_freshness(await freshness.of(tx))
        except Exception as error:
            if not is_interruption(error):
                raise
        for tp, position in self._positions.items():
            if self._restricted(tp):
                continue
            end = self._client.highwater(tp) if tp in self._client.assignment() else None
            if end is not None:
                metrics.CONSUMER_LAG.labels(self._plain(tp), str(tp.partition)).set(max(0, end - position))

    # Assignment -------------------------------------------------------------------------

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """Continue where the database says. Waits for it: reading from elsewhere helps nobody."""
        failures = 0
        while partitions:
            try:
                await self._seek(partitions)
            except Exception as error:
                if not waiting_helps(error):
                    raise
                failures += 1
                log.warning("assignment_waits", error=type(error).__name__)
                await asyncio.sleep(self._policy.wait(failures))
            else:
                break
        log.info("partitions_assigned", count=len(partitions))

    async def _seek(self, partitions: set[TopicPartition]) -> None:
        async with self._database.transaction() as tx:
            found = await positions(tx, [(self._plain(tp), tp.partition) for tp in partitions])
        for tp in partitions:
            self._positions[tp] = found[self._plain(tp), tp.partition]
            self._rewind(tp)

    def _rewind(self, tp: TopicPartition) -> bool:
        """Go back to what the database has; False when the partition is no longer ours."""
        if tp not in self._positions or tp not in self._client.assignment():
            return False
        self._client.seek(tp, self._positions[tp])
        self._coming[tp] = self._positions[tp]
        return True

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        """Finish what is in hand, then forget these partitions."""
        async with self._in_hand:
            for tp in partitions:
                for known in (self._positions, self._coming, self._waits, self._uncommitted):
                    known.pop(tp, None)
                if timer := self._resumes.pop(tp, None):
                    timer.cancel()
                with suppress(KeyError):
                    metrics.CONSUMER_LAG.remove(self._plain(tp), str(tp.partition))
            self._failures = {place: tries for place, tries in self._failures.items() if place[0] not in partitions}

    def _plain(self, tp: TopicPartition) -> str:
        return str(tp.topic).removeprefix(self._prefix)

    def _restricted(self, tp: TopicPartition) -> bool:
        """Whether nobody may learn that anything is on this topic at all: neither from logs nor from metrics."""
        return self._plain(tp) in _RESTRICTED

    def _named(self, tp: TopicPartition) -> str:
        return "restricted" if self._restricted(tp) else self._plain(tp)

    # What cannot be read ------------------------------------------------------------------

    @property
    def coming(self) -> Mapping[TopicPartition, int]:
        """Where each partition stands in what Kafka brings."""
        return self._coming

    async def step_over(self, tp: TopicPartition, offset: int) -> None:
        """Set aside, unread, the record at `offset`, when all that came before it is handled."""
        async with self._in_hand:
            if tp in self._coming and self._positions.get(tp) == self._coming[tp]:
                record = _Unread(tp.topic, tp.partition, offset)
                if await self._set_aside(tp, record, UNREADABLE, 1, proved=False):
                    self._coming[tp] = offset + 1

    # A batch ----------------------------------------------------------------------------

    async def _receive(self, records: Any) -> None:  # Any: FastStream builds a validator from the annotation
        """Read a batch while the database works on the one before, then let it follow."""
        begins = {tp: self._come(tp, part) for tp, part in _by_partition(records)}
        ahead = await self._read_ahead(records)
        await self._in_hand.acquire()
        if self._stopping:
            self._in_hand.release()
            return
        stale = {tp for tp, begin in begins.items() if begin != self._positions.get(tp)}
        for tp in stale:
            # The batch before failed, or the partition went away and came back.
            self._rewind(tp)
        if stale:
            records, ahead = [record for tp, part in _by_partition(records) if tp not in stale for record in part], None
        self._at_work = asyncio.create_task(self._work(list(records), ahead))
        if self._waits or self._failures:
            # Step by step until it goes well again: what is read ahead of a failure is read in vain.
            await asyncio.wait({self._at_work})
        if self._policy.gather and len(records) < self._policy.batch:
            await asyncio.sleep(self._policy.gather)

    def _come(self, tp: TopicPartition, records: Sequence[Record]) -> int:
        """Where the partition stood before these records."""
        begin = self._coming.get(tp, -1)
        self._coming[tp] = records[-1].offset + 1
        return begin

    async def _read_ahead(self, records: Sequence[Record]) -> list[Read] | None:
        """A few at a time, so that the batch in hand goes on between two answers of its database.

        None when one of them cannot be read: its turn will tell which, and why.
        """
        read: list[Read] = []
        try:
            for at in range(0, len(records), _AT_ONCE):
                await asyncio.sleep(0)
                read.extend(map(self._read, records[at : at + _AT_ONCE]))
        except Exception:
            return None
        return read

    async def _work(self, records: list[Record], ahead: list[Read] | None) -> None:
        """Handle a batch; whoever takes it in hand has acquired the lock, and here it is released."""
        self.progress.working()
        try:
            await self._batch(records, ahead)
        except Exception:
            # Whatever it is, an event passed over would be lost: read them all again.
            log.exception("batch_failed")
            for tp, _ in _by_partition(records):
                self._read_again(tp)
        finally:
            self.progress.done()
            self._in_hand.release()

    async def _batch(self, records: list[Record], ahead: list[Read] | None) -> None:
        partitions = [tp for tp, _ in _by_partition(records)]
        if not any(self._breakers[tp.topic].open for tp in partitions):
            try:
                await self._together(records, ahead)
                return
            except Fenced:
                await self._fenced(set(partitions))
                return
            except Exception as error:
                if is_away(error) and not await self._database.ready():
                    for tp in partitions:
                        self._wait(tp, error)
                    return
                log.info("batch_taken_apart", error=type(error).__name__, events=len(records))
        for tp, part in _by_partition(records):
            await self._one_by_one(tp, part)

    async def _together(self, records: list[Record], ahead: list[Read] | None = None) -> None:
        if not records:
            return
        read = ahead or [self._read(record) for record in records]
        # Its offsets are in it: lost in a crash of PostgreSQL, it is read again and makes the same.
        async with self._database.transaction(repeatable=True) as tx:
            handled = await self._handle(tx, read)
        failpoints.passing(failpoints.CONSUMER_COMMITTED)
        self._moved(records)
        self._count(read, handled)

    def _count(self, read: Sequence[Read], handled: Sequence[Received[Any]]) -> None:
        heard = sum(one.received is not None for one in read)
        metrics.EVENTS_SKIPPED.inc(len(read) - heard)
        metrics.EVENTS_HANDLED.inc(len(handled))
        metrics.EVENTS_DUPLICATE.inc(heard - len(handled))
        # What was passed over proves nothing about a release.
        for topic, count in Counter(one.data.topic for one in handled).items():
            self._breakers[self._prefix + topic].succeeded(count)

    async def _handle(self, tx: Transaction, read: Sequence[Read]) -> list[Received[Any]]:
        received = [one.received for one in read if one.received is not None]
        ids = [one.envelope.id for one in received if not self._handlers.subscription(one.envelope).replica]
        keys = {(one.data.topic, one.envelope.subject) for one in received}
        admitted = await admit(tx, self._moves(read), ids, keys)
        return await handle(tx, self._handlers, received, admitted)

    def _read(self, record: Record) -> Read:
        """The event in a record. A type nobody subscribed to is skipped unread when its header says it."""
        named = dict(record.headers).get("type")
        forgotten = record.value is None and record.key is not None  # a tombstone of a compacted topic
        if forgotten or (named is not None and not self._handlers.hear(named.decode(errors="replace"))):
            return Read(record, None)
        return Read(record, self._handlers.read(record.topic.removeprefix(self._prefix), record.value or b""))

    def _moves(self, read: Sequence[Read]) -> list[Move]:
        told: dict[TopicPartition, datetime] = {}
        for one in read:
            if one.received:
                tp, at = TopicPartition(one.record.topic, one.record.partition), one.received.envelope.time
                told[tp] = max(at, told.get(tp, at))
        return [
            Move(self._plain(tp), tp.partition, self._positions[tp], part[-1].offset + 1, told.get(tp))
            for tp, part in _by_partition([one.record for one in read])
        ]

    def _moved(self, records: Sequence[Record]) -> None:
        for tp, part in _by_partition(records):
            self._positions[tp] = self._uncommitted[tp] = part[-1].offset + 1
            self._waits.pop(tp, None)
        if self._failures:
            ahead = self._positions
            self._failures = {
                (tp, offset): tries for (tp, offset), tries in self._failures.items() if offset >= ahead.get(tp, 0)
            }

    async def _fenced(self, partitions: set[TopicPartition]) -> None:
        metrics.CONSUMER_FENCED.inc()
        log.warning("partition_moved_elsewhere", count=len(partitions))
        await self.assigned(partitions)

    # One by one -------------------------------------------------------------------------

    async def _one_by_one(self, tp: TopicPartition, records: list[Record]) -> None:
        if resting := self._breakers[tp.topic].resting:
            self._read_again(tp, after=resting)
            return
        for record in records:
            with bound(**({} if self._restricted(tp) else _place(record))):
                if not await self._alone(tp, record):
                    return

    async def _alone(self, tp: TopicPartition, record: Record) -> bool:
        """Handle one record; False when its partition must wait."""
        try:
            await self._together([record])
        except KeyIsHeld:
            return await self._set_aside(tp, record, BEHIND_ANOTHER, 0)
        except Poison as error:
            return await self._set_aside(tp, record, str(error), 1, proved=not isinstance(error, Unproved))
        except MalformedEvent as error:
            # Whoever reads it: it says nothing about this release, and so nothing to the breaker.
            ours = "partners" not in TOPICS[self._plain(tp)].writers
            return await self._set_aside(tp, record, f"MalformedEvent: {error}", 1, proved=ours)
        except Fenced:
            await self._fenced({tp})
        except UnknownVersion as unknown:
            log.error("unknown_event_version", event_type=unknown.type, version=unknown.version)
            self._read_again(tp, after=self._policy.unknown_version)
        except Exception as error:
            if not waiting_helps(error):
                return await self._failed(tp, record, error)
            self._wait(tp, error)
        else:
            return True
        return False

    async def _failed(self, tp: TopicPartition, record: Record, error: Exception) -> bool:
        """A failure nobody foresaw: this event's fault, or a bad release's."""
        breaker = self._breakers[tp.topic]
        attempts = self._failures[tp, record.offset] = self._failures.get((tp, record.offset), 0) + 1
        log.warning("event_failed", error=type(error).__name__, attempts=attempts, exc_info=attempts == 1)
        metrics.EVENTS_RETRIED.inc()
        if attempts == 1 or breaker.open:
            breaker.failed()
        if breaker.open:
            log.error("circuit_open", topic=self._named(tp), seconds=round(breaker.resting))
            self._read_again(tp, after=breaker.resting)
            return False
        if attempts >= self._policy.tries:
            return await self._set_aside(tp, record, type(error).__name__, attempts)
        self._wait(tp, error)
        return False

    async def _set_aside(
        self, tp: TopicPartition, record: Record, reason: str, attempts: int, *, proved: bool = True
    ) -> bool:
        """`proved`: the key is its writer's own. A key that anybody could name would let them hold back another's."""
        try:
            async with self._database.transaction() as tx:
                await self._keep(tx, record, reason, attempts, proved=proved)
        except Fenced:
            await self._fenced({tp})
            return False
        except Exception as error:
            if not waiting_helps(error):
                raise
            self._wait(tp, error)
            return False
        self._moved([record])
        metrics.DEAD_LETTERS.inc()
        log.error("event_set_aside", reason=reason, attempts=attempts)
        return True

    async def _keep(self, tx: Transaction, record: Record, reason: str, attempts: int, *, proved: bool) -> None:
        await admit(tx, self._moves([Read(record, None)]), [], set())
        named = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
        event = _event_in(record)
        event_type = event.type if event else named.get("type", "unknown")
        key = event.subject if event else (record.key or b"").decode(errors="replace")
        await dead_letters.keep(
            tx,
            topic=record.topic.removeprefix(self._prefix),
            partition=record.partition,
            offset=record.offset,
            key=key if proved else f"{key} · {record.partition}/{record.offset}",
            event_id=event.id if event else None,
            event_type=event_type,
            headers=named,
            value=record.value or b"",
            reason=reason,
            attempts=attempts,
        )

    # Waiting ----------------------------------------------------------------------------

    def _wait(self, tp: TopicPartition, error: BaseException) -> None:
        """Read the partition again after a while, longer each time."""
        self._waits[tp] += 1
        log.warning("partition_waits", topic=self._named(tp), partition=tp.partition, error=type(error).__name__)
        self._read_again(tp, after=self._policy.wait(self._waits[tp]))

    def _read_again(self, tp: TopicPartition, *, after: float = 1.0) -> None:
        """Go back to what the database has, after some seconds; the other partitions go on, and so does polling."""
        if not self._rewind(tp):
            return
        self._client.pause(tp)
        if timer := self._resumes.pop(tp, None):
            timer.cancel()
        self._resumes[tp] = asyncio.get_running_loop().call_later(after, self._resume, tp)

    def _resume(self, tp: TopicPartition) -> None:
        self._resumes.pop(tp, None)
        if tp in self._client.assignment():
            self._client.resume(tp)


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Told by Kafka who reads what."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._consumer.assigned(assigned)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._consumer.revoked(revoked)


class _Polling:
    """FastStream's logger: of all it says, only what went wrong between Kafka and us is told."""

    def log(self, level: int, message: Any, /, *, exc_info: Any = None, **_: Any) -> None:
        if level >= logging.ERROR:
            metrics.CONSUMER_POLL_FAILURES.inc()
            log.error("polling_failed", exc_info=exc_info)


def _place(record: Record) -> dict[str, str]:
    """What the log lines of an event handled alone say: where it lies, and its ids when it can be read."""
    place = {"topic": record.topic, "partition": str(record.partition), "offset": str(record.offset)}
    event = _event_in(record)
    return place if event is None else {**place, "event_id": str(event.id), "correlation_id": str(event.correlationid)}


def _event_in(record: Record) -> Envelope | None:
    try:
        return decode(record.value or b"")
    except MalformedEvent:
        return None


async def _unread(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """A batch whose headers FastStream has not gone through, and whose offsets it cannot commit."""
    return KafkaMessage(records, body=b"", consumer=FAKE_CONSUMER)


async def _records(message: KafkaMessage) -> Any:
    return message.raw_message


def _show_freshness(known: Mapping[str, freshness.Freshness]) -> None:
    for topic, one in known.items():
        if topic not in _RESTRICTED:
            for gauge, at in ((metrics.CONSUMER_HEARD, one.heard_at), (metrics.CONSUMER_WHOLE, one.whole_at)):
                gauge.labels(topic).set(at.timestamp() if at else 0)


def _by_partition(records: Sequence[Record]) -> Iterator[tuple[TopicPartition, list[Record]]]:
    """Records of one partition are consecutive in a batch."""
    for (topic, partition), part in groupby(records, key=lambda record: (record.topic, record.partition)):
        yield TopicPartition(topic, partition), list(part)

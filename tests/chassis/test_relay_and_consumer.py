"""From outbox to inbox over the real broker: everything once, in order per key."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError
from prometheus_client import Counter
from pydantic import SecretStr
from structlog.testing import capture_logs

from chassis import dead_letters, outbox
from chassis.breaker import Breaker, BreakerPolicy
from chassis.consumer import BEHIND_ANOTHER, ConsumePolicy, Consumer
from chassis.database import Transaction, connect
from chassis.handlers import Handlers, Poison, Received, Transient
from chassis.kafka import client_options
from chassis.observability.context import current_ids
from chassis.observability.logs import FIELDS
from chassis.observability.metrics import CONSUMER_LAG, CONSUMER_POLL_FAILURES, EVENTS_DUPLICATE, RELAY_FAILURES
from chassis.progress import Progress
from chassis.relay import READ, SESSION, Relay, RelayPolicy, partition_of
from contracts.envelope import Envelope, encode, event, headers
from contracts.events import PersonKeyIssued, PromiseMissed, RequestWithdrawn
from deploy.local.testing import Broker
from tests.chassis.conftest import Side, SideFactory, running, until

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def withdrawn(request_id: UUID, sequence: int) -> Envelope:
    return event(
        RequestWithdrawn(request_id=request_id), id=uuid4(), source="/maillage/intake", sequence=sequence, time=NOW
    )


async def write(side: Side, *events: Envelope) -> None:
    async with side.worker.transaction() as tx:
        await outbox.append(tx, *events)


async def outbox_rows(side: Side) -> int:
    async with side.worker.transaction() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM outbox"))


async def test_the_outbox_is_read_by_its_index_whatever_was_deleted_from_it(side: SideFactory) -> None:
    """Read whole, it cost a second a read after half a minute of a hundred requests a second."""
    intake = await side("intake")
    await write(intake, *(withdrawn(uuid4(), 1) for _ in range(2000)))
    async with intake.worker.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    connection = await connect(intake.settings.worker_database_url.get_secret_value(), "test", settings=SESSION)
    try:
        read = READ.replace("$1", "1000").replace("$2", "ARRAY[]")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {read}"))
    finally:
        await connection.close()
    assert "Index Scan using outbox_pkey" in plan
    assert "Seq Scan on outbox" not in plan


async def make_seen(side: Side) -> None:
    """The reading service's own table."""
    connection = await asyncpg.connect(side.admin_url)
    await connection.execute(
        "CREATE TABLE seen (place bigint GENERATED ALWAYS AS IDENTITY, subject uuid, sequence bigint);"
        "GRANT SELECT, INSERT ON seen TO maillage_worker"
    )
    await connection.close()


async def seen(side: Side) -> list[tuple[UUID, int]]:
    async with side.worker.transaction() as tx:
        return [tuple(row) for row in await tx.fetch("SELECT subject, sequence FROM seen ORDER BY place")]


async def note(tx: Transaction, received: Sequence[Received[Any]]) -> None:
    await tx.executemany(
        "INSERT INTO seen (subject, sequence) VALUES ($1, $2)",
        [(one.data.request_id, one.envelope.sequence) for one in received],
    )


def noting() -> Handlers:
    handlers = Handlers()
    handlers.on(RequestWithdrawn)(note)
    return handlers


def in_order(rows: Sequence[tuple[UUID, int]]) -> bool:
    by_key: dict[UUID, list[int]] = {}
    for subject, sequence in rows:
        by_key.setdefault(subject, []).append(sequence)
    return all(a < b for numbers in by_key.values() for a, b in pairwise(numbers))


async def test_what_is_written_arrives_once_and_in_order(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    keys = [uuid4() for _ in range(20)]
    events = [withdrawn(key, number) for number in range(1, 31) for key in keys]
    consumer = Consumer("cases", reader.settings, reader.worker, noting())
    async with running(Relay(writer.settings).run, consumer.run):
        for start in range(0, len(events), 100):
            await write(writer, *events[start : start + 100])

        async def all_there() -> bool:
            return len(await seen(reader)) >= len(events)

        await until(all_there)
        rows = await seen(reader)
    assert len(rows) == len(set(rows)) == len(events)
    assert in_order(rows)
    assert await outbox_rows(writer) == 0


async def test_a_key_that_is_forgotten_leaves_as_a_record_without_a_value(side: SideFactory) -> None:
    """Only so does compaction drop what came before it; readers pass over it."""
    writer, reader = await side("intake"), await side("cases")
    subject = f"person:{uuid4()}"
    issued = PersonKeyIssued(key_subject=subject, wrapped="AAAA", master_key_id="1")
    async with writer.worker.transaction() as tx:
        await outbox.append(tx, event(issued, id=uuid4(), source="/maillage/intake", sequence=1, time=NOW))
        await outbox.forget(tx, PersonKeyIssued.topic, [subject])
    heard: list[str] = []
    handlers = Handlers()

    @handlers.on(PersonKeyIssued)
    async def keys(_tx: Transaction, received: Sequence[Received[PersonKeyIssued]]) -> None:
        heard.extend(one.data.key_subject for one in received)

    topic = f"{reader.settings.topic_prefix}{PersonKeyIssued.topic}"
    options: Mapping[str, Any] = client_options(reader.settings)
    records = AIOKafkaConsumer(topic, auto_offset_reset="earliest", **options)
    await records.start()
    try:
        consumer = Consumer("cases", reader.settings, reader.worker, handlers)
        async with running(Relay(writer.settings).run, consumer.run):
            async with asyncio.timeout(30):
                first, second = await records.getone(), await records.getone()

            async def read_on() -> bool:
                async with reader.worker.transaction() as tx:
                    return bool(await tx.fetchval("SELECT max(next_offset) = 2 FROM consumer_offsets"))

            await until(read_on)
    finally:
        await records.stop()
    assert (first.key, first.value is None) == (subject.encode(), False)
    assert (second.key, second.value) == (subject.encode(), None)
    assert heard == [subject]


async def test_a_redelivered_topic_changes_nothing(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    key = uuid4()
    await write(writer, *(withdrawn(key, number) for number in range(1, 11)))
    async with running(Relay(writer.settings).run, Consumer("cases", reader.settings, reader.worker, noting()).run):

        async def all_there() -> bool:
            return len([row for row in await seen(reader) if row[0] == key]) == 10

        await until(all_there)
    async with reader.worker.transaction() as tx:
        await tx.execute("UPDATE consumer_offsets SET next_offset = 0")
    left_out = count_of(EVENTS_DUPLICATE)
    await write(writer, withdrawn(key, 11))  # behind the ten, in their partition
    breaker = Breaker()
    again = Consumer("cases", reader.settings, reader.worker, noting(), breaker=lambda: breaker)
    async with running(Relay(writer.settings).run, again.run):

        async def last_there() -> bool:
            return (key, 11) in await seen(reader)

        await until(last_there)
    rows = [row for row in await seen(reader) if row[0] == key]
    assert rows == [(key, number) for number in range(1, 12)]
    assert count_of(EVENTS_DUPLICATE) >= left_out + 10
    # Passed over, not handled: they say nothing about the release.
    for _ in range(19):
        breaker.failed()
    assert breaker.open


async def test_poison_is_set_aside_with_the_later_events_of_its_key_and_replayed_in_order(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    bad, good = uuid4(), uuid4()
    cured = False

    async def choosy(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        if not cured and any(one.data.request_id == bad and one.envelope.sequence == 2 for one in received):
            raise Poison("this one cannot be")
        await note(tx, received)

    handlers = Handlers()
    handlers.on(RequestWithdrawn)(choosy)
    events = [withdrawn(key, number) for number in (1, 2, 3) for key in (bad, good)]
    await write(writer, *events)
    async with running(Relay(writer.settings).run, Consumer("cases", reader.settings, reader.worker, handlers).run):

        async def settled() -> bool:
            async with reader.worker.transaction() as tx:
                return len(await dead_letters.listed(tx)) == 2 and (good, 3) in await seen(reader)

        await until(settled)
        assert [row for row in await seen(reader) if row[0] == bad] == [(bad, 1)]
        async with reader.worker.transaction() as tx:
            first, second = await dead_letters.listed(tx)
        assert (first.reason, second.reason) == ("this one cannot be", BEHIND_ANOTHER)
        cured = True
        count = await dead_letters.replay(reader.worker, handlers, "intake-events", str(bad), by="test", reason="cured")
        assert count == 2
        await write(writer, withdrawn(bad, 4))

        async def fourth() -> bool:
            return (bad, 4) in await seen(reader)

        await until(fourth)
    assert [row for row in await seen(reader) if row[0] == bad] == [(bad, 1), (bad, 2), (bad, 3), (bad, 4)]


async def test_a_handler_that_fails_for_a_while_loses_and_doubles_nothing(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    keys = [uuid4() for _ in range(30)]
    failures = 0

    async def flaky(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        nonlocal failures
        if failures < 25 and any(one.data.request_id in keys[:10] for one in received):
            failures += 1
            raise TimeoutError
        await note(tx, received)

    handlers = Handlers()
    handlers.on(RequestWithdrawn)(flaky)
    await write(writer, *(withdrawn(key, number) for number in (1, 2) for key in keys))
    policy = ConsumePolicy(longest=0.2)
    async with running(
        Relay(writer.settings).run, Consumer("cases", reader.settings, reader.worker, handlers, policy=policy).run
    ):

        async def all_there() -> bool:
            return len([row for row in await seen(reader) if row[0] in keys]) == 60

        await until(all_there)
    rows = await seen(reader)
    assert len(rows) == len(set(rows))
    assert in_order(rows)
    async with reader.worker.transaction() as tx:
        assert await dead_letters.listed(tx) == []


async def test_a_release_that_fails_on_everything_does_not_empty_the_topic(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    keys = [uuid4() for _ in range(100)]
    repaired = False

    async def broken(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        if not repaired:
            raise KeyError("bad release")
        await note(tx, received)

    handlers = Handlers()
    handlers.on(RequestWithdrawn)(broken)
    await write(writer, *(withdrawn(key, 1) for key in keys))
    breaker = Breaker(BreakerPolicy(rest=0.5))
    consumer = Consumer(
        "cases", reader.settings, reader.worker, handlers, policy=ConsumePolicy(back_off=0.001), breaker=lambda: breaker
    )
    async with running(Relay(writer.settings).run, consumer.run):

        async def stopped() -> bool:
            return breaker.open

        await until(stopped)
        async with reader.worker.transaction() as tx:
            set_aside = [one for one in await dead_letters.listed(tx, limit=1000) if one.reason == "KeyError"]
        assert len(set_aside) <= 20
        repaired = True

        async def all_there() -> bool:
            async with reader.worker.transaction() as tx:
                aside = {UUID(letter.key) for letter in await dead_letters.listed(tx, limit=1000)}
            return {row[0] for row in await seen(reader)} >= set(keys) - aside

        await until(all_there)
    async with reader.worker.transaction() as tx:
        aside = [one for one in await dead_letters.listed(tx, limit=1000) if one.reason == "KeyError"]
    assert len(aside) <= 20


async def test_malformed_bytes_and_unheard_types_do_not_stop_the_others(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    key = uuid4()
    producer = AIOKafkaProducer(**client_options(writer.settings))
    await producer.start()
    topic = writer.settings.topic_prefix + "intake-events"
    other = event(
        PromiseMissed(request_id=key, promised_on=NOW.date()),
        id=uuid4(),
        source="/maillage/intake",
        sequence=1,
        time=NOW,
    )
    await producer.send_and_wait(topic, b"{not json", key=b"broken")
    await producer.send_and_wait(topic, encode(other), key=str(key).encode(), headers=headers(other))
    good = withdrawn(key, 2)
    await producer.send_and_wait(topic, encode(good), key=str(key).encode(), headers=headers(good))
    await producer.stop()
    async with running(Consumer("cases", reader.settings, reader.worker, noting()).run):

        async def settled() -> bool:
            async with reader.worker.transaction() as tx:
                letters = [letter for letter in await dead_letters.listed(tx) if letter.key == "broken"]
            return (key, 2) in await seen(reader) and len(letters) == 1

        await until(settled)
    async with reader.worker.transaction() as tx:
        [letter] = [letter for letter in await dead_letters.listed(tx) if letter.key == "broken"]
        assert letter.reason == "MalformedEvent: not JSON"
        await dead_letters.discard(tx, letter.dead_letter_id, by="test", reason="not an event")
        assert letter.dead_letter_id not in {one.dead_letter_id for one in await dead_letters.listed(tx)}


async def test_two_relays_send_each_event_once(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    keys = [uuid4() for _ in range(50)]
    async with running(
        Relay(writer.settings).run,
        Relay(writer.settings).run,
        Consumer("cases", reader.settings, reader.worker, noting()).run,
        Consumer("cases", reader.settings, reader.worker, noting()).run,
    ):
        for number in range(1, 11):
            await write(writer, *(withdrawn(key, number) for key in keys))
            await asyncio.sleep(0)

        async def all_there() -> bool:
            return len([row for row in await seen(reader) if row[0] in keys]) == 500

        await until(all_there)
    rows = await seen(reader)
    assert len(rows) == len(set(rows))
    assert in_order(rows)


async def test_a_relay_that_waits_for_kafka_is_not_stuck(side: SideFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise KafkaTimeoutError

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", away)
    writer = await side("intake")
    await write(writer, withdrawn(uuid4(), 1))
    relay = Relay(writer.settings)
    relay.progress = Progress("relay", patience=0)
    before = count_of(RELAY_FAILURES)

    async def waits() -> bool:
        return count_of(RELAY_FAILURES) >= before + 2 and not relay.progress.stuck()

    async with running(relay.run):
        await until(waits)


def count_of(metric: Counter) -> float:
    """What a counter of this process stands at."""
    return next(sample.value for one in metric.collect() for sample in one.samples)


async def test_an_answer_of_kafka_that_never_comes_is_given_up(
    side: SideFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    truly, asked = AIOKafkaProducer.send_batch, 0

    async def lost_at_first(self: AIOKafkaProducer, *given: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        return asyncio.get_running_loop().create_future() if asked == 1 else await truly(self, *given, **more)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", lost_at_first)
    writer = await side("intake")
    await write(writer, withdrawn(uuid4(), 1))

    async def gone() -> bool:
        return await outbox_rows(writer) == 0

    async with running(Relay(writer.settings, RelayPolicy(acknowledge=0.2)).run):
        await until(gone)
    assert asked == 2


async def test_a_topic_that_is_missing_holds_up_nobody_else(side: SideFactory) -> None:
    writer = await side("intake")
    async with writer.worker.transaction() as tx:
        await tx.execute(
            "INSERT INTO outbox (event_id, topic, key, headers, value) "
            "SELECT gen_random_uuid(), 'intake-events-v9', 'k', '{}', '' FROM generate_series(1, 3)"
        )
    await write(writer, withdrawn(uuid4(), 1))

    async def only_these_wait() -> bool:
        async with writer.worker.transaction() as tx:
            return [row["topic"] for row in await tx.fetch("SELECT topic FROM outbox")] == ["intake-events-v9"] * 3

    # Two at a time: they would fill every batch.
    async with running(Relay(writer.settings, RelayPolicy(batch=2, resolve=0.5)).run):
        await until(only_these_wait)


async def test_what_waits_for_a_service_holds_up_its_own_partition_only(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    keys = [uuid4() for _ in range(30)]
    waiting, others = keys[0], [key for key in keys if lane(key) != lane(keys[0])]

    async def picky(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        if any(one.data.request_id == waiting for one in received):
            raise Transient("not yet")
        await note(tx, received)

    handlers = Handlers()
    handlers.on(RequestWithdrawn)(picky)
    await write(writer, *(withdrawn(key, 1) for key in keys))

    async def others_there() -> bool:
        return {row[0] for row in await seen(reader)} >= set(others)

    slow = ConsumePolicy(back_off=3600, longest=3600)
    consumer = Consumer("cases", reader.settings, reader.worker, handlers, policy=slow)
    async with running(Relay(writer.settings).run, consumer.run):
        await until(others_there)
    assert waiting not in {row[0] for row in await seen(reader)}


def lane(key: UUID) -> int:
    """The partition of a key, on the tests' topics of three."""
    return partition_of(str(key), 3)


async def test_a_consumer_stopped_under_load_leaves_at_once(side: SideFactory, kafka: Broker) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    begun = asyncio.Event()

    async def slow(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        begun.set()
        await tx.execute("SELECT pg_sleep(0.3)")
        await note(tx, received)

    handlers = Handlers()
    handlers.on(RequestWithdrawn)(slow)
    await write(writer, *(withdrawn(uuid4(), 1) for _ in range(200)))

    async def sent() -> bool:
        return await outbox_rows(writer) == 0

    async with running(Relay(writer.settings).run):
        await until(sent)
    consumer = Consumer("cases", reader.settings, reader.worker, handlers, policy=ConsumePolicy(batch=5))
    async with running(consumer.run):
        await asyncio.wait_for(begun.wait(), 30)
        stopping = monotonic()
    assert monotonic() - stopping < 4
    members, committed = await group_of(reader, kafka)
    assert members == 0
    async with reader.worker.transaction() as tx:
        rows = await tx.fetch("SELECT partition, next_offset FROM consumer_offsets WHERE next_offset > 0")
    assert rows
    assert [committed[row["partition"]] for row in rows] == [row["next_offset"] for row in rows]


async def group_of(side: Side, kafka: Broker) -> tuple[int, dict[int, int]]:
    """How many members the service's group has, and what it committed, by partition."""
    settings = side.settings.model_copy(update={"kafka_username": "admin"})
    login = kafka.settings("admin")
    if "kafka_password" in login:
        settings = settings.model_copy(update={"kafka_password": SecretStr(login["kafka_password"])})
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        group = f"{side.settings.topic_prefix}cases"
        [described] = await admin.describe_consumer_groups([group])
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return len(described.groups[0][5]), {tp.partition: at.offset for tp, at in offsets.items() if at.offset > 0}


async def test_after_a_failure_batches_are_read_ahead_again(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    bad = uuid4()
    failed = 0

    async def once(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        nonlocal failed
        if any(one.data.request_id == bad for one in received) and failed < 4:  # two batches, and twice alone
            failed += 1
            carried.append(current_ids())
            raise KeyError("a handler that fails for a while")
        await note(tx, received)

    carried: list[Mapping[str, str]] = []
    handlers = Handlers()
    handlers.on(RequestWithdrawn)(once)
    consumer = Consumer("cases", reader.settings, reader.worker, handlers, policy=ConsumePolicy(back_off=0.01))
    await write(writer, withdrawn(bad, 1))

    async def there() -> bool:
        return (bad, 1) in await seen(reader)

    with capture_logs() as lines:
        async with running(Relay(writer.settings).run, consumer.run):
            await until(there)
            assert consumer._failures == {}
    told = [line for line in lines if line["event"] == "event_failed"]
    assert [line["attempts"] for line in told] == [1, 2]
    alone = [ids for ids in carried if "offset" in ids]
    assert len(alone) == 2
    for ids in alone:
        assert ids["topic"].endswith("intake-events")
        assert ids["partition"] == str(lane(bad))
        assert {"offset", "event_id", "correlation_id"} <= ids.keys() <= FIELDS


async def test_what_kafka_refuses_while_polling_is_told(side: SideFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise TopicAuthorizationFailedError("t")

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", refused)
    reader = await side("cases")
    before = count_of(CONSUMER_POLL_FAILURES)

    async def counted() -> bool:
        return count_of(CONSUMER_POLL_FAILURES) > before

    with capture_logs() as lines:
        async with running(Consumer("cases", reader.settings, reader.worker, noting()).run):
            await until(counted)
    assert "polling_failed" in {line["event"] for line in lines}


async def test_a_leader_that_has_fallen_silent_loses_the_lead(side: SideFactory) -> None:
    writer = await side("intake")
    silent = Relay(writer.settings, RelayPolicy(poll=3600, silent=1, back_off=3600))

    async def alone() -> bool:
        return not await _leads(writer)

    async with running(silent.run):
        await until(lambda: _leads(writer))
        await until(alone)


async def _leads(side: Side) -> bool:
    async with side.worker.transaction() as tx:
        return bool(
            await tx.fetchval(
                """SELECT true FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                   WHERE locktype = 'advisory' AND datname = current_database()"""
            )
        )


async def test_what_is_read_ahead_never_overtakes_a_batch_that_failed(side: SideFactory) -> None:
    writer, reader = await side("intake"), await side("cases")
    await make_seen(reader)
    keys = [uuid4() for _ in range(40)]
    calls = 0

    async def shaky(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        nonlocal calls
        calls += 1
        if calls % 5 == 0:
            raise TimeoutError
        if calls % 7 == 0:
            raise KeyError("a release that fails now and then")
        await note(tx, received)

    handlers = Handlers()
    handlers.on(RequestWithdrawn)(shaky)
    for number in range(1, 11):
        await write(writer, *(withdrawn(key, number) for key in keys))
    policy = ConsumePolicy(batch=8, back_off=0.01, longest=0.05, tries=50)
    patient = Breaker(BreakerPolicy(share=1.0))
    consumers = [
        Consumer("cases", reader.settings, reader.worker, handlers, policy=policy, breaker=lambda: patient)
        for _ in range(2)
    ]

    async def all_there() -> bool:
        return len([row for row in await seen(reader) if row[0] in keys]) >= 400

    async with running(Relay(writer.settings).run, consumers[0].run):
        await until(lambda: _some(reader, keys))
        async with running(consumers[1].run):
            await until(all_there, 60)
    rows = [row for row in await seen(reader) if row[0] in keys]
    assert len(rows) == len(set(rows)) == 400
    assert in_order(rows)


async def _some(reader: Side, keys: Sequence[UUID]) -> bool:
    return any(row[0] in keys for row in await seen(reader))


async def test_a_partition_that_went_to_another_shows_no_lag_here(side: SideFactory) -> None:
    reader = await side("cases")
    consumer = Consumer("cases", reader.settings, reader.worker, noting())
    CONSUMER_LAG.labels("intake-events", "2").set(40)
    gone = {TopicPartition(reader.settings.topic_prefix + "intake-events", partition) for partition in (1, 2)}
    await consumer.revoked(gone)
    shown = {tuple(sample.labels.values()) for one in CONSUMER_LAG.collect() for sample in one.samples}
    assert not shown & {("intake-events", "1"), ("intake-events", "2")}

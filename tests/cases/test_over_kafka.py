"""Requests in, dossiers out, over the real broker; and over again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.consumer import Consumer
from chassis.kafka import client_options
from chassis.relay import Relay
from contracts.envelope import Envelope, decode, encode, headers
from contracts.events import EVENTS, RequestWithdrawn
from deploy.local.testing import Broker
from tests.cases.conftest import Cases, cases_on, settings_for, submitted, told
from tests.chassis.conftest import running, until


async def send(kafka: Broker, cases: Cases, prefix: str, *events: Envelope) -> None:
    """What intake's relay does."""
    settings = settings_for(cases.database, topic_prefix=prefix, **kafka.settings("intake"))
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    try:
        for one in events:
            topic = prefix + EVENTS[one.type, one.version].topic
            await producer.send(topic, encode(one), key=one.subject.encode(), headers=headers(one))
    finally:
        await producer.stop()


async def heard(kafka: Broker, cases: Cases, prefix: str, count: int) -> list[Envelope]:
    """The first events on `cases-events`, as intake reads them."""
    settings = settings_for(cases.database, topic_prefix=prefix, **kafka.settings("intake"))
    consumer = AIOKafkaConsumer(
        f"{prefix}cases-events", auto_offset_reset="earliest", group_id=f"{prefix}intake", **client_options(settings)
    )
    await consumer.start()
    try:
        events: list[Envelope] = []
        async with asyncio.timeout(30):
            while len(events) < count:
                events.append(decode((await consumer.getone()).value))
        return events
    finally:
        await consumer.stop()


def parts(cases: Cases) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    service = cases.service
    consumer = Consumer("cases", service.parts.settings, service.parts.worker, service.all_handlers)
    return consumer.run, Relay(service.parts.settings).run


@pytest.fixture
async def on_kafka(service_database: Any, kafka: Broker, topics: str) -> Any:
    async with cases_on(await service_database("cases"), topic_prefix=topics, **kafka.settings("cases")) as made:
        yield made


async def test_requests_open_dossiers_once_whatever_is_delivered_again(
    on_kafka: Cases, kafka: Broker, topics: str
) -> None:
    requests = [submitted() for _ in range(200)]
    events = [told(one) for one in requests]
    taken_back = [told(RequestWithdrawn(request_id=one.request_id), sequence=2) for one in requests[:20]]
    await send(kafka, on_kafka, topics, *events, *taken_back, *events[:50])

    async def all_there() -> bool:
        async with on_kafka.service.parts.worker.transaction() as tx:
            closed = await tx.fetchval("SELECT count(*) FROM cases WHERE status = 'closed'")
        return (await on_kafka.count("cases"), closed) == (200, 20)

    async with running(*parts(on_kafka)):
        await until(all_there)
        events_out = await heard(kafka, on_kafka, topics, 220)
    async with on_kafka.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE consumer_offsets SET next_offset = 0")
    last = submitted()
    await send(kafka, on_kafka, topics, told(last))

    async def last_there() -> bool:
        return await on_kafka.count("cases") == 201

    async with running(*parts(on_kafka)):
        await until(last_there)
    assert await on_kafka.count("timeline") == 201 + 2 * 20
    assert len({one.id for one in events_out}) == 220
    of_first = [one for one in events_out if one.causationid in {events[0].id, taken_back[0].id}]
    assert [(one.type, one.sequence) for one in of_first] == [("CaseOpened", 1), ("CaseClosed", 2)]
    assert UUID(of_first[0].subject) == UUID(of_first[1].subject)

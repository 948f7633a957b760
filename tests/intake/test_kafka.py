"""Intake over the real broker: what it takes in leaves, and what others send arrives once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis import dead_letters
from chassis.consumer import Consumer
from chassis.kafka import client_options
from chassis.relay import Relay, RelayPolicy
from chassis.settings import Settings
from contracts.envelope import Envelope, decode, encode, event, headers
from contracts.events import TerritoryPublished
from deploy.local.testing import Broker
from intake.communes import store as communes
from intake.territories.places import find
from tests.intake.conftest import Intake, resident
from tests.intake.test_partner_requests import INTAKE_KEY, ORGANISATION, organisation, sealed, sent

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def intake_settings(kafka: Broker, topics: str) -> dict[str, Any]:
    return {"topic_prefix": topics, "partner_private_jwk": INTAKE_KEY, **kafka.settings("intake")}


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(*runs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(run()) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read(broker: Broker, intake: Intake, topic: str, count: int) -> list[Envelope]:
    """The first events of a topic, whoever wrote them."""
    settings: Settings = intake.service.parts.settings.model_copy(update=_login(broker, "admin"))
    options = client_options(settings)
    consumer = AIOKafkaConsumer(settings.topic_prefix + topic, auto_offset_reset="earliest", **options)
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            return [decode((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


def _login(broker: Broker, user: str) -> dict[str, Any]:
    from pydantic import SecretStr

    login = broker.settings(user)
    return {
        "kafka_username": login.get("kafka_username"),
        "kafka_password": SecretStr(login["kafka_password"]) if "kafka_password" in login else None,
    }


async def write(broker: Broker, intake: Intake, topic: str, *events: Envelope, user: str = "admin") -> None:
    settings = intake.service.parts.settings.model_copy(update=_login(broker, user))
    producer = AIOKafkaProducer(**client_options(settings))
    await producer.start()
    try:
        for one in events:
            await producer.send_and_wait(
                settings.topic_prefix + topic, encode(one), key=one.subject.encode(), headers=headers(one)
            )
    finally:
        await producer.stop()


def consumer_of(intake: Intake) -> Consumer:
    service = intake.service
    return Consumer("intake", service.parts.settings, service.parts.worker, service.all_handlers)


async def test_requests_leave_and_partners_requests_arrive(intake: Intake, kafka: Broker) -> None:
    assert (await intake.ask(resident())).status_code == 201
    good, later = sent(sealed(resident())).envelope, sent(sealed(resident()), number=3).envelope
    lost = sent(sealed(resident(commune="22999")), number=2).envelope
    published = event(organisation(), id=uuid4(), source="/maillage/directory", sequence=1, time=NOW)
    async with running(Relay(intake.service.parts.settings).run, consumer_of(intake).run):
        await write(kafka, intake, "directory-partners", published)

        async def known() -> bool:
            return await intake.count("organisations") == 1

        await until(known)
        await write(kafka, intake, "partner-requests", good, good, lost, later)

        async def settled() -> bool:
            async with intake.worker.transaction() as tx:
                return len(await dead_letters.listed(tx)) == 2 and await intake.count("requests") == 2

        await until(settled)
        async with intake.worker.transaction() as tx:
            first, second = await dead_letters.listed(tx)
        assert first.reason == "commune inconnue : 22999"
        assert second.reason == "un événement antérieur de la même clé attend"
        async with intake.worker.transaction() as tx:
            await communes.add(tx, code="22999", name="Exemple-sur-Mer", department="22")
        replayed = await dead_letters.replay(
            intake.worker, intake.service.all_handlers, "partner-requests", first.key, by="test", reason="added"
        )
        assert replayed == 2
        events = await read(kafka, intake, "intake-events", 4)
    assert {one.type for one in events} == {"RequestSubmitted"}
    assert len({one.data["reference"] for one in events}) == 4
    assert sorted(one.data["channel"] for one in events) == ["partner", "partner", "partner", "web"]
    assert first.key == f"{ORGANISATION}:2026-0042"


async def test_a_territory_published_is_a_territory_known(intake: Intake, kafka: Broker) -> None:
    def landerneau(sequence: int, *codes: str) -> Envelope:
        data = TerritoryPublished(
            territory_id="landerneau", name="Landerneau", communes=codes, valid_from=date(2020, 1, 1)
        )
        return event(data, id=uuid4(), source="/maillage/directory", sequence=sequence, time=NOW)

    async with running(consumer_of(intake).run):
        await write(kafka, intake, "directory-partners", landerneau(2, "29103"), landerneau(1, "29001"))

        async def known() -> bool:
            async with intake.worker.transaction() as tx:
                place = await find(tx, "29103", date(2026, 3, 2))
                return place is not None and place.territory_id == "landerneau"

        await until(known)
        await write(kafka, intake, "directory-partners", landerneau(3, "29103", "29001"))

        async def grown() -> bool:
            async with intake.worker.transaction() as tx:
                place = await find(tx, "29001", date(2026, 3, 2))
                return place is not None and place.territory_id == "landerneau"

        await until(grown)


async def test_a_request_wakes_the_relay_once_it_is_committed(intake: Intake, kafka: Broker) -> None:
    """The relay looks by itself every ten minutes only: without the bell the test would not end in time."""
    async with running(Relay(intake.service.parts.settings, RelayPolicy(poll=600)).run):
        for count in range(3):
            await intake.ask(resident(summary=f"Demande {count}."))

            async def gone() -> bool:
                return await intake.count("outbox") == 0

            await until(gone)

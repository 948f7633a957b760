"""From events in Kafka to mails in a real server."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from chassis.consumer import Consumer
from chassis.kafka import client_options
from chassis.settings import Settings
from contracts.envelope import Envelope, encode, headers
from contracts.events import EVENTS
from contracts.events.cases import case_id_of
from deploy.local.testing import Broker
from tests.chassis.conftest import running, settings_for
from tests.notifications.conftest import Desk, desk_on, until
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import SamplePerson, follow_up_due, opened, ratified, request


async def publish(settings: Settings, *envelopes: Envelope) -> None:
    """Write events as their owner's relay does."""
    producer = AIOKafkaProducer(**client_options(settings), acks="all")
    await producer.start()
    try:
        for one in envelopes:
            topic = settings.topic_prefix + EVENTS[one.type, one.version].topic
            await producer.send_and_wait(topic, encode(one), key=one.subject.encode(), headers=headers(one))
    finally:
        await producer.stop()


class Kafka:
    """What the other services write."""

    def __init__(self, database: Any, kafka: Broker, topics: str) -> None:
        self._settings = {
            service: settings_for(database, kafka, service, topics) for service in ("intake", "cases", "directory")
        }

    async def says(self, service: str, *envelopes: Envelope) -> None:
        await publish(self._settings[service], *envelopes)


@pytest.fixture
async def path(service_database: Any, mails: MailServer, kafka: Broker) -> AsyncIterator[tuple[Desk, Kafka]]:
    """On topics of the test's own: it reads them from their beginning."""
    database, topics = await service_database("notifications"), f"t{secrets.token_hex(3)}-"
    await kafka.make_topics(topics, partitions=3)
    async with desk_on(database, mails, topic_prefix=topics, **kafka.settings("notifications")) as desk:
        yield desk, Kafka(database, kafka, topics)
    await kafka.drop_topics(topics)


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[None]:
    parts = desk.service.parts
    consumer = Consumer("notifications", desk.settings, parts.worker, desk.service.all_handlers)
    async with running(consumer.run, desk.sender.run):
        yield


async def sent(desk: Desk, count: int) -> None:
    async def reached() -> bool:
        return Counter(state for state, _ in await desk.states())["sent"] >= count

    await until(reached, 60)


async def test_a_request_becomes_a_mail(path: tuple[Desk, Kafka], mails: MailServer) -> None:
    desk, others = path
    person = SamplePerson("personne.exemple@exemple.test")
    async with at_work(desk):
        await others.says("intake", person.key_issued(), person.recorded(), request(person.id))
        await sent(desk, 1)
        await others.says("intake", request(person.id))
        await sent(desk, 2)
    assert [mail["To"] for mail in mails.mails] == ["personne.exemple@exemple.test"] * 2
    assert "5VS9-HGPT-D" in text_of(mails.mails[0])
    assert [told.type for told in await desk.told()] == ["MessageDelivered"] * 2


async def test_a_case_writes_to_its_members_and_its_coordinator(path: tuple[Desk, Kafka], mails: MailServer) -> None:
    desk, others = path
    member, invitee, agent = (SamplePerson(f"{name}@exemple.test") for name in ("membre", "invitee", "agent"))
    request_id = uuid4()
    case_id = case_id_of(request_id)
    await others.says(
        "cases",
        invitee.key_issued(),
        opened(case_id, request_id),
        ratified(case_id, [member.id, invitee.id]),
        follow_up_due(case_id, agent.id),
        invitee.introduced(),
    )
    await others.says("directory", agent.as_agent(), agent.key_issued())
    await others.says(
        "intake",
        request(member.id, request_id=request_id, programme="family-conference"),
        member.recorded(),
        member.key_issued(),
    )
    async with at_work(desk):
        await sent(desk, 4)
    assert Counter(str(mail["To"]) for mail in mails.mails) == {
        "membre@exemple.test": 2, "invitee@exemple.test": 1, "agent@exemple.test": 1,
    }  # fmt: skip
    assert not any("Plan secret" in text_of(mail) for mail in mails.mails)

"""From RequestSubmitted in Kafka to a mail in a real server."""

import asyncio
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaProducer

from chassis.consumer import Consumer
from chassis.kafka import client_options
from chassis.settings import Settings
from contracts.envelope import Envelope, encode, headers
from contracts.events import EVENTS
from deploy.local.testing import Broker
from tests.chassis.conftest import running, settings_for
from tests.notifications.conftest import desk_on, until
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import SamplePerson, request


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


async def test_a_request_becomes_a_mail(service_database: Any, mails: MailServer, kafka: Broker, topics: str) -> None:
    database = await service_database("notifications")
    intake = settings_for(database, kafka, "intake", topics)
    person = SamplePerson("personne.exemple@exemple.test")
    async with desk_on(database, mails, topic_prefix=topics, **kafka.settings("notifications")) as desk:
        consumer = Consumer("notifications", desk.settings, desk.service.parts.worker, desk.service.all_handlers)
        async with running(consumer.run, desk.sender.run):
            await publish(intake, person.key_issued(), person.recorded())

            async def known() -> bool:
                async with desk.service.parts.worker.transaction() as tx:
                    return bool(await tx.fetchval("SELECT count(*) = 1 FROM people"))

            await until(known)
            begun = monotonic()
            await publish(intake, request(person.id))
            async with asyncio.timeout(30):
                await mails.arrived.wait()
            took = monotonic() - begun
        [mail] = mails.mails
        assert mail["To"] == "personne.exemple@exemple.test"
        assert "5VS9HGPTD" in str(mail.get_body(("plain",)))
        assert [row["state"] for row in await desk.rows("place, state")] == ["sent"]
        [told] = await desk.told()
        assert told.type == "MessageDelivered"
        print(f"from Kafka to the mail server in {took * 1000:.0f} ms")

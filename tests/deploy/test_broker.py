"""The embedded Kafka: topics and access rules come from the contracts, and hold."""

import asyncio
import stat
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from confluent_kafka.cimpl import NewTopic

from contracts.topics import TOPICS
from deploy.local import broker as brokers
from deploy.local import jars, layout
from deploy.local import topics as access
from deploy.local.broker import ADMIN, Administration, Kafka
from deploy.local.layout import State
from deploy.local.testing import Broker


def options(kafka: Broker, user: str) -> dict[str, Any]:
    settings = kafka.settings(user)
    if "kafka_username" not in settings:
        pytest.skip("this broker has no users")
    return {
        "bootstrap_servers": settings["kafka_bootstrap"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings["kafka_username"],
        "sasl_plain_password": settings["kafka_password"],
    }


@asynccontextmanager
async def producer(kafka: Broker, user: str) -> AsyncIterator[AIOKafkaProducer]:
    running = AIOKafkaProducer(**options(kafka, user), enable_idempotence=True)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


async def test_a_service_writes_its_topics_and_its_consumers_read_them(kafka: Broker, topics: str) -> None:
    async with producer(kafka, "intake") as intake:
        await intake.send_and_wait(f"{topics}intake-events", b"value", key=b"key")
    reader = AIOKafkaConsumer(
        f"{topics}intake-events",
        **options(kafka, "cases"),
        group_id=f"{topics}cases",
        auto_offset_reset="earliest",
    )
    await reader.start()
    try:
        record = await reader.getone()
    finally:
        await reader.stop()

    assert (record.key, record.value) == (b"key", b"value")


@pytest.mark.parametrize(("user", "topic"), [("cases", "intake-events"), ("partner-exemple", "intake-events")])
async def test_writing_elsewhere_is_refused(kafka: Broker, topics: str, user: str, topic: str) -> None:
    async with producer(kafka, user) as writer:
        with pytest.raises(TopicAuthorizationFailedError):
            await writer.send_and_wait(f"{topics}{topic}", b"value")


async def test_a_partner_writes_requests_and_reads_nothing(kafka: Broker, topics: str) -> None:
    async with producer(kafka, "partner-exemple") as partner:
        await partner.send_and_wait(f"{topics}partner-requests", b"value", key=b"key")
    reader = AIOKafkaConsumer(
        f"{topics}partner-requests", **options(kafka, "partner-exemple"), group_id=f"{topics}intake"
    )
    try:
        with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
            await reader.start()
    finally:
        await reader.stop()


async def test_making_topics_again_changes_nothing(kafka: Broker, topics: str) -> None:
    await kafka.make_topics(topics)

    found = kafka.administration.client().list_topics(timeout=20).topics
    assert {name.removeprefix(topics) for name in found if name.startswith(topics)} == set(TOPICS)


async def test_what_the_contracts_now_say_of_a_topic_is_applied(kafka: Broker, topic_prefix: str) -> None:
    prefix = f"{topic_prefix}changed-"
    names = {topic: prefix + topic for topic in ("intake-events", "directory-partners")}
    older = {"cleanup.policy": "delete", "retention.ms": "1000"}
    client = kafka.administration.client()
    await asyncio.to_thread(
        access.create_topics, client, [NewTopic(name, 2, 1, config=older) for name in names.values()]
    )

    await asyncio.to_thread(access.apply, kafka.administration, kafka.passwords, prefix)

    kept, compacted = [await asyncio.to_thread(configuration, client, name) for name in names.values()]
    days = TOPICS["intake-events"].retention
    assert days is not None
    assert kept["retention.ms"] == str(int(days.total_seconds() * 1000))
    assert (kept["cleanup.policy"], compacted["cleanup.policy"]) == ("delete", "compact")
    found = (await asyncio.to_thread(client.list_topics, timeout=20)).topics
    assert [len(found[name].partitions) for name in names.values()] == [2, 2]


def configuration(client: AdminClient, topic: str) -> dict[str, str]:
    (answer,) = client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    return {name: str(entry.value) for name, entry in answer.result(20).items()}


async def test_no_command_line_holds_what_opens_the_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody on the machine can read command lines, and a salted SCRAM password is as good as the password."""
    started: list[str] = []
    run = subprocess.run

    def seen(command: list[str], **more: Any) -> Any:
        started.extend(command)
        return run(command, **more)

    monkeypatch.setattr(subprocess, "run", seen)
    broker = Kafka(
        tmp_path / "kafka", await asyncio.to_thread(jars.install, layout.cache()), tmp_path / "log", "sample-password"
    )
    # An identifier that begins with a dash, as one in 64 does, was taken for an option: the broker never started.
    monkeypatch.setattr(brokers, "uuid4", lambda: UUID(bytes=b"\xfb" * 16))
    await broker.start()
    await broker.stop()

    assert "cluster.id=-" in (broker.folder / "data" / "meta.properties").read_text()
    assert "kafka.tools.StorageTool" in started
    assert not [word for word in started if "password" in word or "SCRAM" in word]
    holding = [file for file in broker.folder.rglob("*") if file.is_file() and b"sample-password" in file.read_bytes()]
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in holding] == [("server.properties", 0o600)]


@pytest.mark.fault
async def test_a_broker_killed_outright_comes_back_with_its_topics(run_state: State) -> None:
    broker = Kafka(
        run_state.folder / "kafka-killed",
        await asyncio.to_thread(jars.install, layout.cache()),
        run_state.log("kafka-killed"),
        "sample-password",
    )
    await broker.start()
    await broker.ready()
    client = Administration(broker.bootstrap, ADMIN, broker.admin_password).client()
    await asyncio.to_thread(access.create_topics, client, [NewTopic("kept", 1, 1)])
    await broker.child.kill()

    await broker.start()
    await broker.ready()
    try:
        found = await asyncio.to_thread(client.list_topics, timeout=20)
    finally:
        await broker.stop()
    assert "kept" in found.topics

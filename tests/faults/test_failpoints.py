"""SIGKILL at each named failpoint: all of them in the daily run with few requests, each with thousands here."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.faults.scenes import BATCH, FEW, MANY, left_out, piled_up, published, rest, unprocessed
from tests.system.checker import judge
from tests.system.load import AT_ONCE, Desk
from tests.system.platform import Platform
from tests.system.topics import admin_client

pytestmark = pytest.mark.timeout(900)
LEASE = "2"
"""Seconds after which a silent sender's message is taken over."""


async def test_each_failpoint_kills_once_and_nothing_is_lost_or_doubled(platform: Platform) -> None:
    intake = await platform.start("intake", "serve", failpoints=f"http.answering={FEW}")
    desk = Desk(platform, intake, emails=1)
    submitting = asyncio.create_task(desk.submit(FEW))
    await intake.killed()
    await platform.again(intake)
    await submitting
    relay = await platform.start("intake", "relay+consume", failpoints="relay.acknowledged=1")
    await relay.killed()
    await platform.again(relay)
    cases = await platform.start("cases", "consume+relay", failpoints="consumer.committed=1")
    await cases.killed()
    await platform.again(cases)
    notifications = await platform.start(
        "notifications", "all", failpoints="sender.accepted=1", send_lease_seconds=LEASE
    )
    await notifications.killed()
    await platform.start("notifications", "all", send_lease_seconds=LEASE)

    verdict = (await judge(platform, desk.acknowledged, repeating={"intake"})).clean()

    assert desk.repeated > 0, "intake lost no answer"
    assert verdict.repeated["intake-events"] > 0, "the relay said nothing twice"
    assert len(platform.mails()) > FEW, "no mail was in the gateway's hands"


@pytest.mark.fault
async def test_a_relay_killed_between_the_acknowledgement_and_the_delete(platform: Platform) -> None:
    desk = await piled_up(platform)
    relay = await platform.start("intake", "relay", failpoints="relay.acknowledged=1")
    await relay.killed()
    await unprocessed(platform, desk)

    cases = await platform.start("cases", "consume+relay")
    await rest(platform)
    verdict = (await judge(platform, desk.acknowledged, repeating={"intake"})).clean()

    assert verdict.repeated["intake-events"] > 0
    assert await left_out(cases) > 0


@pytest.mark.fault
async def test_a_consumer_killed_between_the_database_and_the_offsets(platform: Platform) -> None:
    desk = await published(platform, MANY + BATCH)
    consumer = await platform.start("cases", "consume", failpoints="consumer.committed=1")
    await consumer.killed()
    await unprocessed(platform, desk)
    assert await _kafka_lags_behind(platform, "cases")

    await rest(platform)
    verdict = (await judge(platform, desk.acknowledged)).clean()

    assert not verdict.repeated


async def _kafka_lags_behind(platform: Platform, service: str) -> bool:
    """Whether Kafka would deliver again what the database has: it knows of a smaller offset, or of none."""
    rows = await platform.fetch(
        service, "SELECT topic, partition, next_offset FROM consumer_offsets WHERE next_offset > 0"
    )
    async with AIOKafkaConsumer(**admin_client(platform), group_id=platform.prefix + service) as kafka:
        committed = [
            await kafka.committed(TopicPartition(platform.prefix + row["topic"], row["partition"])) or 0 for row in rows
        ]
    return bool(rows) and any(known < row["next_offset"] for known, row in zip(committed, rows, strict=True))


@pytest.mark.fault
async def test_intake_killed_between_the_commit_and_the_answer(platform: Platform) -> None:
    intake = await platform.start("intake", "serve", failpoints=f"http.answering={MANY + AT_ONCE}")
    desk = Desk(platform, intake)
    submitting = asyncio.create_task(desk.submit(MANY + 2 * AT_ONCE))
    await intake.killed()
    await unprocessed(platform, desk)
    await platform.again(intake)
    await submitting
    assert desk.repeated > 0, "no answer was lost: the fault did not strike"

    await rest(platform)
    (await judge(platform, desk.acknowledged)).clean()


@pytest.mark.fault
async def test_a_sender_killed_after_the_gateway_said_yes(platform: Platform) -> None:
    desk = await published(platform, emails=1)
    await platform.start("notifications", "consume+relay")

    async def planned() -> bool:
        return await platform.count("notifications", "deliveries") == MANY

    await platform.until(planned, "every message planned")
    sender = await platform.start("notifications", "send", failpoints="sender.accepted=5", send_lease_seconds=LEASE)
    await sender.killed()
    assert await platform.count("notifications", "deliveries", "state = 'sent'") < 5
    await unprocessed(platform, desk)

    await platform.start("notifications", "send", send_lease_seconds=LEASE)
    await rest(platform)
    (await judge(platform, desk.acknowledged)).clean()
    twice = len(platform.mails()) - MANY
    counted = await platform.fetch("notifications", "SELECT sum(resent) FROM deliveries")
    assert 0 < twice <= counted[0][0], "the documented window: sent again, under the same Message-ID, and counted"

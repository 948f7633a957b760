"""SIGKILL at each named failpoint. With few requests in the daily run, with thousands in the faults suite."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.faults.scenes import BATCH, FEW, MANY, left_out, piled_up, published, rest, unprocessed
from tests.system.checker import judge
from tests.system.load import Desk
from tests.system.platform import Platform
from tests.system.topics import admin_client

volumes = pytest.mark.parametrize(
    "many", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.fault)]
)


@volumes
async def test_a_relay_killed_between_the_acknowledgement_and_the_delete(platform: Platform, many: int) -> None:
    desk = await piled_up(platform, many)
    relay = await platform.start("intake", "relay", failpoints="relay.acknowledged=1")
    await relay.killed()
    await unprocessed(platform, desk, many)

    cases = await platform.start("cases", "consume+relay")
    await rest(platform)
    verdict = await judge(platform, desk.acknowledged, repeating={"intake"})

    verdict.clean()
    assert verdict.repeated["intake-events"] > 0
    assert await left_out(cases) > 0


@volumes
async def test_a_consumer_killed_between_the_database_and_the_offsets(platform: Platform, many: int) -> None:
    desk = await published(platform, many + BATCH)
    consumer = await platform.start("cases", "consume", failpoints="consumer.committed=1")
    await consumer.killed()
    await unprocessed(platform, desk, many)
    assert await _kafka_lags_behind(platform, "cases")

    await rest(platform)
    verdict = await judge(platform, desk.acknowledged)

    verdict.clean()
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


@volumes
async def test_intake_killed_between_the_commit_and_the_answer(platform: Platform, many: int) -> None:
    intake = await platform.start("intake", "serve", failpoints=f"http.answering={many + 1}")
    desk = Desk(platform, intake, emails=8)
    submitting = asyncio.create_task(desk.submit(many + FEW))
    await intake.killed()
    await unprocessed(platform, desk, many - 24)
    await platform.again(intake)
    await submitting
    assert desk.repeated > 0, "no answer was lost: the fault did not strike"

    await rest(platform)
    (await judge(platform, desk.acknowledged)).clean()


@volumes
async def test_a_sender_killed_after_the_gateway_said_yes(platform: Platform, many: int) -> None:
    desk = await published(platform, many, emails=1)
    await platform.start("notifications", "consume+relay")

    async def planned() -> bool:
        return await platform.count("notifications", "deliveries", "state IN ('planned', 'waiting')") >= many

    await platform.until(planned, "every message planned")
    sender = await platform.start("notifications", "send", failpoints="sender.accepted=5", send_lease_seconds="2")
    await sender.killed()
    assert await platform.count("notifications", "deliveries", "state = 'sent'") < 5
    await unprocessed(platform, desk, many)

    await platform.start("notifications", "send", send_lease_seconds="2")
    await rest(platform)
    (await judge(platform, desk.acknowledged)).clean()
    twice = len(platform.mails()) - len(desk.acknowledged)
    counted = await platform.fetch("notifications", "SELECT sum(resent) FROM deliveries")
    assert 0 < twice <= counted[0][0], "the documented window: sent again, under the same Message-ID, and counted"

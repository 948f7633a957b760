"""What the services stand on goes away and comes back."""

import asyncio
import signal

import pytest

from deploy.local.credentials import SERVICES
from tests.faults.scenes import FEW, MANY, piled_up, rest, unprocessed
from tests.system.checker import judge
from tests.system.platform import Platform

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]


async def _under_way(platform: Platform) -> None:
    """Waits until the relay has begun and a consumer has a batch in hand."""

    async def both() -> bool:
        return await platform.caught("cases")

    await platform.until(both, "a batch in hand")


async def test_kafka_killed_and_restarted(platform: Platform) -> None:
    desk = await piled_up(platform)
    kafka = platform.servers.kafka
    async with platform.holding("cases", "cases"):
        await rest(platform)
        await _under_way(platform)
        await unprocessed(platform, desk)
        await kafka.child.kill()
    await desk.submit(4 * FEW)
    assert not kafka.child.running, "acknowledged without Kafka"
    await kafka.start()
    await kafka.ready()

    (await judge(platform, desk.acknowledged, repeating=SERVICES)).clean()


async def test_postgresql_crashes_and_recovers(platform: Platform) -> None:
    desk = await piled_up(platform)
    postgres = platform.servers.postgres
    async with platform.holding("cases", "cases"):
        await rest(platform)
        await _under_way(platform)
        submitting = asyncio.create_task(desk.submit(MANY))
        await platform.until(desk.until(MANY + FEW), "requests under way")
        await unprocessed(platform, desk)
        postgres.child.signal(signal.SIGQUIT)
        await postgres.child.wait()
    await postgres.start()
    await postgres.ready()
    await submitting
    assert desk.tried_again > 0, "nobody noticed: the fault did not strike"

    (await judge(platform, desk.acknowledged, repeating=SERVICES)).clean()


async def test_every_connection_cut_again_and_again(platform: Platform) -> None:
    desk = await piled_up(platform)
    async with platform.holding("cases", "cases"):
        await rest(platform)
        await _under_way(platform)
        await unprocessed(platform, desk)
        submitting = asyncio.create_task(desk.submit(MANY))
        cut = [await platform.cut_connections()]
    for step in range(1, 4):
        await platform.until(desk.until(MANY + step * MANY // 4), "requests under way")
        cut.append(await platform.cut_connections())
    await submitting
    assert all(cut), "no connection was cut"

    (await judge(platform, desk.acknowledged, repeating=SERVICES)).clean()

"""Processes asked to stop, frozen, joining and leaving."""

import asyncio

import pytest

from deploy.local.credentials import SERVICES
from tests.faults.scenes import FEW, MANY, piled_up, published, rest, sent, some_dossiers, unprocessed
from tests.system.checker import judge
from tests.system.platform import Platform

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]


async def test_everything_asked_to_stop_in_the_middle_of_its_work(platform: Platform) -> None:
    desk = await published(platform)
    async with platform.holding("cases", "cases"):
        cases = await platform.start("cases", "consume+relay")
        notifications = await platform.start("notifications", "consume+relay+send")
        relay = await platform.start("intake", "relay")

        async def caught() -> bool:
            return await platform.caught("cases")

        await platform.until(caught, "a batch in hand")
        submitting = asyncio.create_task(desk.submit(4 * FEW))
        await platform.until(desk.until(MANY + FEW), "requests under way")
        await unprocessed(platform, desk)
        stopping = asyncio.gather(*(one.stop() for one in (desk.intake, relay, notifications, cases)))
        desk.intake.expected_to_die = True
    assert await stopping == [0, 0, 0, 0], f"{platform.complaints()}\n{platform.hung()}"

    await platform.again(desk.intake)
    await submitting
    await rest(platform)
    (await judge(platform, desk.acknowledged, repeating=SERVICES)).clean()


async def test_senders_asked_to_stop_note_what_the_gateway_took(platform: Platform) -> None:
    desk = await published(platform, emails=1)
    for share in (1, 2, 3):
        notifications = await platform.start("notifications", "consume+relay+send")

        async def sending(count: int = share * FEW) -> bool:
            return len(platform.mails()) >= count

        await platform.until(sending, "some mails")
        await unprocessed(platform, desk)
        assert await notifications.stop() == 0

    await rest(platform)
    (await judge(platform, desk.acknowledged, repeating={"notifications"})).clean()
    assert len(platform.mails()) == len(desk.acknowledged), "asked to stop, a sender finishes the mail in hand"


async def test_a_consumer_frozen_beyond_its_session_and_thawed(platform: Platform) -> None:
    desk = await published(platform)
    async with platform.holding("cases", "cases"):
        frozen = await platform.start("cases", "consume")

        async def caught() -> bool:
            return await platform.caught("cases")

        await platform.until(caught, "a batch in hand")
        await unprocessed(platform, desk)
        frozen.freeze()
    await platform.start("cases", "consume+relay")
    await some_dossiers(platform, MANY)
    frozen.thaw()
    await desk.submit(FEW)

    await rest(platform)
    (await judge(platform, desk.acknowledged)).clean()
    assert any("partition" in complaint or "batch" in complaint for complaint in platform.complaints()), (
        "the thawed one found nothing to give up: the fault did not strike"
    )


async def test_relays_and_consumers_joining_and_leaving(platform: Platform) -> None:
    desk = await piled_up(platform)
    await unprocessed(platform, desk)
    relays = [await platform.start("intake", "relay"), await platform.start("intake", "relay")]
    consumers = [await platform.start("cases", "consume")]
    submitting = asyncio.create_task(desk.submit(MANY))
    await some_dossiers(platform)
    await relays[0].kill()
    consumers.append(await platform.start("cases", "consume"))
    await some_dossiers(platform, FEW)
    await consumers[0].stop()
    consumers.append(await platform.start("cases", "consume"))
    await relays[1].stop()
    await platform.again(relays[0])
    await consumers[1].kill()
    await platform.again(consumers[0])
    await submitting
    await sent(platform, "intake")

    await rest(platform)
    (await judge(platform, desk.acknowledged, repeating={"intake"})).clean()

"""The checker can go red: without the outbox it misses requests, without the inbox it sees order broken."""

from pathlib import Path

import pytest

from tests.faults.scenes import FEW, published, rest
from tests.faults.test_events import READERS, poison
from tests.system.checker import judge
from tests.system.load import Desk
from tests.system.platform import Platform

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]
VARIANTS = Path(__file__).parent / "variants"


async def test_red_without_the_outbox(platform: Platform) -> None:
    intake = await platform.start("intake", "serve", script=VARIANTS / "without_outbox.py")
    desk = Desk(platform, intake)
    await desk.submit(FEW)
    await rest(platform)

    verdict = await judge(platform, desk.acknowledged)

    assert {fault.partition(":")[0] for fault in verdict.faults} >= {"no dossier", "no RequestSubmitted", "no mail"}


async def test_red_without_the_inbox(platform: Platform) -> None:
    desk = await published(platform, FEW)
    poisoned = [one.request_id for one in desk.acknowledged[:5] if not one.withdrawn]
    await poison(platform, poisoned)
    for service in READERS:
        await platform.start(service, "consume", script=VARIANTS / "without_inbox.py")
    await rest(platform)

    verdict = await judge(platform, desk.acknowledged, set_aside=dict.fromkeys(READERS, poisoned))

    with pytest.raises(AssertionError, match="inbox of cases"):
        verdict.clean()

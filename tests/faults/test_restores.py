"""A service's database put back to a backup taken before the last 2,000 acknowledgements."""

from datetime import UTC, datetime

import pytest

from tests.faults.scenes import FEW, MANY, rest, unprocessed
from tests.system.checker import judge, lost_by_reference, settled
from tests.system.load import Desk
from tests.system.platform import Platform

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]


async def worked_off(platform: Platform, *, emails: int = 8) -> Desk:
    """Some requests, everything about them done."""
    desk = Desk(platform, await platform.start("intake", "serve"), emails=emails)
    await desk.submit(FEW)
    await rest(platform)
    await settled(platform)
    return desk


async def test_cases_catches_up_from_its_own_offsets(platform: Platform) -> None:
    desk = await worked_off(platform)
    await platform.stop("cases")
    backup = await platform.back_up("cases")
    await rest(platform)
    await desk.submit(MANY)
    await settled(platform)
    await platform.stop("cases")
    await platform.put_back("cases", backup)
    await unprocessed(platform, desk)

    await rest(platform)
    verdict = (await judge(platform, desk.acknowledged, repeating={"cases"})).clean()
    assert verdict.repeated["cases-events"] >= MANY, "it told the same again, under the same ids"


async def test_what_intake_forgot_is_listed_by_reference(platform: Platform) -> None:
    desk = await worked_off(platform)
    await platform.stop("intake")
    backup = await platform.back_up("intake")
    await platform.again(desk.intake)
    await rest(platform)
    forgotten = await desk.submit(MANY)
    await settled(platform)
    await platform.stop("intake")
    await platform.put_back("intake", backup)

    await platform.again(desk.intake)
    await rest(platform)
    await desk.submit(FEW)
    lost = {one.request_id for one in forgotten}
    (await judge(platform, desk.acknowledged, lost=lost)).clean()
    assert await lost_by_reference(platform) == {one.reference for one in forgotten}


async def test_notifications_holds_what_may_have_left_already(platform: Platform) -> None:
    desk = await worked_off(platform, emails=1)
    await platform.stop("notifications")
    since = datetime.now(UTC)
    backup = await platform.back_up("notifications")
    await rest(platform)
    await desk.submit(MANY)
    await settled(platform)
    await platform.stop("notifications")
    unsent = await desk.submit(FEW)
    await platform.put_back("notifications", backup)
    mails = len(platform.mails())
    assert mails == FEW + MANY

    await platform.command("notifications", "hold", "--since", since.isoformat())
    await rest(platform)
    await settled(platform)
    assert len(platform.mails()) == mails, "nothing leaves before an operator says so"
    held = await platform.fetch("notifications", "SELECT delivery_id, subject FROM deliveries WHERE state = 'held'")
    assert len(held) == MANY + FEW

    never_left = {one.request_id for one in unsent}
    released = [str(row["delivery_id"]) for row in held if row["subject"] in never_left]
    await platform.command("notifications", "release", *released)
    await settled(platform)
    assert len(platform.mails()) == mails + FEW
    await platform.command("notifications", "discard")
    verdict = await judge(platform, desk.acknowledged, repeating={"notifications"}, discarded=True)
    verdict.clean()

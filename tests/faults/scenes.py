"""Where a fault finds the platform: many requests acknowledged, and not yet worked on."""

from tests.system.checker import backlog
from tests.system.load import Desk
from tests.system.platform import Platform, Process

MANY = 2000
"""Acknowledged requests without a dossier when a fault strikes."""
BATCH = 500
"""Events one consumer takes at once: as many more are needed where the first batch goes through."""
FEW = 50
"""For the daily run, which only wants to see each failpoint kill."""


async def piled_up(platform: Platform, count: int = MANY, *, emails: int = 8) -> Desk:
    """`count` requests acknowledged, their events still in intake's outbox."""
    desk = Desk(platform, await platform.start("intake", "serve"), emails=emails)
    await desk.submit(count)
    return desk


async def published(platform: Platform, count: int = MANY, *, emails: int = 8) -> Desk:
    """`count` requests acknowledged, their events on Kafka and read by nobody."""
    desk = await piled_up(platform, count, emails=emails)
    relay = await platform.start("intake", "relay")
    await sent(platform, "intake")
    await relay.stop()
    return desk


async def sent(platform: Platform, service: str) -> None:
    """Waits until a service's outbox is empty."""

    async def empty() -> bool:
        return await platform.count(service, "outbox") == 0

    await platform.until(empty, f"an empty outbox of {service}")


async def unprocessed(platform: Platform, desk: Desk, at_least: int = MANY) -> None:
    """Fails unless that many acknowledged requests have no dossier yet: else the fault did not strike under load."""
    found = await backlog(platform, desk.acknowledged)
    assert found >= at_least, f"only {found} requests were still unprocessed"


ROLES = {
    "intake": ("relay", "consume"),
    "cases": ("relay", "consume"),
    "notifications": ("relay", "consume", "send"),
}


async def rest(platform: Platform) -> None:
    """Starts what does not run yet, so that everything can be worked off."""
    for service, roles in ROLES.items():
        missing = [role for role in roles if not _runs(platform, service, role)]
        if missing:
            await platform.start(service, "+".join(missing))


def _runs(platform: Platform, service: str, role: str) -> bool:
    return any(one.roles == "all" or role in one.roles.split("+") for one in platform.running(service))


async def some_dossiers(platform: Platform, count: int = 1) -> None:
    """Waits until that many dossiers are open."""

    async def opened() -> bool:
        return await platform.count("cases", "cases") >= count

    await platform.until(opened, f"{count} dossiers")


async def left_out(*processes: Process) -> float:
    """Redelivered events these consumers have left out."""
    return sum([await process.metric("maillage_events_duplicate_total") for process in processes])
